"""check, publish, clone, export."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine import design
from engine.db import make_engine, sessions
from engine.people import create_person, find_user, grant
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from tests.web.cli.conftest import Shell

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)


@contextmanager
def opened(tiny: Shell) -> Iterator[Session]:
    """The shell's database beside the shell."""
    engine = make_engine(tiny.url)
    with sessions(engine).begin() as session:
        yield session
    engine.dispose()


def test_check_of_a_right_config_is_quiet(steerway: Shell) -> None:
    answer = steerway("check", steerway.write(tiny_app()))

    assert (answer.code, answer.said) == (0, "")


def test_check_names_every_fault_with_its_place(steerway: Shell) -> None:
    config = tiny_app()
    config["forms"][1]["fields"][2]["type"] = "mony"
    config["pipelines"][0]["transitions"][0]["to"] = "nowhere"

    answer = steerway("check", steerway.write(config), "--json")

    places = [(row["file"], row["pointer"], row.get("suggestion")) for row in answer.rows if row["level"] == "error"]
    assert answer.code == 1
    assert ("forms/deal.json", "/fields/2/type", "money") in places
    assert any(file.startswith("pipelines/") and pointer == "/transitions/0/to" for file, pointer, _ in places)


def test_publish_of_a_faulty_config_leaves_the_live_release(tiny: Shell) -> None:
    config = tiny_app()
    config["forms"][0]["title"] = "nothing"

    answer = tiny("publish", tiny.write(config))

    assert answer.code == 1
    assert "forms/account.json" in answer.complaints
    assert [row["release"] for row in tiny("apps").rows] == [1]


def test_publish_twice_numbers_releases(tiny: Shell) -> None:
    config = tiny_app()
    config["forms"][0]["fields"].append({"key": "note", "type": "text", "label": "Note"})

    answer = tiny("publish", tiny.write(config), "--reason", "a note on accounts")

    assert answer.rows == [{"app": "tiny", "release": 2}]


def test_export_writes_what_was_published(tiny: Shell) -> None:
    before = Path(tiny.write(tiny_app(), "before"))

    assert tiny("export", str(tiny.folder / "after")).code == 0

    assert _texts(tiny.folder / "after") == _texts(before)


def _texts(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*.json"))}


def test_clone_makes_an_app_of_its_own(tiny: Shell) -> None:
    answer = tiny("clone", tiny.write(tiny_app()), "--key", "second", "--label", "Second")

    assert answer.rows == [{"app": "second", "release": 1}]
    assert [row["key"] for row in tiny("apps").rows] == ["second", "tiny"]


def test_clone_of_an_unknown_template_names_the_known(steerway: Shell) -> None:
    answer = steerway("clone", "sales_pipelin")

    assert answer.code == 1
    assert "sales_pipeline" in answer.complaints


def test_export_with_records_makes_the_same_app_elsewhere(tiny: Shell) -> None:
    accounts, deals = tiny.folder / "accounts.csv", tiny.folder / "deals.csv"
    accounts.write_text('name,region\nAcme,north\n"巨石, 公司",south\n', "utf-8")
    deals.write_text('name,account,amount,stage\nFirst,Acme,1234.50,open\nSecond,"巨石, 公司",,offer\n', "utf-8")
    tiny("import", "account", str(accounts))
    tiny("import", "deal", str(deals))

    written = tiny("export", str(tiny.folder / "moved"), "--records")
    again = tiny("clone", str(tiny.folder / "moved"), "--key", "second", "--records")

    assert (written.code, again.code) == (0, 0)
    assert {row["form"]: row["records"] for row in written.rows[1:]}["deal"] == 2
    assert _told(tiny, "second") == _told(tiny, "tiny")


def test_rollback_publishes_an_older_release_and_says_what_to_mind(tiny: Shell) -> None:
    (tiny.folder / "accounts.csv").write_text("name,region\nAcme,north\n", "utf-8")
    tiny("export", str(tiny.folder / "edited"))
    form = tiny.folder / "edited" / "forms" / "account.json"
    config = json.loads(form.read_text("utf-8"))
    config["fields"].append({"key": "city", "type": "text", "label": "City", "required": True})
    tiny("import", "account", str(tiny.folder / "accounts.csv"))
    form.write_text(json.dumps(config), "utf-8")

    published = tiny("publish", str(tiny.folder / "edited"), "--reason", "cities")
    back = tiny("rollback", "1", "--reason", "no cities")

    assert "“city” must be filled from now on, but is empty in 1 records" in published.complaints
    assert (back.code, back.rows, back.complaints) == (0, [{"app": "tiny", "release": 3}], "")
    told = [(row["release"], row["live"], row["reason"]) for row in tiny("releases").rows]
    assert told == [(3, True, "no cities"), (2, False, "cities"), (1, False, "")]
    assert tiny("rollback", "9").code == 1


def test_records_of_an_option_that_goes_are_sent_elsewhere_and_come_back(tiny: Shell) -> None:
    (tiny.folder / "accounts.csv").write_text("name,region\nAcme,north\n", "utf-8")
    tiny("import", "account", str(tiny.folder / "accounts.csv"))
    config = tiny_app()
    config["forms"][0]["fields"][1]["options"][0] = {"key": "east", "label": "East"}
    config["pipelines"][0]["transitions"][1]["guard"] = "amount > 0"
    path = tiny.write(config)

    refused, sent = tiny("publish", path), tiny("publish", path, "--map", "account.region:north=east")
    regions = [row["region"] for row in tiny("records", "account").rows]
    back = tiny("rollback", "1")
    regions += [row["region"] for row in tiny("records", "account").rows]

    assert (refused.code, sent.code, back.code) == (1, 0, 0)
    assert "say where 1 records go: --map account.region:north=east|" in refused.complaints
    assert "account.region" in tiny("publish", path, "--map", "account.region:south=east").complaints
    assert regions == ["east", "north"]


def test_gate_is_asked_at_the_command_line_as_on_the_page(tiny: Shell) -> None:
    (tiny.folder / "accounts.csv").write_text("name,region\nAcme,north\n", "utf-8")
    config = tiny_app()
    config["app"]["publishing"] = {"approval": True}
    config["app"]["roles"][0]["may"], config["app"]["roles"][1]["may"] = ["design"], ["publish"]
    assert tiny("publish", tiny.write(config)).code == 0
    tiny("import", "account", str(tiny.folder / "accounts.csv"))
    with opened(tiny) as session:
        for name, role in (("ann", "rep"), ("ben", "manager")):
            grant(session, create_person(session, name, name.title(), now=NOW), "tiny", role)
    config["forms"][0]["fields"][1]["options"][0] = {"key": "east", "label": "East"}
    config["pipelines"][0]["transitions"][1]["guard"] = "amount > 0"
    path, to = tiny.write(config), ("--map", "account.region:north=east")

    refused = tiny("publish", path, *to, "--reason", "east")
    assert (refused.code, "--ask --as PERSON" in refused.complaints) == (1, True), refused
    assert "say --as PERSON" in tiny("publish", path, *to, "--reason", "east", "--ask").complaints
    unmapped = tiny("publish", path, "--reason", "east", "--ask", "--as", "ann")
    assert (unmapped.code, "--map account.region:north=" in unmapped.complaints) == (1, True), unmapped
    asked = tiny("publish", path, *to, "--reason", "east", "--ask", "--as", "ann")
    assert (asked.code, asked.rows[0]["asked"]) == (0, ["Ben"])
    assert tiny("publish", path, *to, "--reason", "east").code == 1
    with opened(tiny) as session:
        design.approve(session, "tiny", asked.rows[0]["request"], find_user(session, "ben"), NOW)

    other = tiny("publish", path, "--map", "account.region:north=south")
    assert "Where records go is not what was asked for: account.region:north=east." in other.complaints
    assert "The reason is not the one" in tiny("publish", path, *to, "--reason", "west").complaints
    assert tiny("publish", path).rows == [{"app": "tiny", "release": 3}]
    assert tiny("releases").rows[0]["reason"] == "east"
    assert [row["region"] for row in tiny("records", "account").rows] == ["east"]

    gone = tiny("publish", path, "--reason", "fire", "--past-the-gate")
    assert (gone.code, tiny("releases").rows[0]["reason"]) == (0, "fire (past the gate)")


def test_clone_with_records_makes_their_owners(tiny: Shell) -> None:
    data = tiny.folder / "again" / "data"
    tiny("export", str(data.parent))
    data.mkdir()
    (data / "people.csv").write_text("sign_in,name,manager,roles\nzoe,Zoë 周,max,rep\nmax,Max,,manager\n", "utf-8")
    (data / "account.csv").write_text("name,region,owner\nAcme,north,zoe\n", "utf-8")

    made = tiny("clone", str(data.parent), "--key", "second", "--records")
    again = tiny("clone", str(data.parent), "--key", "third", "--records")

    zoe, max_ = made.rows[1:]
    assert (zoe["sign_in"], zoe["name"], zoe["roles"], len(zoe["password"]) > 8) == ("zoe", "Zoë 周", ["rep"], True)
    assert (max_["sign_in"], [one["password"] for one in again.rows[1:]]) == ("max", [None, None])
    assert len(tiny("records", "account", "--app", "third", "--as", "zoe").rows) == 1


@pytest.mark.parametrize(
    ("people", "complaint"),
    [("name,roles\nZoë,rep\n", "sign_in"), ("sign_in,name,manager\nzoe,Zoë,nobody\n", "nobody")],
)
def test_clone_with_people_that_cannot_be_read_changes_nothing(tiny: Shell, people: str, complaint: str) -> None:
    data = tiny.folder / "again" / "data"
    tiny("export", str(data.parent))
    data.mkdir()
    (data / "people.csv").write_text(people, "utf-8")

    made = tiny("clone", str(data.parent), "--key", "second", "--records")

    assert (made.code, made.rows) == (1, [])
    assert made.complaints.startswith("data/people.csv: error: ")
    assert complaint in made.complaints
    assert [row["key"] for row in tiny("apps").rows] == ["tiny"]
    assert tiny("user", "list").rows == []


def _told(shell: Shell, app: str) -> list[tuple[object, ...]]:
    rows = shell("records", "deal", "--app", app).rows
    return [(row["name"], row["amount"], row["stage"], row["stage_entered_at"], row["created_at"]) for row in rows]


def test_export_as_a_person_needs_the_right(tiny: Shell) -> None:
    tiny("user", "add", "eve", "--name", "Eve", "--password", "a secret word")

    assert tiny("export", str(tiny.folder / "moved"), "--records", "--as", "eve").code == 1


def test_check_prints_what_the_guide_shows(steerway: Shell) -> None:
    guide = (ROOT / "docs" / "howto" / "write-a-config.md").read_text("utf-8")

    answer = steerway("check", str(ROOT / "tests" / "broken_configs" / "visible_if_names_unknown_field.json"))

    assert answer.said.strip() in guide


def test_config_is_read_from_standard_input(steerway: Shell) -> None:
    answer = steerway("check", "-", stdin=json.dumps(tiny_app()))

    assert (answer.code, answer.said) == (0, "")


def test_export_and_import_give_the_same_bytes(steerway: Shell, tmp_path: Path) -> None:
    for sample in ("sales_pipeline", "expense_claims"):
        assert steerway("publish", f"template:{sample}", "--reason", "first").code == 0
        first, second = tmp_path / f"{sample}_1.zip", tmp_path / f"{sample}_2.zip"
        assert steerway("export", sample, str(first)).code == 0
        assert steerway("publish", str(first), "--app", sample, "--reason", "again").rows[-1]["release"] == 2
        assert steerway("export", sample, str(second)).code == 0
        assert steerway("export", sample, str(tmp_path / sample), "--release", "1").code == 0

        shipped = ROOT / "sample_configs" / sample
        files = sorted(path.relative_to(tmp_path / sample) for path in (tmp_path / sample).rglob("*.json"))
        assert first.read_bytes() == second.read_bytes()
        assert [
            name for name in files if (tmp_path / sample / name).read_bytes() != (shipped / name).read_bytes()
        ] == []


def test_diff_tells_two_configs_apart(tiny: Shell) -> None:
    config = tiny_app()
    config["forms"][0]["fields"][0]["max_length"] = 99
    config["forms"][1]["fields"].pop()
    config["alerts"] = []
    path = tiny.write(config)

    same, other = tiny("diff", "app:tiny", "app:tiny@1"), tiny("diff", "app:tiny", path)

    assert (same.code, same.said) == (0, "")
    assert other.code == 1
    assert other.said.splitlines()[0] == "~ forms/account.json#/fields/name/max_length: 120 → 99"
    assert other.said.splitlines()[1].startswith("- forms/deal.json#/fields/")
    assert other.said.splitlines()[-1] == "- alerts/stale_deal.json"


def test_diff_says_what_stands_in_another_order(tiny: Shell) -> None:
    config = tiny_app()
    fields = config["forms"][0]["fields"]
    fields.reverse()
    keys = [field["key"] for field in fields]
    path = tiny.write(config)

    answer, rows = tiny("diff", "app:tiny", path), tiny("diff", "app:tiny", path, "--json")

    assert answer.code == 1
    assert answer.said == f"~ forms/account.json#/fields: order {', '.join(reversed(keys))} → {', '.join(keys)}\n"
    assert json.loads(rows.said) == {
        "file": "forms/account.json",
        "pointer": "/fields",
        "what": "reordered",
        "before": keys[::-1],
        "after": keys,
        "moved": [{"what": key, "behind": behind} for key, behind in zip(keys, (None, *keys), strict=False)][:-1],
    }


def test_diff_says_what_moved_where_few_things_did(tiny: Shell) -> None:
    config = tiny_app()
    fields = config["forms"][0]["fields"]
    last, keys = fields[-1]["key"], [field["key"] for field in fields]
    config["forms"][0]["fields"] = [fields[-1], *fields[:-1]]
    stages = config["pipelines"][0]["stages"]
    config["pipelines"][0]["stages"] = [stages[0], *stages[2:], stages[1]]
    assert len(keys) > 2

    answer = tiny("diff", "app:tiny", tiny.write(config))

    assert answer.said.splitlines() == [
        f"~ forms/account.json#/fields: order: {last} first",
        f"~ pipelines/deal_pipeline.json#/stages: order: {stages[1]['key']} behind {stages[-1]['key']}",
    ]


def test_address_that_leads_nowhere_is_told(tiny: Shell) -> None:
    told = [tiny("check", word).said for word in ("nowhere", "template:sales_pipelin", "app:tiny@x", "app:none")]

    assert [("no folder" in told[0]), "'sales_pipeline'" in told[1], "no number" in told[2], "none" in told[3]] == [
        True
    ] * 4


def test_tests_of_a_config_are_run(tiny: Shell) -> None:
    config = tiny_app()
    test = {"key": "none", "label": "None yet", "now": "2026-03-02", "expect": {"counts": {"deal": 0}}}
    config["tests"] = [test, {**test, "key": "one", "expect": {"counts": {"deal": 1}}}]
    path = tiny.write(config)

    answer, only, rows = tiny("test", path), tiny("test", path, "--only", "none"), tiny("test", path, "--json")

    assert answer.code == 1
    assert answer.said.splitlines() == [
        "passed: none — None yet",
        "failed: one — None yet",
        "  tests/one.json#/expect/counts/deal: Expected 1 records of “Deal” in sight, found 0.",
    ]
    assert "1 of 2 tests passed" in answer.complaints
    assert only.code == 0
    assert [(row["test"], row["outcome"]) for row in rows.rows] == [("none", "passed"), ("one", "failed")]
    assert tiny("test", "tiny").code == 0


def test_secret_in_a_config_is_refused_and_not_repeated(tiny: Shell) -> None:
    config = tiny_app()
    config["forms"][0]["description"] = "post to https://hooks.slack.com/services/T0/B0/abcdef123456"

    answer = tiny("publish", tiny.write(config))

    assert answer.code == 1
    assert "forms/account.json#/description" in answer.complaints
    assert "abcdef123456" not in answer.complaints
