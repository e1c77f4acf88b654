"""What can go wrong in the engine: one root, and one class per answer that the edge gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from rules.errors import N_, Fault, SteerwayError

if TYPE_CHECKING:
    from engine.records.record import Record


class EngineError(SteerwayError):
    """The engine cannot do what it was asked to."""


class ConfigError(EngineError):
    """A config is not accepted: every fault in it, with file and JSON pointer."""


class NotFound(EngineError):  # noqa: N818 - the glossary's name, read as an answer
    """There is no such thing, or not for this person: the two are never told apart."""

    def __init__(self, what: str, key: object = "") -> None:
        template = N_("There is no {what} {key} here, or you may not see it.")
        super().__init__(Fault("not_found", template, {"what": what, "key": key}))


class Refused(EngineError):  # noqa: N818 - an answer, not an accident
    """This person may not do that."""

    def __init__(self, verb: str, what: str) -> None:
        super().__init__(Fault("refused", N_("You may not {verb} {what}."), {"verb": verb, "what": what}))


class MoveRefused(Refused):
    """A record may not move there now; `explanation` holds the clauses of the guard that fail, with what was found."""

    def __init__(self, faults: Sequence[Fault], explanation: Sequence[object] = ()) -> None:
        EngineError.__init__(self, *faults)
        self.explanation = tuple(explanation)


class StaleWrite(EngineError):  # noqa: N818 - the contract's name
    """Somebody else changed the record meanwhile: both sides are kept, nothing is overwritten."""

    def __init__(self, form: str, record_id: int, theirs: Record | None, yours: Mapping[str, object]) -> None:
        template = N_("Somebody changed this record while you edited it. Compare both sides and save again.")
        super().__init__(Fault("stale_write", template, {"form": form, "id": record_id}))
        #: The record as it is stored now, with what this person may see of it.
        self.theirs = theirs
        #: What this person wanted to store: field key -> value.
        self.yours = dict(yours)

    @property
    def differing(self) -> tuple[str, ...]:
        """Return the keys of the fields in which the two sides differ."""
        stored = self.theirs.values if self.theirs else {}
        return tuple(key for key, value in self.yours.items() if stored.get(key) != value)


class StaleRelease(EngineError):  # noqa: N818 - an answer, not an accident
    """A new release went live between reading the form and writing the record: read it again."""

    def __init__(self, app: str) -> None:
        template = N_("The app {app} was changed this very moment. Nothing was saved; please try again.")
        super().__init__(Fault("stale_release", template, {"app": app}))


class Busy(EngineError):  # noqa: N818 - an answer, not an accident
    """The database could not let this write through: another one was in its way for too long."""

    def __init__(self) -> None:
        template = N_("Somebody else is writing here this very moment. Nothing was saved; please try again.")
        super().__init__(Fault("busy", template))


def placed(fault: Fault, field: str) -> Fault:
    """Return the fault beside a field."""
    return replace(fault, field=field)
