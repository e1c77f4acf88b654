"""What was written about some records in the transaction that is running."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sqlalchemy import select

from engine.changes import Change
from engine.triggers._base import Watch

CHUNK = 500


def changes_now(watch: Watch, ids: Collection[int]) -> Iterator[Change]:
    """Go through the changes of these records at this moment, in order."""
    listed = sorted(ids)
    mine = (Change.app_key == watch.live.key, Change.form == watch.rule.form, Change.at == watch.now)
    for start in range(0, len(listed), CHUNK):
        part = listed[start : start + CHUNK]
        query = select(Change).where(*mine, Change.record_id.in_(part)).order_by(Change.id)
        yield from watch.session.scalars(query)
