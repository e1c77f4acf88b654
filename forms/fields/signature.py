"""Signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import register
from forms.fields._files import FilesType

if TYPE_CHECKING:
    from forms.defs import FieldDef


@register
class SignatureType(FilesType):
    """A signature, drawn with finger, pen or mouse, or typed as a name; kept as a picture."""

    key = "signature"
    widget = "signature"
    params: ClassVar = {}

    def most_files(self, field: FieldDef) -> int:
        """Return one: a second signature replaces the first."""
        return 1
