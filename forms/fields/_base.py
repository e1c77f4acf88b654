"""What every field type answers, and the registry: a new type is one file in this package and one `@register`."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from forms.errors import FormError
from rules.errors import N_, Fault
from rules.types import Kind, Type

if TYPE_CHECKING:
    from forms.defs import FieldDef

#: A JSON Schema, or a part of one.
Schema = Mapping[str, object]


class Storage(StrEnum):
    """How a column keeps a value; the engine maps each to a native column type of its database."""

    TEXT = "text"  # unbounded Unicode text
    NUMBER = "number"  # IEEE double
    MONEY = "money"  # 64-bit integer, minor units
    YES_NO = "yes_no"  # boolean
    DATE = "date"
    DATETIME = "datetime"  # UTC, whole milliseconds
    KEY = "key"  # an option's key
    KEYS = "keys"  # JSON list of option keys
    RECORD = "record"  # id of a record of `field.to`
    PERSON = "person"  # id of a person
    IDS = "ids"  # JSON list of ids, of records of `field.to` or of people


def _nothing(_form: str, _text: str) -> Sequence[int]:
    return ()


def _nobody(_text: str) -> Sequence[int]:
    return ()


@dataclass(frozen=True, slots=True)
class InputContext:
    """What reading a text needs to know about its app. The resolvers return all ids that a text may mean."""

    time_zone: str = "UTC"
    currency: str = "CNY"
    #: (form key, text) -> record ids with this title or import key, only those the reader may see.
    find_records: Callable[[str, str], Sequence[int]] = _nothing
    #: Text -> ids of people with this sign-in name, e-mail address or name.
    find_people: Callable[[str], Sequence[int]] = _nobody
    #: Whether plain digits are an id (screens, API) or a title like any other (CSV).
    ids: bool = True


class FieldType:
    """One kind of field. Instances are stateless; everything about a slot comes in as its `FieldDef`."""

    #: Name in configs, lower_snake.
    key: ClassVar[str]
    kind: ClassVar[Kind]
    #: `web/templates/widgets/<widget>.html` draws it.
    widget: ClassVar[str]
    storage: ClassVar[Storage]
    #: Computed by the engine, never typed by a person.
    derived: ClassVar[bool] = False
    #: A form posts a list of texts for it.
    several: ClassVar[bool] = False
    #: Holds files, which are staged before and bound to the record when it is saved.
    keeps_files: ClassVar[bool] = False
    #: Its text is found by the search box.
    searchable: ClassVar[bool] = False
    sortable: ClassVar[bool] = True
    #: How a list filters it: contains, equals, range, one_of, none.
    filter: ClassVar[str] = "equals"
    #: What is offered while one types: records, people, teams or tags; nothing for most types.
    lookup: ClassVar[str] = ""
    #: Given by the engine when a record is created, never typed on a screen; an import may bring its own.
    assigned: ClassVar[bool] = False
    #: May name a record (`title`).
    can_title: ClassVar[bool] = False
    #: May be `unique`.
    can_be_unique: ClassVar[bool] = True
    #: Is unique whatever the config says.
    always_unique: ClassVar[bool] = False
    #: May have a literal `default`.
    can_default: ClassVar[bool] = True
    #: Parameters beside the common ones: name -> JSON Schema (with a `description`).
    params: ClassVar[Mapping[str, Schema]] = {}
    required_params: ClassVar[tuple[str, ...]] = ()
    #: Parameters that name options (`choice`, `choices`) or a form (`reference`): kept in FieldDef's own slots.
    has_options: ClassVar[bool] = False
    #: Holds no value of its own but records of another form: no column, no name in expressions.
    is_table: ClassVar[bool] = False
    #: Documentation and contract tests: typed text -> canonical text.
    accepts: ClassVar[Mapping[str, str]] = {}
    #: Texts that are refused.
    refuses: ClassVar[tuple[str, ...]] = ()
    #: Parameters an example field needs.
    example: ClassVar[Mapping[str, object]] = {}

    # -- types and storage ---------------------------------------------------------------------------------------

    def rule_type(self, field: FieldDef) -> Type:
        """Return the type of the field inside expressions; a required field that is always shown is never empty."""
        return Type(self.kind, nullable=not field.required or field.visible_if is not None)

    def storage_of(self, field: FieldDef) -> Storage:
        """Return how the field's column is stored."""
        return self.storage

    def widget_of(self, field: FieldDef) -> str:
        """Return the template that draws the field."""
        return self.widget

    def shown_as(self, field: FieldDef) -> FieldType:
        """Return the type whose look and text the value has; a computed field looks like its result."""
        return self

    def param_faults(self, field: FieldDef) -> Iterable[tuple[str, Fault]]:
        """Yield (parameter, fault) for what is wrong with the field's parameters beyond their JSON Schema."""
        low, high = field.params.get("min"), field.params.get("max")
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            yield "max", self.fault(field, "range", N_("The largest value lies below the smallest."))

    # -- reading -------------------------------------------------------------------------------------------------

    def read(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the stored value of something typed, within the field's limits, or raise FormError."""
        value = self.parse_input(field, raw, context)
        faults = self.validate(field, value)
        if faults:
            raise FormError.of(faults)
        return value

    def reader(self, field: FieldDef, context: InputContext) -> Callable[[str], object]:
        """Return what `read` does to texts that are not blank, made once for many: a type may do plain ones quicker."""
        return lambda text: self.read(field, text, context)

    def parse_input(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the stored value of a text (or JSON value, or list of texts); nothing typed is None."""
        if is_blank(raw):
            return None
        return self.parse(field, raw, context)

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the stored value of something that is not blank."""
        raise NotImplementedError

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Return what is wrong with a stored value; whether it may be empty is asked elsewhere."""
        return []

    def from_json(self, field: FieldDef, raw: object) -> object:
        """Return the stored value of a JSON value as `to_json` writes it."""
        return self.parse_input(field, raw, InputContext())

    def names_in(self, raw: object) -> Iterable[str]:
        """Return the texts in what was typed that may name records or people, so that they are looked up at once."""
        return (raw,) if isinstance(raw, str) else ()

    # -- writing -------------------------------------------------------------------------------------------------

    def to_text(self, field: FieldDef, value: object) -> str:
        """Return the canonical text, which reads back as the same value; empty for None."""
        return "" if value is None else self.text(field, value)

    def text(self, field: FieldDef, value: object) -> str:
        """Return the canonical text of a value that is not empty."""
        return str(value)

    def plain(self, field: FieldDef, value: object) -> str:
        """Return what people read in a search, a title or a sheet: the text, without what only machines need."""
        return self.to_text(field, value)

    def to_input(self, field: FieldDef, value: object, context: InputContext) -> str:
        """Return what an HTML input of this type holds; like the text but for local times."""
        return self.to_text(field, value)

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return the JSON value."""
        return value

    def json_writer(self, field: FieldDef) -> Callable[[Any], object] | None:
        """Return what `to_json` does to a value that is not empty, made once for many; None where it leaves it be."""
        return None if type(self).to_json is FieldType.to_json else partial(self.to_json, field)

    def json_schema(self, field: FieldDef) -> Schema | None:
        """Return the schema of the JSON value when its storage does not tell."""
        return None

    # -- helpers of the types ------------------------------------------------------------------------------------

    def fault(self, field: FieldDef, code: str, template: str, /, **facts: object) -> Fault:
        """Build a fault beside the field; `suggestion` is taken out of the facts."""
        suggestion = str(facts.pop("suggestion", ""))
        return Fault(f"field.{code}", template, facts, field=field.key, suggestion=suggestion)

    def refuse(self, field: FieldDef, code: str, template: str, /, **facts: object) -> FormError:
        """Build the error to raise for something typed."""
        return FormError(self.fault(field, code, template, **facts))


def is_blank(raw: object) -> bool:
    """Tell whether nothing was typed."""
    if raw is None:
        return True
    if isinstance(raw, str):
        return not raw.strip()
    return isinstance(raw, Sequence) and all(is_blank(item) for item in raw)


def shorten(raw: object, length: int = 40) -> str:
    """Return what was typed, short and printable enough to be quoted in a sentence."""
    text = raw if isinstance(raw, str) else reprlib.repr(raw)
    shown = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: length + 1])
    return shown if len(text) <= length else shown[:length] + "…"


def as_date(value: object) -> date | None:
    """Return the value of a `min` or `max` parameter of a date field."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


#: Every registered type by key.
FIELD_TYPES: dict[str, FieldType] = {}

_T = TypeVar("_T", bound=type[FieldType])


def register(cls: _T) -> _T:
    """Register a field type under its key."""
    if cls.key in FIELD_TYPES:
        raise ValueError(f"field type {cls.key} is registered twice")
    FIELD_TYPES[cls.key] = cls()
    return cls
