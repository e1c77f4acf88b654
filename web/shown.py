"""What the widgets of single types need beside the value: clean HTML, map addresses, pictures of codes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from flask import Flask
from markupsafe import Markup

from forms import rich
from web.barcodes import code_picture

if TYPE_CHECKING:
    from forms.defs import FormDef

_ZOOM = 16
#: Widgets with a part in fields.js.
SCRIPTED = frozenset({"rich_text", "location", "barcode"})


def install(app: Flask) -> None:
    """Give templates these helpers."""
    app.jinja_env.filters["clean_html"] = clean_html
    app.jinja_env.globals.update(
        map_address=map_address, code_picture=code_picture, needs_field_script=needs_field_script
    )


def needs_field_script(form: FormDef) -> bool:
    """Tell whether a form has fields that the browser can help with."""
    return any(field.type.widget in SCRIPTED for field in form.fields)


@lru_cache(maxsize=256)
def clean_html(text: str) -> Markup:
    """Return kept HTML as markup; it is cleaned once more, so that no way into the table can smuggle a script."""
    return Markup(rich.cleaned(text))  # noqa: S704 - cleaned this very moment


def map_address(parts: Sequence[str], kind: object) -> str:
    """Return the address of a map with a place (latitude, longitude, name) marked on it; nothing without a map."""
    lat, lng, label = parts
    if kind == "none":
        return ""
    if kind == "amap":
        return "https://uri.amap.com/marker?" + urlencode(
            {"position": f"{lng},{lat}", "name": label, "coordinate": "wgs84"}, quote_via=quote
        )
    return f"https://www.openstreetmap.org/?mlat={quote(lat)}&mlon={quote(lng)}#map={_ZOOM}/{quote(lat)}/{quote(lng)}"
