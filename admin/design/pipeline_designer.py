"""The pipeline designer: stages as columns, transitions as arrows between them, and the properties of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design._designer import Designer
from admin.design._desk import Tab, desk, typed_name
from admin.design._part import COMMON, Part
from admin.design.pipeline_map import Move, Picture, picture, shortened
from admin.design.pipeline_rail import rails
from admin.design.rekey import follow_name
from engine.design.keys import key_for
from engine.design.pointers import inserted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.config.spot import Spot


TABS = (Tab("design.pipelines_home", lazy_gettext("Pipelines"), ("design.pipelines",)),)


@dataclass(frozen=True)
class Arrow:
    """A transition on the canvas."""

    at: str
    label: str
    target: str
    roles: str
    #: The condition of the move in words; empty for none.
    guard: str
    faults: int


@dataclass(frozen=True)
class Column:
    """A stage on the canvas, with the transitions that lead out of it."""

    at: str
    key: str
    label: str
    kind: str
    color: str
    initial: bool
    arrows: tuple[Arrow, ...]
    faults: int


def _columns(part: Part) -> list[Column]:
    names = {stage["key"].text: desk().said(stage) for stage in part.spot["stages"].items()}
    listed = enumerate(part.spot["stages"].items())
    return [_column(part, number, stage, names) for number, stage in listed if isinstance(stage.value, dict)]


def _column(part: Part, number: int, stage: Spot, names: Mapping[str, str]) -> Column:
    at, key = f"/stages/{number}", stage["key"].text
    moves = enumerate(part.spot["transitions"].items())
    arrows = [_arrow(part, n, one, names) for n, one in moves if key in one["from"].texts or one["from"].text == "*"]
    return Column(
        at, key, desk().said(stage), stage["kind"].text or "open", stage["color"].text,
        part.spot["initial"].text == key, tuple(arrows), len(desk().sentences_at(part.path, at, inside=True)),
    )  # fmt: skip


def _arrow(part: Part, number: int, move: Spot, names: Mapping[str, str]) -> Arrow:
    at = f"/transitions/{number}"
    roles = {one["key"].text: desk().said(one) for one in desk().source.app["roles"].items()}
    said = ", ".join(roles.get(key, key) for key in move["roles"].texts)
    target = names.get(move["to"].text, move["to"].text)
    faults = len(desk().sentences_at(part.path, at, inside=True))
    guard = move["guard"].text
    form = part.spot["form"].text
    words = desk().conditions_in_words(form, guard) if guard else ""
    return Arrow(at, desk().said(move), target, said, words, faults)


def _pictures(part: Part) -> list[tuple[str, Picture]]:
    """Return the arrows between the stages for a wide and a narrow screen; moves from or to nowhere are left out."""
    places = {stage["key"].text: place for place, stage in enumerate(part.spot["stages"].items())}
    moves = []
    for number, one in enumerate(part.spot["transitions"].items()):
        sources = tuple(places[key] for key in one["from"].texts if key in places)
        if one["to"].text in places and (sources or one["from"].text == "*"):
            label = desk().said(one)
            anywhere = one["from"].text == "*"
            said = gettext("%(label)s (from any stage)", label=label) if anywhere else label
            moves.append(Move(f"/transitions/{number}", said, sources, places[one["to"].text]))
    return [("wide", picture(len(places), moves)), ("narrow", rails(len(places), moves))]


def _context(part: Part) -> Mapping[str, Any]:
    chosen = part.chosen
    key = chosen.get("key") if part.at and isinstance(chosen, dict) else None
    kind = "stage" if part.at.startswith("/stages/") else "transition"
    uses = url_for("design.uses", app_key=desk().app_key, form=part.spot["form"].text, **{kind: key}) if key else ""
    return {"columns": _columns(part), "pictures": _pictures(part), "shortened": shortened, "uses": uses}


# -- buttons ----------------------------------------------------------------------------------------------------------


def _stage(part: Part) -> None:
    """Add a stage before those that end a record's way."""
    name = typed_name(gettext("Stage"))
    stages = part.content.get("stages", [])
    open_ = [n for n, one in enumerate(stages) if one.get("kind", "open") == "open"]
    place = open_[-1] + 1 if open_ else 0
    stage = {"key": key_for(name, [one.get("key", "") for one in stages], "stage"), "label": name}
    part.content = inserted(part.content, "/stages", place, stage)
    part.at, part.note = f"/stages/{place}", gettext("added “%(what)s”", what=name)


def _transition(part: Part) -> None:
    name = typed_name(gettext("Move on"))
    moves = part.content.get("transitions", [])
    move = {
        "key": key_for(name, [one.get("key", "") for one in moves], "transition"),
        "label": name,
        "from": [request.form.get("from", "")],
        "to": request.form.get("to", ""),
    }
    part.content = inserted(part.content, "/transitions", len(moves), move)
    part.at, part.note = f"/transitions/{len(moves)}", gettext("added “%(what)s”", what=name)


def _take(part: Part) -> None:
    """Take a stage or a transition away; with a stage go the moves that lead only from or to it."""
    chosen = part.chosen
    key = chosen.get("key") if part.at.startswith("/stages/") and isinstance(chosen, dict) else None
    COMMON["take"](part)
    if key is None or not isinstance(part.content, dict):
        return
    kept = []
    for move in part.content.get("transitions", []):
        froms = move.get("from")
        rest = [one for one in froms if one != key] if isinstance(froms, list) else froms
        if move.get("to") != key and rest:
            kept.append({**move, "from": rest})
    part.content = {**part.content, "transitions": kept}


def _save(part: Part) -> None:
    before = desk().content(part.path)
    designer.read(part)
    COMMON["save"](part)
    if part.at.startswith("/stages/"):
        part.content = follow_name(part, before, "stage")


designer = Designer(
    "pipelines",
    "pipelines",
    "design/pipelines.html",
    {
        "new_title": lazy_gettext("New pipeline"),
        "nothing": lazy_gettext("No pipelines yet. A pipeline is the way of a form's records through stages."),
    },
    _context,
    {"stage": _stage, "transition": _transition, "take": _take, "save": _save},
    {"": frozenset({"stages", "transitions", "key"})},
    frozenset({"stages", "transitions"}),
)
install = designer.install
