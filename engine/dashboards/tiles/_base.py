"""What every type of tile can be asked: how it is written in a dashboard, what is wrong with one, what it was told."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.config.defs import TileDef
    from engine.config.desk import Desk
    from engine.config.schema_parts import Schema
    from engine.config.spot import Spot
    from engine.dashboards.asking import Asking
    from engine.records.query import Drill

#: Key -> the one object of each type of tile.
TILES: dict[str, TileType] = {}
#: Quarters of the page that a tile may take.
WIDTHS = (1, 2, 3, 4)


class TileType:
    """One type of tile."""

    #: Value of `type`.
    key: ClassVar[str]
    #: Its own members, in canonical order, beside those of every tile; and those that it cannot do without.
    members: ClassVar[Schema]
    required: ClassVar[tuple[str, ...]] = ()
    #: Quarters of the page that it takes when nobody says otherwise.
    width: ClassVar[int] = 2

    def check(self, desk: Desk, tile: Spot) -> None:
        """Note what is wrong with one."""
        raise NotImplementedError

    def build(self, desk: Desk, tile: Spot) -> object:
        """Return what it was told, frozen."""
        raise NotImplementedError

    def answer(self, ask: Asking, tile: TileDef) -> object:
        """Return what it shows: see engine/dashboards/answers.py."""
        raise NotImplementedError

    def behind(self, ask: Asking, tile: TileDef, part: Mapping[str, str]) -> Drill:
        """Return the records behind one of its figures, which `part` names; NotFound where there are none to list."""
        from engine.errors import NotFound

        raise NotFound("tile", tile.key)


def register(type_: type[TileType]) -> type[TileType]:
    """Add a type of tile."""
    TILES[type_.key] = type_()
    return type_
