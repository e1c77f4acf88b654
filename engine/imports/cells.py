"""Cells of one column → stored values: each different text is read once, what it names is looked up in one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

from engine.imports.dating import ORDERS, turned
from engine.imports.mapping import ColumnMap
from forms.defs import FieldDef
from forms.errors import FormError
from forms.fields._base import InputContext
from forms.several import joined, pieces
from forms.text import normal
from rules.errors import N_, Fault
from rules.types import OF_PEOPLE, OF_RECORDS, Kind

#: Codes of faults that a meaning given in the mapping can mend: no such option, record or person.
UNKNOWN_CODES = frozenset({"field.option", "field.unknown", "field.several"})
EMPTY = Fault("empty", N_("The cell is empty."), level="warning")


@dataclass(slots=True)
class Cell:
    """What a text means: a stored value, or a fault; `mapped` when the mapping gave the meaning."""

    value: object = None
    fault: Fault | None = None
    mapped: bool = False
    #: The text names a record of this very file that is not there yet.
    later: bool = False

    @property
    def unknown(self) -> bool:
        """Tell whether the text is not among the known options, records or people."""
        return self.fault is not None and self.fault.code in UNKNOWN_CODES


@dataclass
class Column:
    """One mapped column: reads a text of its cells; every text once."""

    map: ColumnMap
    field: FieldDef
    place: int
    context: InputContext
    #: Texts by which rows of this very file go, where the column refers to its own form.
    own_names: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self._known: dict[str, Cell] = {}
        #: Texts that are read without a word about them.
        self.values: dict[str, object] = {}

    def learn(self, found: Mapping[str, Sequence[int]]) -> None:
        """Take what the texts name: text -> ids of records or people."""
        self.context = replace(
            self.context,
            find_records=lambda _form, text: found.get(text, ()),
            find_people=lambda text: found.get(text, ()),
        )
        self._known.clear()
        self.values.clear()

    def take_in(self, texts: Iterable[str]) -> None:
        """Read texts that need no word about them, all at once; what is wrong with others `read` tells."""
        if self.map.values or self.map.format:
            return
        read, values = self.field.type.reader(self.field, self.context), self.values
        for text in set(texts).difference(values, self._known):
            if text and not text.isspace():
                with suppress(FormError):
                    values[text] = read(text)

    def read(self, text: str) -> Cell:
        """Return what a text means."""
        if text in self.values and text not in self._known:
            return Cell(self.values[text])
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._read(text)
            if found.fault is None and text.strip():
                self.values[text] = found.value
        return found

    def _read(self, text: str) -> Cell:
        meant, mapped = self._meaning(text) if self.map.values else (text, False)
        try:
            shaped = self._shaped(meant) if self.map.format else meant
            value = self.field.type.read(self.field, shaped, self.context)
        except FormError as error:
            fault = replace(error.faults[0], field=self.field.key)
            return Cell(None, fault, mapped, later=normal(meant) in self.own_names and fault.code == "field.unknown")
        except ValueError:
            template = N_("“{value}” is not written as {format}.")
            return Cell(
                None, Fault("format", template, {"value": text, "format": self.map.format}, field=self.field.key)
            )
        return Cell(value, mapped=mapped)

    def meaning(self, text: str) -> str:
        """Return the text that is read for a cell."""
        return self._meaning(text)[0]

    def _meaning(self, text: str) -> tuple[str, bool]:
        """Return the text to read: the mapping's word for it, for the whole cell or for each of several options."""
        values = self.map.values
        stripped = normal(text)
        if stripped in values:
            return values[stripped], True
        if values and self.field.type.kind in OF_RECORDS | OF_PEOPLE:
            return self._names_meant(stripped)
        if values and self.field.type.kind is Kind.CHOICES:
            parts = [part.strip() for part in stripped.replace("；", ";").replace(",", ";").split(";")]
            if any(part in values for part in parts):
                return ";".join(values.get(part, part) for part in parts), True
        return text, False

    def _names_meant(self, text: str) -> tuple[str, bool]:
        """Return a list of names with the mapping's word for each of them."""
        names, values = pieces(text), self.map.values
        if len(names) < 2 or not any(name in values for name in names):
            return text, False
        return joined(meant for name in names if (meant := values.get(name, name))), True

    def _shaped(self, text: str) -> str:
        """Return a date written as the mapping says in the ISO form."""
        if not text.strip() or self.field.type.kind not in (Kind.DATE, Kind.DATETIME):
            return text
        if self.map.format in ORDERS:
            return turned(text, self.map.format)
        moment = datetime.strptime(text.strip(), self.map.format)  # noqa: DTZ007 - the field reads it in the app's zone
        return moment.date().isoformat() if self.field.type.kind is Kind.DATE else moment.isoformat(" ")
