"""Random apps, records, edits of the config, more records, and back to a random release: no cell is lost.

Records of stages and options that go are sent anywhere, some of them ahead of the release.

`FUZZ_RELEASES=200 pytest …` (or `make fuzz-releases`) goes deeper.
"""

from __future__ import annotations

import itertools
import os
from collections import defaultdict
from contextlib import suppress
from datetime import date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine import records
from engine.acts.doing import send_ahead
from engine.acts.going_back import go_back
from engine.errors import ConfigError, MoveRefused, NotFound
from engine.people import SYSTEM
from engine.pipeline import move
from engine.records.sweep import sweep
from engine.releases import Moves, config_of, leaving_of, live, publish
from forms.errors import FormError
from rules.errors import SteerwayError
from tests.engine.records.test_property_derived import assert_history_continues
from tests.support.derived_gen import apps
from tests.support.release_gen import VALUES, edited, value_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session, sessionmaker

    from engine.releases import Live
    from tests.support.derived_world import Config

EXAMPLES = int(os.environ.get("FUZZ_RELEASES", "4"))
_numbers = itertools.count(1)


class Story:
    """One app's life, and what people entered last into each cell: (form, id, field) -> (type, value)."""

    def __init__(self, db: sessionmaker[Session], key: str, chance: Random, now: datetime) -> None:
        self.db, self.key, self.chance, self.now = db, key, chance, now
        self.entered: dict[tuple[str, int, str], tuple[str, object]] = {}

    def release(self, act: Callable[[Session], object]) -> bool:
        """Publish something; what is refused has changed nothing."""
        self.now += timedelta(hours=1)
        with self.db.begin() as session:
            before = self._all(session)
            try:
                act(session)
            except ConfigError:
                assert self._all(session) == before
                return False
        return True

    def _all(self, session: Session) -> dict[str, object]:
        """Return every table of the app with its columns and rows."""
        names = sorted(
            one for one in sa.inspect(session.connection()).get_table_names() if one.startswith(f"{self.key}__")
        )
        names = [one for one in names if "__search" not in one]
        found: dict[str, object] = {}
        for name in names:
            rows = session.execute(sa.text(f'SELECT * FROM "{name}" ORDER BY 1'))
            found[name] = (tuple(rows.keys()), [tuple(row) for row in rows])
        return found | {"number": live(session, self.key).number}

    def write(self, acts: int) -> None:
        for _ in range(acts):
            self.now += timedelta(seconds=1)
            with self.db.begin() as session:
                try:
                    self._act(session, live(session, self.key))
                except FormError:
                    continue

    def _act(self, session: Session, app: Live) -> None:
        form = self.chance.choice(list(app.app.forms))
        types = {one.key: one.type.key for one in app.app.forms[form].fields if one.type.key in VALUES}
        chosen = {key: value_for(self.chance, type_) for key, type_ in types.items() if self.chance.random() < 0.6}
        refs = {one.key: one.to for one in app.app.forms[form].fields if one.type.key == "reference"}
        alive, gone = (self._ids(session, app, form, deleted=deleted) for deleted in (False, True))
        what = self.chance.random()
        if what < 0.1 and alive:
            records.delete(session, app, form, self.chance.choice(alive), SYSTEM, self.now)
            return
        if what < 0.2 and gone:
            records.restore(session, app, form, self.chance.choice(gone), SYSTEM, self.now)
            return
        pipeline = app.pipeline(form)
        if what < 0.35 and alive and pipeline is not None:
            to = self.chance.choice(pipeline.stages).key
            with suppress(MoveRefused, NotFound):  # it may stand there already
                move(session, app, form, self.chance.choice(alive), to, {}, SYSTEM, self.now)
            return
        if what < 0.6 or not alive:
            linked = {key: self.chance.choice([*self._ids(session, app, to), None]) for key, to in refs.items()}
            record = records.create(session, app, form, {**chosen, **linked}, SYSTEM, self.now)
        else:
            record = records.update(session, app, form, self.chance.choice(alive), chosen, SYSTEM, self.now)
        for key in chosen:
            self.entered[form, record.id, key] = types[key], record[key]

    def _ids(self, session: Session, app: Live, form: str, *, deleted: bool = False) -> list[int]:
        table = app.tables.current(form)
        which = table.c.deleted_at.is_not(None) if deleted else table.c.deleted_at.is_(None)
        return list(session.scalars(sa.select(table.c.id).where(which).order_by(table.c.id)))

    def way_out(self, config: Config) -> Moves:
        """Say at random where records go that stand in what a config takes away; some go ahead of it."""
        with self.db() as session:
            found = leaving_of(session, config)
        lines = []
        for one in found:
            to = self.chance.choice([key for key, _ in one.targets] + [""] * one.may_empty)
            lines.append(f"{one.form}.{one.column}:{one.old}={to}")
            for (form, id_, key), (_, value) in list(self.entered.items()):
                if (form, key) == (one.form, one.column) and value == one.old:
                    del self.entered[form, id_, key]  # which is not what somebody entered any more
        if lines and self.chance.random() < 0.4:
            with self.db.begin() as session, suppress(SteerwayError):  # what is not live yet takes nobody
                send_ahead(session, live(session, self.key), Moves.read(lines), SYSTEM, self.now)
            self.check()
        return Moves.read(lines)

    def check(self) -> None:
        with self.db() as session:
            app = live(session, self.key)
            for form in app.app.forms:
                pipeline, table = app.pipeline(form), app.tables.current(form)
                if pipeline is not None:
                    alive = sa.select(table.c.stage, table.c.stage_entered_at).where(table.c.deleted_at.is_(None))
                    for stage, entered in session.execute(alive):
                        assert pipeline.stage(stage) is not None, (form, stage)
                        assert entered is not None
            assert [one for one in sweep(session, app, self.now) if one.stale] == []
            for form in app.app.forms:
                assert_history_continues(session, app, form)
                assert_versions_follow(session, app, form)
            kept = {form: self._cells(session, form) for form in {cell[0] for cell in self.entered}}
            for (form, id_, key), (type_, value) in self.entered.items():
                columns = kept[form][id_]
                held = {
                    name: cell for name, cell in columns.items() if name == key or name.startswith(f"{key}__until_")
                }
                assert value is None or _plain(value) in map(_plain, held.values()), (form, id_, key, value, held)
                now = app.app.forms[form].by_key.get(key) if form in app.app.forms else None
                if now is not None and now.type.key == type_:
                    assert _plain(columns[key]) == _plain(value), (form, id_, key, value, held)

    def _cells(self, session: Session, form: str) -> dict[int, dict[str, Any]]:
        rows = session.execute(sa.text(f'SELECT * FROM "{self.key}__{form}"')).mappings()
        return {row["id"]: dict(row) for row in rows}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()[:10]
    return float(value) if isinstance(value, int | float) else value


def assert_versions_follow(session: Session, app: Live, form: str) -> None:
    """A record's lines have the versions 1, 2 … n, none left out and none twice but where the system derived."""
    history = app.tables.history(form)
    versions: dict[int, list[int]] = defaultdict(list)
    for id_, version in session.execute(sa.select(history.c.id, history.c.version).order_by(history.c["_line"])):
        versions[id_].append(version)
    for id_, found in versions.items():
        assert sorted(set(found)) == list(range(1, max(found) + 1)), (form, id_, found)
        assert found == sorted(found)


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    database=None,
    print_blob=True,
)
@given(data=st.data())
def test_no_cell_is_lost_whatever_is_published_and_gone_back_to(
    house: sessionmaker[Session], how_many: str, now: datetime, data: st.DataObject
) -> None:
    key, chance = f"w{next(_numbers)}", Random(data.draw(st.integers(0, 2**32)))
    config = data.draw(apps(key))
    story = Story(house, key, chance, now)
    with house.begin() as session:
        publish(session, config, SYSTEM, now)
    story.write(10)

    for _ in range(data.draw(st.integers(2, 5))):
        with house() as session:
            config = edited(chance, config_of(session, key))
        moves = story.way_out(config)
        if story.release(
            lambda session, config=config, moves=moves: publish(session, config, SYSTEM, story.now, moves=moves)
        ):  # type: ignore[misc]
            story.check()
            story.write(5)
    with house() as session:
        last = live(session, key).number
    for number in chance.sample(range(1, last + 1), min(last, 2)):
        story.release(lambda session, number=number: go_back(session, key, number, SYSTEM, story.now))  # type: ignore[misc]
        story.check()
        story.write(3)
    story.check()
