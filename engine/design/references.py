"""The names that stand in a config outside of expressions: each pattern of places, what it names, and of which form."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.config.desk import Desk
from engine.config.parameters import inserts
from engine.config.source import SECTIONS, Source
from engine.config.spot import Spot
from engine.design.patterns import find
from engine.design.reads import option_of, steps_of, way_of
from engine.design.references_of_tests import references_of_test
from engine.design.things import Reference, Thing
from rules.scope import RecordScope

#: Words of `to` before a colon -> what stands behind it.
_RECIPIENTS = {"role": "role", "region": "role", "field": "field", "manager_of": "field"}

#: Section -> (pattern, kind, member of the objects around it that names the form; "" for the file's own).
PATTERNS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "app": (
        ("/order/*", "form", ""),
        ("/measures/@/of", "form", ""),
        ("/reminders/fallback/*", "recipient", ""),
    ),
    "forms": (
        ("/title", "field", ""),
        ("/fields/*/to", "form", ""),
        ("/fields/*/of", "form", ""),
        ("/fields/*/measure/of", "form", ""),
        ("/fields/*/role", "role", ""),
        ("/fields/*/via", "field", "of"),
        ("/fields/*/order", "field", "of"),
        ("/fields/*/columns/*", "field", "of"),
        ("/fields/*/columns/*/field", "field", "of"),
        ("/fields/*/measure/via", "field", "of"),
        ("/fields/*/from", "path", ""),
        ("/fields/*/default", "default", ""),
        ("/fields/*/default/*", "default", ""),
        ("/sections/*/fields/*", "field", ""),
        ("/assert/*/field", "field", ""),
        ("/unique/*/*", "field", ""),
        ("/duplicates/fields/*", "field", ""),
        ("/limits/*/via", "field", ""),
        ("/list/columns/*", "field", ""),
        ("/list/sort/*", "field", ""),
        ("/board/card/*", "field", ""),
        ("/views/*/columns/*", "field", ""),
        ("/views/*/sort/*", "field", ""),
        ("/views/*/widths/{}", "field", ""),
        ("/views/*/totals/{}", "field", ""),
        ("/views/*/group", "field", ""),
        *((f"/views/*/{name}", "field", "") for name in ("date", "start", "end", "lanes", "cover", "color")),
        ("/views/*/roles/*", "role", ""),
        ("/permissions/*/roles/*", "role", ""),
        ("/permissions/*/stages/*", "stage", ""),
        ("/permissions/*/fields/{}", "field", ""),
    ),
    "pipelines": (
        ("/form", "form", ""),
        ("/initial", "stage", ""),
        ("/stages/*/owner_role", "role", ""),
        ("/transitions/*/from/*", "stage", ""),
        ("/transitions/*/to", "stage", ""),
        ("/transitions/*/roles/*", "role", ""),
        ("/transitions/*/required/*", "field", ""),
        ("/transitions/*/set/{}", "field", ""),
    ),
    "okrs": (
        ("/measures/@/of", "form", ""),
        ("/objectives/*/owner", "role", ""),
        ("/objectives/*/key_results/*/owner", "role", ""),
        ("/objectives/*/key_results/*/measures/@/of", "form", ""),
    ),
    "alerts": (
        ("/form", "form", ""),
        ("/missing/form", "form", ""),
        ("/missing/via", "field", "form"),
        ("/missing/date", "field", "form"),
        ("/missing/since", "field", ""),
        ("/missing/people/*", "recipient", ""),
        ("/in_stage/stages/*", "stage", ""),
        ("/changed/field/*", "field", ""),
        ("/changed/from/*", "changed", ""),
        ("/changed/to/*", "changed", ""),
        ("/changed/by/*", "role", ""),
        ("/figure/measure", "measure", ""),
        ("/figure/okr", "okr", ""),
        ("/figure/key_result", "key_result", "okr"),
        ("/okr_changed", "okr", ""),
        ("/muted_by/*", "rule", ""),
        ("/fallback/*", "recipient", ""),
        ("/notify/*/to/*", "recipient", ""),
        ("/notify/*/actions/*/form", "form", ""),
        ("/notify/*/actions/*/via", "field", "form"),
        ("/notify/*/actions/*/field", "field", ""),
        ("/notify/*/actions/*/to", "way", ""),
        ("/notify/*/actions/*/among/*", "recipient", ""),
        ("/notify/*/actions/*/set/{}", "field", "form"),
    ),
    "dashboards": (
        ("/roles/*", "role", ""),
        ("/filters/*/fields/{}", "form", ""),
        ("/tiles/*/measure", "measure", ""),
        ("/tiles/*/measure/of", "form", ""),
        ("/tiles/*/measures/@/of", "form", ""),
        ("/tiles/*/target_measure", "measure", ""),
        ("/tiles/*/target_measure/of", "form", ""),
        ("/tiles/*/pipeline", "pipeline", ""),
        ("/tiles/*/form", "form", ""),
        # Of a pivot, columns are what it is split by: an expression, no list of fields.
        ("/tiles/*/columns/*", "column", "form"),
        ("/tiles/*/sort/*", "field", "form"),
        ("/tiles/*/okr", "okr", ""),
        ("/tiles/*/key_result", "key_result", "okr"),
        ("/tiles/*/objective", "objective", "okr"),
    ),
}  # fmt: skip


def references(desk: Desk, source: Source) -> Iterator[Reference]:
    """Go through what a config names outside of expressions; `source` is the config with its `{{parameters}}` unfilled."""
    for file in desk.source.files:
        for pattern, kind, member in PATTERNS.get(file.section, ()):
            for place, around in find(file.spot, pattern):
                form = _form(file.section, file.spot, around, member)
                yield from (Reference(thing, place) for thing in _NAMES[kind](desk, form, place, around))
    for test in desk.source.section("tests"):
        yield from references_of_test(desk, test)
    yield from _parameters(source)


def _form(section: str, file: Spot, around: tuple[Spot, ...], member: str) -> str:
    """Return the form that a name belongs to."""
    named = next((one[member].text for one in around if member and one[member].text), "")
    return named or (file["key"] if section == "forms" else file["form"]).text


# -- what stands at a place -------------------------------------------------------------------------------------------

_Names = Callable[[Desk, str, Spot, tuple[Spot, ...]], Iterator[Thing]]


def _plain(kind: str) -> _Names:
    def named(_desk: Desk, _form: str, place: Spot, _around: tuple[Spot, ...]) -> Iterator[Thing]:
        yield Thing(kind, place.text)

    return named


def _of_form(kind: str) -> _Names:
    def named(_desk: Desk, form: str, place: Spot, _around: tuple[Spot, ...]) -> Iterator[Thing]:
        yield Thing(kind, place.text.removeprefix("-").partition(":")[0], form)

    return named


def _path(desk: Desk, form: str, place: Spot, _around: tuple[Spot, ...]) -> Iterator[Thing]:
    """Yield the fields along a path such as `account.name`."""
    yield from steps_of(RecordScope(desk.shapes.promised, form), tuple(place.text.split(".")))


def _default(_desk: Desk, form: str, place: Spot, around: tuple[Spot, ...]) -> Iterator[Thing]:
    field = next((one for one in around if "type" in one), None)
    if field is not None and field["options"].is_given:
        yield option_of(Thing("field", field["key"].text, form), place.text)


def _changed(_desk: Desk, form: str, place: Spot, around: tuple[Spot, ...]) -> Iterator[Thing]:
    """Yield the option or stage that a field is, or was, when a rule fires."""
    for field in around[0]["field"].texts if around else ():
        yield option_of(Thing("field", field, form), place.text)


def _way(desk: Desk, form: str, place: Spot, _around: tuple[Spot, ...]) -> Iterator[Thing]:
    yield way_of(desk, form, place.text)


def _recipient(_desk: Desk, form: str, place: Spot, _around: tuple[Spot, ...]) -> Iterator[Thing]:
    kind, _, key = place.text.partition(":")
    if kind == "okr":
        yield Thing("okr", key.partition(".")[0])
    elif kind in _RECIPIENTS:
        yield Thing(_RECIPIENTS[kind], key, form if _RECIPIENTS[kind] == "field" else "")


def _column(_desk: Desk, form: str, place: Spot, around: tuple[Spot, ...]) -> Iterator[Thing]:
    """Yield the field that a list shows: the split of a pivot has the same name, and is an expression."""
    if around and around[0]["form"].is_given:
        yield Thing("field", place.text, form)


def _part_of_page(kind: str) -> _Names:
    """Name what stands on an OKR page; the page is named beside it."""

    def named(_desk: Desk, _form: str, place: Spot, around: tuple[Spot, ...]) -> Iterator[Thing]:
        yield Thing(kind, place.text, around[0]["okr"].text if around else "")

    return named


_NAMES: dict[str, _Names] = {
    **{kind: _plain(kind) for kind in ("form", "role", "rule", "okr", "measure", "pipeline")},
    **{kind: _of_form(kind) for kind in ("field", "stage")},
    "path": _path,
    "default": _default,
    "changed": _changed,
    "way": _way,
    "recipient": _recipient,
    "column": _column,
    "key_result": _part_of_page("key_result"),
    "objective": _part_of_page("objective"),
}


def _parameters(source: Source) -> Iterator[Reference]:
    """Find the `{{key}}` in the texts of all files."""
    for section in ("app", *SECTIONS):
        for spot in source.section(section):
            for place in _all_texts(spot):
                yield from (Reference(Thing("parameter", key), place) for key in inserts(place.text))


def _all_texts(spot: Spot) -> Iterator[Spot]:
    if isinstance(spot.value, str):
        yield spot
        return
    parts = (value for _, value in spot.members()) if isinstance(spot.value, dict) else spot.items()
    for part in parts:
        yield from _all_texts(part)
