"""Which keys a place of a config may name: fields, stages, roles, forms … of the config in work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from admin.design.editor.places import plain
from admin.vocabulary import find
from engine.config.spot import Spot
from forms.labels import Label
from web.i18n import language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from admin.design.editor.places import Step
    from engine.config.desk import Desk

#: (key, what it is called)
Named = tuple[str, str]
#: Stands at the end of a path for the names of a map, as against its values.
NAME = ":name"
#: Noun -> end of the path -> what is named there: a kind, for fields behind @ the form that they are of.
NAMED: Mapping[str, Mapping[str, str]] = {
    "": {"of": "form", "roles": "role", "owner_role": "role", "role": "role", "measures.via": "field@of"},
    "app": {"order": "form"},
    "form": {
        "title": "field@own",
        "fields.to": "form",
        "fields.via": "field@of",
        "fields.measure.via": "field@of",
        "fields.columns": "field@of",
        "fields.columns.field": "field@of",
        "fields.order": "field@of",
        "fields.team": "team",
        "sections.fields": "field@own",
        "tabs.sections": "section",
        "steps.sections": "section",
        "assert.field": "field@own",
        "unique": "field@own",
        "fields.unique": "",
        "duplicates.fields": "field@own",
        "limits.via": "field@own",
        "list.columns": "field@own",
        "list.sort": "field@own",
        "board.card": "field@own",
        **{
            f"views.{name}": "field@own"
            for name in ("columns", "sort", "group", "date", "start", "end", "lanes", "cover", "color")
        },
        "views.widths.:name": "field@own",
        "views.totals.:name": "field@own",
        "permissions.fields.:name": "field@own",
        "permissions.stages": "stage",
    },
    "pipeline": {
        "form": "form",
        "initial": "stage",
        "transitions.from": "stage",
        "transitions.to": "stage",
        "transitions.required": "field@own",
        "transitions.set.:name": "field@own",
    },
    "okr": {"owner": "role"},
    "alert": {
        "form": "form",
        "at.field": "field@own",
        "changed.field": "field@own",
        "changed.by": "role",
        "in_stage.stages": "stage",
        "figure.measure": "measure",
        "figure.okr": "okr",
        "figure.key_result": "key_result",
        "okr_changed": "okr",
        "missing.form": "form",
        "missing.via": "field@missing",
        "missing.date": "field@missing",
        "missing.since": "field@own",
        "notify.actions.form": "form",
        "notify.actions.field": "field@own",
        "notify.actions.to": "way",
        "notify.to": "recipient",
        "fallback": "recipient",
        "muted_by": "alert",
    },
    "dashboard": {
        "roles": "role",
        "filters.fields.:name": "form",
        "tiles.measure": "measure",
        "tiles.target_measure": "measure",
        "tiles.pipeline": "pipeline",
        "tiles.form": "form",
        "tiles.columns": "field@tile",
        "tiles.sort": "field@tile",
        "tiles.okr": "okr",
        "tiles.objective": "objective",
        "tiles.key_result": "key_result",
    },
}
#: Noun -> end of the path of an expression -> the form whose names it uses; every other one uses the own form's.
READS: Mapping[str, Mapping[str, str]] = {
    "": {f"{holder}.{name}": "of" for holder in ("measure", "measures.*") for name in ("value", "where", "during")},
    "form": {"limits.at_most": "", "limits.at_least": ""},
    "app": {},
    "okr": {},
    "alert": {"missing.where": "missing"},
    "dashboard": {
        "filters.fields.*": "name",
        **{f"tiles.{name}": "tile" for name in ("filter", "by", "split", "rows", "columns")},
        **{f"tiles.{name}.expression": "tile" for name in ("by", "split", "rows", "columns")},
    },
}


def named_at(desk: Desk, noun: str, path: tuple[Step, ...], tree: Any) -> list[Named]:
    """Return the keys that may stand at a place."""
    kind = find(plain(path), NAMED.get(noun, {}), NAMED[""])
    what, _, form = (kind or "").partition("@")
    own = form_at("own", path, tree)
    page = _around(path, tree)["okr"].text or Spot(tree, "")["figure"]["okr"].text
    found: dict[str, Callable[[], list[Named]]] = {
        "field": lambda: _fields(desk, form_at(form, path, tree)),
        "stage": lambda: _stages(desk, noun, own, tree),
        "way": lambda: [*_stages(desk, noun, own, tree), *_part(desk.pipelines.get(own), "transitions")],
        "section": lambda: _part(Spot(tree, ""), "sections"),
        "role": lambda: _part(desk.source.app, "roles"),
        "form": lambda: [*map(_called, desk.forms.values())],
        "okr": lambda: [*map(_called, desk.by_key("okrs").values())],
        "alert": lambda: [*map(_called, desk.by_key("alerts").values())],
        "team": lambda: [(name, "") for name in desk.source.app["teams"].texts],
        "measure": lambda: [_called(one, key) for key, one in desk.source.app["measures"].members()],
        "pipeline": lambda: [*map(_called, desk.by_key("pipelines").values())],
        "objective": lambda: _part(desk.by_key("okrs").get(page), "objectives"),
        "key_result": lambda: _results(desk, page),
        "recipient": lambda: _recipients(desk, own),
    }
    return found[what]() if what in found else []


def form_at(how: str, path: tuple[Step, ...], tree: Any) -> str:
    """Return the form that names at a place belong to: the file's `own`, that of the watched gap, of the tile, or what `of` says nearby."""
    if how == "missing":
        return Spot(tree, "")["missing"]["form"].text
    if how == "name":
        return str(path[-1])
    if how == "tile":
        tile = _around(path, tree)
        return tile["form"].text or tile["measure"]["of"].text
    if how == "of":
        around = [Spot(tree, "")]
        for step in path[:-1]:
            around.append(around[-1][step])
        return next((spot["of"].text for spot in reversed(around) if spot["of"].text), "")
    return Spot(tree, "")["form"].text or Spot(tree, "")["key"].text


def form_read(noun: str, path: tuple[Step, ...], tree: Any) -> str:
    """Return the form whose names an expression at a place uses; nothing where that is not known."""
    how = find(plain(path), READS.get(noun, {}), READS[""])
    if how is None:
        how = "own" if noun in ("form", "pipeline", "alert") else ""
    return form_at(how, path, tree) if how else ""


def _around(path: tuple[Step, ...], tree: Any) -> Spot:
    """Return the item of a list that a place is in, such as a tile; the whole file where it is in none."""
    return Spot(tree, "")[path[0]][path[1]] if len(path) > 1 and isinstance(path[1], int) else Spot(tree, "")


def _called(spot: Spot, key: str = "") -> Named:
    own = key or spot["key"].text
    return own, Label.of(spot["label"].value).pick(language())


def _part(spot: Spot | None, name: str) -> list[Named]:
    return [_called(one) for one in spot[name].items() if one["key"].text] if spot else []


def _fields(desk: Desk, form: str) -> list[Named]:
    labels = dict(_part(desk.forms.get(form), "fields"))
    system: Iterable[str] = desk.shapes.promised.get(form, {})
    return [*labels.items(), *((name, "") for name in system if name not in labels)]


def _stages(desk: Desk, noun: str, form: str, tree: Any) -> list[Named]:
    return _part(Spot(tree, "") if noun == "pipeline" else desk.pipelines.get(form), "stages")


def _results(desk: Desk, okr: str) -> list[Named]:
    page = desk.by_key("okrs").get(okr)
    return [one for objective in page["objectives"].items() for one in _part(objective, "key_results")] if page else []


def _recipients(desk: Desk, form: str) -> list[Named]:
    words = [(word, "") for word in ("owner", "manager", "creator", "team", "followers")]
    roles = [(f"role:{key}", label) for key, label in _part(desk.source.app, "roles")]
    people = [
        (f"field:{one['key'].text}", _called(one)[1])
        for one in (desk.forms[form]["fields"].items() if form in desk.forms else ())
        if one["type"].text in ("person", "people")
    ]
    return [*words, *roles, *people]
