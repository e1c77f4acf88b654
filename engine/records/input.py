"""What was typed, read into stored values: only names that exist, only fields that this person may write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.records.resolve import Resolver
from engine.records.writing import IMPORTED, Writing
from engine.rights import EDIT, HIDDEN
from forms.defs import FieldDef
from forms.errors import FormError
from forms.fields import InputContext
from rules.errors import N_, Fault
from rules.types import OF_PEOPLE, OF_RECORDS

Input = Mapping[str, object]
#: Stored values by key, and what is wrong.
ReadInput = tuple[dict[str, object], list[Fault]]


def read_inputs(writing: Writing, inputs: Sequence[Input]) -> list[ReadInput]:
    """Return the stored values of each input, or every fault in it."""
    resolver = Resolver(writing.session, writing.live, writing.user, writing.now, departed=writing.imports)
    if len(inputs) > 1:
        _prepare(writing, resolver, inputs)
    context = InputContext(
        time_zone=writing.live.app.context.time_zone,
        currency=writing.live.app.currency,
        find_records=resolver.find_records,
        find_people=resolver.find_people,
        ids=not writing.imports,
    )
    return [_read(writing, one, context) for one in inputs]


def _prepare(writing: Writing, resolver: Resolver, inputs: Sequence[Input]) -> None:
    for key in {key for one in inputs for key in one}:
        slot = writing.slot(key)
        if slot is None:
            continue
        if slot.type.kind not in OF_RECORDS | OF_PEOPLE:
            continue
        texts = [text for one in inputs for text in slot.type.names_in(one.get(key)) if text.strip()]
        if slot.type.kind in OF_RECORDS:
            resolver.prepare_records(slot.to, texts)
        else:
            resolver.prepare_people(texts)


def _read(writing: Writing, values: Input, context: InputContext) -> ReadInput:
    stored: dict[str, object] = {}
    faults: list[Fault] = []
    for key, raw in values.items():
        slot = _writable(writing, key)
        if slot is None:
            faults.append(unknown_field(key))
            continue
        try:
            stored[key] = slot.type.parse_input(slot, raw, context)
        except FormError as error:
            faults.extend(error.faults)
    return stored, faults


def _writable(writing: Writing, key: str) -> FieldDef | None:
    """Return the field behind a key, unless it does not exist or might as well not for this person."""
    if writing.imports and key in IMPORTED:
        return writing.slot(key)
    if writing.access.get(key, HIDDEN) == HIDDEN or key in ("id", "version"):
        return None
    return writing.slot(key)


def unknown_field(key: str) -> Fault:
    """Return the fault for a key that names no field; hidden fields get the very same."""
    return Fault("field.unknown_field", N_("There is no field called {name} here."), {"name": key[:60]}, field=key[:60])


def read_only_faults(writing: Writing, given: Input, stored: Mapping[str, object]) -> list[Fault]:
    """Return a fault for each value that differs from the stored one although its field may only be read."""
    return [
        read_only(key)
        for key, value in given.items()
        if writing.access.get(key) != EDIT and not _brought(writing, key, stored) and value != stored.get(key)
    ]


def _brought(writing: Writing, key: str, stored: Mapping[str, object]) -> bool:
    """Tell whether an import may set this: a number that was once given stays."""
    return writing.brings(key) and (key in IMPORTED or stored.get(key) is None)


def read_only(key: str) -> Fault:
    """Return the fault for a value that may not be changed."""
    return Fault("field.read_only", N_("This field can only be read."), field=key)
