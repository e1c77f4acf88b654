"""What the tiles of a dashboard show, in words, for the cards of its designer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from admin.design._desk import desk
from admin.design.sheet._measures import measure_words
from admin.vocabulary import value_label
from engine.dashboards.parts import form_of

if TYPE_CHECKING:
    from engine.config.spot import Spot

#: Members that say what a tile is split by.
_SPLITS = ("by", "split", "rows", "columns")


def tile_words(tile: Spot) -> str:
    """Say what a tile shows: its measure, formula, key result or records, and what it is split by."""
    return " · ".join(filter(None, (_figure(tile), *_splits(tile), _target(tile))))


def _figure(tile: Spot) -> str:
    measure = tile["measure"]
    if measure.text:
        held = desk().examined.source.app["measures"][measure.text]
        return desk().label_of({"label": held["label"].value, "key": measure.text})
    if isinstance(measure.value, dict) and "agg" in measure.value:
        return measure_words(desk(), measure.value)
    if tile["formula"].text:
        return tile["formula"].text
    return _page(tile) if tile["okr"].is_given else _called("forms", tile["form"].text)


def _page(tile: Spot) -> str:
    page = desk().examined.by_key("okrs").get(tile["okr"].text)
    if page is None:
        return tile["okr"].text
    for objective in page["objectives"].items():
        if objective["key"].text == tile["objective"].text:
            return desk().said(objective)
        for result in objective["key_results"].items():
            if result["key"].text == tile["key_result"].text:
                return desk().said(result)
    return desk().said(page)


def _called(section: str, key: str) -> str:
    return next((desk().said(one) for one in desk().source.section(section) if one["key"].text == key), key)


def _splits(tile: Spot) -> list[str]:
    fields = desk().fields(form_of(desk().examined, tile))
    found = []
    for name in _SPLITS:
        place = tile[name]
        if isinstance(place.value, list) or not place.is_given:
            continue
        text, period = place.text or place["expression"].text, place["period"].text
        said = desk().told(fields[text].label) if text in fields else text
        said = " – ".join(filter(None, (said, _period(period))))
        found.append(gettext("by %(what)s", what=said))
    if tile["every"].text:
        found.append(value_label("dashboard", ("tiles", "every"), tile["every"].text))
    return found


def _period(period: str) -> str:
    return value_label("dashboard", ("tiles", "by", "period"), period) if period else ""


def _target(tile: Spot) -> str:
    target: Any = tile["target"].value if tile["target"].is_given else None
    return "" if target is None else gettext("target %(target)s", target=target)
