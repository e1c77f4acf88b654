"""The tables of an app: one per form with native columns, and its history beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from threading import Lock
from typing import Any

from sqlalchemy import Boolean, Column, Date, Double, Integer, MetaData, Table
from sqlalchemy.types import TypeEngine

from engine.config.defs import AppDef
from engine.db import UtcDateTime, id_column_type, json_type, text_type
from forms.defs import FormDef
from rules.scope import Shape
from rules.types import Kind

#: Column name -> type of what every record has beside its fields; `id` comes first and is made apart.
SYSTEM_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    "version": Integer(),
    "stage": text_type(),
    "stage_entered_at": UtcDateTime(),
    "owner": id_column_type(),
    "created_at": UtcDateTime(),
    "created_by": id_column_type(),
    "updated_at": UtcDateTime(),
    "updated_by": id_column_type(),
    "deleted_at": UtcDateTime(),
    "search_text": text_type(),
}
#: Names that are in a form's shape but are no columns.
VIRTUAL = frozenset({"days_in_stage"})
#: What a line of history says beside the record's own columns.
HISTORY_COLUMNS: Mapping[str, TypeEngine[Any]] = {
    "valid_from": UtcDateTime(),
    "valid_to": UtcDateTime(),
    "changed_by": id_column_type(),
    "changed_via": text_type(),
    "change_id": id_column_type(),
}
#: The primary key of history tables; no field can be called so, because keys begin with a letter.
HISTORY_ID = "_line"
#: Stands in the name of a column that held a field's values until a release gave the field another type.
SET_ASIDE = "__until_"


def storage_type(kind: Kind) -> TypeEngine[Any]:
    """Return the column type that stores values of a kind."""
    match kind:
        case Kind.NUMBER:
            return Double()
        case Kind.MONEY | Kind.REFERENCE | Kind.PERSON:
            return id_column_type()
        case Kind.YES_NO:
            return Boolean()
        case Kind.DATE:
            return Date()
        case Kind.DATETIME:
            return UtcDateTime()
        case Kind.CHOICES | Kind.REFERENCES | Kind.PEOPLE | Kind.LIST:
            return json_type()
        case _:
            return text_type()


def table_name(app_key: str, form: str) -> str:
    """Name the table of a form."""
    return f"{app_key}__{form}"


def field_columns(shape: Shape) -> dict[str, TypeEngine[Any]]:
    """Return field key -> column type for the fields of a form, without system names."""
    return {
        key: storage_type(type_.kind)
        for key, type_ in shape.items()
        if key not in SYSTEM_COLUMNS and key not in VIRTUAL and key != "id"
    }


class AppTables:
    """The SQLAlchemy tables of one release of an app; safe to share between threads."""

    def __init__(self, app_key: str, shapes: Mapping[str, Shape]) -> None:
        self.app_key = app_key
        self.shapes = shapes
        self.metadata = MetaData()
        self._made: dict[str, Table] = {}
        self._lock = Lock()

    @classmethod
    def of(cls, app: AppDef) -> AppTables:
        """Return the tables of an app."""
        return cls(app.key, app.shapes)

    def current(self, form: str | FormDef) -> Table:
        """Return the table that holds a form's records as they are now."""
        key = _key(form)
        name = table_name(self.app_key, key)
        made = self._made.get(name)
        if made is not None:
            return made
        return self._make(name, lambda: (Column("id", id_column_type(), primary_key=True), *self._columns(key)))

    def history(self, form: str | FormDef) -> Table:
        """Return the table that holds what a form's records ever were."""
        key = _key(form)
        name = f"{table_name(self.app_key, key)}__history"
        made = self._made.get(name)
        return self._make(name, lambda: self._history_columns(key)) if made is None else made

    def at(self, form: str | FormDef, *, past: bool) -> Table:
        """Return the history of a form for a question about the past, its records otherwise."""
        return self.history(form) if past else self.current(form)

    @cached_property
    def forms(self) -> tuple[str, ...]:
        """Return the keys of the forms that have tables."""
        return tuple(self.shapes)

    def _columns(self, form: str) -> list[Column[Any]]:
        return [Column(name, type_) for name, type_ in {**SYSTEM_COLUMNS, **field_columns(self.shapes[form])}.items()]

    def _history_columns(self, form: str) -> Iterable[Column[Any]]:
        yield Column(HISTORY_ID, id_column_type(), primary_key=True)
        yield Column("id", id_column_type(), nullable=False)
        yield from self._columns(form)
        yield from (Column(name, type_) for name, type_ in HISTORY_COLUMNS.items())

    def _make(self, name: str, columns: Callable[[], Iterable[Column[Any]]]) -> Table:
        with self._lock:
            if name not in self._made:
                # AUTOINCREMENT: an id that was once given out never names another record.
                self._made[name] = Table(name, self.metadata, *columns(), sqlite_autoincrement=True)
            return self._made[name]


def _key(form: str | FormDef) -> str:
    return form if isinstance(form, str) else form.key
