"""Releases: numbered, immutable, live configs, and the tables that follow them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from engine.releases.live import Live, apps, apps_beside, compiled_release, live
from engine.releases.rows import App, Release

if TYPE_CHECKING:
    from engine.releases.former import labels_before
    from engine.releases.moves import NO_MOVES, Leaving, Moves
    from engine.releases.previewing import Preview, fitting_moves, leaving_of, preview, preview_back
    from engine.releases.publishing import (
        config_of,
        publish,
        release_of,
        releases,
        roll_back,
        source_of,
    )
    from engine.templates.cloning import clone
    from engine.templates.gallery import Template, template_path, templates

__all__ = [
    "NO_MOVES",
    "App",
    "Leaving",
    "Live",
    "Moves",
    "Preview",
    "Release",
    "Template",
    "apps",
    "apps_beside",
    "clone",
    "compiled_release",
    "config_of",
    "fitting_moves",
    "labels_before",
    "leaving_of",
    "live",
    "preview",
    "preview_back",
    "publish",
    "release_of",
    "releases",
    "roll_back",
    "source_of",
    "template_path",
    "templates",
]

_ELSEWHERE = {
    **dict.fromkeys(("Leaving", "Moves", "NO_MOVES"), "engine.releases.moves"),
    **dict.fromkeys(
        ("Preview", "fitting_moves", "leaving_of", "preview", "preview_back"), "engine.releases.previewing"
    ),
    "clone": "engine.templates.cloning",
    "labels_before": "engine.releases.former",
    **dict.fromkeys(("Template", "template_path", "templates"), "engine.templates.gallery"),
}


def __getattr__(name: str) -> Any:
    """Publishing needs records, and records need the live release: so it is imported only when it is asked for."""
    if name not in __all__:
        raise AttributeError(name)
    return getattr(import_module(_ELSEWHERE.get(name, f"{__name__}.publishing")), name)
