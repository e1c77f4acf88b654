"""The diff of a Change, written by the database from two rows of one record: what `engine.changes.encode_diff` writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from engine.db import UtcDateTime, json_text
from rules.types import MANY, Kind

Sql = ColumnElement[Any]
#: Key -> the column that holds its value.
Side = Mapping[str, Sql] | ReadOnlyColumnCollection[str, Any]
#: Keys that are worth a diff of their own for when all of them differ.
FEW = 3


def diff_of_columns(dialect: str, before: Side, after: Side, kinds: Mapping[str, Kind]) -> Sql:
    """Return {key: [before, after]} of the keys whose values differ, as JSON."""
    make = _sqlite if dialect == "sqlite" else _postgresql
    return make(before, after, kinds)


def side_of_diff(dialect: str, diff: Any, key: str, side: int, kind: Kind) -> Sql:
    """Return what a diff says that a value of a single option or moment was (side 0) or became (side 1); null for nothing."""
    moment = kind is Kind.DATETIME
    if dialect == "sqlite":
        text = sa.func.json_extract(diff, f"$.{json_text(key)}[{side}]", type_=sa.Text)
        if not moment:
            return text
        text = sa.func.replace(sa.func.replace(text, "T", " "), "Z", "", type_=sa.Text)
        return sa.type_coerce(sa.case((sa.func.length(text) == 19, text.concat(".000")), else_=text), UtcDateTime())
    text = sa.type_coerce(diff, JSONB)[key][side].astext
    return sa.cast(text, UtcDateTime()) if moment else text


def is_told(dialect: str, diff: Any, key: str) -> sa.ColumnElement[bool]:
    """Return whether a diff says anything of a field."""
    if dialect == "sqlite":
        return sa.func.json_type(diff, f"$.{json_text(key)}").is_not(None)
    found: sa.ColumnElement[bool] = sa.type_coerce(diff, JSONB).has_key(key)
    return found


def _sqlite(before: Side, after: Side, kinds: Mapping[str, Kind]) -> Sql:
    # Put together as text, each pair with a comma before it: joining JSON would read what was just written.
    pairs: Sql = sa.literal("", sa.Text)
    for key, kind in kinds.items():
        old, new = before[key], after[key]
        values = sa.func.json_array(_json(old, kind), _json(new, kind), type_=sa.Text)
        pair = sa.literal(f",{json_text(key)}:", sa.Text).concat(values)
        pairs = pairs.concat(sa.case((old.is_distinct_from(new), pair), else_=""))
    return sa.literal("{", sa.Text).concat(sa.func.substr(pairs, 2, type_=sa.Text)).concat("}")


def _json(column: Sql, kind: Kind) -> Sql:
    if kind is Kind.YES_NO:
        return sa.case((column.is_(None), sa.null()), (column, sa.func.json("true")), else_=sa.func.json("false"))
    if kind in MANY or kind is Kind.LIST:
        return sa.func.json(sa.type_coerce(column, sa.Text))
    if kind is Kind.DATETIME:
        text = sa.func.replace(sa.type_coerce(column, sa.Text), " ", "T")
        whole = sa.func.substr(text, -4) == ".000"
        return sa.case(
            (column.is_(None), sa.null()), (whole, sa.func.substr(text, 1, 19).concat("Z")), else_=text.concat("Z")
        )
    return sa.type_coerce(column, sa.Text) if kind is Kind.DATE else column


def _postgresql(before: Side, after: Side, kinds: Mapping[str, Kind]) -> Sql:
    nothing = sa.literal({}, JSONB)
    found: Sql = nothing
    pairs: list[Sql] = []
    for key, kind in kinds.items():
        pair = [
            sa.cast(sa.literal(key), sa.Text),
            sa.func.jsonb_build_array(_jsonb(before[key], kind), _jsonb(after[key], kind)),
        ]
        one = sa.func.jsonb_build_object(*pair, type_=JSONB)
        found = found.op("||", return_type=JSONB())(sa.case((_differs(before, after, key), one), else_=nothing))
        pairs += pair
    if not 1 < len(kinds) <= FEW:
        return found
    # Where all of few differ, as a rule with records that are moved, nothing needs to be joined.
    whole = sa.func.jsonb_build_object(*pairs, type_=JSONB)
    return sa.case((sa.and_(*(_differs(before, after, key) for key in kinds)), whole), else_=found)


def _differs(before: Side, after: Side, key: str) -> sa.ColumnElement[bool]:
    return before[key].is_distinct_from(after[key])


def _jsonb(column: Sql, kind: Kind) -> Sql:
    if kind is not Kind.DATETIME:
        return column
    text = sa.func.to_char(sa.func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS.MS')
    return sa.func.replace(text, ".000", "").concat("Z")
