"""Row rights asked of many rows at once: one query per reference that a condition follows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.records.env import holds, reads_of, values_for_many
from engine.records.writing import Writing
from engine.rights import row_condition


def within_reach(writing: Writing, rows: Sequence[Mapping[str, object]], verb: str) -> list[bool]:
    """Tell of each row whether the person may do this to a record with these values."""
    conditions = row_condition(writing.live, writing.key, writing.user, verb)
    if None in conditions or not conditions or not rows:
        return [bool(conditions)] * len(rows)
    reads = reads_of(*conditions)
    envs = values_for_many(writing.session, writing.live, writing.key, rows, reads, writing.user, writing.now)
    return [any(one is not None and holds(one, env) for one in conditions) for env in envs]
