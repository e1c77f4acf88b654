"""Every field type at once, with pages, conditions, rows, limits, stages and rights, by every way in."""

from __future__ import annotations

import io
from typing import Any

import pytest

from engine.imports.mapping import guess
from engine.imports.read import read
from engine.imports.run import run
from engine.jobs import tick
from engine.records.sweep import sweep
from tests.engine.conftest import postgres_template, sqlite_template  # noqa: F401 - fixtures
from tests.engine.conftest import tiny as tiny_on_both  # noqa: F401 - a fixture
from tests.support.everything import TYPES, everything_app, typed_thing
from tests.support.field_samples import TYPED
from tests.support.html_forms import posted_values
from tests.support.program import program_of
from tests.support.site import Site, words

THING = "/a/tiny/thing"
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


@pytest.fixture
def world(tiny_on_both, tmp_path):  # noqa: F811 - the fixture
    site = Site(tiny_on_both.db, tiny_on_both.now, tmp_path)
    site.tiny = tiny_on_both
    site.tiny.publish(everything_app())
    for name in ("Target; one", "Target two"):
        site.tiny.create("target", name=name)
    site.tiny.create("home", name="House", room="10")
    return site


def rows(*pieces: tuple[str, str, str]) -> dict[str, Any]:
    names = ("what", "count", "price")
    sent: dict[str, Any] = {"slot_sub_table": [f"new{place}" for place in range(1, len(pieces) + 1)]}
    for place, piece in enumerate(pieces, 1):
        sent |= {f"slot_sub_table__new{place}__{key}": text for key, text in zip(names, piece, strict=True)}
    return sent


def files() -> dict[str, Any]:
    return {
        "slot_attachment.file": (io.BytesIO(b"%PDF-1.4 hello"), "a.pdf"),
        "slot_image.file": (io.BytesIO(PICTURE), "dot.png"),
        "slot_signature.typed": "Alice",
    }


def stale_cells(world) -> int:
    with world.tiny.db.begin() as session:
        return sum(one.stale for one in sweep(session, world.tiny.live(session), world.now))


def record(world, number: int = 1):
    [found] = [one for one in world.tiny.query("thing", "mona").records if one.id == number]
    return found


def test_form_takes_every_type_and_offers_it_again(world):
    alice = world.visitor("alice")

    made = alice.post(f"{THING}/new", **typed_thing(home="House", size="7"), **rows(("a", "2", "3.50")), **files())

    assert made.status_code == 303, words(made)
    kept = record(world)
    assert [key for key in TYPES if kept.get(f"slot_{key}") is None and key != "sub_table"] == []
    assert (kept["slot_rollup"], kept["slot_lookup"], kept["slot_serial"]) == (700, "Target; one", "TH-2026-001")
    assert (kept["doubled"], kept["guess"], kept["late"]) == (14, 8, False)

    page = alice.get(f"{THING}/1/edit").text
    typed = {name: held for name, held in posted_values(page).items() if name != "csrf_token"}
    again = alice.post(f"{THING}/1/edit", **typed)
    assert again.status_code == 303, words(again)
    assert {key: record(world).get(f"slot_{key}") for key in TYPES} == {key: kept.get(f"slot_{key}") for key in TYPES}


def test_everything_is_shown_everywhere(world):
    alice = world.visitor("alice")
    alice.post(f"{THING}/new", **typed_thing(home="House"), **rows(("a", "2", "3.50")), **files())
    pages = ["/1", "/1/edit", "/", "/board", "/1/compare", "/new", "/trash", "/import", "/1/move?-to=begin"]

    mona = world.visitor("mona")
    answers = {page: mona.get(THING + page).status_code for page in pages}

    assert answers == dict.fromkeys(pages, 200)


def test_rules_hold_for_form_rows_board_import_and_program(world):
    alice = world.visitor("alice")
    wrong = {"home": "House", "size": "11"}
    assert "The home is full." in words(alice.post(f"{THING}/new", **typed_thing(**wrong)))
    assert "Too large." in words(alice.post(f"{THING}/new", **typed_thing(size="1001", reason="x")))
    asked = alice.post(f"{THING}/new", **typed_thing(size="101"))
    assert 'id="field-reason-error"' in asked.text

    assert alice.post(f"{THING}/new", **typed_thing(home="House", size="6"), **files()).status_code == 303
    moved = alice.post(f"{THING}/1/move", **{"-to": "begin"}, version="1")
    assert moved.status_code == 303, words(moved)
    assert "There are no pieces." in words(alice.post(f"{THING}/1/move", **{"-to": "finish"}))
    locked = alice.post(f"{THING}/1/edit", version="2", name="One", locked="x")
    assert "This field can only be read." in words(locked)

    text = "name,size,home\nTwo,5,House\nThree,4,House\nFour,1001,\n"
    with world.tiny.db.begin() as session:
        live, table = world.tiny.live(session), read(text.encode())
        report = run(
            session,
            live,
            "thing",
            table,
            guess(live.form("thing"), None, table.header),
            world.tiny.user("alice"),
            world.now,
        )
    assert [row.verdict for row in report.verdicts] == ["refused", "create", "refused"]

    program = program_of(world.db, world.app, "alice", world.now)
    refused = program("POST", "/tiny/thing", {"name": "Five", "size": 1, "home": 1})
    assert (refused.status_code, "The home is full." in refused.text) == (422, True), refused.text
    assert program("POST", "/tiny/thing", {"name": "Five", "size": 0, "home": 1}).status_code == 201
    assert stale_cells(world) == 0


def test_day_turns_for_whatever_reads_it(world):
    alice = world.visitor("alice")
    alice.post(f"{THING}/new", **typed_thing())
    before = record(world)

    world.now = world.now.replace(day=5)
    tick(world.db, world.now)

    after = record(world)
    assert (before["slot_computed"], before["late"]) == (0, False)
    assert (after["slot_computed"], after["late"]) == (3, True)
    assert stale_cells(world) == 0


@pytest.mark.parametrize("paging", ["steps", ""])
def test_other_layouts_take_the_same(world, paging):
    world.tiny.publish(everything_app(paging))
    alice = world.visitor("alice")
    page = alice.get(f"{THING}/new")
    assert page.status_code == 200
    if paging:
        for here in range(3):
            step = alice.post(f"{THING}/new", **typed_thing(), **{"-page": f"page{here}", "-go": "-next"})
            assert f'id="form-page" value="page{here + 1}"' in step.text, words(step)

    made = alice.post(f"{THING}/new", **typed_thing(), **{"-page": "page3"})

    assert made.status_code == 303, words(made)
    assert all(record(world).get(f"slot_{key}") is not None for key in TYPED)
