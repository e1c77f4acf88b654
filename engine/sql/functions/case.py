"""Upper and lower case by Python's own rules: spelled out for PostgreSQL, called from SQLite; and other texts called so."""

from __future__ import annotations

import json
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from engine.sql.functions._base import form
from engine.sql.literals import Sql
from rules.limits import MAX_RESULT_TEXT
from rules.tree import Call

if TYPE_CHECKING:
    from engine.sql.compile import Compiler

#: Anything but ASCII and the characters of East Asia, which have no case: such texts need no table.
_RARE = "[^\x01-\x7f\u2e80-\ua63f\uac00-\ufaff]"


@lru_cache
def _table(method: str) -> str:
    """Return every character that changes with what it becomes, as JSON."""
    characters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    return json.dumps({c: getattr(c, method)() for c in characters if c != getattr(c, method)()}, ensure_ascii=False)


@form("lower", "upper", dialects=("postgresql",))
def change_case(c: Compiler, call: Call) -> Sql:
    text = c.value(call.args[0])
    plain, table = sa.collate(text, "C"), sa.cast(sa.literal(_table(call.function), sa.Text), JSONB)
    each = sa.func.unnest(sa.func.string_to_array(text, sa.null())).table_valued("c", with_ordinality="n", name="each")
    each = each.render_derived()
    changed = sa.func.coalesce(table.op("->>", precedence=8)(each.c.c), each.c.c)
    joined = sa.func.string_agg(changed, aggregate_order_by(sa.literal("", sa.Text), each.c.n), type_=sa.Text)
    found = sa.case(
        (plain.op("!~", is_comparison=True)(_RARE), getattr(sa.func, call.function)(plain, type_=sa.Text)),
        else_=sa.select(joined).select_from(each).scalar_subquery(),
    )
    # No character becomes more than three.
    short = sa.func.length(text) * 3 <= MAX_RESULT_TEXT
    return sa.case((short, found), (sa.func.length(found) <= MAX_RESULT_TEXT, found))


@form("lower", "upper", "initials", "text", dialects=("sqlite",))
def by_our_own_function(c: Compiler, call: Call) -> Sql:
    """SQLite calls the function of rules/ itself."""
    return getattr(sa.func, f"sw_{call.function}")(*(c.value(arg) for arg in call.args), type_=sa.Text)  # type: ignore[no-any-return]
