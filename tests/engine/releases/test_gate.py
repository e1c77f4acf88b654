"""The gate before a release: tests that must pass, another person's approval; the live release says which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from engine import design
from engine.errors import ConfigError, EngineError
from engine.people import SYSTEM
from engine.releases import live, publish, roll_back
from tests.support.configs import Config, tiny_app

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from engine.people import User
    from tests.engine.conftest import Tiny

TEST = {"key": "empty", "label": "Empty", "now": "2026-03-02", "expect": {"counts": {"deal": 0}}}
WRONG = {**TEST, "key": "wrong", "expect": {"counts": {"deal": 1}}}


def gated(*tests: Config, **gate: bool) -> Config:
    config = tiny_app()
    config["app"]["publishing"] = gate
    return {**config, "tests": list(tests)}


def _edit(session: Session, user: User, at: datetime, **changes: Any) -> int:
    content = design.content_of(design.source_in_work(session, "tiny"), "app.json")
    assert isinstance(content, dict)
    return design.edit_file(session, "tiny", "app.json", {**content, **changes}, user, at).version


def test_config_whose_tests_fail_stays_out_whoever_brings_it(tiny: Tiny) -> None:
    tiny.publish(gated(TEST, tests=True))
    with tiny.db.begin() as session:
        design.edit_file(session, "tiny", "tests/wrong.json", WRONG, SYSTEM, tiny.now)
        with pytest.raises(ConfigError) as error:
            design.publish_draft(session, "tiny", SYSTEM, tiny.now)
        assert [(one.code, str(one.facts["tests"]), one.file) for one in error.value.faults] == [
            ("gate.tests", "Empty", "tests/wrong.json")
        ]
        with pytest.raises(ConfigError):  # a draft does not open its own gate
            publish(session, gated(WRONG), SYSTEM, tiny.now)

        design.edit_file(session, "tiny", "tests/wrong.json", None, SYSTEM, tiny.now)
        assert design.publish_draft(session, "tiny", SYSTEM, tiny.now).number == 3
        assert publish(session, gated(), SYSTEM, tiny.now).number == 4  # it passes, and opens the gate for the next
        assert publish(session, gated(WRONG), SYSTEM, tiny.now).number == 5


def test_going_back_asks_for_nothing(tiny: Tiny) -> None:
    tiny.publish(gated(WRONG))
    tiny.publish(gated(TEST, tests=True, approval=True))

    with tiny.db.begin() as session:
        assert roll_back(session, "tiny", 2, tiny.user("ada"), tiny.now).number == 4


def test_approval_is_asked_at_every_door_but_the_machine_itself(tiny: Tiny) -> None:
    tiny.publish(gated(approval=True))
    with tiny.db.begin() as session:
        ada = tiny.user("ada")
        _edit(session, ada, tiny.now, publishing={"approval": False})
        for way in (
            lambda: design.publish_draft(session, "tiny", ada, tiny.now),
            lambda: publish(session, tiny_app(), ada, tiny.now),
            lambda: publish(session, tiny_app(), ada, tiny.now, verb="clone"),
        ):
            with pytest.raises(ConfigError) as error:
                way()
            assert error.value.code == "gate.approval"
        assert live(session, "tiny").number == 2
        assert publish(session, tiny_app(), SYSTEM, tiny.now).number == 3


def test_draft_that_was_edited_while_it_was_published_stays(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    with tiny.db() as session:
        _edit(session, SYSTEM, tiny.now, label="Ours")
        session.commit()

        def meanwhile(*args: Any, **more: Any) -> Any:
            _edit(session, SYSTEM, tiny.now, label="Theirs")
            return publish(*args, **more)

        monkeypatch.setattr("engine.design.keeping.publish", meanwhile)
        with pytest.raises(EngineError) as error:
            design.publish_draft(session, "tiny", SYSTEM, tiny.now)
        session.rollback()

        assert error.value.code == "draft.edited"
        assert live(session, "tiny").number == 1
        assert design.draft_of(session, "tiny") is not None
