"""The desk of a designer: the app at hand, its draft or live config, its faults, and how an edit is saved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from flask import abort, g, request

from engine import design
from engine.errors import NotFound
from engine.releases import live
from forms.labels import Label
from web import here
from web.i18n import language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.config.source import Source
    from engine.config.spot import Spot
    from engine.releases import Live
    from rules.errors import Fault


@dataclass(frozen=True)
class Tab:
    """A tab of the frame: where it leads, what it is called (a lazy text), and which endpoints it stands for."""

    endpoint: str
    title: Any
    #: Beginnings of the endpoints during which the tab is the one at hand.
    covers: tuple[str, ...] = ()

    def is_here(self, endpoint: str | None) -> bool:
        """Tell whether a page belongs to this tab."""
        return bool(endpoint) and str(endpoint).startswith((self.endpoint, *self.covers))


class Desk:
    """Looked up only as far as a page needs it."""

    def __init__(self, app_key: str) -> None:
        self.app_key = app_key
        self.draft = design.draft_of(here.db(), app_key)

    @cached_property
    def live(self) -> Live | None:
        """Return the live release, or None for an app that has none yet."""
        try:
            return live(here.db(), self.app_key)
        except NotFound:
            return None

    @cached_property
    def source(self) -> Source:
        """Return the config in work: the draft, or the live one where nobody began a draft."""
        return design.draft_source(self.draft) if self.draft else design.source_in_work(here.db(), self.app_key)

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Return every fault and hint of the config in work."""
        return design.faults_of(self.source)

    @property
    def errors(self) -> list[Fault]:
        """Return the faults that stop publishing."""
        return [one for one in self.faults if one.level == "error"]

    @property
    def label(self) -> str:
        """Return the app's name in the viewer's language."""
        return self.said(self.source.app)

    @cached_property
    def may_publish(self) -> bool:
        """Tell whether the viewer may make it live."""
        return design.can(here.db(), self.app_key, here.viewer(), "publish")

    @cached_property
    def edits(self) -> list[design.Edit]:
        """Return who edited what in the draft, the newest first."""
        return design.edits_of(here.db(), self.draft) if self.draft else []

    def said(self, spot: Spot) -> str:
        """Return how a part of the config is called in the viewer's language."""
        return Label.of(spot["label"].value, spot["key"].text).pick(language()) or spot["key"].text

    def parts(self, section: str) -> list[tuple[str, str, str]]:
        """Return (path, key, name) of every file of a section."""
        return [(spot.file, spot["key"].text, self.said(spot)) for spot in self.source.section(section)]

    def content(self, path: str) -> dict[str, Any]:
        """Return what a file holds; 404 for no such file."""
        found = design.content_of(self.source, path)
        return cast("dict[str, Any]", found) if isinstance(found, dict) else abort(404)

    def seen(self, path: str) -> str:
        """Return what a form must send back as `seen`, so that no edit overwrites another."""
        return design.seen_of(self.source, path)

    def faults_in(self, path: str) -> list[Fault]:
        """Return the faults and hints of one file."""
        return [one for one in self.faults if one.file == path]

    def save(self, path: str, content: Mapping[str, object] | None, note: str = "", *, seen: str | None = None) -> None:
        """Store a file in the draft and commit; StaleDraft when it changed since it was seen."""
        expected = request.form.get("seen") if seen is None else seen
        design.edit_file(here.db(), self.app_key, path, content, here.viewer(), here.now(), seen=expected, note=note)
        here.db().commit()
        g.desk = Desk(self.app_key)


def open_desk() -> None:
    """Let in who may design the app; it stays hidden from everybody else."""
    app_key = str((request.view_args or {}).get("app_key", ""))
    here.viewer()
    if not design.can(here.db(), app_key, here.viewer(), "design"):
        abort(403)
    g.desk = Desk(app_key)
    if g.desk.draft is None and g.desk.live is None:
        abort(404)


def desk() -> Desk:
    """Return the desk of this request, as it is after the last edit."""
    return cast("Desk", g.desk)
