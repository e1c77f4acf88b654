"""Conditions that a person types, over what that person may see."""

from __future__ import annotations

from engine.people.users import User
from engine.releases.live import Live
from engine.rights import visible
from forms.system import PERSON_SHAPE
from rules.check import check
from rules.checked import Checked
from rules.scope import RecordScope, Shape
from rules.types import Kind


def scope_for(live: Live, form: str, user: User) -> RecordScope:
    """Return the names of a form as far as a person may see them, behind references, too."""
    shapes: dict[str, Shape] = {}
    for key, shape in live.app.shapes.items():
        seen = visible(live, key, user)
        shapes[key] = {name: type_ for name, type_ in shape.items() if name in seen}
    return RecordScope(shapes, form, PERSON_SHAPE, live.app.context)


def condition_from(live: Live, form: str, text: str, user: User) -> Checked:
    """Return a typed condition, checked; RuleError with all faults, a hidden field being an unknown name."""
    live.form(form)
    return check(text, scope_for(live, form, user), Kind.YES_NO)
