"""A tick in the matrix changes exactly what it says, as the rights themselves work it out, and nothing for anybody else."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config.canonical import canonical_text
from engine.config.desk import Desk
from engine.config.load import load
from engine.config.permissions import build_permission
from engine.config.source import Source
from engine.config.spot import Spot
from engine.design import granting
from engine.design.examining import examined
from engine.people import User
from engine.releases.compiling import compile_source
from engine.releases.live import Live
from engine.rights import VERBS, grants_of, record_access, row_condition
from engine.tables import AppTables
from tests.support.configs import tiny_app

SAMPLES = Path(__file__).parents[3] / "sample_configs"
ROLES = ("rep", "manager", "admin")
FIELDS = ("margin", "amount", "owner")


@dataclass(frozen=True)
class Bench:
    """A compiled app of which one form gets other permissions."""

    live: Live
    desk: Desk
    form: str

    @classmethod
    def of(cls, source: Source, form: str) -> Bench:
        app, _text, checksum = compile_source(source)
        return cls(Live(app, AppTables.of(app), 0, checksum), examined(source)[1], form)

    def effect(self, entries: Any, roles: frozenset[str]) -> tuple[dict[str, frozenset[Any]], dict[Any, Any]]:
        """Return verb -> conditions, and truth of the conditions -> field -> level wherever a record may be read."""
        made = tuple(build_permission(self.desk, self.form, Spot(one, "")) for one in entries)
        form = replace(self.live.app.forms[self.form], permissions=made)
        app = replace(self.live.app, forms={**self.live.app.forms, self.form: form})
        live = Live(app, self.live.tables, 0, "changed")
        user = User(1, "x", "X", roles=frozenset((live.key, role) for role in roles))
        rows = {verb: frozenset(row_condition(live, self.form, user, verb)) for verb in VERBS}
        return {verb: frozenset(_text(one) for one in found) for verb, found in rows.items()}, self._levels(live, user)

    def _levels(self, live: Live, user: User) -> dict[Any, Any]:
        every = {
            one.records for one in live.app.forms[self.form].permissions if one.records is not None
        }  # of all roles, so that two states can be compared
        ordered = sorted(every, key=_text)
        grants, found = grants_of(live, self.form, user), {}
        for flags in product((True, False), repeat=len(ordered)):
            holding = {None, *(one for one, flag in zip(ordered, flags, strict=True) if flag)}
            if holding.isdisjoint(row_condition(live, self.form, user, "read")):
                continue
            asked = [one in holding for one in grants.conditions] if grants else None
            said = tuple(sorted(_text(one) for one in holding))
            found[said] = dict(record_access(live, self.form, user, asked))
        return found


def _text(condition: Any) -> str:
    return "" if condition is None else str(condition.text)


def everybody(roles: Any) -> list[frozenset[str]]:
    return [frozenset(one) for size in (1, 2) for one in combinations(roles, size)]


def check_tick(bench: Bench, roles: Any, entries: Any, role: str, action: str) -> None:
    """Turn one action over, and compare everybody's rights before and after."""
    allowed = not granting.granting(entries, role, action)
    after = granting.with_action(entries, roles, role, action, allowed=allowed)
    rows, levels = bench.effect(entries, frozenset({role}))
    rows_after, levels_after = bench.effect(after, frozenset({role}))

    assert bool(rows_after.pop(action)) is allowed
    rows.pop(action)
    assert rows_after == rows
    _same_where_both(levels, levels_after)
    for others in everybody(one for one in roles if one != role):
        assert bench.effect(after, others)[0] == bench.effect(entries, others)[0]
        _same_where_both(bench.effect(entries, others)[1], bench.effect(after, others)[1])
    again = granting.with_action(after, roles, role, action, allowed=allowed)
    assert again == after


def check_level(bench: Bench, roles: Any, entries: Any, role: str, field: str, level: str) -> None:
    """Set what a role may do with one field, and compare everybody's rights before and after."""
    after = granting.with_level(entries, roles, role, field, level)
    rows, levels = bench.effect(entries, frozenset({role}))
    rows_after, levels_after = bench.effect(after, frozenset({role}))

    assert rows_after == rows
    assert granting.level_of(after, role, field) == (level if granting.numbers_of(entries, role) else "")
    ceiling = "edit" if field in bench.live.app.forms[bench.form].by_key else ""
    for said, found in levels_after.items():
        if ceiling:
            assert found[field] in (level, "read" if level == "edit" else level)
        assert {**found, field: ""} == {**levels[said], field: ""}
    for others in everybody(one for one in roles if one != role):
        assert bench.effect(after, others) == bench.effect(entries, others)


def _same_where_both(before: dict[Any, Any], after: dict[Any, Any]) -> None:
    for said in before.keys() & after.keys():
        assert after[said] == before[said]


def entry(roles: Any, fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "roles": st.lists(st.sampled_from(roles), min_size=1, max_size=3, unique=True),
            "actions": st.lists(st.sampled_from(("read", "create", "update", "comment")), max_size=3, unique=True),
        },
        optional={
            "records": st.sampled_from(("owner == me", "amount > 100")),
            "stages": st.just(["won"]),
            "fields": st.dictionaries(st.sampled_from(fields), st.sampled_from(("hidden", "read", "edit")), max_size=2),
        },
    )


@pytest.fixture(scope="module")
def deals() -> Bench:
    return Bench.of(load(tiny_app()), "deal")


@settings(max_examples=40, deadline=None)
@given(
    entries=st.lists(entry(ROLES, FIELDS), min_size=1, max_size=4),
    role=st.sampled_from(ROLES),
    action=st.sampled_from(("read", "update", "delete")),
    field=st.sampled_from(FIELDS[:2]),
    level=st.sampled_from(("hidden", "read", "edit")),
)
def test_tick_changes_one_role_and_one_thing(
    deals: Bench, entries: Any, role: str, action: str, field: str, level: str
) -> None:
    check_tick(deals, ROLES, entries, role, action)
    check_level(deals, ROLES, entries, role, field, level)


@pytest.mark.parametrize("name", ["sales_pipeline", "expense_claims"])
def test_tick_in_samples_changes_one_role_and_one_thing(name: str) -> None:
    source = load(SAMPLES / name)
    roles = [one["key"].text for one in source.app["roles"].items()]
    for form in source.section("forms"):
        bench = Bench.of(source, form["key"].text)
        entries = granting.listed(form.value, roles)  # type: ignore[arg-type]
        for role in roles:
            check_tick(bench, roles, entries, role, "read")
            check_level(bench, roles, entries, role, form["title"].text, "hidden")


def test_form_without_entries_is_written_out_as_what_it_is_open_for() -> None:
    entries = granting.listed({}, ROLES)
    after = granting.with_action(entries, ROLES, "rep", "export", allowed=False)

    open_ = ["read", "create", "update", "move", "import", "export", "comment"]
    rest = [one for one in open_ if one != "export"]
    assert entries == [{"roles": list(ROLES), "actions": open_}]
    assert after == [{"roles": ["manager", "admin"], "actions": open_}, {"roles": ["rep"], "actions": rest}]


def test_tick_taken_back_leaves_no_trace() -> None:
    entries = [{"roles": ["rep", "manager"], "actions": ["read", "comment"], "fields": {"margin": "hidden"}}]
    after = granting.with_action(entries, ROLES, "rep", "comment", allowed=False)
    back = granting.with_action(after, ROLES, "rep", "comment", allowed=True)

    assert len(after) == 2
    assert canonical_text(back) == canonical_text(entries)


def test_last_action_of_all_does_not_open_the_form() -> None:
    entries = [{"roles": ["rep"], "actions": ["read"]}]

    assert granting.with_action(entries, ROLES, "rep", "read", allowed=False) == [{"roles": ["rep"], "actions": []}]
