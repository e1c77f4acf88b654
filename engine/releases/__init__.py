"""Releases: numbered, immutable, live configs, and the tables that follow them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.releases.live import Live, apps, apps_beside, compiled_release, live
from engine.releases.rows import App, Release

if TYPE_CHECKING:
    from engine.releases.publishing import (
        Preview,
        config_of,
        preview,
        publish,
        release_of,
        releases,
        roll_back,
        source_of,
    )
    from engine.templates.cloning import clone
    from engine.templates.gallery import Template, template_path, templates

__all__ = [
    "App",
    "Live",
    "Preview",
    "Release",
    "Template",
    "apps",
    "apps_beside",
    "clone",
    "compiled_release",
    "config_of",
    "live",
    "preview",
    "publish",
    "release_of",
    "releases",
    "roll_back",
    "source_of",
    "template_path",
    "templates",
]

_ELSEWHERE = {
    "clone": "engine.templates.cloning",
    **dict.fromkeys(("Template", "template_path", "templates"), "engine.templates.gallery"),
}


def __getattr__(name: str) -> Any:
    """Publishing needs records, and records need the live release: so it is imported only when it is asked for."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(_ELSEWHERE.get(name, f"{__name__}.publishing")), name)
