"""Apps, their releases, and how a config gets in: upload or paste, check, publish, or clone a sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import AdminIndexView, expose
from flask_babel import gettext
from werkzeug.wrappers import Response

from admin import comparing
from admin._base import Guarded, Page
from admin.drafts import Draft, draft_from_request
from engine.config.canonical import zip_of
from engine.design import begin, draft_of, edits_of, replace_config, source_in_work, waiting_for
from engine.errors import NotFound
from engine.releases import (
    apps,
    live,
    publish,
    release_of,
    releases,
    source_of,
)
from engine.releases.refusals import note_refusals, note_refused
from engine.templates.removing import KEPT, remove_app, removed_apps, restore_app
from engine.templates.upgrading import offers
from forms.labels import Label
from rules.errors import SteerwayError
from web import here
from web.i18n import language
from web.shell import app_named

if TYPE_CHECKING:
    from engine.config.source import Source


class AppsView(Guarded, AdminIndexView):
    """The first page of the back office: every app with its live release."""

    @expose("/")
    def index(self) -> Any:
        """List the apps."""
        rows = [(row, app_named(row)) for row in apps(here.db())]
        gone = [(row, app_named(row)) for row in removed_apps(here.db())]
        approvals = waiting_for(here.db(), here.viewer())
        return self.render("back/apps.html", rows=rows, gone=gone, kept=KEPT, approvals=approvals)

    @expose("/apps/<app_key>")
    def app(self, app_key: str) -> Any:
        """Show an app and its releases."""
        found = live(here.db(), app_key)
        return self.render(
            "back/app.html",
            live=found,
            releases=releases(here.db(), app_key),
            label=found.app.label,
            offers=offers(here.db(), app_key, source_in_work(here.db(), app_key)),
        )

    @expose("/apps/<app_key>/remove", methods=("POST",))
    def remove(self, app_key: str) -> Any:
        """Take an app away; it can be brought back for a while."""
        name = app_named(remove_app(here.db(), app_key, here.viewer(), here.now()))
        here.db().commit()
        flash(gettext("“%(app)s” was taken away. It can be brought back from here for 30 days.", app=name), "success")
        return redirect(self.get_url("admin.index"), 303)

    @expose("/apps/<app_key>/restore", methods=("POST",))
    def restore(self, app_key: str) -> Any:
        """Bring an app back."""
        restore_app(here.db(), app_key, here.viewer(), here.now())
        here.db().commit()
        return redirect(self.get_url("admin.app", app_key=app_key), 303)

    @expose("/apps/<app_key>/releases/<int:number>.zip")
    def download(self, app_key: str, number: int) -> Any:
        """Send the config of a release as a zip file, the same bytes whenever it is asked for."""
        packed = zip_of(source_of(here.db(), app_key, number))
        name = f"{app_key}-{number}.zip"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(packed, mimetype="application/zip", headers=headers)

    @expose("/apps/<app_key>/releases/<int:number>")
    def release(self, app_key: str, number: int) -> Any:
        """Show what a release changed, against the one before it or whatever is chosen, and its config as it was published."""
        found = release_of(here.db(), app_key, number) or abort(404)
        chosen = request.args.get("with", "") or comparing.usual(number)
        return self.render(
            "back/release.html",
            release=found,
            app_key=app_key,
            live=live(here.db(), app_key),
            choices=comparing.choices(app_key, number),
            chosen=chosen,
            changes=comparing.compared(app_key, number, chosen) if chosen else None,
        )


class ConfigView(Page):
    """Bring a config in: nothing touches the live release until it is published without a fault."""

    @expose("/")
    def index(self) -> Any:
        """Show an empty editor, or the live config of an app to edit."""
        app_key = request.args.get("app", "")
        draft = Draft.of(source_of(here.db(), app_key)) if app_key else Draft()
        return self.render("back/config.html", draft=draft, reason="")

    @expose("/check", methods=("POST",))
    def check(self) -> Any:
        """Check what was uploaded or pasted, and show every fault at once."""
        draft = draft_from_request(request)
        draft.check()
        return self._page(draft)

    @expose("/draft", methods=("POST",))
    def into_draft(self) -> Any:
        """Put the config into the draft of its app, faulty or not, and show what it would change before anything is live."""
        draft = draft_from_request(request)
        draft.check()
        if draft.source is None:
            return self._page(draft)
        app_key = draft.source.app["key"].text
        there = draft_of(here.db(), app_key)
        if there is not None and request.form.get("over") != str(there.version):
            return self._page(draft, over=there.version, edits=len(edits_of(here.db(), there, 500)))
        try:
            _into_draft(app_key, draft.source, is_new=there is None)
        except SteerwayError as error:
            here.db().rollback()
            draft.faults = [*error.faults]
            return self._page(draft)
        here.db().commit()
        name = Label.of(draft.source.app["label"].value, app_key).pick(language())
        flash(gettext("It is in the draft of “%(app)s”; nothing is live before it is published.", app=name), "success")
        return redirect(url_for("design.publishing", app_key=app_key), 303)

    @expose("/publish", methods=("POST",))
    def publish(self) -> Any:
        """Check once more and publish; a faulty config comes back with its faults."""
        draft = draft_from_request(request)
        if not draft.check() or draft.source is None:
            app_key = draft.source.app["key"].text if draft.source else ""
            note_refusals(here.db(), app_key, draft.errors, here.viewer(), here.now(), via="form")
            note_refused(here.db(), app_key, draft.errors, here.viewer(), here.now())
            here.db().commit()
            return self._page(draft)
        try:
            release = publish(
                here.db(), draft.source, here.viewer(), here.now(), reason=request.form.get("reason", "")[:500]
            )
        except SteerwayError as error:
            here.db().rollback()
            draft.faults = [*error.faults]
            return self._page(draft)
        here.db().commit()
        flash(
            gettext(
                "Release %(number)s of “%(app)s” is live.",
                number=release.number,
                app=Label.of(release.app.label, release.app.key).pick(language()),
            ),
            "success",
        )
        return redirect(self.get_url("admin.app", app_key=release.app.key), 303)

    def _page(self, draft: Draft, **more: Any) -> Any:
        status = 422 if draft.errors else 409 if more else 200
        page = self.render("back/config.html", draft=draft, reason=request.form.get("reason", ""), **more)
        return page, status


def _into_draft(app_key: str, source: Source, *, is_new: bool) -> None:
    """Put a config into the draft that is there, or begin one: from what is live, or of an app that is new."""
    try:
        live(here.db(), app_key)
    except NotFound:
        if is_new:
            begin(here.db(), source, here.viewer(), here.now())
            return
    replace_config(here.db(), app_key, source, here.viewer(), here.now(), gettext("brought in from a file"))
