"""Importing into a live app: verdicts, keys, unknown values, references, rights, stages, history; on both databases."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from engine.changes import Change
from engine.errors import Refused
from engine.imports.errors import ImportRefused
from engine.imports.mapping import guess, mapping_of
from engine.imports.read import read
from engine.imports.run import plan, run
from engine.people import SYSTEM, User, load_user
from engine.releases import live, publish
from forms.text import one_form
from tests.support.configs import field_of, form_of, tiny_app

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.imports.report import Report
    from engine.releases import Live
    from tests.support.people import People

LATER = timedelta(hours=1)


class Office:
    """The tiny app with two accounts, and short words for what tests do with it."""

    def __init__(self, session: Session, now: datetime, people: People) -> None:
        self.session, self.now, self.people = session, now, people
        config = tiny_app()
        form_of(config, "account")["fields"].append(
            {"key": "parent", "type": "reference", "label": "Parent", "to": "account"}
        )
        field_of(config, "deal", "name")["unique"] = True
        form_of(config, "deal")["unique"] = []
        publish(session, config, SYSTEM, now)
        self.load("account", "name,region\nAcme,north\nBolt,south\n")

    @property
    def live(self) -> Live:
        return live(self.session, "tiny")

    def user(self, name: str) -> User:
        return load_user(self.session, getattr(self.people, name).id)

    def load(
        self,
        form: str,
        text: str,
        *,
        user: User = SYSTEM,
        dry: bool = False,
        at: datetime | None = None,
        **mapping: Any,
    ) -> Report:
        table, app = read(text.encode()), self.live.app
        found = guess(app.forms[form], app.pipeline_of(form), table.header)
        if mapping:
            found = mapping_of({**found.to_dict(), **mapping}, app.forms[form], app.pipeline_of(form))
        return (plan if dry else run)(self.session, self.live, form, table, found, user, at or self.now)

    def rows(self, form: str, *keys: str) -> list[tuple[object, ...]]:
        table = self.live.tables.current(form)
        return [
            tuple(row) for row in self.session.execute(select(*(table.c[key] for key in keys)).order_by(table.c.id))
        ]

    def id_of(self, form: str, name: str) -> int:
        table = self.live.tables.current(form)
        return int(self.session.scalars(select(table.c.id).where(table.c.name == name)).one())


@pytest.fixture
def office(session: Session, now: datetime, people: People) -> Office:
    return Office(session, now, people)


def counts(report: Report) -> dict[str, int]:
    return {verdict: count for verdict, count in report.counts.items() if count}


def dirt(report: Report) -> list[tuple[int, str, str, str, str]]:
    assert all(one.reason.text for one in report.dirt)
    return [(one.row, one.column, one.value, one.reason.code, one.outcome) for one in report.dirt]


def test_import_stores_every_kind_of_value_and_a_second_run_changes_nothing(office: Office) -> None:
    text = (
        "名称,客户,金额,折扣,expected_on,next_call_at,urgent,tags,reviewer,owner,notes\n"
        'Roof,Acme,"1,234.50",10,2026/4/1,2026-04-01 09:30,是,new;renewal,mona,alice,"two\nlines"\n'
    )

    first, second = office.load("deal", text), office.load("deal", text, at=office.now + LATER)

    assert (counts(first), counts(second)) == ({"create": 1}, {"unchanged": 1})
    keys = (
        "name",
        "account",
        "amount",
        "discount",
        "net_amount",
        "urgent",
        "tags",
        "reviewer",
        "owner",
        "notes",
        "version",
    )
    mona, alice = office.people.mona.id, office.people.alice.id
    acme = office.id_of("account", "Acme")
    assert office.rows("deal", *keys) == [
        ("Roof", acme, 123450, 10, 111105, True, ["new", "renewal"], mona, alice, "two\nlines", 1)
    ]
    assert [row[0].isoformat() for row in office.rows("deal", "next_call_at")] == ["2026-04-01T01:30:00+00:00"]


def test_import_updates_what_differs_and_writes_one_change_each(office: Office) -> None:
    office.load("deal", "name,account,amount\nRoof,Acme,100\nDoor,Bolt,200\n")
    report = office.load(
        "deal", "name,account,amount\nRoof,Acme,150\nDoor,Bolt,200\nWall,Acme,\n", at=office.now + LATER
    )

    assert [(one.row, one.verdict) for one in report.verdicts] == [(2, "update"), (3, "unchanged"), (4, "create")]
    changes = office.session.scalars(
        select(Change).where(Change.form == "deal", Change.via == "import").order_by(Change.id)
    )
    assert [(one.verb, one.version) for one in changes] == [("create", 1), ("create", 1), ("create", 1), ("update", 2)]
    history = office.live.tables.history("deal")
    lines = office.session.scalars(
        select(history.c.amount).where(history.c.name == "Roof").order_by(history.c.valid_from)
    )
    assert list(lines) == [10000, 15000]


def test_plan_says_the_same_and_writes_nothing(office: Office) -> None:
    text = "name,account,amount\nRoof,Acme,100\nDoor,Nowhere,x\n"
    planned, ran = office.load("deal", text, dry=True), office.load("deal", text)

    assert (planned.done, ran.done) == (False, True)
    assert [(one.row, one.verdict) for one in planned.verdicts] == [(one.row, one.verdict) for one in ran.verdicts]
    assert dirt(planned) == dirt(ran)
    assert len(office.rows("deal", "id")) == 1


def test_each_refusal_names_row_column_value_and_reason(office: Office) -> None:
    report = office.load(
        "deal",
        "name,account,amount,discount,expected_on\n"
        "A,Acme,12x,,\n"
        "B,Nobody,1,,\n"
        ",Acme,1,,\n"
        "C,Acme,1,250,\n"
        "D,Acme,1,,31/12/2026\n"
        "E,Acme,1,,,,extra\n"
        "F,,1,,\n"
        "G,Acme,1,,\n"
        "G,Acme,2,,\n",
        dry=True,
    )

    assert dirt(report) == [
        (2, "amount", "12x", "field.number", "refused"),
        (3, "account", "Nobody", "field.unknown", "refused"),
        (4, "name", "", "key_empty", "refused"),
        (5, "discount", "250", "field.too_large", "refused"),
        (6, "expected_on", "31/12/2026", "field.ambiguous", "refused"),
        (7, "", "", "too_many_cells", "refused"),
        (8, "account", "", "field.required", "refused"),
        (10, "name", "G", "key_twice", "refused"),
    ]
    assert counts(report) == {"create": 1, "refused": 8}


def test_a_row_that_repeats_another_is_unchanged_and_shares_its_fate(office: Office) -> None:
    text = "name,account,amount\nRoof,Acme,100\nRoof,Acme,100.00\nDoor,Acme,-5\nDoor,Acme,-5\nRoof,Acme,100\nRoof,Bolt,100\n"

    report = office.load("deal", text)

    assert [(one.row, one.verdict) for one in report.verdicts] == [
        (2, "create"),
        (3, "unchanged"),
        (4, "refused"),
        (5, "refused"),
        (6, "unchanged"),
        (7, "refused"),
    ]
    assert len({one.record for one in report.verdicts if one.verdict != "refused"}) == 1
    assert dirt(report) == [
        (4, "amount", "-5", "field.too_small", "refused"),
        (5, "amount", "-5", "field.too_small", "refused"),
        (7, "name", "Roof", "key_twice", "refused"),
    ]


def test_dirt_names_a_field_that_no_column_fills(office: Office) -> None:
    report = office.load("deal", "name,amount\nRoof,100\n", dry=True)

    assert [(one.column, one.field, one.reason.code) for one in report.dirt] == [("", "account", "field.required")]


def test_records_may_arrive_where_their_fields_are_locked(office: Office) -> None:
    config = tiny_app()
    field_of(config, "deal", "amount")["read_only_if"] = "stage == 'won'"
    publish(office.session, config, SYSTEM, office.now)
    text = "name,account,amount,stage\nRoof,Acme,100,won\n"

    first, changed = office.load("deal", text), office.load("deal", text.replace("100", "200"))

    assert counts(first) == {"create": 1}
    assert dirt(changed) == [(2, "amount", "200", "field.read_only", "refused")]


def test_unknown_values_are_offered_with_counts_and_the_closest_candidates(office: Office) -> None:
    report = office.load("deal", "name,account,tags\nA,acme,nwe\nB,ACME ,new;gold\nC,Bolt,nwe\nD,Zzz,\n", dry=True)

    tags, account = report.column("tags"), report.column("account")
    assert [(one.value, one.rows) for one in tags.unknown] == [("nwe", 2), ("gold", 1)]
    assert tags.unknown[0].candidates[0] == ("new", "New")
    assert {key for key, _ in tags.unknown[0].candidates} == {"new", "renewal", "upsell"}
    assert [(one.value, one.rows, [c[0] for c in one.candidates]) for one in account.unknown] == [
        ("acme", 1, ["Acme"]),
        ("ACME", 1, ["Acme"]),
        ("Zzz", 1, []),
    ]


def test_mapped_values_are_read_with_their_meaning(office: Office) -> None:
    columns = {
        "name": "name",
        "account": {"field": "account", "values": {"acme": "Acme", "?": ""}, "unknown": "empty", "empty": "report"},
        "tags": {"field": "tags", "values": {"nwe": "new"}},
    }
    field_of(tiny_app(), "deal", "account")
    report = office.load("visit", "subject,account,visited_on\nA,acme,2026-03-01\n", columns={
        "subject": "subject", "account": {"field": "account", "values": {"acme": "Acme"}}, "visited_on": "visited_on"})  # fmt: skip
    deals = office.load("deal", "name,account,tags\nA,acme,nwe;renewal\n", columns=columns)

    assert (counts(report), counts(deals)) == ({"create": 1}, {"create": 1})
    assert report.column("account").mapped == {"acme": 1}
    assert office.rows("deal", "tags") == [(["new", "renewal"],)]


def test_unknown_values_may_leave_the_field_empty_and_are_reported(office: Office) -> None:
    columns = {
        "name": "name",
        "account": "account",
        "reviewer": {"field": "reviewer", "unknown": "empty"},
        "notes": {"field": "notes", "empty": "report"},
    }
    report = office.load("deal", "name,account,reviewer,notes\nA,Acme,nobody,\n", columns=columns)

    assert dirt(report) == [
        (2, "reviewer", "nobody", "field.unknown", "left_empty"),
        (2, "notes", "", "empty", "noted"),
    ]
    assert office.rows("deal", "reviewer") == [(None,)]


def test_an_empty_cell_empties_the_field_unless_a_default_serves(office: Office) -> None:
    office.load("account", "name,region,tier,phone\nCube,north,key_account,+86 10 1234 5678\n")
    report = office.load("account", "name,region,tier,phone\nCube,,,\nDome,south,,\n", at=office.now + LATER)

    assert counts(report) == {"create": 1, "update": 1}
    assert office.rows("account", "name", "region", "tier", "phone")[2:] == [
        ("Cube", "north", "key_account", None),
        ("Dome", "south", "standard", None),
    ]


def test_rows_may_refer_to_rows_of_the_same_file_in_any_order_and_in_circles(office: Office) -> None:
    text = "name,region,parent\nLeaf,north,Twig\nTwig,north,Root\nRoot,north,\nSelf,south,Self\nPing,south,Pong\nPong,south,Ping\nLost,south,Gone\nChild of lost,south,Lost\n"
    report = office.load("account", text)

    ids = dict(office.rows("account", "name", "id"))
    parents = {name: parent for name, parent in office.rows("account", "name", "parent") if parent}
    assert parents == {
        "Leaf": ids["Twig"],
        "Twig": ids["Root"],
        "Self": ids["Self"],
        "Ping": ids["Pong"],
        "Pong": ids["Ping"],
    }
    assert {(one.row, one.value) for one in report.dirt} == {(8, "Gone"), (9, "Lost")}
    assert counts(report) == {"create": 6, "refused": 2}
    assert counts(office.load("account", text, at=office.now + LATER)) == {"unchanged": 6, "refused": 2}


@pytest.mark.parametrize(
    ("mode", "found"), [("create", {"create": 1, "refused": 1}), ("update", {"update": 1, "refused": 1})]
)
def test_a_mode_allows_only_new_or_only_known_records(office: Office, mode: str, found: Mapping[str, int]) -> None:
    office.load("deal", "name,account,amount\nRoof,Acme,1\n")

    assert (
        counts(office.load("deal", "name,account,amount\nRoof,Acme,2\nDoor,Acme,3\n", mode=mode, key=["name"])) == found
    )


def test_without_a_key_every_row_is_a_new_record(office: Office) -> None:
    text = "subject,account,visited_on\nHello,Acme,2026-03-01\n"
    office.load("visit", text)

    assert counts(office.load("visit", text)) == {"create": 1}


def test_a_key_that_several_records_share_changes_none_of_them(office: Office) -> None:
    text = "subject,account,visited_on\nHello,Acme,2026-03-01\nHello,Bolt,2026-03-01\n"
    office.load("visit", text)
    report = office.load("visit", "subject,account,visited_on\nHello,Acme,2026-03-02\n", key=["subject"])

    assert dirt(report) == [(2, "subject", "Hello", "several", "refused")]


def test_a_format_reads_dates_of_another_country(office: Office) -> None:
    columns = {"name": "name", "account": "account", "when": {"field": "expected_on", "format": "%d/%m/%Y"}}
    report = office.load("deal", "name,account,when\nA,Acme,31/12/2026\nB,Acme,12/31/2026\n", columns=columns)

    assert [str(row[0]) for row in office.rows("deal", "expected_on")] == ["2026-12-31"]
    assert dirt(report) == [(3, "when", "12/31/2026", "format", "refused")]


def test_stages_and_dates_are_taken_as_they_stand_by_administrators(office: Office) -> None:
    text = "name,account,amount,stage,stage_entered_at,created_at,closed_on\nRoof,Acme,5,Won,2026-01-10 08:00,2025-12-01,2026-01-10\n"
    report = office.load("deal", text, user=office.user("ada"))

    assert counts(report) == {"create": 1}
    [(stage, entered, created)] = office.rows("deal", "stage", "stage_entered_at", "created_at")
    assert (stage, entered.isoformat(), created.isoformat()) == (
        "won",
        "2026-01-10T00:00:00+00:00",
        "2025-11-30T16:00:00+00:00",
    )


def test_others_import_stages_only_through_the_gates(office: Office) -> None:
    text = "name,account,amount,stage\nRoof,Acme,5,Offer\nDoor,Acme,,Offer\nWall,Acme,5,Won\nGate,Acme,5,Open\n"
    alice = office.user("alice")
    with pytest.raises(ImportRefused) as refused:
        office.load("deal", text, user=alice)
    report = office.load("deal", text, user=alice, gates=True)

    assert [fault.code for fault in refused.value.faults] == ["not_allowed"]
    assert office.rows("deal", "name", "stage", "owner") == [("Roof", "offer", alice.id), ("Gate", "open", alice.id)]
    assert [(one.row, one.column, one.reason.code) for one in report.dirt] == [
        (3, "amount", "field.required"),
        (4, "stage", "move.none"),
    ]


def test_an_import_stays_within_the_rights_of_the_person(office: Office) -> None:
    office.load("deal", "name,account,amount,owner\nRoof,Acme,5,bob\nDoor,Acme,6,alice\n")
    text = "name,account,amount\nRoof,Acme,50\nDoor,Acme,60\nWall,Acme,70\n"
    report = office.load("deal", text, user=office.user("alice"), at=office.now + LATER)

    assert [(one.row, one.verdict) for one in report.verdicts] == [(2, "refused"), (3, "update"), (4, "create")]
    assert dirt(report) == [(2, "name", "Roof", "field.taken", "refused")]
    assert office.rows("deal", "name", "amount") == [("Roof", 500), ("Door", 6000), ("Wall", 7000)]
    assert counts(office.load("deal", "name,account,owner\nGift,Acme,bob\n", user=office.user("alice"))) == {
        "refused": 1
    }


def test_a_hidden_field_cannot_be_imported_and_might_as_well_not_exist(office: Office) -> None:
    codes = []
    for field in ("margin", "no_such_field"):
        with pytest.raises(ImportRefused) as refused:
            office.load(
                "deal",
                "name,account,x\nRoof,Acme,5\n",
                user=office.user("alice"),
                columns={"name": "name", "account": "account", "x": field},
            )
        codes.append((refused.value.faults[0].code, refused.value.faults[0].suggestion))

    assert codes == [("unknown_field", ""), ("unknown_field", "")]


def test_who_may_not_import_is_refused_before_anything_is_read(office: Office) -> None:
    nobody = User(id=office.people.alice.id, sign_in="guest", name="Guest")
    with pytest.raises(Refused):
        office.load("deal", "name,account\nRoof,Acme\n", user=nobody, dry=True)


def test_a_mapping_that_names_no_column_of_the_file_says_which_was_meant(office: Office) -> None:
    with pytest.raises(ImportRefused) as refused:
        office.load("deal", "name,account\nRoof,Acme\n", columns={"Name": "name", "account": "account"}, key=["name"])

    assert (refused.value.code, refused.value.faults[0].suggestion) == ("no_column", "name")


def test_rollups_follow_an_import(office: Office) -> None:
    office.load(
        "deal",
        "name,account,amount,stage\nRoof,Acme,5,won\nDoor,Acme,7.5,won\nWall,Bolt,9,open\n",
        user=office.user("ada"),
    )

    assert office.rows("account", "name", "won_value") == [("Acme", 1250), ("Bolt", 0)]


def test_naughty_texts_arrive_as_they_are_or_are_refused_with_a_reason(office: Office, shared_data: Path) -> None:
    naughty = json.loads((shared_data / "evil_blns" / "blns.json").read_text(encoding="utf-8"))
    formulas = (shared_data / "evil_csv" / "csv-payload.txt").read_text(encoding="utf-8").splitlines()
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(["name", "account", "notes"])
    writer.writerows([f"D{place}", "Acme", text] for place, text in enumerate([*naughty, *formulas]))
    report = office.load("deal", sheet.getvalue())

    stored = {str(name): notes for name, notes in office.rows("deal", "name", "notes")}
    refused = {row.title for row in report.refused}
    assert len(stored) + len(refused) == len(naughty) + len(formulas)
    for place, text in enumerate([*naughty, *formulas]):
        if f"D{place}" not in refused:
            assert stored[f"D{place}"] == (one_form(text) or None)
    assert all(any(unicodedata.category(char) in ("Cc", "Cs") for char in one.value) for one in report.dirt)
    assert len(refused) < 10
    assert counts(office.load("deal", sheet.getvalue(), at=office.now + LATER)) == {
        "unchanged": len(stored),
        "refused": len(refused),
    }
