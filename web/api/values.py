"""Records as JSON and back: each field as its type writes it, system names beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from engine.records.record import Record
from engine.records.writing import system_slots
from forms.fields._base import FieldType, Storage
from rules.moments import iso

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.defs import FieldDef

Writer = Callable[[object], object]
#: System names that a program may want to know.
SYSTEM = (
    "stage",
    "stage_entered_at",
    "days_in_stage",
    "owner",
    "created_at",
    "created_by",
    "updated_at",
    "updated_by",
)


def record_json(live: Live, record: Record, only: Iterable[str] = ()) -> dict[str, object]:
    """Return a record as a JSON object: id, version, then what its reader may see."""
    return writer_of(live, record, only)(record)


def writer_of(live: Live, record: Record, only: Iterable[str] = ()) -> Callable[[Record], dict[str, object]]:
    """Return what writes a record, and all others of which the same names are seen, as JSON objects."""
    writers, values = _writers(live, record.form), record.values
    wanted = [key for key in [key for key in only if key in writers] or writers if key in values]
    turned = [(key, write) for key in wanted if (write := writers[key]) is not None]

    def written(one: Record) -> dict[str, object]:
        values = one.values
        found: dict[str, object] = {"id": one.id, "version": one.version}
        for key in wanted:
            found[key] = values[key]
        for key, write in turned:
            if (value := values[key]) is not None:
                found[key] = write(value)
        return found

    return written


def records_json(live: Live, records: Sequence[Record], only: Sequence[str] = ()) -> list[dict[str, object]]:
    """Return records as JSON objects; those of which the same is seen are written alike."""
    made: list[dict[str, object]] = []
    access: object = None
    for record in records:
        if record.access is not access or not made:
            access, write = record.access, writer_of(live, record, only)
        made.append(write(record))
    return made


def _writers(live: Live, form: str) -> Mapping[str, Writer | None]:
    """Return, per name, what turns a stored value into JSON; worked out once per release."""
    memo = ("api writers", form)
    if memo not in live.memo:
        fields = fields_of(live, form)
        live.memo[memo] = {key: _writer(field) for key, field in fields.items()}
    found: Mapping[str, Writer | None] = live.memo[memo]
    return found


def fields_of(live: Live, form: str) -> dict[str, FieldDef]:
    """Return the fields and system names of a form, as far as they hold values."""
    system = system_slots(live, form)
    own = {field.key: field for field in live.form(form).fields if not field.type.is_table}
    return own | {key: system[key] for key in SYSTEM if key in system}


#: What JSON has no value for, by how it is kept, where a type leaves its values be.
_KEPT_AS: Mapping[Storage, Writer] = {Storage.DATE: date.isoformat, Storage.DATETIME: iso}  # type: ignore[dict-item]  # by storage


def _writer(field: FieldDef) -> Writer | None:
    made = field.type.json_writer(field)
    return _KEPT_AS.get(field.type.storage_of(field)) if made is None else made


def typed(live: Live, form: str, values: Mapping[str, object]) -> dict[str, object]:
    """Return JSON values as the verbs read them; a type with a JSON form of its own reads it here."""
    fields = live.form(form).by_key
    found: dict[str, object] = {}
    for key, raw in values.items():
        field = fields.get(key)
        found[key] = raw if field is None or raw is None else _read(field, raw)
    return found


def _read(field: FieldDef, raw: object) -> object:
    """Return a JSON value as the text that means it; what it cannot read is left for the verbs to refuse."""
    if field.type.derived or type(field.type).from_json is FieldType.from_json:
        return raw
    try:
        return field.type.to_text(field, field.type.from_json(field, raw))
    except (ValueError, TypeError, RecursionError):
        return raw
