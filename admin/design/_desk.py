"""The desk of a designer: the app at hand, its draft or live config, its faults, and how an edit is saved."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from flask import abort, g, request
from flask_babel import gettext

from admin.condition_words import fields_of, in_words, slots_of
from admin.design.gone import told_of_dropped
from admin.fault_words import at_member, fault_words
from engine import design
from engine.design.examining import examined
from engine.design.impact.narrowed import Sight
from engine.design.on_records import rights_of
from engine.design.sound import sound_with
from engine.errors import NotFound
from engine.releases import live, source_of
from forms.labels import Label
from rules.types import Kind
from web import here
from web.i18n import language

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from werkzeug.wrappers import Response

    from engine.config.desk import Desk as Bench
    from engine.config.source import Source
    from engine.config.spot import Spot
    from engine.releases import Live
    from forms.criteria import Slot
    from forms.defs import FieldDef
    from rules.errors import Fault


@dataclass(frozen=True)
class Tab:
    """A tab of the frame: where it leads, what it is called (a lazy text), and which endpoints it stands for."""

    endpoint: str
    title: Any
    #: Beginnings of the endpoints during which the tab is the one at hand.
    covers: tuple[str, ...] = ()
    #: How many things wait there for the viewer.
    counts: Callable[[], int] = lambda: 0

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
    def _examined(self) -> tuple[tuple[Fault, ...], Bench]:
        return examined(self.source, self.draft.config if self.draft else "")

    @property
    def examined(self) -> Bench:
        """Return what the config declares, as far as it can be understood."""
        return self._examined[1]

    @cached_property
    def faults(self) -> tuple[Fault, ...]:
        """Return every fault and hint of the config in work."""
        return self._examined[0]

    @property
    def errors(self) -> list[Fault]:
        """Return the faults that stop publishing."""
        return [one for one in self.faults if one.level == "error"]

    @property
    def hints(self) -> list[Fault]:
        """Return what is only advice."""
        return [one for one in self.faults if one.level != "error"]

    def sound(self, path: str) -> Source | None:
        """Return the config in work as far as it has no faults; None where a part has some, or what it depends on."""
        return sound_with(self.source, path) if self.errors else self.source

    @property
    def label(self) -> str:
        """Return the app's name in the viewer's language."""
        return self.said(self.source.app)

    @cached_property
    def may_publish(self) -> bool:
        """Tell whether the viewer may make it live."""
        return design.can(here.db(), self.app_key, here.viewer(), "publish")

    @cached_property
    def sight(self) -> Sight | None:
        """Return what the viewer may see of the records; None for who may publish and must see the true impact."""
        if self.may_publish or self.live is None:
            return None
        return Sight(here.db(), self.live, here.viewer(), here.now())

    @property
    def is_narrowed(self) -> bool:
        """Tell whether figures leave something out that the viewer may not see."""
        return self.sight is not None and self.sight.narrows

    @property
    def seen_live(self) -> Live | None:
        """Return the live release over the records that count for the viewer."""
        return self.sight.narrowed if self.sight is not None else self.live

    @cached_property
    def edits(self) -> list[design.Edit]:
        """Return who edited what in the draft, the newest first."""
        return design.edits_of(here.db(), self.draft) if self.draft else []

    @cached_property
    def sees_as_now(self) -> bool:
        """Tell whether the draft shows the viewer no more than what is live: one that gives more gives it when it is published."""
        return here.viewer().is_admin or (
            self.live is not None and rights_of(source_of(here.db(), self.app_key)) == rights_of(self.source)
        )

    def said(self, spot: Spot) -> str:
        """Return how a part of the config is called in the viewer's language."""
        return Label.of(spot["label"].value, spot["key"].text).pick(language()) or spot["key"].text

    def told(self, label: Label) -> str:
        """Return a label in the viewer's language."""
        return label.pick(language())

    def label_of(self, part: Mapping[str, Any]) -> str:
        """Return how an object of the config is called in the viewer's language."""
        return self.told(Label.of(part.get("label"), str(part.get("key", ""))))

    def sentences_at(self, path: str, pointer: str, *, inside: bool = False) -> list[str]:
        """Return what is wrong at a place of a file, or (inside) at or below it."""
        return [
            self.told_of(one)
            for one in self.faults_in(path)
            if (at := at_member(one).pointer) == pointer or (inside and at.startswith(f"{pointer}/"))
        ]

    def is_grave(self, path: str, pointer: str) -> bool:
        """Tell whether something at or below a place stops publishing, rather than being advice."""
        return any(one.level == "error" and f"{one.pointer}/".startswith(f"{pointer}/") for one in self.faults_in(path))

    def told_of(self, fault: Fault) -> str:
        """Return a fault in words; what the draft took away is called as it is in what is live."""
        before = lambda: source_of(here.db(), self.app_key) if self.live else None  # noqa: E731 - asked only if needed
        return fault_words(fault, self.source, before, members=not (request.endpoint or "").startswith("design.files"))

    def fields(self, form: str) -> Mapping[str, FieldDef]:
        """Return the fields and system names of a form that conditions can ask about, by key."""
        return fields_of(self.examined, form)

    def slots(self, form: str) -> Mapping[str, Slot]:
        """Return how the language asks about each of them; of people and records by name."""
        return slots_of(self.examined, form)

    def conditions_in_words(self, form: str, text: str) -> str:
        """Say a condition; what cannot be said stays as it is written."""
        return in_words(self.examined, form, text)

    def recipients(self, form: str) -> list[tuple[str, str]]:
        """Return (word, name) of whom an alert may tell: of the record's people only where it watches a form."""
        plain = [("owner", gettext("Owner of the record")), ("manager", gettext("The owner's manager")),
                 ("creator", gettext("Who created the record")), ("followers", gettext("Who follows the record"))]  # fmt: skip
        roles = [
            (f"role:{one['key'].text}", gettext("Everybody with the role %(role)s", role=self.said(one)))
            for one in self.source.app["roles"].items()
        ]
        people = [
            (f"field:{key}", self.told(one.label))
            for key, one in self.examined.shapes.fields(form).items()
            if one.type.kind in (Kind.PERSON, Kind.PEOPLE)
        ]
        return [*plain, *people, *roles] if form else roles

    def parts(self, section: str) -> list[tuple[str, str, str]]:
        """Return (path, key, name) of every file of a section."""
        return [(spot.file, spot["key"].text, self.said(spot)) for spot in self.source.section(section)]

    def form_names(self, keys: Sequence[str]) -> list[str]:
        """Return how forms are called."""
        names = {key: name for _, key, name in self.parts("forms")}
        return [names.get(key, key) for key in keys]

    def field_name(self, key: str) -> str:
        """Return how the fields of this key are called, in whatever form; nothing for no field, or for several names."""
        fields = [one for form in self.source.section("forms") for one in form["fields"].items()]
        names = {self.said(one) for one in fields if key and one["key"].text == key}
        return names.pop() if len(names) == 1 else key

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


def typed_name(fallback: str = "") -> str:
    """Return the name that was posted for a new thing, in one line."""
    return " ".join(request.form.get("name", "").split())[:100] or fallback


def open_desk() -> Response | None:
    """Let in who may design the app; it stays hidden from everybody else, but for those whose draft was dropped."""
    app_key = str((request.view_args or {}).get("app_key", ""))
    here.viewer()
    if not design.can(here.db(), app_key, here.viewer(), "design"):
        return told_of_dropped(app_key) or abort(403)
    found = Desk(app_key)
    if found.draft is None and found.live is None:
        return told_of_dropped(app_key) or abort(404)
    g.desk = found
    if found.live is None:
        g.unborn = app_key, found.label
    return None


def desk() -> Desk:
    """Return the desk of this request, as it is after the last edit."""
    return cast("Desk", g.desk)
