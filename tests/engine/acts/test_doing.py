"""Deeds to many records: each judged by itself, done in chunks, taken back by history."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from engine.acts.choosing import Selection
from engine.acts.doing import begin, take_back
from engine.acts.rows import Act, ActLine
from engine.errors import EngineError, Refused
from engine.jobs import run_all
from engine.records.filters import Filter
from forms.errors import FormError


class Acts:
    """Short words for acts; each is a transaction, and its job is done at once."""

    def __init__(self, tiny: Any) -> None:
        self.tiny = tiny

    def do(self, kind: str, by: str = "ada", form: str = "deal", ids: Any = (), **more: Any) -> Act:
        chosen = more.pop("chosen", None) or Selection(ids=tuple(one.id for one in ids), deleted=kind == "restore")
        user = self.tiny.user(by)
        with self.tiny.db.begin() as session:
            act = begin(session, self.tiny.live(session), form, kind, chosen, user, self.tiny.now, **more)
        return self.finished(act)

    def undo(self, act: Act, by: str = "ada") -> Act:
        with self.tiny.db.begin() as session:
            made = take_back(session, self.tiny.live(session), act.id, self.tiny.user(by), self.tiny.now)
        return self.finished(made)

    def finished(self, act: Act) -> Act:
        run_all(self.tiny.db, self.tiny.now)
        with self.tiny.db() as session:
            return session.get_one(Act, act.id)

    def lines(self, act: Act) -> dict[int | None, tuple[str, list[str]]]:
        with self.tiny.db() as session:
            found = session.scalars(sa.select(ActLine).where(ActLine.act_id == act.id))
            return {one.record_id: (one.verdict, [fault["code"] for fault in one.faults or ()]) for one in found}


@pytest.fixture
def acts(tiny):
    tiny.create("account", name="Acme", region="north")
    return Acts(tiny)


def deals(tiny, count: int, **values: Any) -> list[Any]:
    return [tiny.create("deal", name=f"Deal {number}", account="Acme", **values) for number in range(count)]


def held(tiny, key: str, form: str = "deal") -> list[object]:
    return [one[key] for one in tiny.query(form, "ada", sort=["id"], limit=500).records]


def test_edit_gives_every_record_the_same_values_with_history_and_derived_fields(acts, tiny):
    made = deals(tiny, 3, amount="100")

    act = acts.do("edit", ids=made[:2], values={"discount": "10", "owner": str(tiny.user("bob").id)})

    assert act.counts == {"done": 2}
    assert held(tiny, "discount") == [10, 10, None]
    assert held(tiny, "net_amount") == [9000, 9000, 10000]
    assert held(tiny, "owner")[0] == tiny.user("bob").id


def test_edit_judges_each_record_by_itself(acts, tiny):
    made = deals(tiny, 3)
    tiny.update(made[1], "ada", amount="5")
    gone = tiny.create("deal", name="Gone", account="Acme")
    tiny.delete(gone, "ada")

    act = acts.do("edit", ids=[*made, gone], values={"name": ""})

    assert {verdict for verdict, _ in acts.lines(act).values()} == {"refused"}
    assert acts.lines(act)[gone.id] == ("refused", ["gone"])
    assert acts.lines(act)[made[0].id] == ("refused", ["field.required"])


def test_edit_of_a_unique_field_reaches_one_record(acts, tiny):
    more = [tiny.create("account", name=f"A{number}", region="north") for number in range(3)]

    act = acts.do("edit", form="account", ids=more, values={"name": "Same"})

    assert act.counts == {"done": 1, "refused": 2}
    assert held(tiny, "name", "account").count("Same") == 1


def test_wrong_values_and_missing_rights_are_refused_before_anything_begins(acts, tiny):
    made = deals(tiny, 1)
    with pytest.raises(FormError):
        acts.do("edit", ids=made, values={"discount": "many"})
    with pytest.raises(FormError):
        acts.do("edit", "alice", ids=made, values={"margin": "3"})  # hidden from her
    with pytest.raises(Refused):
        acts.do("delete", "alice", ids=made)
    with pytest.raises(EngineError):
        acts.do("edit", chosen=Selection(text="nothing like this"), values={"discount": "1"})
    with pytest.raises(EngineError):
        acts.do("edit", chosen=Selection(ids=()), values={"discount": "1"})


def test_records_out_of_reach_stay_as_they_are(acts, tiny):
    mine, others = deals(tiny, 1), [tiny.create("deal", "bob", name="Bob's", account="Acme")]

    act = acts.do("edit", "alice", ids=[*mine, *others], values={"discount": "10"})

    assert acts.lines(act) == {mine[0].id: ("done", []), others[0].id: ("refused", ["gone"])}
    assert held(tiny, "discount") == [10, None]


def test_all_that_match_are_the_query_and_what_comes_into_being_meanwhile_is_not_among_them(acts, tiny):
    deals(tiny, 4, quantity="1")
    tiny.create("deal", name="Other", account="Acme", quantity="2")

    chosen = Selection(filters=(Filter("quantity", "is", (1.0,)),))
    act = acts.do("edit", chosen=chosen, values={"quantity": "7"})

    assert (act.total, act.counts) == (4, {"done": 4})
    assert held(tiny, "quantity") == [7, 7, 7, 7, 2]


def test_many_records_are_done_by_a_job_in_chunks(acts, tiny, monkeypatch):
    monkeypatch.setattr("engine.acts.doing.AT_ONCE", 2)
    monkeypatch.setattr("engine.acts.doing.CHUNK", 3)
    monkeypatch.setattr("engine.acts.doing.launch.__defaults__", (2,))
    deals(tiny, 8)

    act = acts.do("edit", chosen=Selection(), values={"discount": "5"})

    assert act.job_id is not None
    assert act.counts == {"done": 8}
    assert held(tiny, "discount") == [5] * 8

    back = acts.undo(act)

    assert back.counts == {"done": 8}
    assert held(tiny, "discount") == [None] * 8


def test_move_asks_the_gates_of_each_record(acts, tiny):
    made = deals(tiny, 2)
    tiny.update(made[0], "ada", amount="500")

    act = acts.do("move", ids=made, to="offer")

    lines = acts.lines(act)
    assert lines[made[0].id][0] == "done"
    assert lines[made[1].id][0] == "refused"
    assert lines[made[1].id][1]

    acts.undo(act)
    assert set(held(tiny, "stage")) == {"open"}


def test_delete_and_restore_are_each_others_inverse(acts, tiny):
    made = deals(tiny, 3)

    act = acts.do("delete", ids=made)
    assert held(tiny, "name") == []
    back = acts.undo(act)
    assert back.counts == {"done": 3}
    assert len(held(tiny, "name")) == 3
    acts.undo(back)
    assert held(tiny, "name") == []
    acts.do("restore", ids=made[:1])
    assert held(tiny, "name") == ["Deal 0"]


def test_undo_leaves_what_somebody_changed_since(acts, tiny):
    made = deals(tiny, 3, discount="1")
    act = acts.do("edit", ids=made, values={"discount": "9"})
    tiny.update(made[1], "ada", name="Mine now")

    back = acts.undo(act)

    assert acts.lines(back)[made[1].id] == ("refused", ["changed_since"])
    assert held(tiny, "discount") == [1, 9, 1]
    with pytest.raises(Refused):
        acts.undo(act)


def test_only_who_did_it_may_undo_it(acts, tiny):
    made = deals(tiny, 1)
    act = acts.do("edit", "alice", ids=made, values={"discount": "9"})
    with pytest.raises(Refused):
        acts.undo(act, "bob")
    assert acts.undo(act, "alice").counts == {"done": 1}


def test_statements_do_not_grow_with_the_records(acts, tiny, statements):
    made = deals(tiny, 31, amount="500")
    acts.do("edit", ids=made[:1], values={"discount": "1"})
    with statements() as few:
        acts.do("edit", ids=made[:2], values={"discount": "2"})
    with statements() as many:
        acts.do("edit", ids=made[2:], values={"discount": "2"})
    assert len(many) == len(few)
    with statements() as few:
        acts.do("move", ids=made[:2], to="offer")
    with statements() as many:
        acts.do("move", ids=made[2:], to="offer")
    assert len(many) == len(few)
