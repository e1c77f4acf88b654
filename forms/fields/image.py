"""Pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import register
from forms.fields._files import MAX_MB, MOST, FilesType

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class ImageType(FilesType):
    """Pictures (PNG, JPEG, WebP, GIF), shown small; that they are pictures, their bytes say."""

    key = "image"
    widget = "files"
    params: ClassVar = {
        "max_files": {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST,
            "description": "Most pictures on one record; 10 without it.",
        },
        "max_mb": MAX_MB,
    }

    def most_files(self, field: FieldDef) -> int:
        """Return how many pictures fit."""
        return int(str(field.params.get("max_files", 10)))
