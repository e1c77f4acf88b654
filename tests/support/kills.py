"""Work that dies in the middle, as if the machine had lost its power; and what must be true of a database ever after."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import event

from engine.alerts.rows import Alert, Notification
from engine.db import make_engine, sessions
from engine.releases import live, releases

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session, sessionmaker

    #: What is done: a function of a module, so that another process can find it.
    Work = Callable[[sessionmaker[Session]], object]

#: Children are copies of one process that has loaded everything, so that each of them starts at once.
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.engine.test_kills"])


def killed(work: Work, url: str, after: int) -> bool:
    """Do work in a process of its own that is killed before its statement number `after`; tell whether it came that far."""
    child = _context.Process(target=_do, args=(work, url, after))
    child.start()
    child.join(timeout=60)
    if child.exitcode not in (0, -signal.SIGKILL):
        raise AssertionError(f"the work ended by itself: {child.exitcode}")
    return child.exitcode != 0


def _do(work: Work, url: str, after: int) -> None:
    engine = make_engine(url)
    count = 0

    def die(*_facts: object) -> None:
        nonlocal count
        count += 1
        if count >= after:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(engine, "before_cursor_execute", die)
    event.listen(engine, "commit", die)
    work(sessions(engine))
    engine.dispose()


def at_every_moment(work: Work, url: str, look: Callable[[], Any]) -> list[Any]:
    """Do work again and again, killed ever later, until it comes through; return what was seen after each."""
    seen, after = [], 1
    while killed(work, url, after):
        seen.append(look())
        after += max(3, after // 2)
    seen.append(look())
    return seen


def assert_whole(session: Session, app_key: str) -> None:
    """No half release, no half record, no alert and no message twice."""
    app = live(session, app_key)
    assert [one.number for one in releases(session, app_key)] == list(range(app.number, 0, -1))
    for form in app.app.forms:
        assert _now(session, app.tables.current(form)) == _in_force(session, app.tables.history(form)), form
    alerts = session.execute(sa.select(Alert.rule, Alert.record_id).where(Alert.app_key == app_key))
    assert [one for one, count in Counter(tuple(row) for row in alerts).items() if count > 1] == []
    step = (Notification.alert_id, Notification.episode, Notification.step, Notification.person_id)
    sent = session.execute(sa.select(*step).where(Notification.app_key == app_key))
    assert [one for one, count in Counter(tuple(row) for row in sent).items() if count > 1] == []


# Search texts are made anew by releases, which is no change of a record.
def _now(session: Session, table: sa.Table) -> list[tuple[Any, ...]]:
    columns = [column for column in table.columns if column.name != "search_text"]
    return [tuple(row) for row in session.execute(sa.select(*columns).order_by(table.c.id))]


def _in_force(session: Session, history: sa.Table) -> list[tuple[Any, ...]]:
    own = ("valid_from", "valid_to", "changed_by", "changed_via", "change_id", "_line", "search_text")
    columns = [column for column in history.columns if column.name not in own]
    statement = sa.select(*columns).where(history.c.valid_to.is_(None)).order_by(history.c.id)
    return [tuple(row) for row in session.execute(statement)]
