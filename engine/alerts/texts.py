"""Texts of alerts: messages with their inserts written out, in the language of the person who reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine import rights
from engine.alerts.facts import Facts, Path, chunks
from engine.config.defs import AlertRuleDef, MessagePart
from engine.people import Person, User
from forms.labels import LANGUAGES, Label
from rules.checked import Checked
from rules.compiled import compiled
from rules.tree import Name
from rules.types import Kind

if TYPE_CHECKING:
    from engine.releases.live import Live

#: Stands for a value that is empty, and for one that the reader may not see: the two look alike on purpose.
BLANK = "—"
YES, NO = Label({"en": "yes", "zh_Hans": "是", "zh_Hant": "是"}), Label({"en": "no", "zh_Hans": "否", "zh_Hant": "否"})


def paths_of(rule: AlertRuleDef) -> set[Path]:
    """Return what must be known of a record to write its messages."""
    return {path for part in _parts(rule) if part.expression for path in part.expression.reads}


def language_of(user: User) -> str:
    """Return the language a person reads."""
    return user.locale if user.locale in LANGUAGES else LANGUAGES[0]


class Texts:
    """Writes the messages of one rule for many records."""

    def __init__(self, session: Session, live: Live, rule: AlertRuleDef, facts: Mapping[int, Facts]):
        self.session, self.live, self.rule, self.facts = session, live, rule, facts
        self._titles: dict[tuple[str, object], str] = {}
        self._name_everything()

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
        if rights.reads_hidden(self.live, self.rule.form, user, part.expression):
            return BLANK
        return self._text(part.expression, self._value(part.expression, record_id), language_of(user)) or BLANK

    def _value(self, expression: Checked, record_id: int) -> object:
        return compiled(expression)(self.facts[record_id])

    def _text(self, expression: Checked, value: object, language: str) -> str:
        """Write a value as its kind is written."""
        if value is None:
            return ""
        if isinstance(value, list | tuple):
            return ", ".join(self._text(expression, item, language) for item in value)
        match expression.type.kind:
            case Kind.CHOICE | Kind.CHOICES:
                return self._option(expression, value, language)
            case Kind.REFERENCE | Kind.REFERENCES:
                return self._titles.get((expression.type.form, value), BLANK)
            case Kind.PERSON | Kind.PEOPLE:
                return self._titles.get(("", value), BLANK)
            case Kind.MONEY:
                return _number(value, expression.type.scale)
            case _:
                return plain_text(value, self.live.app.context.time_zone, language)

    def _option(self, expression: Checked, value: object, language: str) -> str:
        """Return the label of an option or stage."""
        path = expression.tree.path if isinstance(expression.tree, Name) else ()
        form, key = _form_of(self.live, self.rule.form, path[:-1]), path[-1] if path else ""
        pipeline = self.live.app.pipeline_of(form)
        if key == "stage" and pipeline and (stage := pipeline.stage(str(value))):
            return stage.label.pick(language)
        field = self.live.app.forms[form].by_key.get(key) if form in self.live.app.forms else None
        option = field.option(str(value)) if field else None
        return option.label.pick(language) if option else str(value)

    def _name_everything(self) -> None:
        """Fetch the names of all people and records that the messages insert."""
        wanted: dict[str, set[int]] = {}
        for part in _parts(self.rule):
            kind = part.expression.type.kind if part.expression else Kind.TEXT
            if part.expression and kind in (Kind.REFERENCE, Kind.PERSON):
                form = part.expression.type.form if kind is Kind.REFERENCE else ""
                values = (self._value(part.expression, record_id) for record_id in self.facts)
                wanted.setdefault(form, set()).update(v for v in values if isinstance(v, int))
        for form, ids in wanted.items():
            names = self._record_titles(form, ids) if form else self._people(ids)
            self._titles.update({(form, id_): name for id_, name in names.items()})

    def _people(self, ids: Iterable[int]) -> Mapping[int, str]:
        found: dict[int, str] = {}
        for part in chunks(sorted(ids)):
            rows = self.session.execute(select(Person.id, Person.name).where(Person.id.in_(part)))
            found.update((id_, name) for id_, name in rows)
        return found

    def _record_titles(self, form: str, ids: Iterable[int]) -> Mapping[int, str]:
        from engine.records.titles import system_titles

        return system_titles(self.session, self.live, form, ids)


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


def _parts(rule: AlertRuleDef) -> Iterable[MessagePart]:
    return (part for parts in rule.message.values() for part in parts)


def _in_language(rule: AlertRuleDef, language: str) -> tuple[MessagePart, ...]:
    """Return the message in a language, or in the nearest there is, as labels do."""
    near = Label({key: key or "plain" for key in rule.message}).pick(language)
    return rule.message.get("" if near == "plain" else near, ())
