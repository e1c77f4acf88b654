"""A sheet of people: every row judged, sound rows read in together, and what comes out goes in again unchanged."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from engine.audit import AuditEvent
from engine.imports.errors import ImportRefused
from engine.imports.read import read
from engine.people import SYSTEM, person_named
from engine.releases import publish, source_of
from engine.sheets import csv_text
from engine.staff.sheet import exported, plan, read_in

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny


def judged(tiny: Tiny, text: str) -> list[tuple[str, list[str]]]:
    with tiny.db() as session:
        made = plan(session, read(text.encode()), tiny.user("ada"))
        return [(line.verdict, [fault.code for fault in line.faults]) for line in made.lines]


def test_people_come_in_with_managers_in_any_order(tiny: Tiny) -> None:
    sheet = (
        "姓名,登录名,邮箱,区域,团队,上级,角色,可以登录\n"
        "王芳,wang.fang,wf@example.com,华东,销售一部,li.na,tiny:rep; *:creator,是\n"
        "李娜,LI.NA,,华东,,Mona,tiny:manager,\n"
    )
    with tiny.db.begin() as session:
        counts = read_in(session, read(sheet.encode("gb18030")), tiny.user("ada"), tiny.now).counts

    assert (counts["new"], counts["refused"]) == (2, 0)
    fang, na = tiny.user("wang.fang"), tiny.user("li.na")
    assert (fang.manager_id, na.manager_id) == (na.id, tiny.user("mona").id)
    assert fang.roles == {("tiny", "rep"), ("*", "creator")}
    assert judged(tiny, sheet) == [("unchanged", []), ("unchanged", [])]


def test_people_who_are_there_are_changed_by_what_the_sheet_says_alone(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        made = read_in(session, read(b"sign_in,region,active\nbob,east,no\nalice,north,\n"), tiny.user("ada"), tiny.now)
        assert [line.verdict for line in made.lines] == ["changed", "unchanged"]

    with tiny.db() as session:
        bob = person_named(session, "bob")
        assert bob is not None
        assert (bob.region, bob.active, bob.email, len(bob.grants)) == ("east", False, "bob@example.com", 1)
        verbs = [row.verb for row in session.query(AuditEvent).order_by(AuditEvent.id)]
        assert verbs[-2:] == ["changed", "deactivated"]


@pytest.mark.parametrize(
    ("rows", "codes"),
    [
        ("x,X,,boss,,", ["manager_unknown"]),
        (",x,,,,", ["name_empty"]),
        ("X,,,,,", ["sign_in_empty"]),
        ("X,two words,,,,", ["sign_in_odd"]),
        ("X,x,nothing,,,", ["email"]),
        ("X,x,,,tiny:boss,", ["role_unknown"]),
        ("X,x,,,rep,", ["role_odd"]),
        ("X,x,,,,maybe", ["yes_no"]),
        ("X,x,,x,,", ["manager_circle"]),
        ("X,ada,,,,no", ["own_access"]),
        (f"{'x' * 101},x,,,,", ["too_long"]),
    ],
)
def test_row_is_refused_with_its_reason(tiny: Tiny, rows: str, codes: list[str]) -> None:
    assert judged(tiny, f"name,sign_in,email,manager,roles,active\n{rows}\n") == [("refused", codes)]


def test_a_row_that_names_nobody_takes_nobody_with_it(tiny: Tiny) -> None:
    without_managers = "sign_in,name,email\nx,X,\n,Nobody,\ny y,Y,\nz,Z,no mail\n"
    with_managers = "sign_in,name,manager\nx,X,\n,Nobody,\n"

    assert judged(tiny, without_managers) == [
        ("new", []),
        ("refused", ["sign_in_empty"]),
        ("refused", ["sign_in_odd"]),
        ("refused", ["email"]),
    ]
    assert judged(tiny, with_managers) == [("new", []), ("refused", ["sign_in_empty"])]


def test_roles_are_written_by_name(tiny: Tiny) -> None:
    sheet = "登录名,姓名,角色\nwang,王芳,Tiny sales:Sales manager；tiny:rep\nli,李娜,Tiny sales:Nothing\n"
    with tiny.db.begin() as session:
        read_in(session, read(sheet.encode()), tiny.user("ada"), tiny.now)

    assert tiny.user("wang").roles == {("tiny", "manager"), ("tiny", "rep")}
    assert judged(tiny, sheet)[1] == ("refused", ["role_unknown"])


def test_circle_twin_and_who_follows_a_refused_row_are_refused(tiny: Tiny) -> None:
    rows = "A,a,b,\nB,b,c,\nC,c,a,\nD,d,,\nD,D,,\nE,e,,no such:role\nF,f,e,\nG,g,f,\n"
    found = judged(tiny, f"name,sign_in,manager,roles\n{rows}")

    circle, unknown = ("refused", ["manager_circle"]), ("refused", ["manager_unknown"])
    refused = [("new", []), ("refused", ["row_twice"]), ("refused", ["role_unknown"])]
    assert found == [circle, circle, circle, *refused, unknown, unknown]


def test_long_row_of_managers_is_judged_in_no_time(tiny: Tiny) -> None:
    rows = "".join(f"P{number},p{number},p{number - 1}\n" for number in range(1, 3000))
    started = time.monotonic()

    assert judged(tiny, f"name,sign_in,manager\n{rows}") == [("refused", ["manager_unknown"])] * 2999
    assert {one for one, _ in judged(tiny, f"name,sign_in,manager\nP0,p0,\n{rows}")} == {"new"}
    assert time.monotonic() - started < 10


def test_circle_through_people_who_are_there_is_refused(tiny: Tiny) -> None:
    assert judged(tiny, "sign_in,manager\nmona,alice\n") == [("refused", ["manager_circle"])]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"name\nx\n",
        "sign_in,登录名\na,b\n".encode(),
        b"\xff\xfe\xff",
        b"sign_in\n" + b"x\n" * 5001,
        b"PK\x03\x04broken",
    ],
)
def test_hostile_file_is_refused_as_a_whole(tiny: Tiny, data: bytes) -> None:
    with tiny.db() as session, pytest.raises(ImportRefused):
        plan(session, read(data), tiny.user("ada"))


def test_what_comes_out_goes_in_again(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        read_in(session, read(b"sign_in,name\nevil,'=1+1\n"), tiny.user("ada"), tiny.now)
        text = "".join(csv_text(exported(session)))

    assert "'=1+1" in text
    assert {verdict for verdict, _ in judged(tiny, text)} == {"unchanged"}


def test_apps_that_are_called_alike_do_not_hide_each_other(tiny: Tiny) -> None:
    sheet = "登录名,姓名,角色\nwang,王芳,Tiny sales:rep\n"
    whole = source_of_tiny(tiny)
    with tiny.db.begin() as session:
        publish(session, {**whole, "app": {**whole["app"], "key": "sandbox_1"}}, SYSTEM, tiny.now)
    assert judged(tiny, sheet) == [("new", [])], "a sandbox is nobody's app"

    with tiny.db.begin() as session:
        publish(session, {**whole, "app": {**whole["app"], "key": "other"}}, SYSTEM, tiny.now)
    assert judged(tiny, sheet) == [("refused", ["role_several"])]
    assert judged(tiny, sheet.replace("Tiny sales", "other")) == [("new", [])]


def source_of_tiny(tiny: Tiny) -> dict[str, Any]:
    with tiny.db() as session:
        return source_of(session, "tiny").to_dict()


def test_languages_are_written_as_people_call_them(tiny: Tiny) -> None:
    sheet = "登录名,姓名,语言\na,A,简体中文\nb,B,English\nc,C,zh_hant\nd,D,法语\n"
    with tiny.db.begin() as session:
        made = read_in(session, read(sheet.encode()), tiny.user("ada"), tiny.now)

    assert [line.values.get("locale") for line in made.lines] == ["zh_Hans", "en", "zh_Hant", None]
    assert [fault.code for fault in made.lines[3].faults] == ["locale"]


def test_what_a_sheet_has_besides_is_told(tiny: Tiny) -> None:
    with tiny.db.begin() as session:
        made = plan(session, read("登录名,姓名,手机,部门\na,A,138,Nroth\n".encode()), tiny.user("ada"))
        assert (made.unread, made.unheard) == (("手机",), {"team": ["Nroth"], "region": []})
        with pytest.raises(ImportRefused):
            plan(session, read("登录名,姓名\n".encode()), tiny.user("ada"))
