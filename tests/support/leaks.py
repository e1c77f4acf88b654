"""Random rights over a small app full of marks, and an oracle of its own that says whose mark nobody may be shown."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import unescape
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import sqlalchemy as sa

from engine.people import Person, User, user_of
from engine.releases import live

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, sessionmaker
    from werkzeug.test import TestResponse

APP = "vault"
FORMS = ("client", "case", "task")
STAGES = ("fresh", "busy", "done")
#: Fields that hold marks, by form; the first names the records.
MARKED = {
    "client": ("name", "phrase", "budget"),
    "case": ("title", "remark", "story", "amount", "score", "mail"),
    "task": ("what", "detail"),
}
NUMERIC = frozenset({"budget", "amount", "score"})
#: Conditions of rows: the text, and the same in Python.
CONDITIONS: dict[str, Callable[[User, dict[str, Any]], bool]] = {
    "owner == me": lambda me, row: row["owner"] == me.id,
    "owner.region == me.region": lambda me, row: (row["_owner"].region or None) == (me.region or None),
    "owner != me": lambda me, row: row["owner"] != me.id,
    "open_to_all": lambda _me, row: bool(row.get("open_to_all")),
    "is_me(owner) and open_to_all": lambda me, row: row["owner"] == me.id and bool(row.get("open_to_all")),
}
VERBS = ("read", "create", "update", "delete", "move", "import", "export", "comment", "share")
_LEVELS = {"hidden": 0, "read": 1, "edit": 2}


def rights_of(seed: str, roles: frozenset[str]) -> dict[str, list[dict[str, Any]]]:
    """Draw the permissions of every form, until they hide something from these roles; the same seed draws the same."""
    luck = Random(seed)
    while True:
        drawn = {form: _permissions(luck, form) for form in FORMS}
        if is_telling(drawn["case"], roles):
            return drawn


def is_telling(entries: list[dict[str, Any]], roles: frozenset[str]) -> bool:
    """Tell whether somebody with these roles sees a field of cases here and not there, and another one nowhere."""
    me = User(id=1, sign_in="me", name="Me", region="north", roles=frozenset((APP, role) for role in roles))
    owners = [
        User(id=one, sign_in="x", name="X", region=region) for one, region in enumerate(("north", "north", "south"), 1)
    ]
    common = {"deleted_at": None, "stage": STAGES[0]}
    rows = [{**common, "owner": one.id, "_owner": one, "open_to_all": flag} for one in owners for flag in (False, True)]
    seen = [{key for key in MARKED["case"] if may_see(entries, me, row, key)} for row in rows]
    readable = [one for one in seen if one]
    return any(one != readable[0] for one in readable) and set().union(*seen) < set(MARKED["case"])


def _permissions(luck: Random, form: str) -> list[dict[str, Any]]:
    """Draw one or two entries per role, with conditions, stages and field rights of any kind."""
    entries = [_entry(luck, form, role, number) for role in ("rep", "guest") for number in range(luck.randint(1, 2))]
    return [*entries, {"roles": ["chief"], "actions": [*VERBS, "configure"]}]


def _entry(luck: Random, form: str, role: str, number: int) -> dict[str, Any]:
    actions = {*luck.sample(VERBS, luck.randint(0, len(VERBS))), *(["read"] if number == 0 else [])}
    entry: dict[str, Any] = {"roles": [role], "actions": sorted(actions) or ["read"]}
    if luck.random() < 0.5:
        entry["records"] = luck.choice(sorted(CONDITIONS))
    if form == "case" and luck.random() < 0.4:
        entry["stages"] = luck.sample(STAGES, luck.randint(1, 2))
    hidden = luck.sample(MARKED[form], luck.randint(0, min(3, len(MARKED[form]))))
    if hidden:
        entry["fields"] = {key: luck.choice(["hidden", "hidden", "read"]) for key in hidden}
    return entry


def config_of(rights: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    """Return the app with these permissions."""
    flag = {"key": "open_to_all", "type": "yes_no", "label": "Open to all"}
    fields = {
        "client": [_text("name", required=True), _text("phrase"), _number("budget", "money")],
        "case": [
            _text("title", required=True), {"key": "client", "type": "reference", "to": "client", "label": "Client"},
            _text("remark"), {"key": "story", "type": "long_text", "label": "Story"}, _number("amount", "money"),
            _number("score", "number"), {"key": "mail", "type": "email", "label": "Mail"},
            {"key": "helper", "type": "person", "label": "Helper"}, {"key": "labels", "type": "tags", "label": "Labels"},
        ],
        "task": [_text("what", required=True), {"key": "case", "type": "reference", "to": "case", "label": "Case"}, _text("detail")],
    }  # fmt: skip
    return {
        "app": {"key": APP, "label": "Vault", "time_zone": "Asia/Shanghai", "roles": [{"key": one, "label": one.title()} for one in ("rep", "guest", "chief")]},
        "forms": [
            {"key": form, "label": form.title(), "title": MARKED[form][0], "fields": [*fields[form], flag], "permissions": rights[form]}
            for form in FORMS
        ],
        "pipelines": [_PIPELINE],
        "okrs": [_OKR],
        "alerts": [_ALERT],
        "dashboards": [_DASHBOARD],
    }  # fmt: skip


def _text(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "type": "text", "label": key.title(), **more}


def _number(key: str, kind: str) -> dict[str, Any]:
    return {"key": key, "type": kind, "label": key.title()}


_PIPELINE = {
    "key": "flow",
    "label": "Flow",
    "form": "case",
    "initial": "fresh",
    "stages": [{"key": key, "label": key.title()} for key in STAGES],
    "transitions": [
        {"key": "start", "label": "Start", "from": ["fresh"], "to": "busy", "guard": "amount > 5 and remark != 'x'"},
        {"key": "finish", "label": "Finish", "from": ["busy"], "to": "done", "guard": "client.budget < 3", "guard_message": "Not yet."},
    ],
}  # fmt: skip
_OKR = {
    "key": "aims",
    "label": "Aims",
    "cycle": {"every": "year"},
    "objectives": [
        {
            "key": "o", "label": "O", "level": "company",
            "key_results": [
                {
                    "key": "kr", "label": "KR", "type": "reach", "target": 9, "formula": "cases",
                    "measures": {"cases": {"of": "case", "agg": "count", "where": "amount > 5", "window": "all"}},
                }
            ],
        }
    ],
}  # fmt: skip
_CASES = {"of": "case", "agg": "count"}
_DASHBOARD = {
    "key": "view",
    "label": "View",
    "filters": [{"key": "remark", "label": "Remark", "type": "field", "fields": {"case": "remark", "task": "case.remark"}}],
    "tiles": [
        {"key": "by_mark", "label": "By mark", "type": "bar", "measure": _CASES, "by": "remark", "split": "client.name"},
        {"key": "through", "label": "Through", "type": "bar", "measure": {"of": "task", "agg": "count"}, "by": "case.title", "split": "case.client.phrase"},
        {"key": "added", "label": "Added", "type": "number", "measure": {"of": "case", "agg": "max", "value": "amount"}},
        {"key": "kept", "label": "Kept", "type": "line", "every": "month", "last": 2, "history": True, "measure": {"of": "case", "agg": "max", "value": "score"}, "split": "story"},
        {"key": "ranked", "label": "Ranked", "type": "ranking", "measure": _CASES, "by": "client", "target_measure": {**_CASES, "value": "amount", "agg": "sum", "by": "client"}},
        {"key": "crossed", "label": "Crossed", "type": "pivot", "measure": {"of": "client", "agg": "sum", "value": "budget"}, "rows": "name", "columns": "phrase"},
        {"key": "flows", "label": "Flows", "type": "funnel", "pipeline": "flow", "measure": {"of": "case", "agg": "sum", "value": "amount"}},
        {"key": "listed", "label": "Listed", "type": "list", "form": "case", "columns": ["title", "client", "remark", "story", "amount", "score", "mail"], "sort": ["-amount"]},
    ],
}  # fmt: skip
_ALERT = {
    "key": "big",
    "label": "Big",
    "form": "case",
    "when": "amount > 5",
    "message": "{title}: {remark} {amount} {client.phrase} {client.name}",
    "notify": [{"to": ["owner", "role:rep", "role:guest"]}],
}


def mark(form: str, record: int, key: str, generation: int) -> str:
    """Return what stands in one cell and nowhere else, as it is typed."""
    place = FORMS.index(form), record, MARKED[form].index(key), generation
    if key in NUMERIC:
        return str(7_310_000 + place[0] * 40_000 + record * 100 + place[2] * 10 + generation)
    text = "zq{}r{}f{}g{}k".format(*place)
    return f"{text}@vault.example" if key == "mail" else text


@dataclass
class Cells:
    """What stands where, by (form, record id, field): every mark that a cell holds or held."""

    held: dict[tuple[str, int, str], set[str]] = field(default_factory=dict)

    def note(self, form: str, id_: int, key: str, typed: str) -> None:
        shown = {typed} if key not in NUMERIC else {typed, f"{int(typed):,}", f"{typed}00"}
        self.held.setdefault((form, id_, key), set()).update(shown)


def rows_of(db: sessionmaker[Session]) -> dict[str, list[dict[str, Any]]]:
    """Return all rows as they are stored, the deleted ones too."""
    with db() as session:
        app = live(session, APP)
        people = {one.id: one for one in session.scalars(sa.select(Person))}
        found = {
            form: [dict(row) for row in session.execute(sa.select(app.tables.current(form))).mappings()]
            for form in FORMS
        }
    for row in (row for rows in found.values() for row in rows):
        row["_owner"] = people.get(row["owner"])
    return found


def forbidden(
    rights: dict[str, list[dict[str, Any]]], rows: dict[str, list[dict[str, Any]]], cells: Cells, me: User | None
) -> dict[str, tuple[str, int, str]]:
    """Return mark -> the cell it stands in, for every cell that a person may not see."""
    found: dict[str, tuple[str, int, str]] = {}
    for form, held in rows.items():
        for row in held:
            for key in MARKED[form]:
                if me is None or not may_see(rights[form], me, row, key):
                    found |= dict.fromkeys(cells.held.get((form, row["id"], key), ()), (form, row["id"], key))
    return found


def may_see(entries: list[dict[str, Any]], me: User, row: dict[str, Any], key: str) -> bool:
    """Say whether a person may see a cell: written from the documentation alone, and slow."""
    mine = {role: [one for one in entries if role in one["roles"]] for role in me.roles_in(APP)}
    applying = {role: [one for one in said if _holds(one, me, row)] for role, said in mine.items()}
    everything = [one for said in applying.values() for one in said]
    verbs = {verb for one in everything for verb in one["actions"]}
    needed = {"read", "delete"} if row["deleted_at"] is not None else {"read"}
    if not needed <= verbs:
        return False
    levels = [
        min((_LEVELS[one.get("fields", {}).get(key, "edit")] for one in said), default=-1) for said in applying.values()
    ]
    return max(levels) > 0


def _holds(entry: dict[str, Any], me: User, row: dict[str, Any]) -> bool:
    in_stage = "stages" not in entry or row["stage"] in entry["stages"]
    return in_stage and ("records" not in entry or CONDITIONS[entry["records"]](me, row))


def person(db: sessionmaker[Session], name: str) -> User:
    """Return somebody by sign-in name."""
    with db() as session:
        return user_of(session.scalars(sa.select(Person).where(Person.sign_in == name)).one())


def told(answer: TestResponse) -> str:
    """Return everything an answer says: head, cookies, body, and what is packed inside a file."""
    texts = [str(answer.headers), unquote_plus(str(answer.headers))]
    data = answer.get_data()
    if data[:2] == b"PK":
        texts += list(_unpacked(data))
    texts.append(unescape(data.decode("utf-8", "replace")))
    return "\n".join(texts)


def _unpacked(data: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for name in file.namelist():
            yield file.read(name).decode("utf-8", "replace")
