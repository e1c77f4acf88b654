"""`/a/<app>/rights`: what may this person see and do here, and because of which rule. For those who configure the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Blueprint, request
from werkzeug.wrappers import Response

from engine.errors import NotFound
from engine.people import User, everybody, user_of
from engine.records.read import get
from engine.rights import may, reads_hidden
from engine.rights.explain import Entry, FieldVerdict, Findings, Verdict, inspect_rights, who_reads
from web import here, i18n
from web.explaining import Node, Speaker
from web.fields import all_fields, look_at, title_of
from web.render import render
from web.words import gettext

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from rules.explain import Explanation

bp = Blueprint("rights", __name__)


@dataclass(frozen=True)
class EntryView:
    """An entry of the permissions in words, with its place in the config."""

    number: int
    place: str
    roles: str
    actions: str
    stages: str
    condition: str
    #: yes, no, or empty when no record was asked about.
    mood: str
    nodes: Sequence[Node]


@dataclass(frozen=True)
class Answer:
    """One line: a verb or a field, the answer, and why."""

    name: str
    key: str
    answer: str
    mood: str
    why: str


@bp.get("/a/<app_key>/rights")
def show(app_key: str) -> Response:
    """Answer for a person, a form and, when one is named, a record."""
    live = here.live_app(app_key)
    forms = [key for key in live.app.forms if may(here.viewer(), "configure", live, key)]
    if not forms:
        raise NotFound("app", app_key)
    form_key = request.args.get("form", "") or forms[0]
    if form_key not in forms:
        raise NotFound("form", form_key)
    people = [user_of(one) for one in everybody(here.db()) if one.active]
    people = [one for one in people if one.is_admin or one.roles_in(app_key)]
    person = next((one for one in people if one.sign_in == request.args.get("person", "")), None)
    record = _record(live, form_key)
    found = None
    if person is not None:
        found = inspect_rights(here.db(), live, form_key, person, here.now(), record.id if record else None)
    return render(
        "rights.html",
        live=live,
        forms=[live.form(key) for key in forms],
        form=live.form(form_key),
        people=people,
        person=person,
        record=record,
        record_text=request.args.get("record", "")[:20],
        title=title_of(live, record) if record else "",
        readers=_readers(live, record) if record and person is None else [],
        **(_views(live, form_key, found, record) if found else {}),
    )


def _record(live: Live, form_key: str) -> Record | None:
    text = request.args.get("record", "").strip().removeprefix("#")
    if not text:
        return None
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    return get(here.db(), live, form_key, number, here.viewer(), here.now())


def _readers(live: Live, record: Record) -> list[tuple[User, bool, str]]:
    """Return everybody with a part in the app, whether they may see the record, and their roles; those who may first."""
    found = who_reads(here.db(), live, record.form, record.id, here.now())
    return [(one, seen, _roles(live, one)) for one, seen in sorted(found, key=lambda pair: not pair[1])]


def _roles(live: Live, person: User) -> str:
    if person.is_admin:
        return gettext("Administrator")
    return _labels(live, sorted(person.roles_in(live.key)))


def _labels(live: Live, roles: Sequence[str]) -> str:
    labels = {role.key: str(i18n.told(role.label)) for role in live.app.roles}
    return gettext(", ").join(gettext("every role") if role == "*" else labels.get(role, role) for role in roles)


def _views(live: Live, form_key: str, found: Findings, record: Record | None) -> dict[str, Any]:
    fields = all_fields(live, form_key)
    names = {key: str(i18n.told(one.label)) for key, one in fields.items()}
    return {
        "entries": [_entry(live, form_key, one, record, found.person) for one in found.entries],
        "verbs": [_verb(one, record is not None) for one in found.verbs],
        "fields": [_field(one, names) for one in found.fields if one.name in fields],
        "roles": _roles(live, found.person),
    }


def _entry(live: Live, form_key: str, one: Entry, record: Record | None, person: User) -> EntryView:
    permission = one.permission
    pipeline = live.pipeline(form_key)
    stages = {stage.key: str(i18n.told(stage.label)) for stage in pipeline.stages} if pipeline else {}
    return EntryView(
        number=one.number,
        place=f"forms/{form_key}.json /permissions/{one.number}",
        roles=_labels(live, permission.roles),
        actions=gettext(", ").join(verb_words(verb) for verb in permission.actions),
        stages=gettext(", ").join(stages.get(key, key) for key in permission.stages),
        condition=permission.records.text if permission.records else "",
        mood="" if record is None else "yes" if one.holds else "no",
        nodes=_nodes(live, form_key, one, record, person),
    )


def _nodes(live: Live, form_key: str, one: Entry, record: Record | None, person: User) -> list[Node]:
    """Return the condition clause by clause; without values where the viewer may not see what it reads."""
    condition = one.permission.records
    if record is None or condition is None or reads_hidden(live, form_key, here.viewer(), condition):
        return []
    fields = all_fields(live, form_key)
    values = [{clause.text: clause.value} for clause in _leaves(one.clauses) if clause.text in fields]
    values.append({"owner": person.id})
    speaker = Speaker(look_at(live, fields.values(), values), fields)
    return [speaker.node(clause) for clause in one.clauses]


def _leaves(clauses: Sequence[Explanation]) -> list[Explanation]:
    found: list[Explanation] = []
    for clause in clauses:
        found += [clause, *_leaves(clause.children)]
    return found


def verb_words(verb: str) -> str:
    """Say what a person may do with records."""
    words: Mapping[str, str] = {
        "read": gettext("see"),
        "create": gettext("create"),
        "update": gettext("change"),
        "delete": gettext("delete and restore"),
        "move": gettext("move between stages"),
        "import": gettext("import"),
        "export": gettext("export"),
        "comment": gettext("comment"),
        "share": gettext("share by links"),
        "configure": gettext("configure the form"),
    }
    return words.get(verb, verb)


def _verb(one: Verdict, asked_record: bool) -> Answer:
    maybe = one.allowed and one.reason == "entry" and not asked_record
    answer = gettext("yes") if one.allowed else gettext("no")
    return Answer(verb_words(one.name), one.name, answer, "yes" if one.allowed else "no", _reason(one, maybe=maybe))


def _field(one: FieldVerdict, names: Mapping[str, str]) -> Answer:
    words = {"hidden": gettext("hidden"), "read": gettext("may be seen"), "edit": gettext("may be changed")}
    mood = {"hidden": "no", "edit": "yes"}.get(one.level, "")
    return Answer(names.get(one.name, one.name), one.name, words[one.level], mood, _reason(one))


def _reason(one: Verdict | FieldVerdict, *, maybe: bool = False) -> str:
    entries = gettext(", ").join(str(number) for number in one.entries)
    said = {
        "admin": gettext("Administrators may do everything; permissions are not asked."),
        "open": gettext("The form names no permissions: it is open to every role of the app."),
        "closed": gettext("The form names no permissions: this is left to administrators."),
        "no_role": gettext("The person holds no role in this app."),
        "entry": gettext("Entry %(entries)s of the permissions says so.", entries=entries),
        "condition": gettext(
            "Entry %(entries)s would allow it, but its condition does not hold for this record.", entries=entries
        ),
        "no_entry": gettext("No entry of the permissions names this for the person's roles."),
        "derived": gettext("It is computed, and never typed."),
        "system_name": gettext("It follows from what happens to the record."),
        "unreadable": gettext("The person may not see the record at all."),
    }
    words = said[one.reason]
    return words + " " + gettext("On the records its condition holds for.") if maybe else words
