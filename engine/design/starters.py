"""What a new part of an app begins with: little, but whole, so that it works before anything else is filled in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from engine.config.desk import Desk
from engine.config.limits import APP_KEY
from engine.config.source import Source
from engine.config.spot import Spot
from engine.config.zones import is_zone
from engine.design.keys import key_for
from engine.design.tiles import new_tile
from engine.errors import EngineError
from forms.fields import FIELD_TYPES
from rules.errors import N_, Fault

#: Columns that a new table begins with.
MOST_COLUMNS = 6
#: How the first things of a part are called: the caller says them in the language of whoever designs.
Words = Mapping[str, str]


def starter(source: Source, section: str, name: str, form: str, words: Words) -> tuple[str, dict[str, Any]]:
    """Return (path, content) of a new part; `form` is what a pipeline, rule or OKR page is for.

    EngineError for a second pipeline of a form, and for a form that is not there.
    """
    taken = {spot["key"].text for spot in source.section(section)}
    if section != "forms":
        _check_form(source, section, form)
    key = key_for(name, taken, section.rstrip("s"))
    content = _MAKERS[section](source, key, name, form, words)
    return f"{section}/{key}.json", content


def new_app(name: str, words: Words, taken: Collection[str], zone: str = "") -> Source:
    """Return an app with nothing but a name and two roles, `member` and `manager`; `taken` are the keys of other apps."""
    roles = [{"key": key, "label": words[key]} for key in ("member", "manager")]
    app: dict[str, Any] = {"key": key_for(name, taken, "app", APP_KEY), "label": name}
    app |= {"time_zone": zone} if is_zone(zone) else {}
    return Source.from_dict({"app": {**app, "roles": roles}, "forms": []})


def _check_form(source: Source, section: str, form: str) -> None:
    if form not in {spot["key"].text for spot in source.section("forms")}:
        raise EngineError(Fault("form.unknown", N_("There is no form “{name}”."), {"name": form[:60]}))
    if section == "pipelines" and form in {spot["form"].text for spot in source.section("pipelines")}:
        raise EngineError(Fault("pipeline.twice", N_("This form has a pipeline already.")))


def _form(_source: Source, key: str, name: str, _for: str, words: Words) -> dict[str, Any]:
    title = {"key": key_for(words["title"], (), "title"), "type": "text", "label": words["title"], "required": True}
    return {"key": key, "label": name, "title": title["key"], "fields": [title]}


def rows_form(source: Source, name: str, home: str, words: Words) -> tuple[str, dict[str, Any]]:
    """Return (path, content) of a form for the rows of a table in another form: a title, and the way home."""
    taken = {spot["key"].text for spot in source.section("forms")}
    made = _form(source, key_for(name, taken, "form"), name, home, words)
    way = {
        "key": key_for(words["home"], [made["title"]], "home"),
        "type": "reference",
        "label": words["home"],
        "to": home,
    }
    return f"forms/{made['key']}.json", {**made, "fields": [*made["fields"], way]}


def rows_of(form: Mapping[str, Any], home: str) -> dict[str, Any]:
    """Return what a table says of the form of its rows: all its fields are columns, but for the way home."""
    fields = [one for one in form.get("fields", ()) if isinstance(one, dict) and one.get("key")]
    shown = [one["key"] for one in fields if one.get("to") != home and not _is_table(one)]
    return {"of": form["key"], "columns": shown[:MOST_COLUMNS]}


def _is_table(field: Mapping[str, Any]) -> bool:
    found = FIELD_TYPES.get(str(field.get("type", "")))
    return found is not None and found.is_table


def _pipeline(_source: Source, key: str, name: str, form: str, words: Words) -> dict[str, Any]:
    kinds = {"open": "open", "won": "won", "lost": "lost"}
    keys: dict[str, str] = {}
    for kind in kinds:
        keys[kind] = key_for(words[kind], keys.values(), kind)
    stages = [{"key": keys[kind], "label": words[kind], "kind": kind} for kind in kinds]
    moves: list[dict[str, Any]] = []
    for kind, verb in (("won", "win"), ("lost", "lose")):
        taken: Collection[str] = [one["key"] for one in moves]
        moves.append(
            {"key": key_for(words[verb], taken, verb), "label": words[verb], "from": [keys["open"]], "to": keys[kind]}
        )
    return {"key": key, "label": name, "form": form, "initial": keys["open"], "stages": stages, "transitions": moves}


def _okr(_source: Source, key: str, name: str, form: str, words: Words) -> dict[str, Any]:
    counted = {"label": words["count"], "of": form, "agg": "count", "during": "created_at", "window": "cycle"}
    result = {
        "key": key_for(words["result"], (), "result"), "label": words["result"], "type": "increase", "unit": "",
        "baseline": 0, "target": 10, "measures": {"records": counted}, "formula": "records",
    }  # fmt: skip
    objective = {
        "key": key_for(words["objective"], (), "objective"),
        "label": words["objective"],
        "key_results": [result],
    }
    return {"key": key, "label": name, "cycle": {"every": "quarter"}, "objectives": [objective]}


def _alert(source: Source, key: str, name: str, form: str, words: Words) -> dict[str, Any]:
    found = next(spot for spot in source.section("forms") if spot["key"].text == form)
    title = found["title"].text
    message = f"{words['look']} {{{title}}}" if _is_field(found, title) else words["look"]
    return {"key": key, "label": name, "form": form, "created": True, "message": message, "notify": [{"to": ["owner"]}]}


def _dashboard(source: Source, key: str, name: str, form: str, words: Words) -> dict[str, Any]:
    tiles = [new_tile(Desk(source), {}, "number", words["count"], form)]
    return {
        "key": key,
        "label": name,
        "filters": [{"key": "period", "label": words["period"], "type": "period"}],
        "tiles": tiles,
    }


def _is_field(form: Spot, key: str) -> bool:
    return any(one["key"].text == key for one in form["fields"].items())


_MAKERS: Mapping[str, Callable[[Source, str, str, str, Words], dict[str, Any]]] = {
    "forms": _form,
    "pipelines": _pipeline,
    "okrs": _okr,
    "alerts": _alert,
    "dashboards": _dashboard,
}
