"""Measures as of a past moment, with references as they were then, and through the rights of the viewer."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.config.defs import MeasureDef, WindowDef
from engine.okr.cycle import Span
from engine.sql.measures import compute, where_of
from engine.sql.source import Source
from forms.system import PERSON_SHAPE
from rules.check import check
from rules.scope import RecordScope

ALWAYS = WindowDef("all")
DAY = timedelta(days=1)


def asked(app, agg="count", value="", where="", by=""):
    scope = RecordScope(app.shapes, "deal", PERSON_SHAPE, app.context)
    parts = {"value": value, "where": where, "by": by}
    return MeasureDef("m", "deal", agg, window=ALWAYS, **{n: check(t, scope) if t else None for n, t in parts.items()})


def figure(tiny, at=None, user=None, **parts):
    with tiny.db() as session:
        live = tiny.live(session)
        measure = asked(live.app, **parts)
        return compute(session, live, [measure], Span(), tiny.now + 9 * DAY, user, at)["m"]


@pytest.fixture
def history(tiny):
    """Day 0: two deals of a northern account. Day 1: one moves. Day 2: the account goes south. Day 3: one is deleted."""
    account = tiny.create("account", by="mona", name="Acme", region="north")
    first = tiny.create("deal", name="First", account=account.id, amount="100.10")
    second = tiny.create("deal", by="mona", name="Second", account=account.id, amount="200.20")
    tiny.move(first, "offer", now=tiny.now + DAY)
    tiny.update(account, by="mona", now=tiny.now + 2 * DAY, region="south")
    tiny.delete(second, now=tiny.now + 3 * DAY)
    return tiny


@pytest.mark.parametrize(
    ("days", "where", "count"),
    [
        (-1, "", 0),
        (0, "", 2),
        (0, "stage == 'open'", 2),
        (1, "stage == 'open'", 1),
        (1, "stage == 'offer'", 1),
        (1, "account.region == 'north'", 2),
        (2, "account.region == 'north'", 0),
        (2, "account.region == 'south'", 2),
        (3, "account.region == 'south'", 1),
        (None, "", 1),
    ],
)
def test_measure_at_a_past_moment_counts_what_was_there(history, days, where, count):
    moment = None if days is None else history.now + days * DAY

    assert figure(history, moment, where=where).value == count


def test_sum_at_a_past_moment_is_exact(history):
    sums = [figure(history, history.now + days * DAY, agg="sum", value="amount").value for days in (2, 3)]

    assert sums == [300.3, 100.1]


def test_groups_at_a_past_moment_are_those_of_then(history):
    groups = figure(history, history.now + DAY, by="account.region").groups

    assert [(group.key, group.value) for group in groups] == [("north", 2)]


def test_where_of_a_past_moment_names_the_records_of_then(history):
    moment = history.now + 2 * DAY
    with history.db() as session:
        live = history.live(session)
        dialect = session.get_bind().dialect.name
        source = Source(live.app, live.tables, "deal", dialect, moment, at=moment)
        condition = where_of(session, source, asked(live.app, where="account.region == 'south'"), Span())
        names = session.scalars(source.select(source.table.c.name).where(condition)).all()

    assert sorted(names) == ["First", "Second"]


def test_measure_counts_only_what_the_viewer_may_read(history):
    counts = {name: figure(history, history.now, history.user(name)).value for name in ("alice", "mona", "charlie")}

    assert counts == {"alice": 1, "mona": 2, "charlie": 0}


def test_reference_to_a_deleted_record_reads_as_empty(tiny):
    account = tiny.create("account", by="mona", name="Acme", region="north")
    deal = tiny.create("deal", name="First", account=account.id)
    with tiny.db.begin() as session:
        table = tiny.live(session).tables.current("account")
        session.execute(sa.update(table).values(deleted_at=tiny.now))

    assert figure(tiny, where="account.region == None").value == 1
    assert figure(tiny, where="is_empty(account)").value == 0
    assert deal.values["account"] == account.id
