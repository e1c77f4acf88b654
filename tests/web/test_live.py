from __future__ import annotations

import pytest

from tests.support.plans_app import plans_app
from web.pages import live as page


@pytest.fixture
def planned(tiny, site, monkeypatch):
    tiny.publish(plans_app())
    with site.app.app_context():
        page.memory().bulletin.pause = 0
    monkeypatch.setattr(page, "RENEW_SECONDS", 0)
    return site


def ask(visitor, form="plan", **args):
    return visitor.client.get(f"/a/tiny/{form}/live", query_string=args)


def test_a_change_is_told_once_and_without_saying_what(planned, tiny):
    alice = planned.visitor("alice")
    first = ask(alice, since=10**15).json
    assert first["changed"] is False
    assert ask(alice, seen=first["seen"]).status_code == 204

    tiny.create("plan", by="mona", name="Fair")

    told = ask(alice, seen=first["seen"]).json
    assert (told["changed"], told.keys()) == (True, {"seen", "changed", "here"})
    assert ask(alice, seen=told["seen"]).status_code == 204


def test_other_forms_are_quiet(planned, tiny):
    alice = planned.visitor("alice")
    seen = ask(alice, "account").json["seen"]

    tiny.create("plan", name="Fair")

    assert ask(alice, "account", seen=seen).status_code == 204


def test_a_change_between_making_the_page_and_the_first_question_is_told(planned, tiny):
    made = int(planned.now.timestamp() * 1000)
    tiny.create("plan", name="Fair")

    assert ask(planned.visitor("alice"), since=made).json["changed"] is True
    assert ask(planned.visitor("alice"), since=made + 60_000).json["changed"] is False


@pytest.mark.parametrize("form", ["plan", "nothing"])
def test_strangers_learn_nothing(planned, form):
    assert ask(planned.visitor(), form).status_code == 401


def test_forms_that_one_may_not_read_are_not_there(planned):
    config = plans_app()
    config["forms"][-1]["permissions"] = config["forms"][-1]["permissions"][1:]
    with planned.db.begin() as session:
        from engine.people import SYSTEM
        from engine.releases import publish

        publish(session, config, SYSTEM, planned.now, "closed")

    assert ask(planned.visitor("alice")).status_code == 404
    assert ask(planned.visitor("mona")).status_code == 200


def test_a_right_that_was_taken_away_ends_it(planned, tiny, monkeypatch):
    alice = planned.visitor("alice")
    assert ask(alice).status_code == 200
    monkeypatch.setattr(page, "TRUST_SECONDS", 0)
    with planned.db.begin() as session:
        from engine.people import person_named, revoke

        revoke(session, person_named(session, "alice"), "tiny")

    assert ask(alice).status_code == 404


def test_who_edits_a_record_is_seen_by_others_and_not_by_oneself(planned, tiny):
    plan = tiny.create("plan", name="Fair")
    alice, mona = planned.visitor("alice"), planned.visitor("mona")

    assert ask(alice, record=plan.id, editing=1).json["here"] == []
    assert ask(mona, record=plan.id).json["here"] == ["Alice"]
    assert ask(alice, record=plan.id, editing=1).json["here"] == []


def test_who_leaves_is_gone_and_so_is_who_falls_silent(planned, tiny):
    plan = tiny.create("plan", name="Fair")
    alice, mona = planned.visitor("alice"), planned.visitor("mona")
    ask(alice, record=plan.id, editing=1)
    ask(alice, record=plan.id, leaving=1)
    assert ask(mona, record=plan.id).json["here"] == []

    ask(alice, record=plan.id, editing=1)
    assert ask(mona, record=plan.id).json["here"] == ["Alice"]
    planned.later(seconds=26)
    assert ask(mona, record=plan.id).json["here"] == []


def test_a_record_that_one_may_not_see_tells_nobody(planned, tiny):
    deal = tiny.create("deal", name="Boiler", account=tiny.create("account", name="A", region="north").id)
    ask(planned.visitor("alice"), "deal", record=deal.id, editing=1)

    assert ask(planned.visitor("alice"), "deal", record=deal.id).status_code == 200
    assert ask(planned.visitor("bob"), "deal", record=deal.id).status_code == 404


def test_many_questions_cost_one_look(planned, tiny, statements):
    with planned.app.app_context():
        page.memory().bulletin.pause = 60
    visitors = [planned.visitor(name) for name in ("alice", "mona", "bob")]
    for one in visitors:
        seen = ask(one).json["seen"]

    with statements() as asked:
        for _ in range(10):
            for one in visitors:
                assert ask(one, seen=seen).status_code == 204

    assert asked == []


def test_the_question_leaves_the_cookie_alone(planned):
    assert "Set-Cookie" not in ask(planned.visitor("alice")).headers


def test_late_commits_are_told_too(planned, tiny):
    """Changes are numbered before they are committed: a lower number may come to light after a higher one."""
    from engine.changes import Change

    alice = planned.visitor("alice")
    with planned.db.begin() as session:
        session.add(Change(id=500, at=planned.now, via="form", app_key="tiny", form="plan", record_id=1, verb="update"))
    seen = ask(alice).json["seen"]
    with planned.db.begin() as session:
        session.add(Change(id=499, at=planned.now, via="form", app_key="tiny", form="plan", record_id=2, verb="update"))

    assert ask(alice, seen=seen).json["changed"] is True
