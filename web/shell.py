"""What the frame around every page shows: the person, the apps, the app's forms, boards and OKRs, the unread alerts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flask import Flask, g, request, session
from flask import session as cookie
from flask_babel import gettext

from engine import alerts
from engine.dashboards.answering import dashboards_of
from engine.errors import NotFound
from engine.releases import apps_beside
from engine.rights import may, may_create, may_design
from engine.sandboxes import is_sandbox
from forms.labels import Label
from web import here
from web.i18n import language

if TYPE_CHECKING:
    from engine.config.defs import AppDef, DashboardDef, OkrDef, PipelineDef
    from engine.people import User
    from engine.releases import Live
    from engine.releases.rows import App
    from forms.defs import FormDef

THEMES = ("light", "dark", "auto")


@dataclass(frozen=True)
class AppLink:
    """An app the viewer has a part in."""

    key: str
    label: str


class Shell:
    """Looked up only as far as a page draws it."""

    @cached_property
    def user(self) -> User | None:
        return here.visitor()

    @property
    def theme(self) -> str:
        chosen = request.cookies.get("theme", "auto")
        return chosen if chosen in THEMES else "auto"

    @property
    def here(self) -> str:
        """Return the address to come back to after a switch of language or theme."""
        return request.full_path.rstrip("?") if request.method == "GET" else request.path

    @cached_property
    def apps(self) -> list[AppLink]:
        user = self.user
        if user is None:
            return []
        rows = [row for row in self._beside[0] if user.is_admin or user.roles_in(row.key)]
        return [AppLink(row.key, app_named(row)) for row in rows]

    @cached_property
    def live(self) -> Live | None:
        """Return the app of the address, else the one visited last, else the first; none while one that is not live is designed."""
        if self.unborn:
            return None
        keys = [app.key for app in self.apps]
        wanted = [key for key in (g.get("app_key"), _of_address(), cookie.get("app")) if key in keys]
        for key in [*wanted, *keys]:
            try:
                return here.live_app(key)
            except NotFound:
                continue
        return None

    @property
    def unborn(self) -> AppLink | None:
        """Return the app that is designed on this page, where it is not live yet."""
        return AppLink(*g.unborn) if "unborn" in g else None

    @property
    def app(self) -> AppDef | None:
        return self.live.app if self.live else None

    @property
    def in_sandbox(self) -> bool:
        """Tell whether this is a page of a sandbox."""
        return bool(self.user and self.live and is_sandbox(self.live.key) and g.get("app_key") == self.live.key)

    @property
    def sandbox_role(self) -> str:
        """Return the role that the sandbox is seen as; empty for oneself."""
        return str(cookie.get("sandbox_roles", {}).get(self.live.key if self.live else "", ""))

    @cached_property
    def forms(self) -> list[FormDef]:
        return [form for form in self.app.forms.values() if self._reads(form)] if self.app else []

    @cached_property
    def boards(self) -> list[PipelineDef]:
        readable = {form.key for form in self.forms}
        return [one for one in self.app.pipelines.values() if one.form in readable] if self.app else []

    @property
    def okrs(self) -> list[OkrDef]:
        return list(self.app.okrs.values()) if self.app else []

    @cached_property
    def dashboards(self) -> list[DashboardDef]:
        return dashboards_of(self.live, self.user) if self.live and self.user else []

    @cached_property
    def unread(self) -> int:
        return self._beside[1] if self.user else 0

    @cached_property
    def _beside(self) -> tuple[list[App], int]:
        return apps_beside(here.db(), alerts.unread_of(here.viewer()))

    @cached_property
    def configures(self) -> bool:
        """Tell whether the viewer may look after the app's rules."""
        return bool(self.user and self.live and self.live.app.alerts and may(self.user, "configure", self.live))

    @cached_property
    def designs(self) -> bool:
        """Tell whether the viewer may edit the draft of the app at hand."""
        return bool(self.user and self.live and may_design(self.user, self.live))

    @property
    def creates(self) -> bool:
        """Tell whether the viewer may make apps from templates."""
        return bool(self.user and may_create(self.user))

    @property
    def form_key(self) -> str:
        return str((request.view_args or {}).get("form_key", ""))

    @property
    def okr_key(self) -> str:
        return str((request.view_args or {}).get("okr_key", ""))

    @property
    def dashboard_key(self) -> str:
        return str((request.view_args or {}).get("dashboard_key", ""))

    @property
    def area(self) -> str:
        return "board" if (request.endpoint or "").startswith("board.") else "form"

    def _reads(self, form: FormDef) -> bool:
        return bool(self.user and self.live and may(self.user, "read", self.live, form.key))


def app_named(row: App) -> str:
    """Return how an app is called; a sandbox by what it is."""
    label = Label.of(row.label, row.key).pick(language())
    return gettext("Sandbox: %(name)s", name=label) if is_sandbox(row.key) else label


def install(app: Flask) -> None:
    """Hand the shell to every template."""
    app.context_processor(lambda: {"shell": shell()})
    app.jinja_env.globals["toasts"] = take_toasts
    app.after_request(_remember_app)


def shell() -> Shell:
    """Return the shell of this request."""
    if "shell" not in g:
        g.shell = Shell()
    return g.shell  # type: ignore[no-any-return]  # flask.g is untyped


def toast(text: str, undo: str = "") -> None:
    """Show a short message on the next page, with an address that undoes what was done."""
    cookie["toasts"] = [*cookie.get("toasts", [])[-2:], {"text": text, "undo": undo}]


def take_toasts() -> list[dict[str, str]]:
    """Return the messages and forget them."""
    return list(cookie.pop("toasts", []))


def _of_address_and_live() -> str:
    found = shell().live if _of_address() and "shell" in g else None
    return found.key if found and found.key == _of_address() else ""


def _of_address() -> str:
    """Return the app that the address names: pages about an app stand in its frame, be it used or designed there."""
    return str((request.view_args or {}).get("app_key", ""))


def _remember_app(response):  # type: ignore[no-untyped-def]
    key = g.get("app_key") or _of_address_and_live()
    programs = request.blueprint == "api"
    if key and not programs and response.status_code == 200 and session.get("app") != key:
        session["app"] = key
    return response
