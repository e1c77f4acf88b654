"""Addresses of stylesheets, scripts and icons: each carries its version, so that browsers may keep it for ever."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, url_for
from markupsafe import Markup
from whitenoise import WhiteNoise

if TYPE_CHECKING:
    from wsgiref.headers import Headers

STATIC = Path(__file__).parent / "static"
_ICON = Markup('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>')
YEAR = 365 * 24 * 3600


def install(app: Flask) -> None:
    """Serve files from memory of their places, and give templates their addresses."""
    served = WhiteNoise(
        app.wsgi_app,
        root=STATIC,
        prefix="static/",
        max_age=YEAR,
        allow_all_origins=False,
        add_headers_function=_headers,
    )
    app.wsgi_app = served  # type: ignore[method-assign]  # the documented way to wrap an application
    app.jinja_env.globals.update(asset=asset, bundle=bundle, vendor=vendor, icon=icon)


def _headers(headers: Headers, _path: str, _url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"


@cache
def _digest(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]


@cache
def _manifest() -> dict[str, str]:
    return dict(json.loads((STATIC / "vendor" / "manifest.json").read_text()))


def asset(name: str) -> str:
    """Return the address of one of our own files."""
    return url_for("static", filename=name, v=_digest(name))


@cache
def joined(names: tuple[str, ...]) -> str | None:
    """Return some of our own files as one; None when one of the names is no such file."""
    ours = {path.name for path in STATIC.iterdir() if path.suffix in {".js", ".css"}}
    if len(names) > len(ours) or not ours.issuperset(names):
        return None
    return "\n".join((STATIC / name).read_text(encoding="utf-8") for name in names)


def bundle(*names: str) -> str:
    """Return the address of several of our own files of one kind as one."""
    stems, ending = "+".join(name.rpartition(".")[0] for name in names), names[0].rpartition(".")[2]
    version = hashlib.sha256("".join(_digest(name) for name in names).encode()).hexdigest()[:10]
    return url_for("bundle.show", names=f"{stems}.{ending}", v=version)


def vendor(name: str) -> str:
    """Return the address of a library's file by its short name, such as `htmx.js`."""
    return url_for("static", filename=f"vendor/{_manifest()[name]}")


def icon(name: str, extra: str = "") -> Markup:
    """Draw an icon; beside a word, so it says nothing to a screen reader."""
    return _ICON.format(extra, vendor("icons.svg"), name)
