"""What fields that hold files share: a value is a list of `token/name`, in the order in which they were added."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Schema, Storage, is_blank, shorten
from forms.text import forbidden, normal
from rules.errors import N_, Fault
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

#: A token, and behind a slash the name; the engine puts the true name there.
_ITEM = re.compile(r"(?:/files/)?([0-9a-f]{32})(?:/([^/\n]{1,200}))?")
_ANY_NAME = "file"
#: Largest number of files in one field.
MOST = 50
MAX_MB = {
    "type": "number",
    "exclusiveMinimum": 0,
    "maximum": 2048,
    "description": "Largest file, in megabytes; what the installation allows without it.",
}


class FilesType(FieldType):
    """Files: uploaded before, named by their tokens."""

    kind = Kind.CHOICES
    storage = Storage.KEYS
    several = True
    sortable = False
    searchable = True
    filter = "none"
    can_be_unique = False
    can_default = False
    keeps_files = True
    accepts: ClassVar = {
        "00112233445566778899aabbccddeeff/contract.pdf": "00112233445566778899aabbccddeeff/contract.pdf",
        "00112233445566778899aabbccddeeff": "00112233445566778899aabbccddeeff/file",
    }
    refuses = ("contract.pdf", "../etc/passwd", "/files/zz", "0011/2233")

    def most_files(self, field: FieldDef) -> int:
        """Return how many files fit."""
        return int(str(field.params.get("max_files", MOST)))

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the files, each once, in the order given."""
        if not context.ids:
            template = N_("Files are not imported: leave this column out, and add them on the record's page.")
            raise self.refuse(field, "files", template)
        items = dict(self._item(field, one) for one in _items(raw))
        value = [f"{token}/{name}" for token, name in items.items()]
        if faults := self.validate(field, value):
            raise self.refuse(field, "too_many", faults[0].template, **faults[0].facts)
        return value or None

    def _item(self, field: FieldDef, raw: object) -> tuple[str, str]:
        text = f"{raw.get('id', '')}/{raw.get('name') or _ANY_NAME}" if isinstance(raw, Mapping) else raw
        found = _ITEM.fullmatch(normal(text)) if isinstance(text, str) and len(text) < 300 else None
        name = found[2] or _ANY_NAME if found else ""
        if found is None or forbidden(name, lines=False):
            template = N_("“{value}” is not an uploaded file; add files on the record's page.")
            raise self.refuse(field, "file", template, value=shorten(raw))
        return found[1], name

    def validate(self, field: FieldDef, value: object) -> list[Fault]:
        """Check how many there are; type and size were checked while they came in."""
        most = self.most_files(field)
        if isinstance(value, list | tuple) and len(value) > most:
            return [self.fault(field, "too_many", N_("At most {limit} files fit here."), limit=most)]
        return []

    def text(self, field: FieldDef, value: object) -> str:
        """Return one file per line."""
        return "\n".join(str(one) for one in _items(value))

    def plain(self, field: FieldDef, value: object) -> str:
        """Return the names alone."""
        return "; ".join(name_of(str(one)) for one in _items(value)) if value else ""

    def to_json(self, field: FieldDef, value: object) -> object:
        """Return id, name and address of each file."""
        files = [str(one) for one in _items(value)] if value else []
        found = [{"id": token_of(one), "name": name_of(one), "url": f"/files/{token_of(one)}"} for one in files]
        return found or None

    def json_schema(self, field: FieldDef) -> Schema | None:
        """Return the schema of a list of files."""
        texts = {name: {"type": "string"} for name in ("id", "name", "url")}
        return {"type": "array", "items": {"type": "object", "properties": texts, "required": ["id"]}}


def token_of(item: str) -> str:
    """Return the token of a file in a stored value."""
    return item.partition("/")[0]


def name_of(item: str) -> str:
    """Return the name of a file in a stored value."""
    return item.partition("/")[2]


def _items(raw: object) -> list[object]:
    if isinstance(raw, str):
        return [line for line in raw.split("\n") if line.strip()]
    if isinstance(raw, Sequence) and not isinstance(raw, bytes):
        return [part for one in raw if not is_blank(one) for part in (_items(one) if isinstance(one, str) else [one])]
    return [raw]
