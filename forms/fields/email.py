"""E-mail addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.text import forbidden, plain
from rules.errors import N_
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_LOCAL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}")
_LABEL = re.compile(r"[^\W_]([\w-]{0,61}[^\W_])?")


@register
class EmailType(FieldType):
    """An e-mail address, without a name around it; its domain is kept in lower case."""

    key = "email"
    kind = Kind.TEXT
    widget = "email"
    storage = Storage.TEXT
    searchable = True
    filter = "contains"
    can_title = True
    accepts: ClassVar = {"Li.Na@Example.COM": "Li.Na@example.com", " a+b@mail.example.cn ": "a+b@mail.example.cn"}
    refuses = (
        "nobody",
        "a@b",
        "a b@example.com",
        "@example.com",
        "a@@example.com",
        "Li <li@example.com>",
        "a@-x.com",
        ".a@example.com",
    )

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the address."""
        text = plain(raw) if isinstance(raw, str) else ""
        local, _, domain = text.rpartition("@")
        dotted = local.startswith(".") or local.endswith(".") or ".." in local
        labels = domain.split(".")
        sane = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
        if len(text) > 254 or dotted or not sane or not _LOCAL.fullmatch(local) or forbidden(text, lines=False):
            template = N_("“{value}” is not an e-mail address; write it as name@example.com.")
            raise self.refuse(field, "email", template, value=shorten(raw))
        return f"{local}@{domain.lower()}"
