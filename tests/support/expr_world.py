"""A small world to evaluate expressions in: two forms with every kind of field, random records, people, two databases."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from engine.people import Person, User
from engine.sql.source import Source
from engine.tables import AppTables
from forms.system import PERSON_SHAPE, system_shape
from rules.scope import RecordScope, RuleContext
from rules.types import DATE, DATETIME, NUMBER, PERSON, TEXT, YES_NO, Kind, Type

STAGES = ("lead", "talk", "won", "lost")
TIERS = ("a", "b", "c")
TAGS = ("vip", "new", "cold", "key")
MONEY = Type(Kind.MONEY)
TIER, TAG_LIST = Type(Kind.CHOICE, options=TIERS), Type(Kind.CHOICES, options=TAGS)

#: Form -> field -> type. Names tell what they hold: the first of a kind is required, the others may be empty.
SHAPES: Mapping[str, Mapping[str, Type]] = {
    "deal": {
        "n1": NUMBER.never_empty(),
        "n2": NUMBER,
        "n3": NUMBER,
        "m1": MONEY.never_empty(),
        "m2": MONEY,
        "t1": TEXT.never_empty(),
        "t2": TEXT,
        "b1": YES_NO,
        "b2": Type(Kind.YES_NO, nullable=True),
        "d1": DATE.never_empty(),
        "d2": DATE,
        "at1": DATETIME.never_empty(),
        "at2": DATETIME,
        "tier": TIER,
        "tags": TAG_LIST,
        "customer": Type(Kind.REFERENCE, form="customer"),
        "reviewer": PERSON,
        "helpers": Type(Kind.PEOPLE),
        "partners": Type(Kind.REFERENCES, form="customer"),
        **system_shape(STAGES),
    },
    "customer": {
        "name": TEXT.never_empty(),
        "region": TEXT,
        "rank": NUMBER,
        "size": MONEY,
        "since": DATE,
        "active": YES_NO,
        "tier": TIER,
        "tags": TAG_LIST,
        "parent": Type(Kind.REFERENCE, form="customer"),
        **system_shape(),
    },
}

NUMBERS = [
    0.0,
    1.0,
    -1.0,
    2.5,
    -2.5,
    0.1,
    0.2,
    0.3,
    1.1,
    1 / 3,
    100.0,
    110.0,
    90.0,
    89.99,
    110.1,
    3.0,
    7.0,
    -7.0,
    1e-9,
    5e-10,
]
NUMBERS += [
    0.0009765625,
    1e15,
    -1e15,
    123456.789,
    99999999.99,
    1e-12,
    0.30000000000000004,
    1000000.005,
    1.005,
    2.675,
    12.0,
]
MINORS = [0, 1, -1, 100, 110, 9999, 10001, 12345, -250, 123456789, 2**53, -(2**53), 1000000, 33, 11000, 9000]
TEXTS = [
    "a",
    "A",
    "ab",
    "b",
    "north",
    "south",
    "销售",
    "销",
    "售后",
    "😀",
    "a😀b",
    "é",
    "É",
    "%",
    "_",
    "a_b",
    "50%",
    " x ",
    "\u3000全角 ",
]
TEXTS += [
    "O'Brien",
    '"',
    "\\",
    "ß",
    "ΣΑΣ",
    "İıŉ",
    "ﬃǅ",
    "Z",
    "z",
    "x" * 300,
    "Ada Lovelace",
    "欧阳小明",
    "é",
    "won",
    "vip",
    "12",
    "SO-2026-7",
]
DAYS = [
    date(1, 1, 1),
    date(9999, 12, 31),
    date(2024, 2, 29),
    date(2026, 2, 28),
    date(2026, 3, 2),
    date(2026, 3, 1),
    date(2025, 12, 31),
]
DAYS += [
    date(2026, 1, 31),
    date(2026, 10, 1),
    date(2026, 2, 14),
    date(2027, 1, 1),
    date(1988, 6, 1),
    date(2023, 3, 30),
    date(1900, 1, 1),
]
MOMENTS = [
    datetime.fromisoformat(f"{moment}+00:00")
    for moment in (
        *("2026-03-01 16:00:00", "2026-03-01 15:59:59", "2026-03-02 01:00:00", "1988-06-01 15:30:00"),
        *("2026-10-25 00:30:00", "2026-03-29 01:00:00", "0001-01-05 00:00:00", "9999-12-20 00:00:00"),
        *("2025-12-31 23:00:00", "2006-10-29 02:30:00", "1900-01-01 00:00:00", "2026-02-28 16:00:01"),
        *("2026-03-01 15:59:59.999", "2026-03-02 01:00:00.001", "9999-12-20 00:00:00.999", "1970-01-01 00:00:00.5"),
    )
]
NOW = datetime(2026, 3, 2, 1, 0, 0, tzinfo=UTC)
PEOPLE = (
    User(1, "alice", "Alice", "alice@example.com", "north", "sales", 4),
    User(2, "bob", "Bob", None, "north", None, 4),
    User(3, "charlie", "查理", "c@example.com", "south", "sales", None),
    User(4, "mona", "Mona", "mona@example.com", None, "lead", None),
)
ALICE = User(1, "alice", "Alice", "alice@example.com", "north", "sales", 4, roles=frozenset({("world", "rep")}))


def scope_of(zone: str = "Asia/Shanghai", calendar: str = "CN") -> RecordScope:
    """Return the names an expression on a deal may use."""
    return RecordScope(SHAPES, "deal", PERSON_SHAPE, RuleContext(zone, calendar))


@dataclass
class World:
    """Records of both forms as the evaluators see them, and the tables to keep them in."""

    deals: list[dict[str, Any]]
    customers: list[dict[str, Any]]
    zone: str = "Asia/Shanghai"
    calendar: str = "CN"
    now: datetime = NOW
    user: User = ALICE
    tables: AppTables = field(default_factory=lambda: AppTables("world", SHAPES))

    @property
    def app(self) -> Any:
        """Return what the SQL compiler needs of an app."""
        return SimpleNamespace(key="world", shapes=SHAPES, context=RuleContext(self.zone, self.calendar))

    @property
    def scope(self) -> RecordScope:
        return scope_of(self.zone, self.calendar)

    def source(self, dialect: str) -> Source:
        """Return the source of the deals on a database."""
        return Source(self.app, self.tables, "deal", dialect, self.now, self.user)

    def store(self, engine: sa.Engine) -> None:
        """Replace what a database holds with this world."""
        people = sa.inspect(Person).local_table
        tables = [people, self.tables.current("customer"), self.tables.current("deal")]
        rows = [[_person(one) for one in sorted(PEOPLE, key=lambda one: -one.id)], self.customers, self.deals]
        with engine.begin() as connection:
            for table in tables:
                table.create(connection, checkfirst=True)
            for table in reversed(tables):
                connection.execute(sa.delete(table))
            for table, stored in zip(tables, rows, strict=True):
                connection.execute(sa.insert(table), stored)
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("ANALYZE")

    def values(self, deal: Mapping[str, Any], reads: frozenset[tuple[str, ...]]) -> dict[str, Any]:
        """Return what the evaluators of rules/ are given for one record."""
        user = self.user
        found: dict[str, Any] = {
            "me": user.id,
            **{f"me.{key}": value for key, value in user.facts.items()},
            "me.roles": user.roles_in("world"),
            "me.teams": frozenset({user.team} - {None}),
            "today": self.today,
            "now": self.now,
        }
        for path in reads:
            if ".".join(path) not in found:
                found[".".join(path)] = self._follow(deal, "deal", path)
        return found

    @property
    def today(self) -> date:
        return self.now.astimezone(ZoneInfo(self.zone)).date()

    def _follow(self, row: Mapping[str, Any], form: str, path: tuple[str, ...]) -> Any:
        head, *rest = path
        if head == "me":
            return self._person(self.user.id, tuple(rest))
        if head == "days_in_stage":
            entered = row["stage_entered_at"]
            return entered and (self.today - entered.astimezone(ZoneInfo(self.zone)).date()).days
        value, type_ = row[head], SHAPES[form][head]
        if not rest or value is None:
            return value
        if type_.kind is Kind.PERSON:
            return self._person(value, tuple(rest))
        target = next((c for c in self.customers if c["id"] == value and c["deleted_at"] is None), None)
        return None if target is None else self._follow(target, type_.form, tuple(rest))

    def _person(self, key: int | None, path: tuple[str, ...]) -> Any:
        person = next((p for p in PEOPLE if p.id == key), None)
        if person is None or not path:
            return None if person is None else person.id
        value = person.facts[path[0]]
        return self._person(value, path[1:]) if path[0] == "manager" and path[1:] else value  # type: ignore[arg-type]


def _person(user: User) -> dict[str, Any]:
    facts = dict(user.facts)
    return {"id": user.id, "manager_id": facts.pop("manager"), **facts, "active": True} | {
        "locale": "",
        "is_admin": False,
        "session_stamp": "",
        "password_hash": None,
        "created_at": NOW,
    }


def make_world(seed: int, size: int = 300, zone: str = "Asia/Shanghai", calendar: str = "CN") -> World:
    """Make random records: empties, extremes, equal timestamps, dangling and deleted references."""
    chance = random.Random(seed)
    customers = [_row(chance, "customer", key, zone) for key in range(1, 21)]
    deals = [_row(chance, "deal", key, zone) for key in range(1, size + 1)]
    return World(deals, customers, zone, calendar)


def _row(chance: random.Random, form: str, key: int, zone: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": key, "version": 1, "deleted_at": None, "search_text": "", "stage": None}
    row["stage_entered_at"] = None
    if form == "customer" and chance.random() < 0.2:
        row["deleted_at"] = NOW
    for name, type_ in SHAPES[form].items():
        if name != "days_in_stage":
            empty = type_.nullable and chance.random() < 0.25
            row[name] = None if empty else _value(chance, type_, zone)
    return row


def _value(chance: random.Random, type_: Type, zone: str) -> Any:
    match type_.kind:
        case Kind.NUMBER:
            return chance.choice(
                [chance.choice(NUMBERS), round(chance.uniform(-200, 200), 2), float(chance.randint(-9, 9))]
            )
        case Kind.MONEY:
            return chance.choice([chance.choice(MINORS), chance.randint(-99999, 99999)])
        case Kind.TEXT:
            return chance.choice(TEXTS)
        case Kind.YES_NO:
            return chance.random() < 0.5
        case Kind.DATE:
            return chance.choice([chance.choice(DAYS), date(2026, 3, 2) + timedelta(days=chance.randint(-900, 900))])
        case Kind.DATETIME:
            near = NOW + timedelta(seconds=chance.randint(-60_000_000, 60_000_000))
            near += timedelta(milliseconds=chance.choice([0, chance.randint(0, 999)]))
            return chance.choice([chance.choice(MOMENTS), near])
        case Kind.CHOICE:
            return chance.choice(type_.options)
        case Kind.CHOICES:
            picked = [option for option in type_.options if chance.random() < 0.4]
            return picked or None
        case Kind.REFERENCE:
            return chance.randint(1, 23)  # three of them dangle
        case Kind.REFERENCES:
            return [one for one in range(1, 24) if chance.random() < 0.1] or None
        case Kind.PEOPLE:
            return [one for one in range(1, 6) if chance.random() < 0.4] or None
        case _:
            return chance.randint(1, 5)  # the fifth person does not exist


def shown(row: Mapping[str, Any]) -> str:
    """Return a record as one line, for the message of a difference."""
    return json.dumps(row, default=str, ensure_ascii=False)
