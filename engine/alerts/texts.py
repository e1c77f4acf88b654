"""Texts of alerts: messages with their inserts written out, in the language of the person who reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from engine import rights
from engine.alerts.audience import readable
from engine.alerts.facts import Facts, Path
from engine.config.defs import AlertRuleDef, MessagePart
from engine.people import Person, User
from engine.people.users import names_of
from forms.labels import LANGUAGES, Label
from rules.checked import Checked
from rules.compiled import compiled
from rules.tree import Name
from rules.types import Kind

if TYPE_CHECKING:
    from engine.releases.live import Live

#: Stands for a value that is empty, and for one that the reader may not see: the two look alike on purpose.
BLANK = "—"
#: Names that are the same for every record.
CONSTANT = frozenset({"today", "now", "me"})
YES, NO = Label({"en": "yes", "zh_Hans": "是", "zh_Hant": "是"}), Label({"en": "no", "zh_Hans": "否", "zh_Hant": "否"})


def paths_of(rule: AlertRuleDef) -> set[Path]:
    """Return what must be known of a record to write its messages, the references on the way included."""
    return {path[:depth] for path in _reads(rule) for depth in range(1, len(path) + 1) if path[0] not in CONSTANT}


def language_of(user: User | Person) -> str:
    """Return the language a person reads."""
    return user.locale if user.locale in LANGUAGES else LANGUAGES[0]


class Texts:
    """Writes the messages of one rule for many records; asks only once for each reader and form."""

    def __init__(
        self, session: Session, live: Live, rule: AlertRuleDef, facts: Mapping[int, Facts], now: datetime
    ) -> None:
        self.session, self.live, self.rule, self.facts, self.now = session, live, rule, facts, now
        self._titles: dict[tuple[User, str], Mapping[int, str]] = {}
        self._seen: dict[tuple[User, str], set[int]] = {}
        self._people: Mapping[int, str] | None = None

    def subject(self, user: User) -> str:
        """Return the name of the rule."""
        return self.rule.label.pick(language_of(user)) or self.rule.key

    def message(self, record_id: int, user: User) -> str:
        """Return the message; what this person may not see is blank."""
        parts = _in_language(self.rule, language_of(user))
        return "".join(self._part(part, record_id, user) for part in parts).strip() or self.subject(user)

    def _part(self, part: MessagePart, record_id: int, user: User) -> str:
        if part.expression is None:
            return part.text
        if not self._may_see(part.expression, record_id, user):
            return BLANK
        return self._text(part.expression, self._value(part.expression, record_id), user) or BLANK

    def _value(self, expression: Checked, record_id: int) -> object:
        return compiled(expression)(self.facts[record_id])

    # -- rights --------------------------------------------------------------------------------------------------------

    def _may_see(self, expression: Checked, record_id: int, user: User) -> bool:
        """Tell whether a person may read every field and every record behind a reference that an insert reads."""
        if not self.rule.form:
            return True
        if rights.reads_hidden(self.live, self.rule.form, user, expression):
            return False
        behind = {path[:depth] for path in expression.reads for depth in range(1, len(path))}
        return all(self._in_sight(path, record_id, user) for path in behind)

    def _in_sight(self, path: Path, record_id: int, user: User) -> bool:
        form, id_ = _form_of(self.live, self.rule.form, path), self.facts[record_id].get(".".join(path))
        return not form or id_ is None or id_ in self._readable(user, form)

    def _readable(self, user: User, form: str) -> set[int]:
        if (user, form) not in self._seen:
            ids = self._ids(form)
            self._seen[user, form] = readable(self.session, self.live, form, ids, user, self.now)
        return self._seen[user, form]

    # -- names ---------------------------------------------------------------------------------------------------------

    def _ids(self, form: str) -> set[int]:
        """Return the ids of all records of a form (of people, for an empty one) that messages may name."""
        paths = {path for path in paths_of(self.rule) if _target(self.live, self.rule.form, path) == form}
        if self.rule.is_about_people and not form:
            paths = {("owner",), ("owner", "manager"), ("owner", "manager", "manager")}
        values = (facts.get(".".join(path)) for path in paths for facts in self.facts.values())
        return {value for value in values if isinstance(value, int)}

    def _title(self, user: User, form: str, id_: object) -> str:
        """Return the title of a record, or BLANK when the reader may not see it."""
        from engine.records import titles

        if (user, form) not in self._titles:
            self._titles[user, form] = titles(self.session, self.live, form, self._ids(form), user, self.now)
        return self._titles[user, form].get(id_, BLANK) if isinstance(id_, int) else BLANK

    def _name(self, id_: object) -> str:
        if self._people is None:
            self._people = names_of(self.session, self._ids(""))
        return self._people.get(id_, BLANK) if isinstance(id_, int) else BLANK

    # -- values --------------------------------------------------------------------------------------------------------

    def _text(self, expression: Checked, value: object, user: User) -> str:
        """Write a value as its kind is written."""
        if value is None:
            return ""
        if isinstance(value, list | tuple):
            return ", ".join(self._text(expression, item, user) for item in value)
        match expression.type.kind:
            case Kind.CHOICE | Kind.CHOICES:
                return self._option(expression, value, language_of(user))
            case Kind.REFERENCE | Kind.REFERENCES:
                return self._title(user, expression.type.form, value)
            case Kind.PERSON | Kind.PEOPLE:
                return self._name(value)
            case Kind.MONEY:
                return _number(value, expression.type.scale)
            case _:
                return plain_text(value, self.live.app.context.time_zone, language_of(user))

    def _option(self, expression: Checked, value: object, language: str) -> str:
        """Return the label of an option or stage."""
        path = expression.tree.path if isinstance(expression.tree, Name) else ()
        form, key = _form_of(self.live, self.rule.form, path[:-1]), path[-1] if path else ""
        pipeline = self.live.app.pipeline_of(form)
        if key == "stage" and pipeline and (stage := pipeline.stage(str(value))):
            return stage.label.pick(language)
        field = self.live.app.forms[form].by_key.get(key) if form in self.live.app.forms else None
        if field and field.type.keeps_files:
            return field.type.plain(field, [value])
        option = field.option(str(value)) if field else None
        return option.label.pick(language) if option else str(value)


def plain_text(value: object, zone: str, language: str) -> str:
    """Write a value of which nothing but its Python type is known."""
    if isinstance(value, bool):
        return (YES if value else NO).pick(language)
    if isinstance(value, datetime):
        return f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return _number(value) if isinstance(value, int | float) else str(value)


def _number(value: object, decimals: int | None = None) -> str:
    assert isinstance(value, int | float)
    if decimals is not None:
        return f"{value:,.{decimals}f}"
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")


def _form_of(live: Live, form: str, path: Path) -> str:
    """Return the form at the end of a path of references; empty for people."""
    for key in path:
        type_ = live.app.shapes.get(form, {}).get(key)
        form = type_.form if type_ and type_.kind is Kind.REFERENCE else ""
    return form


def _target(live: Live, form: str, path: Path) -> str | None:
    """Return the form that a path refers to, empty for people, None for anything else."""
    type_ = live.app.shapes.get(_form_of(live, form, path[:-1]), {}).get(path[-1])
    if type_ is None or type_.kind not in (Kind.REFERENCE, Kind.PERSON):
        return None
    return type_.form if type_.kind is Kind.REFERENCE else ""


def _reads(rule: AlertRuleDef) -> Iterator[Path]:
    for parts in rule.message.values():
        for part in parts:
            yield from part.expression.reads if part.expression else ()


def _in_language(rule: AlertRuleDef, language: str) -> tuple[MessagePart, ...]:
    """Return the message in a language, or in the nearest there is, as labels do."""
    near = Label({key: key or "plain" for key in rule.message}).pick(language)
    return rule.message.get("" if near == "plain" else near, ())
