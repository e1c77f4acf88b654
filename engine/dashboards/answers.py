"""What tiles answer: raw figures and the values they stand for; words and pictures are made of them elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.okr.cycle import Span
    from engine.okr.objectives import KrValue, OkrValue
    from engine.records.query import Page
    from engine.sql.cross import Cells, Key
    from engine.sql.figures import Figure, Value
    from rules.types import Type


@dataclass(frozen=True)
class NumberAnswer:
    """A number and, where it is compared, the one before; `change` is a share of the one before, `good` a judgement of it."""

    value: Value
    figures: Mapping[str, Figure]
    before: Value = None
    before_span: Span | None = None
    change: float | None = None
    good: bool | None = None


@dataclass(frozen=True)
class ProgressAnswer:
    """A number and its target, or a key result with both; `share` is 1 when it is reached."""

    value: Value = None
    target: float | None = None
    share: float | None = None
    figures: Mapping[str, Figure] = field(default_factory=dict)
    okr: str = ""
    result: KrValue | None = None


@dataclass(frozen=True)
class Bar:
    """One bar, or one place of a ranking: what its records share, their figure, and its parts in the order of the splits."""

    key: Value
    figure: Figure
    parts: tuple[Figure | None, ...] = ()


@dataclass(frozen=True)
class BarAnswer:
    """Bars, what divides them, and how many more there are."""

    bars: tuple[Bar, ...]
    splits: tuple[Value, ...] = ()
    others: int = 0
    more: bool = False


@dataclass(frozen=True)
class Line:
    """One line: what its records share, and a figure for each step; None where there is none (yet)."""

    key: Value
    points: tuple[Figure | None, ...]


@dataclass(frozen=True)
class LineAnswer:
    """Lines over the first days of their steps, and what was meant to be reached at each."""

    steps: tuple[date, ...]
    lines: tuple[Line, ...]
    target: tuple[float, ...] = ()
    is_split: bool = False
    more: bool = False


@dataclass(frozen=True)
class Step:
    """One stage of a funnel; `conversion` is the share of those that came this far from the stage before."""

    stage: str
    reached: Figure
    now: Figure
    conversion: float | None = None
    days: float | None = None


@dataclass(frozen=True)
class FunnelAnswer:
    """The stages of a pipeline on its path, those that lead off it, and the share that comes from the first to the last."""

    steps: tuple[Step, ...]
    lost: tuple[Step, ...] = ()
    whole: float | None = None


@dataclass(frozen=True)
class Place:
    """One place of a ranking; whoever has the same figure has the same place, and the next one is left out."""

    rank: int
    key: Value
    figure: Figure
    target: float | None = None
    attained: float | None = None


@dataclass(frozen=True)
class RankingAnswer:
    """The first places, and how many more there are."""

    places: tuple[Place, ...]
    has_targets: bool = False
    others: int = 0
    more: bool = False


@dataclass(frozen=True)
class PivotAnswer:
    """Figures by row and column, and what rows, columns and all come to."""

    rows: tuple[Value, ...]
    columns: tuple[Value, ...]
    cells: Mapping[Key, Figure]
    by_row: Mapping[Value, Figure]
    by_column: Mapping[Value, Figure]
    total: Figure
    others: int = 0
    more: bool = False


@dataclass(frozen=True)
class ListAnswer:
    """The first records of a form, and the columns of them that this person may see."""

    page: Page
    columns: tuple[str, ...]


@dataclass(frozen=True)
class KeyResultsAnswer:
    """An OKR page, and the objective that is shown of it; all of them when it is empty."""

    page: OkrValue
    objective: str = ""


@dataclass(frozen=True)
class LightsAnswer:
    """Key results of a page at several moments, the last one being now."""

    moments: tuple[datetime, ...]
    pages: tuple[OkrValue, ...]
    objective: str = ""


# -- orders ------------------------------------------------------------------------------------------------------------


def in_own_order(keys: Sequence[Value], type_: Type, by: Callable[[Value], float]) -> list[Value]:
    """Return values as people expect them: options by their place, dates and texts by themselves, people and records by their figures."""
    if type_.options:
        places = {option: number for number, option in enumerate(type_.options)}
        return sorted(keys, key=lambda key: (key is None, places.get(str(key), len(places))))
    if type_.kind.value in ("person", "reference"):
        return sorted(keys, key=lambda key: (key is None, -by(key), _plain(key)))
    return sorted(keys, key=lambda key: (key is None, _plain(key)))


def _plain(key: Any) -> Any:
    return 0 if key is None else key


def size(figure: Figure | None) -> float:
    """Return a figure as a number that can be drawn and compared; nothing counts as 0."""
    value = None if figure is None else figure.value
    return float(value) if isinstance(value, int | float) else 0.0


def share(value: Value, whole: float | None) -> float | None:
    """Return which share of a whole a value is."""
    return float(value) / whole if isinstance(value, int | float) and whole else None


def distinct(cells: Cells, place: int) -> list[Value]:
    """Return the values that stand at one place of the keys."""
    return list(dict.fromkeys(key[place] for key in cells.figures))
