"""Tables inside a form: rows that are records of another form and refer home."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forms.defs import FieldDef

#: What the line below a column may show.
TOTALS = ("sum", "avg", "count")


@register
class SubTableType(FieldType):
    """Rows of another form that refer to this record, filled in and saved together with it; each is a record of its own."""

    key = "sub_table"
    kind = Kind.LIST
    widget = "sub_table"
    storage = Storage.TEXT
    derived = True
    is_table = True
    sortable = False
    filter = "none"
    can_be_unique = False
    can_default = False
    params: ClassVar = {
        "of": {"type": "string", "description": "Form of the rows."},
        "via": {
            "type": "string",
            "description": "Reference field of the rows that points home; needed only when there are several.",
        },
        "columns": {
            "type": "array",
            "minItems": 1,
            "maxItems": 30,
            "items": {
                "type": ["string", "object"],
                "maxLength": 100,
                "properties": {
                    "field": {"type": "string", "description": "Field of the rows."},
                    "total": {"enum": list(TOTALS), "description": "What the line below the column shows."},
                },
                "required": ["field"],
                "additionalProperties": False,
            },
            "description": "Fields of the rows that the table shows, in order; one that has a total is written as an object.",
        },
        "min_rows": {"type": "integer", "minimum": 0, "maximum": 1000, "description": "Fewest rows."},
        "max_rows": {"type": "integer", "minimum": 1, "maximum": 5000, "description": "Most rows; 1000 without it."},
        "on_delete": {
            "enum": ["delete", "refuse"],
            "description": "What deleting the home record means for its rows: they go with it, or it is refused; delete without it.",
        },
        "order": {
            "type": "string",
            "description": "Number field of the rows that keeps their order; with it rows can be moved.",
        },
    }
    required_params = ("of", "columns")
    refuses = ("12",)
    example: ClassVar = {"of": "order_line", "columns": ["product", {"field": "amount", "total": "sum"}]}

    def param_faults(self, field: FieldDef) -> Iterable[tuple[str, Fault]]:
        """Yield a fault when fewer rows are allowed than asked for."""
        low, high = field.params.get("min_rows", 0), field.params.get("max_rows", 1000)
        if isinstance(low, int) and isinstance(high, int) and low > high:
            yield "max_rows", self.fault(field, "range", N_("The largest value lies below the smallest."))

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Refuse: rows are records of their own."""
        raise self.refuse(field, "rows", N_("Rows are filled in one by one; they cannot be typed as a text."))
