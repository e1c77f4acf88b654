"""The gallery: templates with pictures and words, made into apps, tried in sandboxes, combined, sent and brought in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, abort, flash, jsonify, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext, ngettext

from admin._base import Page
from admin.difference_values import saying
from admin.difference_words import placing
from admin.questions import answers_of, beside_questions, called, carried, questions_of, suggestions
from engine import design
from engine.config.check import check
from engine.config.faults import errors_of
from engine.config.limits import APP_KEY
from engine.config.parameters import declared, with_own_answers
from engine.design.diff import diff
from engine.design.examining import examined
from engine.design.keys import key_for
from engine.errors import ConfigError
from engine.people import person_named, sign_ins
from engine.releases import clone, publish
from engine.rights import may_create
from engine.templates import saving
from engine.templates.cloning import answered, give_roles, unknown_people, unknown_roles
from engine.templates.combining import Part, combine
from engine.templates.contents import contents_of
from engine.templates.gallery import gallery, template_named, versions
from engine.templates.parts import remember_parts
from engine.templates.picture import picture
from engine.templates.sandbox import HOURS, open_sandbox
from engine.templates.three_way import NONE
from forms.labels import Label
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.i18n import language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.config.source import Source
    from engine.releases import Template
    from engine.releases.rows import Release
    from engine.templates.contents import Contents
    from rules.errors import Fault

KINDS = ("stages", "key_results", "rules", "dashboards")
#: What every app made from a template has of its own, whatever is answered.
OWN = (("app", "key"), ("app", "parameters"))
#: Places that a preview names.
MOST_CHANGES = 100
#: The largest zip that is read.
MOST_BYTES = 10_000_000


class GalleryView(Page):
    """Shipped samples and the company's own templates, each of which becomes an app of one's own.

    Addresses of the page itself have a hyphen, which no key of a template has: one may be called people, or import.
    """

    def is_accessible(self) -> bool:
        """Tell whether the visitor may make apps from templates."""
        user = here.visitor()
        return user is not None and may_create(user)

    @expose("/")
    def index(self) -> Any:
        """List the templates; `q` searches names of everything inside, `with` wants a kind of content."""
        asked, wanted = request.args.get("q", "")[:200].strip().casefold(), set(request.args.getlist("with")) & {*KINDS}
        rows = [(one, contents_of(one.source)) for one in gallery(here.db())]
        found = [(one, inside) for one, inside in rows if wanted <= inside.kinds and _says(one, inside.words, asked)]
        return self.render("back/gallery.html", rows=found, asked=asked, wanted=wanted, total=len(rows), kinds=KINDS)

    @expose("/<key>", methods=("GET", "POST"))
    def template(self, key: str) -> Any:
        """Show what is inside and ask what the template wants to know; then make the app."""
        found = _known(key)
        return self._page(found) if request.method == "GET" else self._clone(found)

    @expose("/<key>/preview", methods=("POST",))
    def preview(self, key: str) -> Any:
        """Show what the answers would change, before anything is made."""
        found = _known(key)
        try:
            source = answered(found.source, answers_of(found.source), label=_name())
        except SteerwayError as error:
            return self._page(found, error.faults)
        if faults := errors_of(check(source)):
            return self._page(found, faults)
        return self._page(found, preview=changes(found.source, source))

    @expose("/find-people")
    def people(self) -> Any:
        """Find people by a part of their name: JSON for the choice of who has which role."""
        asked = " ".join(request.args.get("q", "").split())[:100]
        rows = [{"id": one, "title": name} for one, name in sign_ins(here.db(), asked, limit=30)]
        return jsonify(results=rows), {"Cache-Control": "no-store"}

    @expose("/<key>/picture.svg")
    def picture(self, key: str) -> Any:
        """Draw a template."""
        drawn = picture(contents_of(_known(key).source), language())
        return Response(drawn, mimetype="image/svg+xml", headers={"Cache-Control": "private, max-age=300"})

    @expose("/<key>/sandbox", methods=("POST",))
    def sandbox(self, key: str) -> Any:
        """Make a sandbox and go there."""
        try:
            made = open_sandbox(here.db(), _known(key), here.viewer(), here.now())
        except SteerwayError as error:
            here.db().rollback()
            return self._page(_known(key), error.faults)
        here.db().commit()
        return redirect(url_for("lists.app_home", app_key=made.key), 303)

    @expose("/<key>.zip")
    def export(self, key: str) -> Any:
        """Send a template as a zip file."""
        packed = saving.export_template(_known(key))
        return Response(
            packed, mimetype="application/zip", headers={"Content-Disposition": f'attachment; filename="{key}.zip"'}
        )

    @expose("/<key>/drop", methods=("POST",))
    def drop(self, key: str) -> Any:
        """Take one of the company's own out of the gallery."""
        if not saving.drop_template(here.db(), key, here.viewer(), here.now()):
            abort(404)
        here.db().commit()
        flash(gettext("The template is no longer in the gallery; apps made from it stay."), "success")
        return redirect(self.get_url("gallery.index"), 303)

    @expose("/bring-in", methods=("POST",))
    def bring_in(self) -> Any:
        """Keep a template that comes as a zip file."""
        sent = request.files.get("file")
        data = sent.read(MOST_BYTES + 1) if sent else b""
        try:
            made = saving.import_template(here.db(), data[:MOST_BYTES], here.viewer(), here.now())
        except SteerwayError as error:
            here.db().rollback()
            for fault in error.faults[:5]:
                flash(sentence(fault), "error")
            return redirect(self.get_url("gallery.index"), 303)
        here.db().commit()
        return redirect(self.get_url("gallery.template", key=made.key), 303)

    @expose("/combine-several", methods=("GET", "POST"))
    def combine(self) -> Any:
        """Choose templates, or forms of them, and make one app of all."""
        rows = [(one, contents_of(one.source)) for one in gallery(here.db())]
        if request.method == "GET":
            return self._combining(rows)
        chosen = [(one, _part(one)) for one, _ in rows if f"t_{one.key}" in request.form]
        label = " ".join(request.form.get("label", "").split())[:100]
        key = request.form.get("key", "").strip() or self._free_key(label)
        try:
            found = combine([part for _, part in chosen], key, label or key)
        except SteerwayError as error:
            return self._combining(rows, error.faults)
        if declared(found.source) and "answered" not in request.form:
            return self._asking(found.source)
        try:
            roles = {role: names for role, names in _chosen(found.source).items() if names}
            source = self._answered(found.source, roles)
            release = publish(here.db(), source.cleaned(), here.viewer(), here.now(), verb="clone")
            give_roles(here.db(), release.app.key, roles)
            remember_parts(here.db(), release.app.key, chosen, found.names, here.now())
        except SteerwayError as error:
            here.db().rollback()
            if "answered" in request.form:
                return self._asking(found.source, error.faults)
            return self._combining(rows, error.faults)
        here.db().commit()
        flash(gettext("“%(app)s” is ready.", app=_called(release)), "success")
        if found.renamed:
            told = ngettext(
                "%(num)s thing was there twice under one key: it has a key of its own now, and all that names it follows.",
                "%(num)s things were there twice under one key: each has a key of its own now, and all that names it follows.",
                len(found.renamed),
            )
            flash(told, "success")
        return redirect(self.get_url("admin.app", app_key=release.app.key), 303)

    @staticmethod
    def _answered(source: Source, roles: Mapping[str, Sequence[str]]) -> Source:
        """Return the config with the answers of the form; ConfigError with what is wrong with them, and who is nobody."""
        answers = answers_of(source)
        faults = [*unknown_people(here.db(), source, answers), *unknown_roles(here.db(), source, roles)]
        try:
            found = with_own_answers(source, answers)
        except ConfigError as error:
            raise ConfigError(*faults, *error.faults) from None
        if faults:
            raise ConfigError(*faults)
        return found

    def _asking(self, source: Source, faults: Sequence[Fault] = ()) -> Any:
        """Ask what the chosen templates want to know, and who has which role, before anything is made."""
        beside, loose = beside_questions(source, faults)
        page = self.render(
            "back/combine_answers.html",
            title=gettext("Combine several"),
            button=gettext("Make the app"),
            parameters=questions_of(source),
            roles=_roles(source),
            chosen=_with_names(_chosen(source)),
            beside=beside,
            faults=[*loose, *filter(None, [beside.get("key")])],
            values=request.form,
            carried=carried("t_", "f_", "label", "key"),
            lookup=self.get_url("gallery.people"),
            suggested=suggestions(),
            called=called,
        )
        return page, 422 if faults else 200

    def _combining(self, rows: Sequence[tuple[Template, Contents]], faults: Sequence[Fault] = ()) -> Any:
        values = request.form if request.method == "POST" else {}
        told = [sentence(fault) for fault in faults]
        labels = {one.key: dict(_forms(one)) for one, _ in rows}
        page = self.render("back/combine.html", rows=rows, labels=labels, faults=told, values=values)
        return page, 422 if faults else 200

    @staticmethod
    def _free_key(name: str) -> str:
        """Return a key for an app of this name that nothing else has."""
        return key_for(name, design.taken_keys(here.db()), "app", APP_KEY)

    def _clone(self, template: Template) -> Any:
        roles = _chosen(template.source)
        try:
            release = clone(
                here.db(),
                template,
                here.viewer(),
                here.now(),
                key=request.form.get("key", "").strip() or None,
                label=_name(),
                parameters=answers_of(template.source),
                with_records="records" in request.form,
                roles={role: names for role, names in roles.items() if names},
            )
        except SteerwayError as error:
            here.db().rollback()
            return self._page(template, error.faults)
        here.db().commit()
        flash(gettext("“%(app)s” is ready.", app=_called(release)), "success")
        return redirect(url_for("design.overview", app_key=release.app.key), 303)

    def _page(
        self, template: Template, faults: Sequence[Fault] = (), preview: Sequence[tuple[str, str]] | None = None
    ) -> Any:
        values = request.form if request.method == "POST" else {}
        beside, loose = beside_questions(template.source, faults)
        page = self.render(
            "back/clone.html",
            sample=template,
            inside=contents_of(template.source),
            roles=_roles(template.source),
            versions=versions(here.db(), template.key) if template.is_own else [],
            hours=HOURS,
            faults=loose,
            beside=beside,
            wrong_boxes=_boxes(template, beside),
            values=values,
            chosen=_with_names(_chosen(template.source)) if values else {},
            lookup=self.get_url("gallery.people"),
            suggested=suggestions(),
            called=called,
            preview=preview,
            free_key=self._free_key(template.key),
        )
        return page, 422 if faults else 200


def _called(release: Release) -> str:
    return Label.of(release.app.label, release.app.key).pick(language())


def changes(template: Source, app: Source) -> list[tuple[str, str]]:
    """Return where the answers to a template's questions land, in words, and what stands there then."""
    found = [one for one in diff(template, app) if one.path[:2] not in OWN and one.theirs is not NONE]
    place, said = placing(app, template), saying(examined(app)[1], app, template)
    return [(place(one), said(one)[1]) for one in found[:MOST_CHANGES]]


def _known(key: str) -> Template:
    return template_named(here.db(), key) or abort(404)


def _says(template: Template, words: str, asked: str) -> bool:
    texts = (*template.label.texts.values(), *template.description.texts.values(), template.key)
    return not asked or asked in words or any(asked in text.casefold() for text in texts)


def _name() -> str | None:
    """Return the name that was typed, if any was."""
    return " ".join(request.form.get("label", "").split())[:100] or None


def _roles(source: Source) -> dict[str, Any]:
    """Return the keys of the roles with their labels."""
    return {role["key"].text: Label.of(role["label"].value, role["key"].text) for role in source.app["roles"].items()}


def _boxes(template: Template, beside: Mapping[str, str]) -> list[tuple[str, object]]:
    """Return where something is wrong: (id of the box, what it is called)."""
    named = {f"p_{one.key}": one.label for one in template.parameters}
    named |= {f"role_{role}": label for role, label in _roles(template.source).items()} | {"key": gettext("Key")}
    places = {one: f"p_{one}" if f"p_{one}" in named else one for one in beside}
    return [(place, named.get(place, place)) for place in places.values()]


def _forms(template: Template) -> list[tuple[str, Label]]:
    return [
        (spot["key"].text, Label.of(spot["label"].value, spot["key"].text)) for spot in template.source.section("forms")
    ]


def _chosen(source: Source) -> dict[str, list[str]]:
    """Return role -> sign-in names: chosen one by one, or typed with commas between."""
    return {name: _names(",".join(request.form.getlist(f"role_{name}"))) for name in _roles(source)}


def _with_names(roles: dict[str, list[str]]) -> dict[str, list[tuple[str, str]]]:
    """Return role -> (sign-in name, name) of who was chosen; those whom nobody knows as they were typed."""
    found = {name: person_named(here.db(), name) for names in roles.values() for name in names}
    called = {name: person.name if person else name for name, person in found.items()}
    return {role: [(name, called[name]) for name in names] for role, names in roles.items()}


def _names(text: str) -> list[str]:
    return [name for name in text.replace("，", ",").replace("、", ",").replace(" ", ",").split(",") if name]


def _part(template: Template) -> Part:
    forms = {spot["key"].text for spot in template.source.section("forms")}
    chosen = [one for one in request.form.getlist(f"f_{template.key}") if one in forms]
    return Part(template.source, tuple(chosen) if len(chosen) < len(forms) else ())
