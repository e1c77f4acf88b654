"""What ties an app to templates: upgrading it from the one it was made from, and saving it as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext

from admin._base import Page
from admin.difference_values import saying
from admin.difference_words import placing
from admin.questions import beside_questions, called, carried, questions_of, suggestions
from admin.vocabulary import property_label, value_label
from engine import design
from engine.config.parameters import declared, with_own_answers
from engine.config.source import SECTIONS
from engine.design.examining import examined
from engine.errors import ConfigError
from engine.people import person_named
from engine.releases import live, source_of
from engine.templates import saving, upgrading
from engine.templates.cloning import unknown_people
from engine.templates.combining import Part, added
from engine.templates.contents import contents_of
from engine.templates.gallery import gallery, own_versions, template_named, templates
from engine.templates.parts import remember_parts
from engine.templates.questions import Question, asked_before, candidates, fresh_keys, keys_of
from engine.templates.saving import following
from engine.templates.three_way import LOCAL, OURS, THEIRS
from forms.labels import Label
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.i18n import language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from engine.config.defs import ParameterDef
    from engine.config.source import Source
    from engine.releases import Live, Template
    from engine.templates.questions import Candidate
    from engine.templates.upgrading import Upgrade
    from rules.errors import Fault


class AppTemplatesView(Page):
    """Pages of one app; they have no entry of their own in the row of places."""

    def is_accessible(self) -> bool:
        """Tell whether the visitor may design the app."""
        user, app_key = here.visitor(), str((request.view_args or {}).get("app_key", ""))
        return bool(user) and design.can(here.db(), app_key, here.viewer(), "design")

    def is_visible(self) -> bool:
        """Tell that the row of places does not show this."""
        return False

    @expose("/")
    def index(self) -> Any:
        """Lead to the apps: there is nothing to see without one."""
        return redirect(self.get_url("admin.index"), 303)

    @expose("/<app_key>/upgrade", methods=("GET", "POST"))
    def upgrade(self, app_key: str) -> Any:
        """Show what the template changed beside what was changed here; put the merged config into the draft."""
        app, ours = live(here.db(), app_key), _in_work(app_key)
        sides = {
            name[2:]: side for name, side in request.form.items() if name.startswith("c_") and side in (OURS, THEIRS)
        }
        answers = {name[2:]: value for name, value in request.form.items() if name.startswith("p_")}
        offers, part = upgrading.offers(here.db(), app_key, ours), request.values.get("part", -1, type=int)
        if not offers or (part >= 0 and part not in {one.part for one in offers}):
            return self.render("back/upgrade.html", app=app.app, found=None)
        if part < 0 and len(offers) > 1:
            return self.render("back/upgrade.html", app=app.app, found=None, offers=offers)
        part = offers[0].part if part < 0 else part
        try:
            found = upgrading.upgrade(here.db(), app_key, ours, sides or None, answers, part)
        except SteerwayError as error:
            return self._ask(app, error.faults, part)
        if request.method == "GET":
            return self._differences(app, found, part)
        if request.form.get("seen", found.seen) != found.seen:
            told = gettext("The template or the draft has changed since you opened this page. Please look at it again.")
            return self._differences(app, found, part, told)
        upgrading.keep_choices(here.db(), app_key, sides, part)
        return self._decided(app, found, part, answers)

    def _decided(self, app: Live, found: Upgrade, part: int, answers: Mapping[str, str]) -> Any:
        """Do what a button of the upgrade says; choices are kept whichever it is."""
        wanted = request.form.get("do")
        if wanted == "done" and not upgrading.is_settled(here.db(), app.key, _in_work(app.key), answers, part):
            here.db().commit()
            told = gettext("What you took over is still in the draft. Publish it, or drop it, before you are done.")
            return self._differences(app, found, part, told)
        if wanted == "done":
            upgrading.follow(here.db(), app.key, answers, here.now(), part)
            here.db().commit()
            flash(gettext("“%(app)s” is up to date with its template.", app=app.app.label.pick(language())), "success")
            return redirect(self.get_url("admin.app", app_key=app.key), 303)
        if wanted != "apply":
            here.db().commit()
            return self._differences(app, found, part)
        upgrading.prepare(here.db(), app.key, _in_work(app.key), part)
        return self._into_draft(
            app.key,
            found.merged.source,
            gettext("upgraded from “%(name)s”", name=found.template.label.pick(language())),
        )

    @expose("/<app_key>/save-as-template", methods=("GET", "POST"))
    def save(self, app_key: str) -> Any:
        """Ask under which name the app is kept as a template, and what becomes of people and figures."""
        app, source = live(here.db(), app_key), source_of(here.db(), app_key)
        if request.method == "GET":
            return self._saving(app, source)
        people = {name: request.form.get(f"who_{name}", "") for name in saving.people_in(source)}
        key = request.form.get("key", "").strip()
        earlier = own_versions(here.db(), key)
        try:
            found = saving.portable(source, people, _questions(source, earlier), earlier, _tests_left_out(source))
            made = saving.save_template(
                here.db(),
                saving.named(found, _asked_text("label"), _asked_text("description")),
                key,
                request.form.get("version", "").strip()[:40],
                here.viewer(),
                here.now(),
            )
        except SteerwayError as error:
            here.db().rollback()
            return self._saving(app, source, error.faults)
        here.db().commit()
        flash(gettext("“%(name)s” is in the gallery.", name=made.label.pick(language())), "success")
        return redirect(self.get_url("gallery.template", key=made.key), 303)

    @expose("/<app_key>/add-template", methods=("GET", "POST"))
    def add(self, app_key: str) -> Any:
        """Put a template, or some forms of it, into the app's draft: modules come one by one."""
        app = live(here.db(), app_key)
        if request.method == "GET":
            rows = [(one, contents_of(one.source)) for one in gallery(here.db())]
            return self.render("back/add_template.html", app=app.app, rows=rows)
        template = template_named(here.db(), request.form.get("template", "")) or abort(404)
        ours, part = _in_work(app_key), Part(template.source)
        found = added(ours, part)
        asked = [one for one in questions_of(found.source) if one.key not in declared(ours)]
        if asked and "answered" not in request.form:
            return self._ask_first(template, found.source, asked)
        answers = {one.key: request.form.get(f"p_{one.key}", "") for one in asked}
        try:
            if faults := unknown_people(here.db(), found.source, answers):
                raise ConfigError(*faults)
            source = with_own_answers(found.source, answers)
        except SteerwayError as error:
            return self._ask_first(template, found.source, asked, error.faults)
        remember_parts(here.db(), app_key, [(template, part)], found.names, here.now(), grows=True)
        return self._into_draft(app_key, source, gettext("added “%(name)s”", name=template.label.pick(language())))

    def _ask_first(
        self, template: Template, source: Source, asked: Sequence[ParameterDef], faults: Sequence[Fault] = ()
    ) -> Any:
        """Ask what a template that is added wants to know."""
        beside, loose = beside_questions(source, faults)
        page = self.render(
            "back/combine_answers.html",
            title=gettext("Add “%(name)s”", name=template.label.pick(language())),
            button=gettext("Put into the draft"),
            parameters=asked,
            beside=beside,
            faults=loose,
            values=request.form,
            carried=carried("template"),
            lookup=self.get_url("gallery.people"),
            suggested=suggestions(),
            called=called,
        )
        return page, 422 if faults else 200

    def _into_draft(self, app_key: str, source: Source, note: str) -> Any:
        """Put a config into the draft: it is never live before somebody publishes it."""
        design.replace_config(here.db(), app_key, source, here.viewer(), here.now(), note)
        here.db().commit()
        name = Label.of(source.app["label"].value, app_key).pick(language())
        flash(gettext("It is in the draft of “%(app)s”; nothing is live before it is published.", app=name), "success")
        return redirect(url_for("design.overview", app_key=app_key), 303)

    def _differences(self, app: Live, found: Upgrade, part: int, wrong: str = "") -> Any:
        sources = (found.merged.source, found.template.source, source_of(here.db(), app.key))
        told, bench = examined(found.merged.source)
        place, said = placing(*sources), saying(bench, *sources)
        rows = [(one, place(one), *said(one)) for one in found.merged.differences]
        faults = [sentence(fault) for fault in told if fault.level == "error"]
        asked = [one for one in found.template.parameters if one.key in found.new_questions]
        page = self.render(
            "back/upgrade.html",
            app=app.app,
            found=found,
            part=part,
            rows=rows,
            faults=[wrong, *faults] if wrong else faults,
            asked=asked,
            beside={},
            values=request.form,
            is_left=_is_left(found),
        )
        return page, 409 if wrong else 200

    def _ask(self, app: Live, faults: Sequence[Fault], part: int) -> Any:
        """Ask what the new version wants to know and has no usual answer for."""
        template = upgrading.newer(here.db(), app.key)
        wrong = {fault.field: sentence(fault) for fault in faults if fault.field}
        asked = [one for one in (template.parameters if template else ()) if one.key in wrong]
        told = [sentence(fault) for fault in faults if not fault.field]
        page = self.render(
            "back/upgrade.html",
            app=app.app,
            found=True,
            part=part,
            rows=[],
            faults=told,
            asked=asked,
            beside=wrong,
            values=request.form,
        )
        return page, 422

    def _saving(self, app: Live, source: Source, faults: Sequence[Fault] = ()) -> Any:
        shipped = next((one for one in templates() if one.key == app.key), None)
        key = request.values.get("key", "").strip() or (f"{app.key}_own" if shipped else app.key)
        earlier = own_versions(here.db(), key)
        found = template_named(here.db(), key) if earlier else None
        known = asked_before(source, earlier[0]) if earlier else {}
        named = Label.of(app.app.label) if found is None else found.label
        told = found.description if found is not None else Label.of(source.app["description"].value)
        people = saving.people_in(source)
        page = self.render(
            "back/save_template.html",
            app=app.app,
            key=key,
            label=named.pick(language()),
            description=told.pick(language()),
            version=following(found.version) if found is not None else app.app.version or "1.0.0",
            people={name: getattr(person_named(here.db(), name), "name", name) for name in people},
            tests=[(one["key"].text, Label.of(one["label"].value, one["key"].text)) for one in source.section("tests")],
            candidates=[(one, *_figure(source, one)) for one in candidates(source)],
            known={place: Label.of(one.label).pick(language()) for place, one in known.items()},
            faults=[sentence(fault) for fault in faults if not fault.field],
            beside={fault.field: sentence(fault) for fault in faults if fault.field},
            values=request.form,
        )
        return page, 422 if faults else 200


def _is_left(found: Upgrade) -> bool:
    """Tell whether everything that is left was kept on purpose: then one can be done with the version."""
    open_ones = [one for one in found.merged.differences if one.kind != LOCAL]
    return bool(found.kept) and all(one.taken == OURS and one.id in found.kept for one in open_ones)


def _in_work(app_key: str) -> Source:
    """Return what an app says: its draft, or what is live."""
    return design.source_in_work(here.db(), app_key)


def _tests_left_out(source: Source) -> set[str]:
    """Return the tests that were not ticked; none where the page did not ask."""
    known = {spot["key"].text for spot in source.section("tests")}
    return known - set(request.form.getlist("test")) if request.form.get("ask") else set()


def _asked_text(name: str) -> str:
    return " ".join(request.form.get(name, "").split())[:500]


def _questions(source: Source, earlier: Sequence[Source]) -> Mapping[str, Question]:
    """Return the figures that were ticked; each is asked for under the key that it had, or one that none had."""
    found: dict[str, Question] = {}
    known = asked_before(source, earlier[0]) if earlier else {}
    fresh = fresh_keys("answer", keys_of([source, *earlier]))
    for one in candidates(source) if request.form.get("ask") else ():
        if f"q_{one.id}" in request.form:
            label = request.form.get(f"l_{one.id}", "").strip()[:200]
            key = known[one.id].key if one.id in known else next(fresh)
            found[one.id] = Question(key, label or _figure(source, one)[0])
    return found


def _figure(source: Source, one: Candidate) -> tuple[str, str]:
    """Return where a figure stands, and what it says, in words."""
    file = next(file.spot for file in source.files if file.path == one.file)
    names = [Label.of(file["label"].value, file["key"].text).pick(language())]
    words: list[str] = []
    noun = SECTIONS.get(one.file.partition("/")[0], "app")
    for step in one.pointer.split("/")[1:]:
        file = file[int(step)] if isinstance(file.value, list) else file[step]
        words += [] if step.isdigit() else [step]
        if file["label"].is_given:
            names.append(Label.of(file["label"].value).pick(language()))
    return " › ".join([*names, property_label(noun, tuple(words))]), value_label(noun, tuple(words), one.value)
