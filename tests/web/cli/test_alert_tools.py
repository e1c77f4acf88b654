from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from tests.web.cli.conftest import Shell

_CREATED, _LATER = "2026-03-02T01:00:00Z", "2026-03-05T01:00:00Z"
RULE: dict[str, Any] = {
    "key": "urgent",
    "label": "Urgent",
    "form": "deal",
    "when": "urgent",
    "message": "{name}",
    "notify": [{"to": ["owner"]}],
}


def lived(steerway: Shell, *rules: dict[str, Any]) -> None:
    """Publish a rule; one deal is urgent from the second of March on."""
    from engine import people, records
    from engine.db import make_engine, sessions
    from engine.people import SYSTEM
    from engine.releases import live
    from web.cli._base import moment

    assert (
        steerway(
            "publish", steerway.write(tiny_app() | {"alerts": list(rules or (RULE,))}), "--now", "2026-03-01T01:00:00Z"
        ).code
        == 0
    )
    engine = make_engine(steerway.url)
    now = moment(_CREATED)
    with sessions(engine).begin() as session:
        alice = people.create_person(session, "alice", "Alice", now=now)
        people.grant(session, alice, "tiny", "rep")
        app = live(session, "tiny")
        account = records.create(session, app, "account", {"name": "Alpha", "region": "north"}, SYSTEM, now)
        values = {"name": "Pump", "account": account.id, "owner": alice.id, "urgent": True}
        records.create(session, app, "deal", values, SYSTEM, now)
    engine.dispose()


def test_why_tells_the_condition_and_who_was_told(steerway: Shell) -> None:
    lived(steerway)

    after = steerway("alerts", "why", "tiny", "urgent", "1", "--at", _LATER)
    before = steerway("alerts", "why", "tiny", "urgent", "1", "--at", "2026-03-01T02:00:00Z")

    assert (after.code, before.code) == (0, 0)
    (found,), (was,) = after.rows, before.rows
    assert (found["fired"], found["holds"], found["condition"]["value"]) == (True, True, True)
    assert [(one["name"], one["via"], one["channel"], one["state"]) for one in found["people"]] == [
        ("Alice", "owner", "inbox", "sent")
    ]
    assert (was["fired"], was["holds"]) == (False, None)


def test_why_needs_no_record_for_a_figure_and_a_name_for_people(steerway: Shell) -> None:
    few = {"key": "few", "label": "Few", "figure": {"measure": "open_deals"}, "when": "value > 0", "message": "Few"}
    missing = {"form": "visit", "via": "owner", "for": {"days": 7}, "people": ["role:rep"]}
    seen = {"key": "seen", "label": "Seen", "missing": missing, "message": "Seen"}
    rules = [RULE, few | {"notify": [{"to": ["role:rep"]}]}, seen | {"notify": [{"to": ["owner"]}]}]
    lived(steerway, *rules)

    figure = steerway("alerts", "why", "tiny", "few", "--at", _LATER)
    person = steerway("alerts", "why", "tiny", "seen", "alice", "--at", "2026-03-10T01:00:00Z")

    assert [(one["record"], one["holds"]) for one in figure.rows] == [(0, True)]
    assert [line["code"] for line in person.rows[0]["lines"]][:2] == ["why.holds", "why.trigger_yes"]
    assert steerway("alerts", "why", "tiny", "seen", "nobody").code == 1
    assert steerway("alerts", "why", "tiny", "urgent", "twelve").code == 1


def test_why_of_what_is_not_there_or_not_theirs_is_refused(steerway: Shell) -> None:
    lived(steerway)

    for words in (("nothing", "1"), ("urgent", "99", "--as", "alice"), ("urgent", "1", "--as", "nobody")):
        answer = steerway("alerts", "why", "tiny", *words)
        assert (answer.code, answer.rows) == (1, []), words


def test_try_tells_who_would_be_told_now(steerway: Shell) -> None:
    lived(steerway)
    draft = steerway.folder / "draft.json"
    changed = {"message": "Look: {name}", "notify": [{"to": ["owner"], "after": {"hours": 2}}]}
    draft.write_text(json.dumps(RULE | changed), encoding="utf-8")

    live, tried = steerway("alerts", "try", "tiny", "urgent"), steerway("alerts", "try", "tiny", "--draft", str(draft))

    assert (live.code, tried.code) == (0, 0)
    said = {"record": 1, "person": "alice", "via": "owner", "channels": ["inbox"], "text": "Look: Pump", "minutes": 120}
    assert (tried.rows[0]["count"], tried.rows[0]["messages"]) == (1, [said])
    assert live.rows[0]["messages"][0]["text"] == "Pump"
    assert steerway("alerts", "try", "tiny", "nothing").code == 1


def test_backtest_puts_the_live_rule_beside_a_draft(steerway: Shell) -> None:
    lived(steerway)
    draft = steerway.folder / "draft.json"
    draft.write_text(json.dumps({**RULE, "for": {"days": 30}}), encoding="utf-8")

    alone = steerway("alerts", "backtest", "tiny", "urgent", "--days", "7", "--now", _LATER)
    beside = steerway("alerts", "backtest", "tiny", "--draft", str(draft), "--days", "7", "--now", _LATER)

    assert (alone.code, beside.code) == (0, 0), (alone.said, beside.complaints)
    assert (alone.rows[0]["tried"]["fires"], alone.rows[0]["tried"]["noisiest"]) == (1, [[1, 1]])
    assert (beside.rows[0]["tried"]["fires"], beside.rows[0]["live"]["fires"]) == (0, 1)


def test_backtest_of_a_rule_that_is_not_there_is_refused(steerway: Shell) -> None:
    lived(steerway)

    answer = steerway("alerts", "backtest", "tiny", "nothing")

    assert (answer.code, answer.rows) == (1, [])
