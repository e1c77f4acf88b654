"""Expressions that a person typed, or is to be told about: they read nothing that is hidden from that person."""

from __future__ import annotations

from engine.people.users import User
from engine.releases.live import Live
from engine.rights.fields import visible
from rules.checked import Checked
from rules.errors import N_, Fault, RuleError
from rules.types import Kind


def check_reads(live: Live, form: str, user: User, checked: Checked) -> None:
    """Refuse an expression that a person typed when it reads what is hidden from them, in the words of a typo."""
    for path in sorted(checked.reads):
        _check_path(live, form, user, path)


def reads_hidden(live: Live, form: str, user: User, checked: Checked) -> bool:
    """Tell whether an expression of the config reads something that is hidden from a person."""
    try:
        check_reads(live, form, user, checked)
    except RuleError:
        return True
    return False


def _check_path(live: Live, form: str, user: User, path: tuple[str, ...]) -> None:
    here = form
    for name in path:
        type_ = live.app.shapes[here].get(name)
        if type_ is None:
            return
        if name not in visible(live, here, user):
            raise RuleError(
                Fault("unknown_name", N_("There is no field called {name} here."), {"name": ".".join(path)})
            )
        if type_.kind is not Kind.REFERENCE:
            return
        here = type_.form
