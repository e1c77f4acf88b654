"""The dashboard designer: tiles from a palette in a grid as wide as people will see it, filters above, sets to begin with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design import dashboard_preview
from admin.design._designer import Designer
from admin.design._desk import Tab, desk, typed_name
from admin.design._part import Part
from admin.design.dashboard_preview import slot
from admin.design.dashboard_words import tile_words
from admin.vocabulary import TILE_WORDS, value_label
from engine.dashboards.tiles import TILES
from engine.dashboards.tiles._base import WIDTHS
from engine.design import tiles
from engine.design.keys import key_for
from engine.design.pointers import inserted, moved, value_at, with_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Blueprint

    from engine.config.spot import Spot

TABS = (Tab("design.dashboards_home", lazy_gettext("Dashboards"), ("design.dashboards",)),)
#: Tiles of a dashboard that has hardly begun: the sets to begin with lie open.
FEW = 1


@dataclass(frozen=True)
class Card:
    """A tile on the canvas."""

    at: str
    key: str
    #: Id of the place in it where its content appears.
    slot: str
    label: str
    type_label: str
    icon: str
    words: str
    width: int
    faults: int


def _cards(part: Part) -> list[Card]:
    listed = enumerate(part.spot["tiles"].items())
    return [_card(part, number, one) for number, one in listed if isinstance(one.value, dict)]


def _card(part: Part, number: int, tile: Spot) -> Card:
    at, type_key = f"/tiles/{number}", tile["type"].text
    words = TILE_WORDS.get(type_key)
    return Card(
        at, tile["key"].text, slot(number), desk().said(tile), _type_label(type_key), words.icon if words else "layout-dashboard",
        tile_words(tile), _width(tile.value), len(desk().sentences_at(part.path, at, inside=True)),
    )  # fmt: skip


def _type_label(type_key: str) -> str:
    return value_label("dashboard", ("tiles", "type"), type_key)


def _width(tile: Any) -> int:
    type_key, given = tile.get("type"), tile.get("width")
    usual = TILES[type_key].width if isinstance(type_key, str) and type_key in TILES else WIDTHS[1]
    return given if isinstance(given, int) and given in WIDTHS else usual


def _filters(part: Part) -> list[tuple[str, str, str, int]]:
    """Return (pointer, name, kind, faults) of what it is narrowed by."""
    return [
        (
            at := f"/filters/{number}", desk().said(one), one["type"].text,
            len(desk().sentences_at(part.path, at, inside=True)),
        )
        for number, one in enumerate(part.spot["filters"].items())
    ]  # fmt: skip


def _palette() -> list[tuple[str, str, str, str]]:
    """Return (key, name, description, icon) of the tiles that this app can fill."""
    offered = tiles.offered_types(desk().examined)
    return [
        (key, _type_label(key), gettext(words.description), words.icon)
        for key, words in TILE_WORDS.items()
        if key in offered
    ]


def _context(part: Part) -> Mapping[str, Any]:
    cards = _cards(part)
    sets = {
        "pipeline": (
            gettext("Numbers of a pipeline"),
            gettext("What is open, what came through, and how far it comes."),
        ),
        "team": (gettext("Ranking of the team"), gettext("Who has how much, and where it stands.")),
        "target": (gettext("Progress against a target"), gettext("How far it is, and how it went on.")),
    }
    return {
        "cards": cards,
        "filters": _filters(part),
        "has_period": any(one["type"].text == "period" for one in part.spot["filters"].items()),
        "palette": _palette(),
        "sets": [(key, *sets[key]) for key in tiles.offered_sets(desk().examined)],
        "begins": len(cards) <= FEW,
        "forms": desk().parts("forms"),
        "uses": "" if part.at else url_for("design.uses", app_key=desk().app_key, dashboard=part.key),
    }


# -- buttons ----------------------------------------------------------------------------------------------------------


def _wanted() -> str:
    return request.form["-act"].partition(":")[2]


def _new(part: Part) -> None:
    """Add a tile of a type, at the end or where it was dropped."""
    type_key = _wanted()
    if type_key not in TILES:
        raise KeyError(type_key)
    name = typed_name(_type_label(type_key))
    tile = tiles.new_tile(desk().examined, part.content, type_key, name, request.form.get("form", ""))
    held = value_at(part.content, "/tiles")
    count = len(held) if isinstance(held, list) else 0
    place = max(0, min(request.form.get("place", count, type=int), count))
    part.content = inserted(part.content, "/tiles", place, tile)
    part.at, part.note = f"/tiles/{place}", gettext("added “%(what)s”", what=name)


def _set(part: Part) -> None:
    """Add the tiles of a set behind the others."""
    made = tiles.tile_set(desk().examined, part.content, _wanted(), _words(), request.form.get("form", ""))
    held = value_at(part.content, "/tiles")
    part.put("/tiles", [*(held if isinstance(held, list) else []), *made])
    part.note = gettext("added “%(what)s”", what=", ".join(one["label"] for one in made))


def _words() -> dict[str, str]:
    return {
        "open": gettext("Open now"),
        "worth": gettext("Worth of what is open"),
        "won": gettext("Came through"),
        "stages": gettext("Open by stage"),
        "way": gettext("How far they come"),
        "ranking": gettext("Ranking"),
        "load": gettext("Who has how many"),
        "progress": gettext("Progress"),
        "course": gettext("How it goes on"),
        "results": gettext("Key results"),
    }


def _filter(part: Part) -> None:
    """Add a filter of a kind: a period, or a field that is filled in next."""
    kind = "period" if _wanted() == "period" else "field"
    name = typed_name(gettext("Period") if kind == "period" else gettext("Filter"))
    held = value_at(part.content, "/filters")
    listed = held if isinstance(held, list) else []
    keys = [one.get("key", "") for one in listed if isinstance(one, dict)]
    part.content = inserted(
        part.content, "/filters", len(listed), {"key": key_for(name, keys, "filter"), "label": name, "type": kind}
    )
    part.at, part.note = f"/filters/{len(listed)}", gettext("added “%(what)s”", what=name)


def _sized(part: Part, by: int) -> None:
    """Make a tile wider or narrower by a quarter of the page."""
    at = _wanted()
    tile = value_at(part.content, at)
    if not at.startswith("/tiles/") or not isinstance(tile, dict):
        raise KeyError(at)
    width = min(max(_width(tile) + by, WIDTHS[0]), WIDTHS[-1])
    part.content = with_value(part.content, f"{at}/width", width)
    part.at, part.note = at, gettext("changed the width of “%(what)s”", what=desk().label_of(tile))


def _shifted(part: Part, by: int) -> None:
    """Put a tile before or behind its neighbour."""
    at = _wanted()
    part.at = at if at.startswith("/tiles/") and isinstance(value_at(part.content, at), dict) else ""
    if not part.at:
        raise KeyError(at)
    count, step = len(value_at(part.content, "/tiles")), int(at.rpartition("/")[2])
    place = max(0, min(step + by, count - 1))
    part.note = gettext("moved “%(what)s”", what=desk().label_of(part.chosen))
    part.content, part.at = moved(part.content, at, place), f"/tiles/{place}"


designer = Designer(
    "dashboards",
    "dashboards",
    "design/dashboards.html",
    {
        "new_title": lazy_gettext("New dashboard"),
        "nothing": lazy_gettext("No dashboards yet. A dashboard shows numbers, lists and key results on one page."),
    },
    _context,
    {
        "new": _new,
        "set": _set,
        "filter": _filter,
        "wider": lambda part: _sized(part, 1),
        "narrower": lambda part: _sized(part, -1),
        "before": lambda part: _shifted(part, -1),
        "behind": lambda part: _shifted(part, 1),
    },
    {"": frozenset({"tiles", "filters", "key"})},
    frozenset({"tiles", "filters"}),
)


def install(pages: Blueprint) -> None:
    """Add the pages."""
    designer.install(pages)
    dashboard_preview.install(pages)
