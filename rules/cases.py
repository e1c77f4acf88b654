"""A small JSON world to try expressions in, without a database: forms, people, records, who asks and when.

    {"form": "deal", "forms": [{"key": "deal", "fields": [{"key": "amount", "type": "money", "required": true}, …],
      "stages": ["lead", "won"]}, …], "people": [{"sign_in": "ada", "region": "north", …}],
     "records": {"account": [{"key": "acme", "region": "north"}]},
     "me": "ada", "roles": ["rep"], "now": "2026-03-02T01:00:00Z", "time_zone": "Asia/Shanghai", "calendar": "CN"}

One form alone (`{"key": …, "fields": […]}`) will do as well. Values are written as in JSON files: money in major units, dates
as ISO texts, a reference by the key of a record (or the record itself), a person by sign-in name.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from rules.errors import N_, Fault, RuleError
from rules.functions._base import zone_of
from rules.limits import MAX_NUMBER, MIN_NUMBER
from rules.moments import cut, iso
from rules.scope import RecordScope, RuleContext, Shape
from rules.types import DATETIME, MANY, NUMBER, PERSON, TEXT, Kind, Type

#: Field type of a config -> kind.
_KINDS = {
    "text": Kind.TEXT, "long_text": Kind.TEXT, "email": Kind.TEXT, "phone": Kind.TEXT, "url": Kind.TEXT, "number": Kind.NUMBER,
    "percent": Kind.NUMBER, "money": Kind.MONEY, "date": Kind.DATE, "datetime": Kind.DATETIME, "yes_no": Kind.YES_NO,
    "choice": Kind.CHOICE, "choices": Kind.CHOICES, "reference": Kind.REFERENCE, "person": Kind.PERSON, "rollup": Kind.NUMBER,
    "integer": Kind.NUMBER, "rating": Kind.NUMBER, "duration": Kind.NUMBER, "time": Kind.TEXT, "color": Kind.TEXT,
    "tags": Kind.CHOICES, "people": Kind.PEOPLE, "references": Kind.REFERENCES, "team": Kind.TEXT,
    "serial": Kind.TEXT, "rich_text": Kind.TEXT, "location": Kind.TEXT, "barcode": Kind.TEXT, "date_range": Kind.TEXT, "address": Kind.TEXT, "json": Kind.TEXT,
}  # fmt: skip
PERSON_SHAPE: Shape = {"name": TEXT, "email": TEXT, "region": TEXT, "team": TEXT, "sign_in": TEXT, "manager": PERSON}
_SYSTEM: Shape = {
    "owner": PERSON,
    "created_at": DATETIME,
    "created_by": PERSON,
    "updated_at": DATETIME,
    "updated_by": PERSON,
}
_NOW = "2026-03-02T01:00:00Z"


@dataclass(frozen=True)
class Cases:
    """The world of a JSON description."""

    source: Mapping[str, Any]

    @classmethod
    def of(cls, source: Mapping[str, Any]) -> Cases:
        """Read a description; a form alone stands for a world that has only this form."""
        found = (
            source if "forms" in source else {"forms": [source], **{k: v for k, v in source.items() if k != "fields"}}
        )
        cases = cls({**found, "form": found.get("form") or found["forms"][0]["key"]})
        cases.scope  # noqa: B018 - an unknown type is told now
        return cases

    @cached_property
    def context(self) -> RuleContext:
        """Return time zone, calendar and currency digits."""
        get = self.source.get
        return RuleContext(get("time_zone", "UTC"), get("calendar", ""), int(get("money_scale", 2)))

    @cached_property
    def scope(self) -> RecordScope:
        """Return the names an expression may use."""
        shapes = {f["key"]: self._shape(f) for f in self.source["forms"]}
        return RecordScope(shapes, self.source["form"], PERSON_SHAPE, self.context)

    @cached_property
    def now(self) -> datetime:
        """Return the moment everything is asked at."""
        return _moment(self.source.get("now", _NOW), self.context)

    @cached_property
    def people(self) -> Mapping[str, Mapping[str, Any]]:
        """Return people by sign-in name, ids given in their order unless they bring one."""
        known = self.source.get("people") or [{"sign_in": "me"}]
        return {p["sign_in"]: {"id": n, **p} for n, p in enumerate(known, 1)}

    @cached_property
    def records(self) -> Mapping[tuple[str, str], Mapping[str, Any]]:
        """Return the records to refer to, by form and key."""
        given = self.source.get("records") or {}
        return {(form, r["key"]): {"id": n, **r} for form, rows in given.items() for n, r in enumerate(rows, 1)}

    @property
    def me(self) -> str:
        """Return the sign-in name of who asks."""
        return str(self.source.get("me") or next(iter(self.people)))

    def values(self, record: Mapping[str, Any], reads: Iterable[tuple[str, ...]]) -> dict[str, Any]:
        """Return what the evaluators take: every path read -> stored value."""
        found: dict[str, Any] = {}
        for path in reads:
            found[".".join(path)] = self._value(record, path)
        return found

    def _value(self, record: Mapping[str, Any], path: tuple[str, ...]) -> Any:
        head = path[0]
        if head == "today":
            return self.now.astimezone(zone_of(self.context.time_zone)).date()
        if head == "now":
            return self.now
        if head == "me":
            return self._mine(path[1:])
        if head == "days_in_stage" and head not in record and record.get("stage_entered_at"):
            zone = zone_of(self.context.time_zone)
            entered = _moment(record["stage_entered_at"], self.context).astimezone(zone).date()
            return float((self.now.astimezone(zone).date() - entered).days)
        return self._follow(record, self.source["form"], path)

    def _mine(self, path: tuple[str, ...]) -> Any:
        if path == ("roles",):
            return frozenset(self.source.get("roles") or ())
        if path == ("teams",):
            team = self.people[self.me].get("team")
            return frozenset(self.source.get("teams") or ([team] if team else []))
        return self._person(self.me, path)

    def _follow(self, record: Mapping[str, Any], form: str, path: tuple[str, ...]) -> Any:
        head, rest = path[0], path[1:]
        type_, value = self.scope.shapes[form][head], record.get(head)
        if type_.kind in MANY - {Kind.CHOICES}:
            each = [self._one(item, type_) for item in value or ()]
            return [id_ for id_ in each if id_ is not None] or None
        if type_.kind is Kind.PERSON:
            return self._person(value, rest)
        if type_.kind is Kind.REFERENCE:
            target = self._target(value, type_.form)
            if target is None or not rest:
                return None if target is None else target.get("id", 0)
            return self._follow(target, type_.form, rest)
        found = self._stored(head, value, type_)
        if found is None and not type_.nullable:
            raise RuleError(
                Fault("value_missing", N_("“{field}” is required, so the record must have it."), {"field": head})
            )
        return found

    def _one(self, item: Any, type_: Type) -> Any:
        if type_.kind is Kind.PEOPLE:
            return self._person(item, ())
        target = self._target(item, type_.form)
        return None if target is None else target.get("id", 0)

    def _target(self, value: Any, form: str) -> Mapping[str, Any] | None:
        if isinstance(value, Mapping) or value is None:
            return value
        found = self.records.get((form, value)) if isinstance(value, str) else None
        return found or next((r for (f, _), r in self.records.items() if f == form and r["id"] == value), None)

    def _person(self, value: Any, path: tuple[str, ...]) -> Any:
        known = self.people.values()
        person = (
            self.people.get(value) if isinstance(value, str) else next((p for p in known if p["id"] == value), None)
        )
        if person is None or not path:
            return None if person is None else person["id"]
        if path[0] == "manager":
            return self._person(person.get("manager"), path[1:])
        return self._stored(path[0], person.get(path[0]), PERSON_SHAPE[path[0]])

    def _stored(self, key: str, value: Any, type_: Type) -> Any:
        try:
            return stored(value, type_, self.context)
        except (ValueError, TypeError, InvalidOperation, KeyError):
            facts = {"value": str(value)[:40], "field": key}
            raise RuleError(Fault("bad_value", N_("“{value}” is no value for “{field}”."), facts)) from None

    def _shape(self, form: Mapping[str, Any]) -> Shape:
        fields = {f["key"]: self._type(f) for f in form["fields"]}
        stages = tuple(_key(s) for s in form.get("stages") or ())
        staged: Shape = {
            "stage": Type(Kind.CHOICE, options=stages),
            "stage_entered_at": DATETIME,
            "days_in_stage": NUMBER,
        }
        return {**_SYSTEM, **(staged if stages else {}), **fields}

    def _type(self, field: Mapping[str, Any]) -> Type:
        kind = field.get("result", "number") if field["type"] in {"computed", "rollup"} else field["type"]
        if kind not in _KINDS:
            raise RuleError(Fault("unknown_type", N_("There is no field type “{type}”."), {"type": str(kind)[:40]}))
        required = bool(field.get("required")) and field["type"] not in {
            "computed",
            "rollup",
            "reference",
            "references",
            "person",
            "people",
        }
        options = tuple(_key(o) for o in field.get("options") or ())
        scale = int(field.get("scale", self.context.money_scale))
        return Type(_KINDS[kind], not required, options, field.get("to", ""), scale)


def stored(value: Any, type_: Type, context: RuleContext) -> Any:
    """Turn a JSON value into what is stored; raise ValueError or TypeError when it is none."""
    if value in (None, "", []):
        return None
    match type_.kind:
        case Kind.NUMBER:
            return _number(value)
        case Kind.MONEY:
            return _minor(value, type_.scale)
        case Kind.YES_NO if isinstance(value, bool):
            return value
        case Kind.DATE:
            return date.fromisoformat(value)
        case Kind.DATETIME:
            return _moment(value, context)
        case Kind.CHOICE:
            return _option(value, type_)
        case Kind.CHOICES if isinstance(value, list):
            return [_option(v, type_) for v in value]
        case Kind.TEXT if isinstance(value, str):
            return unicodedata.normalize("NFC", value)
    raise TypeError(type_.kind)


def _number(value: Any) -> float:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or abs(value) > MAX_NUMBER
    ):
        raise ValueError(value)
    return float(value) if abs(value) >= MIN_NUMBER else 0.0


def _minor(value: Any, scale: int) -> int:
    _number(value)
    minor = Decimal(str(value)).scaleb(scale)
    if minor != minor.to_integral_value():
        raise ValueError(value)
    return int(minor)


def _moment(value: str, context: RuleContext) -> datetime:
    found = datetime.fromisoformat(value)
    zoned = found if found.tzinfo else found.replace(tzinfo=zone_of(context.time_zone))
    return cut(zoned)


def _option(value: Any, type_: Type) -> str:
    if type_.options and value not in type_.options:
        raise ValueError(value)
    return str(value)


def _key(option: Any) -> str:
    return str(option["key"] if isinstance(option, Mapping) else option)


def shown(value: object) -> object:
    """Turn a result into a JSON value: dates as ISO texts, whole numbers without a point."""
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return list(value) if isinstance(value, tuple | frozenset) else value
