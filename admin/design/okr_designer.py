"""The OKR designer: objectives with their key results, measures picked in words, formulas with completion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design import okr_values
from admin.design._designer import Designer
from admin.design._desk import Tab, desk, typed_name
from admin.design._part import Part
from admin.design.okr_values import slot
from admin.expression_names import names_of_measures
from engine.design.keys import key_for
from engine.design.pointers import inserted, value_at
from web.expression_names import reworded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Blueprint

    from engine.config.spot import Spot

TABS = (Tab("design.okrs_home", lazy_gettext("OKRs"), ("design.okrs",)),)


@dataclass(frozen=True)
class Result:
    """A key result on the canvas."""

    at: str
    #: Id of the place beside it where its value appears.
    slot: str
    label: str
    formula: str
    faults: int


@dataclass(frozen=True)
class Goal:
    """An objective on the canvas."""

    at: str
    label: str
    results: tuple[Result, ...]
    faults: int


def _goals(part: Part) -> list[Goal]:
    found = []
    for number, goal in enumerate(part.spot["objectives"].items()):
        at = f"/objectives/{number}"
        results = tuple(
            Result(
                f"{at}/key_results/{n}", slot(number, n), desk().said(one), _formula(part, one),
                len(desk().sentences_at(part.path, f"{at}/key_results/{n}", inside=True)),
            )
            for n, one in enumerate(goal["key_results"].items())
        )  # fmt: skip
        found.append(Goal(at, desk().said(goal), results, len(desk().sentences_at(part.path, at))))
    return found


def _formula(part: Part, result: Spot) -> str:
    """Return the formula with the names of its measures, if it says more than the one measure that the card names anyway."""
    text = result["formula"].text
    measures = result["measures"].value
    if isinstance(measures, dict) and list(measures) == [text]:
        return ""
    return reworded(text, names_of_measures(result.value, part.content, desk().source.app.value))


def _context(part: Part) -> Mapping[str, Any]:
    chosen = part.chosen
    key = chosen.get("key") if "/key_results/" in part.at and isinstance(chosen, dict) else None
    uses = url_for("design.uses", app_key=desk().app_key, key_result=key, okr=part.key) if key else ""
    return {"goals": _goals(part), "uses": uses}


# -- buttons ----------------------------------------------------------------------------------------------------------


def _objective(part: Part) -> None:
    name = typed_name(gettext("Objective"))
    goals = part.content.get("objectives", [])
    goal = {
        "key": key_for(name, _keys(goals), "objective"),
        "label": name,
        "key_results": [_new_result(gettext("Key result"), ())],
    }
    part.content = inserted(part.content, "/objectives", len(goals), goal)
    part.at, part.note = f"/objectives/{len(goals)}", gettext("added “%(what)s”", what=name)


def _result(part: Part) -> None:
    at = f"{request.form.get('to', '/objectives/0')}/key_results"
    listed = value_at(part.content, at)
    name = typed_name(gettext("Key result"))
    taken = [key for goal in part.content.get("objectives", []) for key in _keys(goal.get("key_results", []))]
    count = len(listed) if isinstance(listed, list) else 0
    part.content = inserted(part.content, at, count, _new_result(name, taken))
    part.at, part.note = f"{at}/{count}", gettext("added “%(what)s”", what=name)


def _new_result(name: str, taken: Any) -> dict[str, Any]:
    form = next((key for _, key, _ in desk().parts("forms")), "")
    said = gettext("Number of records")
    measures = {"records": {"label": said, "of": form, "agg": "count", "during": "created_at", "window": "cycle"}}
    return {
        "key": key_for(name, taken, "result"), "label": name, "type": "increase", "unit": "", "baseline": 0, "target": 10,
        "measures": measures, "formula": "records",
    }  # fmt: skip


def _keys(listed: Any) -> list[str]:
    return [str(one.get("key", "")) for one in listed if isinstance(one, dict)]


designer = Designer(
    "okrs",
    "okrs",
    "design/okrs.html",
    {
        "new_title": lazy_gettext("New OKR page"),
        "nothing": lazy_gettext("No OKRs yet. Key results compute themselves from records."),
    },
    _context,
    {"objective": _objective, "result": _result},
    {"": frozenset({"objectives", "key"}), "objectives": frozenset({"key_results"})},
    frozenset({"objectives", "objectives/key_results"}),
)


def install(pages: Blueprint) -> None:
    """Add the pages."""
    designer.install(pages)
    okr_values.install(pages)
