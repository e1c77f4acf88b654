"""New tiles of a dashboard: of each type one that works at once, and small sets that answer a question together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.config.desk import Desk
from engine.dashboards.tiles import TILES
from engine.design.keys import key_for
from rules.types import Kind

Tile = dict[str, Any]
#: How tiles are called: the caller says them in the language of whoever designs.
Words = Mapping[str, str]

#: What sets there are, in the order in which they are offered.
SETS = ("pipeline", "team", "target")
#: Fields that a new list shows.
SHOWN = 4
#: A target to begin with, until somebody writes another.
TARGET = 10
_BY_MONTH = {"expression": "created_at", "period": "month"}


def offered_types(desk: Desk) -> list[str]:
    """Return the types of tiles for which the app has what they show."""
    needs = {"funnel": bool(desk.pipelines), "key_results": _has_okr(desk), "lights": _has_okr(desk)}
    return [key for key in TILES if needs.get(key, bool(desk.forms))]


def offered_sets(desk: Desk) -> list[str]:
    """Return the sets for which the app has what they show."""
    return [one for one in SETS if desk.forms and (one != "pipeline" or desk.pipelines)]


def new_tile(desk: Desk, dashboard: Mapping[str, Any], type_key: str, name: str, form: str = "") -> Tile:
    """Return a tile of a type over a form, or the first one that has what the type needs; KeyError for an unknown type."""
    maker = _MAKERS[type_key]
    return _named(dashboard.get("tiles", []), type_key, name) | maker(
        desk, form if form in desk.forms else _first(desk)
    )


def tile_set(desk: Desk, dashboard: Mapping[str, Any], wanted: str, words: Words, form: str = "") -> list[Tile]:
    """Return the tiles of a set, their keys free in the dashboard; KeyError for a set that there is none of."""
    made: list[Tile] = []
    for word, type_key, parts in _SETS[wanted](desk, form):
        taken = [*dashboard.get("tiles", []), *made]
        made.append(_named(taken, type_key, words[word]) | parts)
    return made


def _named(taken: Any, type_key: str, name: str) -> Tile:
    keys = [one.get("key", "") for one in taken if isinstance(one, Mapping)] if isinstance(taken, list) else []
    return {"key": key_for(name, keys, "tile"), "label": name, "type": type_key}


# -- what there is ----------------------------------------------------------------------------------------------------


def _first(desk: Desk) -> str:
    """Return the form that tiles are about without another word: one with a pipeline, else the first."""
    return next(iter(desk.pipelines), next(iter(desk.forms), ""))


def _with_pipeline(desk: Desk, form: str) -> str:
    return form if form in desk.pipelines else next(iter(desk.pipelines), "")


def _has_okr(desk: Desk) -> bool:
    return bool(desk.by_key("okrs"))


def _fields(desk: Desk, form: str, *kinds: Kind) -> list[str]:
    """Return the fields of a form of some kinds, its own first."""
    shape, own = desk.shapes.promised.get(form, {}), desk.shapes.fields(form)
    known = [*own, *(key for key in desk.shapes.system(form) if key not in own)]
    return [key for key in known if key in shape and shape[key].kind in kinds]


def _group(desk: Desk, form: str) -> Any:
    """Return what records of a form are split by first: their stage, a choice, a person; else their month."""
    if form in desk.pipelines:
        return "stage"
    found = _fields(desk, form, Kind.CHOICE) or _fields(desk, form, Kind.PERSON)
    return found[0] if found else _BY_MONTH


def _person(desk: Desk, form: str) -> str:
    people = _fields(desk, form, Kind.PERSON)
    return "owner" if "owner" in people else next(iter(people), "created_by")


def _count(form: str, **more: Any) -> dict[str, Any]:
    return {"of": form, "agg": "count", **more}


def _stages(desk: Desk, form: str, kind: str) -> str:
    """Return the condition that a record stands in stages of a kind."""
    listed = desk.pipelines[form]["stages"].items()
    keys = [one["key"].text for one in listed if (one["kind"].text or "open") == kind]
    return f"stage in [{', '.join(repr(key) for key in keys)}]"


def _result(desk: Desk) -> dict[str, str]:
    """Return the first key result of the app, and its page."""
    for page in desk.source.section("okrs"):
        for objective in page["objectives"].items():
            for one in objective["key_results"].items():
                return {"okr": page["key"].text, "key_result": one["key"].text}
    return {}


# -- one of each type -------------------------------------------------------------------------------------------------


def _progress(desk: Desk, form: str) -> Tile:
    return dict(_result(desk)) or {"measure": _count(form, during="created_at"), "target": TARGET}


def _funnel(desk: Desk, form: str) -> Tile:
    of = _with_pipeline(desk, form)
    pipeline = desk.pipelines[of]["key"].text if of else ""
    return {"pipeline": pipeline, "measure": _count(of or form)}


def _list(desk: Desk, form: str) -> Tile:
    title = desk.forms[form]["title"].text if form in desk.forms else ""
    more = [key for key in ("stage", "owner", "created_at") if key in desk.shapes.promised.get(form, {})]
    columns = [one for one in dict.fromkeys([title, *more]) if one][:SHOWN]
    return {"form": form, "columns": columns, "sort": ["-created_at"]}


def _page(desk: Desk, _form: str) -> Tile:
    return {"okr": next(iter(desk.by_key("okrs")), "")}


_MAKERS: Mapping[str, Callable[[Desk, str], Tile]] = {
    "number": lambda _desk, form: {"measure": _count(form, during="created_at")},
    "progress": _progress,
    "bar": lambda desk, form: {"measure": _count(form), "by": _group(desk, form)},
    "line": lambda _desk, form: {"measure": _count(form, during="created_at"), "every": "month"},
    "funnel": _funnel,
    "ranking": lambda desk, form: {"measure": _count(form), "by": _person(desk, form)},
    "pivot": lambda desk, form: {"measure": _count(form), "rows": _group(desk, form), "columns": _BY_MONTH},
    "list": _list,
    "key_results": _page,
    "lights": _page,
}


# -- sets -------------------------------------------------------------------------------------------------------------

_Made = list[tuple[str, str, Tile]]


def _pipeline_set(desk: Desk, form: str) -> _Made:
    """How much is on its way, how much came through, where it stands, how far it comes."""
    of = _with_pipeline(desk, form)
    money = _fields(desk, of, Kind.MONEY)
    is_open, is_won = _stages(desk, of, "open"), _stages(desk, of, "won")
    won = {"measure": _count(of, where=is_won, during="stage_entered_at"), "compare": "previous", "better": "more"}
    value = {"of": of, "agg": "sum", "value": money[0], "where": is_open} if money else {}
    return [
        ("open", "number", {"measure": _count(of, where=is_open)}),
        *([("worth", "number", {"measure": value})] if value else []),
        ("won", "number", won),
        ("stages", "bar", {"measure": _count(of, where=is_open), "by": "stage"}),
        ("way", "funnel", _funnel(desk, of)),
    ]


def _team_set(desk: Desk, form: str) -> _Made:
    """Who has how much, and where it stands."""
    of = form if form in desk.forms else _first(desk)
    who, money = _person(desk, of), _fields(desk, of, Kind.MONEY)
    where = {"where": _stages(desk, of, "won")} if of in desk.pipelines else {}
    ranked = {"of": of, "agg": "sum", "value": money[0], **where} if money else _count(of, **where)
    split = {} if _group(desk, of) == _BY_MONTH or _group(desk, of) == who else {"split": _group(desk, of)}
    return [
        ("ranking", "ranking", {"measure": ranked, "by": who}),
        ("load", "bar", {"measure": _count(of), "by": who, **split, "order": "most"}),
    ]


def _target_set(desk: Desk, form: str) -> _Made:
    """How far it is, how it went on, and the key results behind it."""
    of = form if form in desk.forms else _first(desk)
    line = {"measure": _count(of, during="created_at"), "every": "month", "cumulative": True, "target": TARGET}
    return [
        ("progress", "progress", _progress(desk, of)),
        ("course", "line", line),
        *([("results", "key_results", _page(desk, of))] if _has_okr(desk) else []),
    ]


_SETS: Mapping[str, Callable[[Desk, str], _Made]] = {
    "pipeline": _pipeline_set, "team": _team_set, "target": _target_set,
}  # fmt: skip
