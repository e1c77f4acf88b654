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

#: Typed conditions kept per release: lists are asked again and again in the same words.
KEPT = 200


def scope_for(live: Live, form: str, user: User) -> RecordScope:
    """Return the names of a form as far as a person may see them, behind references, too; once per release and roles."""
    memo = ("scope", form, _sight_of(live, user))
    if memo not in live.memo:
        live.memo[memo] = _scope(live, form, user)
    found: RecordScope = live.memo[memo]
    return found


def _sight_of(live: Live, user: User) -> frozenset[str] | None:
    """Return what decides which names a person may see: the roles, or None for who sees all."""
    return None if user.is_admin else user.roles_in(live.key)


def _scope(live: Live, form: str, user: User) -> RecordScope:
    shapes: dict[str, Shape] = {}
    for key, shape in live.app.shapes.items():
        seen = visible(live, key, user)
        shapes[key] = {name: type_ for name, type_ in shape.items() if name in seen}
    return RecordScope(shapes, form, PERSON_SHAPE, live.app.context)


def condition_from(live: Live, form: str, text: str, user: User) -> Checked:
    """Return a typed condition, checked; RuleError with all faults, a hidden field being an unknown name."""
    live.form(form)
    typed: dict[object, Checked] = live.memo.setdefault("typed conditions", {})
    key = (form, _sight_of(live, user), text)
    found = typed.get(key)
    if found is None:
        found = check(text, scope_for(live, form, user), Kind.YES_NO)
        if len(typed) >= KEPT:
            typed.clear()
        typed[key] = found
    return found
