"""The inspector: every answer is the real decision, and names the entry that made it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engine.errors import EngineError
from engine.rights import VERBS, may
from engine.rights.explain import inspect_rights, who_reads
from tests.support.configs import form_of, tiny_app

if TYPE_CHECKING:
    from engine.records import Record
    from engine.rights.explain import Findings
    from tests.engine.conftest import Tiny


@pytest.fixture
def deal(tiny: Tiny) -> Record:
    config = tiny_app()
    entries = form_of(config, "deal")["permissions"]
    entries.append({"roles": ["rep"], "actions": ["read"], "stages": ["won"], "fields": {"amount": "read"}})
    entries.append({"roles": ["rep"], "actions": ["delete"], "records": "owner == me and urgent"})
    tiny.publish(config)
    account = tiny.create("account", name="Acme", region="north")
    return tiny.create("deal", name="Alpha", account=account.id, amount="100")


def found(tiny: Tiny, who: str, record: Record | None = None, form: str = "deal") -> Findings:
    with tiny.db() as session:
        live = tiny.live(session)
        return inspect_rights(session, live, form, tiny.user(who), tiny.now, record.id if record else None)


def test_every_verb_names_the_entry_that_gave_or_denied_it(tiny: Tiny, deal: Record) -> None:
    verbs = {one.name: (one.allowed, one.reason, one.entries) for one in found(tiny, "alice", deal).verbs}

    assert verbs["update"] == (True, "entry", (0,))
    assert verbs["delete"] == (False, "condition", (4,))
    assert verbs["configure"] == (False, "no_entry", ())


def test_every_field_names_the_entry_that_limits_it(tiny: Tiny, deal: Record) -> None:
    fields = {one.name: (one.level, one.reason, one.entries) for one in found(tiny, "alice", deal).fields}

    assert fields["margin"] == ("hidden", "entry", (0,))
    assert fields["amount"] == ("edit", "entry", (0,))
    assert fields["net_amount"][:2] == ("read", "derived")
    assert fields["created_at"][:2] == ("read", "system_name")


def test_stage_of_the_record_decides(tiny: Tiny, deal: Record) -> None:
    won = tiny.move(tiny.move(deal, "offer"), "won", by="mona")
    findings = found(tiny, "alice", won)

    assert {one.name: one.level for one in findings.fields}["amount"] == "read"
    assert [one.holds for one in findings.entries] == [True, True, False]


def test_conditions_are_told_clause_by_clause_with_the_record_s_values(tiny: Tiny, deal: Record) -> None:
    entry = next(one for one in found(tiny, "alice", deal).entries if one.number == 4)

    assert [(one.text, one.value) for one in entry.clauses] == [("owner == me", True), ("urgent", False)]


def test_stranger_is_told_why_everything_is_closed(tiny: Tiny, deal: Record) -> None:
    findings = found(tiny, "charlie", deal)

    assert {one.allowed for one in findings.verbs} == {False}
    assert {(one.level, one.reason) for one in findings.fields} == {("hidden", "unreadable")}


@pytest.mark.parametrize("who", ["alice", "bob", "charlie", "mona", "ada"])
def test_answers_are_those_of_the_verbs_themselves(tiny: Tiny, deal: Record, who: str) -> None:
    findings = found(tiny, who, deal)
    verbs = {one.name: one.allowed for one in findings.verbs}
    seen = {one.name for one in findings.fields if one.level != "hidden"}

    try:
        read = set(tiny.get(deal, who).values) - {"id", "version"}
    except EngineError:
        read = set()
    assert (verbs["read"], seen) == (bool(read), read)
    try:
        tiny.update(deal, by=who, notes=who)
        changed = True
    except EngineError:
        changed = False
    assert verbs["update"] == changed
    with tiny.db() as session:
        live = tiny.live(session)
        without = {one.name: one.allowed for one in found(tiny, who).verbs}
        assert without == {verb: may(tiny.user(who), verb, live, "deal") for verb in VERBS}


def test_who_may_see_a_record(tiny: Tiny, deal: Record) -> None:
    with tiny.db() as session:
        seen = {
            person.sign_in
            for person, reads in who_reads(session, tiny.live(session), "deal", deal.id, tiny.now)
            if reads
        }

    assert seen == {"alice", "mona", "ada"}
