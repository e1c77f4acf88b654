"""Whom a rule names: words of `to`, and expressions that give a person."""

from __future__ import annotations

from engine.config.desk import Desk
from engine.config.spot import Spot
from rules.checked import Checked
from rules.errors import N_
from rules.similar import closest
from rules.types import Kind

#: Recipients without a colon; all of them are read from a record.
PLAIN = ("owner", "manager", "creator", "team", "followers")
#: Recipients with a colon that are read from a record.
OF_RECORD = ("field", "manager_of", "region")
_PEOPLE = (Kind.PERSON, Kind.PEOPLE)
_NOBODY = N_(
    "“{name}” is nobody to tell: write owner, manager, creator, role:…, person:…, field:…, or another word of the "
    "reference."
)


def check_recipients(desk: Desk, form: str, listed: Spot, *, also: tuple[str, ...] = ()) -> None:
    """Check a list of recipients; without a form, what is read from a record is nobody, but for the words in `also`."""
    for item in listed.items():
        kind, colon, _ = item.text.partition(":")
        of_record = (colon and kind in OF_RECORD) or item.text in PLAIN or item.text.startswith("=")
        if not form and of_record and item.text not in also:
            template = N_("“{name}” is read from a record, and this rule watches none.")
            desk.add(item.fault("recipient.record", template, name=item.text))
        elif item.text.startswith("="):
            asked(desk, form, item)
        elif not colon:
            _check_word(desk, item)
        else:
            _check_named(desk, form, item)


def asked(desk: Desk, form: str, item: Spot) -> Checked | None:
    """Return the expression of a recipient written `=…`."""
    found = desk.text(item, item.text[1:], desk.scope(form), None, 1)
    if found and found.type.kind not in _PEOPLE:
        desk.add(item.fault("recipient.person", N_("This expression gives no person.")))
    return found


def _check_word(desk: Desk, item: Spot) -> None:
    if item.text and item.text not in PLAIN:
        known = (*PLAIN, *(f"role:{role}" for role in desk.roles))
        suggestion = f"role:{item.text}" if item.text in desk.roles else closest(item.text, known)
        desk.add(item.fault("recipient.unknown", _NOBODY, suggestion=suggestion, name=item.text))


def _check_named(desk: Desk, form: str, item: Spot) -> None:
    kind, _, name = item.text.partition(":")
    place = Spot(name, item.file, item.pointer)
    if kind in ("role", "region"):
        desk.named(place, desk.roles, "role.unknown", N_("There is no role “{name}”."))
    elif kind in ("field", "manager_of"):
        kinds = _PEOPLE if kind == "field" else (Kind.PERSON,)
        people = [key for key, type_ in desk.shapes.promised.get(form, {}).items() if type_.kind in kinds]
        desk.named(place, people, "field.unknown", N_("There is no person field “{name}” in this form."))
    elif kind not in ("person", "team") or not name.strip():
        desk.add(item.fault("recipient.unknown", _NOBODY, name=item.text))
