"""Whether labels are complete in the languages an app declares."""

from __future__ import annotations

from collections.abc import Iterator

from engine.config.desk import Desk
from engine.config.spot import Spot
from forms.labels import LANGUAGES
from rules.errors import N_


def check_labels(desk: Desk) -> None:
    """Warn of every label that lacks a declared language."""
    declared = [language for language in desk.source.app["languages"].texts if language in LANGUAGES]
    for file in desk.source.files if declared else ():
        for label in _labels(file.spot):
            given = label.value if isinstance(label.value, dict) else {}
            missing = [language for language in declared if not given.get(language)]
            if missing:
                template = N_("This text is missing in: {languages}.")
                desk.add(label.fault("label.missing", template, level="warning", languages=", ".join(missing)))


def _labels(spot: Spot) -> Iterator[Spot]:
    """Go through the places that hold one text per language."""
    value = spot.value
    if isinstance(value, dict):
        if value and set(value) <= set(LANGUAGES) and all(isinstance(text, str) for text in value.values()):
            yield spot
            return
        for _, member in spot.members():
            yield from _labels(member)
    elif isinstance(value, list):
        for item in spot.items():
            yield from _labels(item)
