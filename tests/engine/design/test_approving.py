"""Approvals: asked for, told, given or refused by somebody else, and good for exactly what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine import design
from engine.alerts.inbox import inbox, unread
from engine.audit import AuditEvent
from engine.design.rows import ApprovalRequest
from engine.errors import ConfigError, EngineError, NotFound, Refused
from engine.people import SYSTEM, Person
from engine.releases import Moves, live, publish, roll_back
from tests.support.configs import Config, tiny_app

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.people import User
    from tests.engine.conftest import Tiny

REASON = "a clearer name"
MOVES = Moves.read(["deal.stage:open=offer"])


def gated() -> Config:
    """Return the app with a gate: reps may design, managers may publish."""
    config = tiny_app()
    config["app"]["publishing"] = {"approval": True}
    config["app"]["roles"][0]["may"], config["app"]["roles"][1]["may"] = ["design"], ["publish"]
    return config


@dataclass
class Draft:
    """The gated app with a draft of Alice's, and short words for what people do with it."""

    tiny: Tiny

    def edit(self, by: str = "alice", **changes: Any) -> int:
        with self.tiny.db.begin() as session:
            content = design.content_of(design.source_in_work(session, "tiny"), "app.json")
            assert isinstance(content, dict)
            made = design.edit_file(
                session, "tiny", "app.json", {**content, **changes}, self.tiny.user(by), self.tiny.now
            )
            assert made is not None
            return made.version

    def ask(self, by: str = "alice", reason: str = REASON, moves: Moves | None = None) -> int:
        with self.tiny.db.begin() as session:
            draft = design.draft_of(session, "tiny")
            assert draft is not None
            told = (reason, moves or Moves())
            return design.ask(session, "tiny", draft.version, self.tiny.user(by), self.tiny.now, *told).id

    def approve(self, request: int, by: str = "mona") -> None:
        with self.tiny.db.begin() as session:
            design.approve(session, "tiny", request, self.tiny.user(by), self.tiny.now)

    def publish(self, by: str = "mona", reason: str = REASON, moves: Moves | None = None) -> int:
        with self.tiny.db.begin() as session:
            user = self.tiny.user(by)
            return design.publish_draft(session, "tiny", user, self.tiny.now, reason, moves or Moves()).number

    def refused(self, **how: Any) -> list[str]:
        with pytest.raises(ConfigError) as error:
            self.publish(**how)
        return [one.code for one in error.value.faults]

    def heard(self, name: str) -> list[str]:
        with self.tiny.db() as session:
            return [one.subject for one in reversed(inbox(session, self.tiny.user(name), which="all"))]

    def unread(self, name: str) -> int:
        with self.tiny.db() as session:
            return unread(session, self.tiny.user(name))

    def waiting(self, name: str) -> list[tuple[str, str]]:
        with self.tiny.db() as session:
            return [(one.asker, one.reason) for one in design.waiting_for(session, self.tiny.user(name))]


@pytest.fixture
def draft(tiny: Tiny) -> Draft:
    tiny.publish(gated())
    found = Draft(tiny)
    found.edit(label="Ours")
    return found


def test_those_who_may_approve_are_told_and_whoever_asked_hears_the_answer(draft: Draft) -> None:
    request = draft.ask()
    assert {name: draft.unread(name) for name in ("ada", "mona", "alice", "bob")} == {
        "ada": 1, "mona": 1, "alice": 0, "bob": 0
    }  # fmt: skip
    assert draft.heard("mona") == ["Approval asked for: Tiny sales"]
    assert draft.waiting("mona") == draft.waiting("ada") == [("Alice", REASON)]
    assert draft.waiting("alice") == draft.waiting("bob") == []

    draft.approve(request)

    assert draft.heard("alice") == ["Approved: Tiny sales"]
    assert draft.unread("ada") == draft.unread("mona") == 0  # answered by one, asked of nobody any more
    assert draft.waiting("ada") == []
    assert draft.publish(by="ada") == 3
    assert draft.heard("alice") == ["Approved: Tiny sales", "Published: Ours"]
    with draft.tiny.db() as session:
        verbs = sa.select(AuditEvent.verb).where(AuditEvent.kind == "config").order_by(AuditEvent.id)
        assert [one for one in session.scalars(verbs) if "appro" in one] == ["approval_asked", "draft_approved"]
        assert session.scalars(sa.select(ApprovalRequest.state)).all() == ["published"]


def test_message_leads_to_the_page_of_the_draft(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.alerts import addresses

    monkeypatch.setattr(addresses, "public_url", lambda: "https://house")
    with draft.tiny.db() as session:
        draft.ask()
        [told] = inbox(session, draft.tiny.user("mona"))
    assert (told.app_key, told.via) == ("tiny", "approver")
    found = addresses.link_to(told.app_key, told.form, told.record_id, told.rule)
    assert found == "https://house/admin/design/tiny/publish"


def test_nobody_approves_what_they_asked_for_or_edited_last(draft: Draft) -> None:
    mine = draft.ask(by="mona")
    for nobody, error in (("mona", EngineError), ("alice", Refused), ("bob", Refused)):
        with pytest.raises(error):
            draft.approve(mine, by=nobody)
    with pytest.raises(EngineError), draft.tiny.db.begin() as session:
        design.approve(session, "tiny", mine, SYSTEM, draft.tiny.now)
    draft.edit(by="ada", label="Theirs")
    request = draft.ask(by="alice")
    with pytest.raises(EngineError) as error:
        draft.approve(request, by="ada")
    assert error.value.code == "approval.own"
    draft.approve(request, by="mona")
    assert draft.publish(by="mona") == 3


def test_without_approval_or_with_another_reason_nothing_goes_live(draft: Draft) -> None:
    assert draft.refused() == ["gate.approval"]
    request = draft.ask()
    assert draft.refused() == ["gate.approval"]
    draft.approve(request)

    assert draft.refused(reason="something else") == ["approval.reason"]
    assert draft.refused(moves=MOVES, reason="both") == ["approval.moves", "approval.reason"]
    assert draft.publish() == 3


def test_approval_holds_where_records_go(tiny: Tiny) -> None:
    tiny.publish(gated())
    tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Alpha", account=1)
    draft, config = Draft(tiny), gated()
    pipeline = config["pipelines"][0]
    pipeline["stages"], pipeline["initial"] = pipeline["stages"][1:], "offer"
    pipeline["transitions"] = [{"key": to, "label": to, "from": ["offer"], "to": to} for to in ("won", "lost")]
    config["app"]["measures"], config["alerts"] = {}, []
    with tiny.db.begin() as session:
        design.replace_config(session, "tiny", _source(config), tiny.user("alice"), tiny.now)
    draft.approve(draft.ask(moves=MOVES))

    assert draft.refused(moves=Moves.read(["deal.stage:open=lost"])) == ["approval.moves"]
    assert draft.refused() == ["approval.moves"]
    assert draft.publish(moves=MOVES) == 3
    assert tiny.get(deal, by="ada")["stage"] == "offer"


def test_edit_ends_what_was_asked_and_approved(draft: Draft) -> None:
    first = draft.ask()
    draft.edit(by="bob", label="Mine")
    assert (draft.waiting("mona"), draft.unread("mona")) == ([], 0)
    assert draft.heard("alice") == ["The approval no longer holds: Tiny sales"]
    with pytest.raises(EngineError):
        draft.approve(first)

    draft.approve(draft.ask())
    draft.edit(label="Again")
    draft.edit(label="Mine")  # as it was approved, and still nobody saw how it came about
    assert draft.refused() == ["gate.approval"]
    with draft.tiny.db() as session:
        last = design.latest(session, "tiny")
        assert last is not None
        assert last.state == "void"


def test_another_release_ends_what_was_approved(draft: Draft) -> None:
    draft.approve(draft.ask())
    with draft.tiny.db.begin() as session:
        roll_back(session, "tiny", 2, SYSTEM, draft.tiny.now)

    assert draft.refused() == ["approval.live"]


def test_right_of_whoever_approved_is_asked_once_more(draft: Draft) -> None:
    draft.approve(draft.ask())
    with draft.tiny.db.begin() as session:
        mona = session.scalars(sa.select(Person).where(Person.sign_in == "mona")).one()
        mona.grants.clear()

    assert draft.refused(by="ada") == ["approval.right"]


def test_approval_taken_back_while_tests_run_stops_the_release(draft: Draft, monkeypatch: pytest.MonkeyPatch) -> None:
    request = draft.ask()
    draft.approve(request)

    def meanwhile(session: Session, *args: Any, **more: Any) -> Any:
        made = publish(session, *args, **more)
        design.refuse(session, "tiny", request, draft.tiny.user("mona"), draft.tiny.now, "wait")
        return made

    monkeypatch.setattr("engine.design.keeping.publish", meanwhile)
    with pytest.raises(EngineError) as error:
        draft.publish(by="ada")
    assert error.value.code == "approval.over"
    with draft.tiny.db() as session:
        assert live(session, "tiny").number == 2


def test_refusal_says_why_and_ends_the_request(draft: Draft) -> None:
    request = draft.ask()
    _answer(draft, request, "mona", "", EngineError)
    _answer(draft, request, "alice", "no", Refused)
    _answer(draft, request, "mona", "the old name is in all contracts")

    assert draft.heard("alice") == ["Not approved: Tiny sales"]
    with draft.tiny.db() as session:
        told = inbox(session, draft.tiny.user("alice"))[0].text
        last = design.latest(session, "tiny")
        assert told == "Mona did not approve the draft of “Tiny sales”: the old name is in all contracts"
        assert last is not None
        assert (last.state, last.note) == ("refused", "the old name is in all contracts")
    assert draft.refused() == ["gate.approval"]
    with pytest.raises(EngineError):
        draft.approve(request)


def test_request_is_withdrawn_by_whoever_asked_and_goes_with_the_draft(draft: Draft) -> None:
    request = draft.ask()
    with pytest.raises(Refused), draft.tiny.db.begin() as session:
        design.withdraw(session, "tiny", request, draft.tiny.user("ada"), draft.tiny.now)
    with draft.tiny.db.begin() as session:
        design.withdraw(session, "tiny", request, draft.tiny.user("alice"), draft.tiny.now)
    assert (draft.waiting("mona"), draft.unread("mona")) == ([], 0)

    second = draft.ask()
    third = draft.ask(by="bob", reason="mine is better")
    assert draft.waiting("mona") == [("Bob", "mine is better")]
    assert draft.heard("alice") == ["Your request was replaced: Tiny sales"]
    for over in (request, second):
        with pytest.raises(EngineError):
            draft.approve(over)
    with draft.tiny.db.begin() as session:
        design.discard(session, "tiny", draft.tiny.user("bob"), draft.tiny.now)
    with pytest.raises(EngineError):
        draft.approve(third)
    assert draft.waiting("mona") == []


def test_nothing_is_asked_where_nobody_could_say_yes_or_nothing_is_there(draft: Draft) -> None:
    with draft.tiny.db.begin() as session:
        for person in session.scalars(sa.select(Person).where(Person.sign_in == "ada")):
            person.active = False
    with pytest.raises(EngineError) as error:
        draft.ask(by="mona")
    assert error.value.code == "approval.nobody"
    for reason, code in (("", "approval.no_reason"),):
        with pytest.raises(EngineError) as error:
            draft.ask(reason=reason)
        assert error.value.code == code
    with pytest.raises(EngineError) as error, draft.tiny.db.begin() as session:
        design.ask(session, "tiny", 1, draft.tiny.user("alice"), draft.tiny.now, REASON)
    assert error.value.code == "draft.edited"
    with draft.tiny.db.begin() as session:
        design.discard(session, "tiny", draft.tiny.user("alice"), draft.tiny.now)
    with pytest.raises(NotFound), draft.tiny.db.begin() as session:
        design.ask(session, "tiny", 1, draft.tiny.user("alice"), draft.tiny.now, REASON)


def _answer(draft: Draft, request: int, by: str, why: str, error: type[Exception] | None = None) -> None:
    user: User = draft.tiny.user(by)
    if error is None:
        with draft.tiny.db.begin() as session:
            design.refuse(session, "tiny", request, user, draft.tiny.now, why)
        return
    with pytest.raises(error), draft.tiny.db.begin() as session:
        design.refuse(session, "tiny", request, user, draft.tiny.now, why)


def _source(config: Config) -> Any:
    from engine.config.source import Source

    return Source.from_dict(config)
