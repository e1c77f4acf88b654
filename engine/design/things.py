"""What an app declares and other parts of it name: forms, fields, options, stages, roles, measures … and the places that name them."""

from __future__ import annotations

from dataclasses import dataclass

from engine.config.spot import Spot

KINDS = (
    "form", "field", "option", "stage", "transition", "role", "parameter", "measure", "rule", "objective", "key_result", "okr",
    "pipeline", "view", "dashboard",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that can be named. `form` is the form of a field, option, stage or transition, the OKR page of an objective or a key result.

    `field` is the field of an option; of a measure it is where it is declared: "" for the app's, the OKR page's key, or
    page and key result with a dot between, dashboard and tile for that of a tile.
    """

    kind: str
    key: str
    form: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A place of the config that names a thing."""

    thing: Thing
    place: Spot
