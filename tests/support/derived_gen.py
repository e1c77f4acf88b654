"""Hypothesis strategies: random apps whose fields follow from each other, and random edits of their records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.support.derived_world import Config, computed, field, lookup, rollup

_OPTIONS = [{"key": one, "label": one.upper()} for one in ("x", "y", "z")]
#: kind -> expressions that yield it; the letters stand for names: n numbers, m money, d dates, b yes/no, c choices, t texts.
_EXPRESSIONS = {
    "number": [
        "{n} + {n2}", "{n} * 3 - {n2}", "{n} / {n2}", "coalesce({n}, 0) + 1", "max({n}, {n2})", "round({n} / 3, 2)",
        "days_between({d}, today)", "{m} / 7", "1 if {b} else {n}", "days_between({d}, {d2})", "{m} * {n}",
    ],
    "money": ["{m} + {m2}", "{m} * 1.15", "{m} / 3", "{m} if {b} else {m2}", "{n} * 10"],
    "yes_no": [
        "{d} < today", "{n} > {n2}", "{c} == 'x'", "is_empty({n})", "{b} and {n} > 2", "not {b}", "{m} >= {m2}",
        "{d} == today", "{t} == 'ab'",
    ],
    "date": ["{d} if {b} else {d2}", "add_days({d}, 3)", "max({d}, {d2})", "coalesce({d}, today)", "start_of({d}, 'month')"],
    "text": ["'late' if {b} else 'fine'", "concat({t}, '!')", "upper({t})", "{t} if {b} else {t2}"],
    "choice": ["{c} if {b} else 'y'", "'x' if {n} > 1 else 'z'"],
}  # fmt: skip
_AGGS = {
    "number": ("sum", "avg", "min", "max", "count_distinct"),
    "money": ("sum", "avg", "min", "max"),
    "date": ("min", "max"),
}
_LETTERS = {"n": "number", "m": "money", "d": "date", "b": "yes_no", "c": "choice", "t": "text"}


@dataclass
class Growing:
    """An app on its way: form -> name -> kind, and form -> reference -> form."""

    names: dict[str, dict[str, str]]
    refs: dict[str, dict[str, str]]
    derived: dict[str, list[Config]]

    def readable(self, form: str, depth: int = 2) -> list[tuple[str, str]]:
        """Return (path, kind) of everything an expression over a form may name."""
        own = list(self.names[form].items())
        if not depth:
            return own
        behind = [
            (f"{ref}.{path}", kind)
            for ref, target in self.refs[form].items()
            for path, kind in self.readable(target, depth - 1)
        ]
        return own + behind


@st.composite
def apps(draw: st.DrawFn, key: str) -> Config:
    """Return a config of two to four forms; a derived field reads only what was made before it, so none is circular."""
    forms = [f"f{number}" for number in range(draw(st.integers(2, 4)))]
    growing = Growing(
        {form: {"n": "number", "m": "money", "d": "date", "b": "yes_no", "c": "choice", "t": "text"} for form in forms},
        {form: {f"r{other}": other for other in draw(st.sets(st.sampled_from(forms), min_size=1))} for form in forms},
        {form: [] for form in forms},
    )
    staged = draw(st.sampled_from(forms))
    growing.names[staged]["days_in_stage"] = "number"
    for number in range(draw(st.integers(4, 12))):
        form = draw(st.sampled_from(forms))
        made, kind = _derived(draw, growing, form, f"v{number}")
        growing.derived[form].append(made)
        growing.names[form][made["key"]] = kind
    return _config(key, growing, staged)


def _derived(draw: st.DrawFn, growing: Growing, form: str, key: str) -> tuple[Config, str]:
    way = draw(st.sampled_from(["computed", "rollup", "lookup"]))
    children = [(one, ref) for one, refs in growing.refs.items() for ref, target in refs.items() if target == form]
    if way == "rollup" and children:
        return _rollup(draw, growing, key, *draw(st.sampled_from(children)))
    if way == "lookup":
        behind = [(path, kind) for path, kind in growing.readable(form) if "." in path and "days_in_stage" not in path]
        path, kind = draw(st.sampled_from(behind))
        return lookup(key, path), kind
    kind = draw(st.sampled_from(sorted(_EXPRESSIONS)))
    more = (
        {"options": _OPTIONS}
        if kind == "choice"
        else {"decimals": 2}
        if kind == "number" and draw(st.booleans())
        else {}
    )
    return computed(key, _expression(draw, growing, form, kind), kind, **more), kind


def _rollup(draw: st.DrawFn, growing: Growing, key: str, of: str, via: str) -> tuple[Config, str]:
    where = {"where": _expression(draw, growing, of, "yes_no")} if draw(st.booleans()) else {}
    if draw(st.booleans()):
        return rollup(key, of, "count", via, **where), "number"
    kind = draw(st.sampled_from(sorted(_AGGS)))
    agg = draw(st.sampled_from(_AGGS[kind]))
    result = "number" if agg == "count_distinct" else kind
    value = draw(st.sampled_from([path for path, found in growing.readable(of, 1) if found == kind]))
    return rollup(key, of, agg, via, result=result, value=value, **where), result


def _expression(draw: st.DrawFn, growing: Growing, form: str, kind: str) -> str:
    names = growing.readable(form)
    chosen = {
        f"{letter}{more}": draw(st.sampled_from([path for path, found in names if found == wanted]))
        for letter, wanted in _LETTERS.items()
        for more in ("", "2")
    }
    return draw(st.sampled_from(_EXPRESSIONS[kind])).format(**chosen)


def _config(key: str, growing: Growing, staged: str) -> Config:
    forms = [
        {
            "key": form,
            "label": form,
            "title": "t",
            "fields": [
                field("n", "number"),
                field("m", "money"),
                field("d", "date"),
                field("b", "yes_no"),
                field("c", "choice", options=_OPTIONS),
                field("t", "text"),
                *(field(ref, "reference", to=target) for ref, target in growing.refs[form].items()),
                *growing.derived[form],
            ],
        }
        for form in growing.names
    ]
    stages = [{"key": one, "label": one} for one in ("open", "done")]
    moves = [{"key": f"to_{to}", "label": to, "from": "*", "to": to} for to in ("open", "done")]
    pipeline = {"key": "way", "label": "Way", "form": staged, "initial": "open", "stages": stages, "transitions": moves}
    roles = [{"key": "rep", "label": "Rep"}]
    app = {"key": key, "label": key, "time_zone": "Asia/Shanghai", "currency": "CNY", "roles": roles}
    return {"app": app, "forms": forms, "pipelines": [pipeline]}


_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "n": st.one_of(st.none(), st.integers(-5, 9), st.sampled_from([0.1, 2.675, -3.3, 1e-7, 123456.789])),
    "m": st.one_of(st.none(), st.sampled_from(["0", "0.01", "12.34", "999999.99", "7"])),
    "d": st.one_of(st.none(), st.sampled_from(["2026-02-27", "2026-03-01", "2026-03-02", "2026-03-03", "2026-04-01"])),
    "b": st.one_of(st.none(), st.booleans()),
    "c": st.one_of(st.none(), st.sampled_from(["x", "y", "z"])),
    "t": st.one_of(st.none(), st.sampled_from(["ab", "Ä", "中文", "z"])),
}


@dataclass(frozen=True)
class Edit:
    """One act; `which` and `to` pick among the records there are, whichever they are then."""

    verb: str
    form: int
    which: int
    to: int
    values: dict[str, Any]


def edits() -> st.SearchStrategy[Edit]:
    """Return one random act."""
    values = st.fixed_dictionaries({}, optional=_VALUES)
    verbs = ["create", "update", "update", "reparent", "reparent", "delete", "restore", "move", "bulk", "midnight"]
    small = st.integers(0, 7)
    return st.builds(Edit, st.sampled_from(verbs), st.integers(0, 3), small, small, values)
