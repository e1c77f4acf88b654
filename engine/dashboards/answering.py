"""The verbs of dashboards: which ones a person may open, what a tile answers, and the records behind one of its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from sqlalchemy.orm import Session

from engine.dashboards.asking import Asking, Unseen
from engine.dashboards.chosen import read_chosen
from engine.dashboards.tiles import TILES
from engine.errors import NotFound
from engine.okr.cycle import today_in
from engine.rights import may

if TYPE_CHECKING:
    from engine.config.defs import DashboardDef, TileDef
    from engine.people import User
    from engine.records.query import Drill
    from engine.releases.live import Live
    from rules.errors import Fault

#: Begins the name of a figure of a dashboard where those of OKR pages may stand, too.
MARK = "@"
#: Begins what names a part of a tile, beside what was chosen above the dashboard.
PART = "p."
#: Arguments that the name of a figure may have: a filter each, and the part.
MOST_ARGUMENTS = 40


@dataclass(frozen=True)
class Answer:
    """What a tile shows at a moment: its content, or why there is none."""

    tile: TileDef
    at: datetime
    content: object = None
    refused: Fault | None = None


@dataclass(frozen=True)
class Named:
    """A figure of a tile, read from an address."""

    dashboard: str
    tile: str
    part: Mapping[str, str] = field(default_factory=dict)
    args: Mapping[str, str] = field(default_factory=dict)


def dashboards_of(live: Live, user: User) -> list[DashboardDef]:
    """Return the dashboards that a person may open, in the order of the menu."""
    return [one for one in live.app.dashboards.values() if may_open(live, one, user)]


def may_open(live: Live, dashboard: DashboardDef, user: User) -> bool:
    """Tell whether a person may open a dashboard; what its tiles show them is asked of each."""
    if not may(user, "read", live):
        return False
    return user.is_admin or not dashboard.roles or bool(user.roles_in(live.key) & frozenset(dashboard.roles))


def ask(
    session: Session, live: Live, key: str, user: User, now: datetime, args: Mapping[str, str] | None = None
) -> Asking:
    """Open a dashboard with what an address says was chosen; NotFound for whoever may not."""
    dashboard = live.app.dashboards.get(key)
    if dashboard is None or not may_open(live, dashboard, user):
        raise NotFound("dashboard", key[:60])
    chosen = read_chosen(dashboard, args or {}, user.id, today_in(now, live.app.context.time_zone))
    return Asking(session, live, dashboard, user, now, chosen)


def answer(asking: Asking, tile: TileDef) -> Answer:
    """Return what a tile shows this person: never a figure over something that they may not see."""
    try:
        return Answer(tile, asking.now, TILES[tile.type].answer(asking, tile))
    except Unseen as refused:
        return Answer(tile, asking.now, None, refused.faults[0])


# -- the records behind ------------------------------------------------------------------------------------------------


def written(asking: Asking, tile: TileDef, part: Mapping[str, str]) -> str:
    """Return the name of a figure of a tile, with what is chosen now."""
    said = {**asking.chosen.args, **{PART + name: value for name, value in part.items()}}
    return f"{MARK}{asking.dashboard.key}/{tile.key}" + (f"?{urlencode(said)}" if said else "")


def read_name(text: str) -> Named:
    """Read the name of a figure; NotFound for one that nobody wrote."""
    place, _, said = text.removeprefix(MARK).partition("?")
    dashboard, _, tile = place.partition("/")
    try:
        args = dict(parse_qsl(said, keep_blank_values=True, max_num_fields=MOST_ARGUMENTS))
    except ValueError:
        raise NotFound("tile", tile[:60]) from None
    part = {name.removeprefix(PART): value for name, value in args.items() if name.startswith(PART)}
    return Named(dashboard, tile, part, {name: value for name, value in args.items() if not name.startswith(PART)})


def behind(session: Session, live: Live, text: str, user: User, now: datetime) -> tuple[TileDef, Drill]:
    """Return the tile and the records behind a figure that is named; NotFound where this person may not see them."""
    named = read_name(text)
    asking = ask(session, live, named.dashboard, user, now, named.args)
    tile = asking.dashboard.tile(named.tile)
    if tile is None:
        raise NotFound("tile", named.tile[:60])
    try:
        return tile, TILES[tile.type].behind(asking, tile, named.part)
    except Unseen as refused:
        raise NotFound("tile", tile.key) from refused
