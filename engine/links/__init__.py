"""Links: forms that strangers may fill in without signing in, and short addresses of records, forms and boards."""

from engine.links.intake import (
    INTAKE,
    Intake,
    choices_of,
    choosable,
    disable_link,
    intake_at,
    link_of,
    links_of,
    make_intake,
    renew_intake,
    submit,
)
from engine.links.places import place_at, place_link
from engine.links.rows import Link

__all__ = [
    "INTAKE",
    "Intake",
    "Link",
    "choices_of",
    "choosable",
    "disable_link",
    "intake_at",
    "link_of",
    "links_of",
    "make_intake",
    "place_at",
    "place_link",
    "renew_intake",
    "submit",
]
