"""Web addresses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from forms.fields._base import FieldType, InputContext, Storage, register, shorten
from forms.text import forbidden, normal
from rules.errors import N_
from rules.types import Kind

if TYPE_CHECKING:
    from forms.defs import FieldDef

_UNSAFE = re.compile(r"[\s<>\"\\^`{|}]")
_BARE = re.compile(r"[\w-]+(\.[\w-]+)+([/?#].*)?")
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?|[0-9a-fA-F:.]+")


@register
class UrlType(FieldType):
    """A web address that starts with http:// or https://; nothing else can be opened."""

    key = "url"
    kind = Kind.TEXT
    widget = "url"
    storage = Storage.TEXT
    searchable = True
    filter = "contains"
    accepts: ClassVar = {
        "https://example.com/a?b=1#c": "https://example.com/a?b=1#c",
        " HTTP://例子.中国/页 ": "http://例子.中国/页",
    }
    refuses = (
        "javascript:alert(1)",
        "example.com",
        "ftp://example.com",
        "https://",
        "https:///path",
        "https://a b.com",
        "https://user:secret@example.com",
        "https://example.com:99999",
        "data:text/html,x",
        "//example.com",
        "https://[::1",
    )

    def parse(self, field: FieldDef, raw: object, context: InputContext) -> object:
        """Return the address with its scheme in lower case."""
        text = normal(raw) if isinstance(raw, str) else ""
        scheme, colon, rest = text.partition(":")
        if scheme.lower() in {"http", "https"} and _is_sane(rest) and len(text) <= 2000:
            return f"{scheme.lower()}{colon}{rest}"
        suggestion = f"https://{text}" if len(text) <= 200 and _BARE.fullmatch(text) else ""
        template = N_("“{value}” is not a web address; it starts with https:// or http://.")
        raise self.refuse(field, "url", template, value=shorten(raw), suggestion=suggestion)


def _is_sane(rest: str) -> bool:
    if not rest.startswith("//") or _UNSAFE.search(rest) or forbidden(rest, lines=False):
        return False
    try:
        parts = urlsplit("https:" + rest)
        port = parts.port
    except ValueError:
        return False
    return bool(_HOST.fullmatch(parts.hostname or "")) and parts.username is None and port != 0
