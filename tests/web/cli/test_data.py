"""import, records and the other nouns, tick, people."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.cli.conftest import Shell

ACCOUNTS = "name,region\nAcme,north\n巨石,south\nNowhere,west\n"


@pytest.fixture
def filled(tiny: Shell) -> Shell:
    """The small app with two accounts and people."""
    path = tiny.folder / "accounts.csv"
    path.write_text(ACCOUNTS, "utf-8")
    tiny(
        "user",
        "add",
        "mona",
        "--name",
        "Mona",
        "--region",
        "north",
        "--role",
        "tiny:manager",
        "--password",
        "a secret word",
    )
    tiny("import", "account", str(path), "--key", "name")
    return tiny


def test_import_says_what_became_of_every_row(tiny: Shell) -> None:
    path = tiny.folder / "accounts.csv"
    path.write_text(ACCOUNTS, "utf-8")

    answer = tiny("import", "account", str(path), "--key", "name")

    report, refused = answer.rows
    assert answer.code == 1
    assert (report["create"], report["refused"]) == (2, 1)
    assert (refused["row"], refused["verdict"], refused["title"]) == (4, "refused", "Nowhere")


def test_import_again_changes_nothing(filled: Shell) -> None:
    report = filled("import", "account", str(filled.folder / "accounts.csv"), "--key", "name").rows[0]

    assert (report["create"], report["update"], report["unchanged"]) == (0, 0, 2)


def test_dry_run_changes_nothing(tiny: Shell) -> None:
    path = tiny.folder / "accounts.csv"
    path.write_text(ACCOUNTS, "utf-8")

    report = tiny("import", "account", str(path), "--dry-run").rows[0]

    assert (report["create"], report["done"]) == (2, False)
    assert tiny("records", "account").rows == []


def test_records_are_filtered_by_an_expression(filled: Shell) -> None:
    answer = filled("records", "account", "--where", "region == 'south'")

    assert [row["name"] for row in answer.rows] == ["巨石"]


def test_records_of_a_wrong_expression_tell_where(filled: Shell) -> None:
    answer = filled("records", "account", "--where", "regoin == 'south'")

    assert answer.code == 1
    assert "region" in answer.complaints


def test_records_as_a_person_hide_what_they_may_not_see(filled: Shell) -> None:
    filled("user", "add", "eve", "--name", "Eve", "--password", "a secret word")

    assert filled("records", "account", "--as", "eve").rows == []
    assert len(filled("records", "account", "--as", "mona").rows) == 2


def test_records_at_a_moment_before_they_were_made_are_none(filled: Shell) -> None:
    assert filled("records", "account", "--at", "2020-01-01").rows == []


def test_every_noun_answers(filled: Shell) -> None:
    for noun in ("apps", "krs", "measures", "alerts", "notifications", "changes"):
        assert filled(noun).code == 0, noun
    assert {row["verb"] for row in filled("changes").rows} >= {"publish", "create"}


def test_changes_show_amounts_as_records_do(filled: Shell, tmp_path: Path) -> None:
    deals = tmp_path / "deals.csv"
    deals.write_text("name,account,amount\nRoof,Acme,1234.50\n", "utf-8")
    filled("import", "deal", str(deals))

    [record] = filled("records", "deal").rows
    [made] = filled("changes", "--form", "deal").rows

    assert (record["amount"], made["diff"]["amount"]) == (1234.5, [None, 1234.5])


def test_tick_twice_opens_nothing_twice(filled: Shell) -> None:
    filled("tick", "--now", "2030-01-01T09:00")
    first = filled("alerts").rows

    filled("tick", "--now", "2030-01-01T09:00")

    assert filled("alerts").rows == first


def test_a_moment_that_is_none_is_refused(filled: Shell) -> None:
    answer = filled("tick", "--now", "yesterday")

    assert answer.code == 2
    assert "yesterday" in answer.complaints


def test_people_are_listed_with_their_roles(filled: Shell) -> None:
    assert [(row["sign_in"], row["roles"]) for row in filled("user", "list").rows] == [("mona", ["tiny:manager"])]


def test_demo_is_made_once_and_kept(steerway: Shell) -> None:
    if not steerway.url.startswith("sqlite"):
        pytest.skip("the demonstration lies beside a SQLite file")
    first = steerway("demo")
    people = len(steerway("user", "list").rows)

    second = steerway("demo")

    assert first.said == second.said
    assert "mona" in first.said
    assert len(steerway("user", "list").rows) == people > 3
    notes = Path(steerway.url.removeprefix("sqlite:///")).with_suffix(".sign-ins.txt")
    assert notes.stat().st_mode & 0o077 == 0
