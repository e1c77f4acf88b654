"""Files of any kind."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import register
from forms.fields._files import MAX_MB, MOST, FilesType
from forms.media import is_wanted
from rules.errors import N_, Fault

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class AttachmentType(FilesType):
    """Files of any kind: as many as `max_files`, of the `types` named; kept outside the database, seen by who sees the field."""

    key = "attachment"
    widget = "files"
    params: ClassVar = {
        "max_files": {"type": "integer", "minimum": 1, "maximum": MOST, "description": "Most files on one record."},
        "max_mb": MAX_MB,
        "types": {
            "type": "array",
            "items": {"type": "string", "maxLength": 100},
            "minItems": 1,
            "maxItems": 50,
            "description": "What may be added: media types (application/pdf), groups of them (image/*) and endings (.docx); "
            "what a file is, its bytes say.",
        },
    }
    example: ClassVar = {"types": ["application/pdf", "image/*", ".docx"]}

    def param_faults(self, field: FieldDef) -> Iterable[tuple[str, Fault]]:
        """Yield a fault for what is no media type, group or ending."""
        wanted = field.params.get("types")
        for one in wanted if isinstance(wanted, list | tuple) else ():
            if not is_wanted(str(one)):
                template = N_("“{value}” is no kind of file; write application/pdf, image/* or .docx.")
                yield "types", self.fault(field, "file_type", template, value=str(one)[:60])
