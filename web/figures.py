"""The figure whose records a list shows: of a key result, an OKR page, or a tile of a dashboard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.dashboards.answering import MARK
from engine.dashboards.answering import behind as behind_tile
from engine.errors import NotFound
from engine.okr.drill import behind
from engine.records.query import Drill
from web import here, i18n
from web.words import gettext

if TYPE_CHECKING:
    from engine.okr.drill import Behind
    from engine.releases import Live


@dataclass(frozen=True)
class Figure:
    """The records behind a figure, and the figure in words."""

    drill: Drill
    words: str


def figure_named(live: Live, form_key: str, name: str) -> Figure | None:
    """Return the figure that an address names; NotFound where there is none over this form for this person."""
    if not name:
        return None
    found = _of_tile(live, name) if name.startswith(MARK) else _of_page(live, name)
    if found.drill.measure.of != form_key:
        raise NotFound("measure", name)
    return found


def _of_tile(live: Live, name: str) -> Figure:
    tile, drill = behind_tile(here.db(), live, name, here.viewer(), here.now())
    return Figure(drill, gettext("Behind “%(measure)s”", measure=str(i18n.told(tile.label))))


def _of_page(live: Live, name: str) -> Figure:
    okr_key, _, rest = name.partition("/")
    kr, _, key = rest.partition("/")
    okr = live.app.okrs.get(okr_key)
    if okr is None:
        raise NotFound("okr", okr_key)
    found = behind(here.db(), live, okr, kr, key, here.viewer(), here.now())
    results = {one.key: one for objective in okr.objectives for one in objective.key_results}
    label = str(i18n.told(found.measure.label)) or found.measure.key
    words = gettext("Behind “%(measure)s”", measure=label)
    if kr in results:
        said = str(i18n.told(results[kr].label))
        words = gettext("Behind “%(measure)s” of the key result “%(kr)s”", measure=label, kr=said)
    return Figure(Drill(found.measure, found.cycle), words + _unseen(found))


def _unseen(figure: Behind) -> str:
    if figure.visible == figure.total:
        return ""
    return " " + gettext(
        "(you may see %(seen)s of %(all)s)", seen=i18n.number(figure.visible), all=i18n.number(figure.total)
    )
