"""Key results of the draft over the real records: their values, the records behind them, and what formulas may name."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import abort, request, url_for

from admin.design._desk import desk
from admin.design.figures import check_answer, complete_answer
from admin.expression_names import keys_of_measures
from engine.config.check_okrs import FORMULAS, formula_scope
from engine.design.on_records import over_records
from engine.design.pointers import value_at
from engine.okr.drill import first_behind
from engine.okr.objectives import objectives
from engine.people import SYSTEM
from rules.errors import SteerwayError
from web import here, i18n
from web.errors import sentence
from web.okr_view import KrView, OkrScreen, owner_names, page_views
from web.pages.okr import cycle_text
from web.render import render
from web.subject_titles import subject_titles
from web.widgets import Look

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.config.source import Source
    from engine.releases import Live
    from rules.scope import Scope

#: Records looked through for those that the viewer may see.
MOST = 200


@dataclass(frozen=True)
class DraftScreen(OkrScreen):
    """The rows of a page that is a draft: the records behind its figures are those of the draft, too."""

    part_key: str = field(default="")

    def records_url(self, form_key: str, kr: str, measure: str) -> str:  # noqa: ARG002 - the draft's measure says its form
        """Return where the records behind a figure are listed."""
        return url_for("design.okrs_records", app_key=self.live.key, part_key=self.part_key, result=kr, measure=measure)


@dataclass(frozen=True)
class Worth:
    """What a key result is worth, and the id of its place on the canvas."""

    slot: str
    kr: KrView


def slot(objective: int, result: int) -> str:
    """Return the id of the place beside a key result."""
    return f"value-{objective}-{result}"


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/okrs/<part_key>/values", "okrs_values", values)
    pages.add_url_rule("/okrs/<part_key>/records", "okrs_records", records)
    formula = f"/okrs/<part_key>/<any({','.join(FORMULAS)}):what>/<int:objective>/<int:result>"
    pages.add_url_rule(f"{formula}/check", "okrs_check", check_text, methods=["POST"])
    pages.add_url_rule(f"{formula}/complete", "okrs_complete", complete_text, methods=["POST"])


def values(app_key: str, part_key: str) -> Response:
    """Say what each key result is worth by the draft; nothing is written."""
    desk().content(f"okrs/{part_key}.json")
    found: dict[str, Any] = {"worths": (), "fault": ""}
    sound = desk().sound(f"okrs/{part_key}.json")
    if sound is not None:
        try:
            found |= _asked(sound, lambda draft: _values(draft, part_key))
        except SteerwayError as error:
            found["fault"] = sentence(error.faults[0])
    return render(
        "design/values.html",
        "design/_values.html",
        app_key=app_key,
        part_key=part_key,
        narrowed=desk().is_narrowed,
        **found,
    )


def _asked(sound: Source, ask: Callable[[Live], dict[str, Any]]) -> dict[str, Any]:
    return over_records(here.db(), desk().live, sound, here.now(), ask, desk().sight)


def _values(draft: Live, part_key: str) -> dict[str, Any]:
    okr = draft.app.okrs[part_key]
    value = objectives(here.db(), draft, okr, SYSTEM, here.now())
    shown = page_views(DraftScreen(draft, okr, Look(draft), owner_names(draft, okr), part_key), value)
    worths = [Worth(slot(at, n), kr) for at, goal in enumerate(shown) for n, kr in enumerate(goal.key_results)]
    return {"worths": worths, "cycle": cycle_text(value)}


def records(app_key: str, part_key: str) -> Response:
    """List the first records behind a figure of the draft, as far as the viewer may see them now."""
    desk().content(f"okrs/{part_key}.json")
    found: dict[str, Any] = {"fault": ""}
    sound = desk().sound(f"okrs/{part_key}.json")
    if sound is not None:
        try:
            found |= _asked(sound, lambda draft: _records(draft, part_key))
        except SteerwayError as error:
            found["fault"] = sentence(error.faults[0])
    return render("design/behind.html", app_key=app_key, part_key=part_key, narrowed=desk().is_narrowed, **found)


def _records(draft: Live, part_key: str) -> dict[str, Any]:
    result, name = request.args.get("result", ""), request.args.get("measure", "")
    measure, total, ids = first_behind(here.db(), draft, draft.app.okrs[part_key], result, name, here.now(), MOST)
    live = desk().live
    titles = subject_titles(live, measure.of, ids) if live else {}
    label = str(i18n.told(measure.label)) or measure.key
    return {"label": label, "form": measure.of, "total": total, "titles": titles, "looked": len(ids)}


# -- formulas ---------------------------------------------------------------------------------------------------------


def _scope(part_key: str, what: str, objective: int, result: int) -> Scope:
    okr = desk().examined.by_key("okrs").get(part_key)
    found = okr["objectives"][objective]["key_results"][result] if okr else None
    if okr is None or found is None or not found.is_given:
        abort(404)
    return formula_scope(desk().examined, okr, found, *FORMULAS[what])


def check_text(part_key: str, what: str, objective: int, result: int, **_app: str) -> Response:
    """Return what is wrong with a formula of a key result, as JSON for the editor."""
    return check_answer(_scope(part_key, what, objective, result), _keys(part_key, objective, result))


def complete_text(part_key: str, what: str, objective: int, result: int, **_app: str) -> Response:
    """Return what may stand at a place of it: its measures first, as JSON for the editor."""
    return complete_answer(_scope(part_key, what, objective, result), _keys(part_key, objective, result))


def _keys(part_key: str, objective: int, result: int) -> dict[str, str]:
    okr = desk().content(f"okrs/{part_key}.json")
    found = value_at(okr, f"/objectives/{objective}/key_results/{result}")
    return keys_of_measures(found, okr, desk().source.app.value)
