"""The error root of the whole house, and `Fault`: one thing that is wrong, at one place, in one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace


def N_(text: str) -> str:  # noqa: N802 - the field's usual name for "translate me later"
    """Mark an English sentence for translation; the edge translates it by this very text."""
    return text


class Term(str):
    """A fact of a fault that is itself marked English text, so the edge translates it as well."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: `template` is an English sentence with `{facts}` in it, and serves as msgid at the edge."""

    code: str
    template: str
    facts: Mapping[str, object] = field(default_factory=dict)
    #: 1-based column inside an expression; 0 where there is none.
    column: int = 0
    #: JSON pointer inside `file`, for example `/fields/3/expression`.
    pointer: str = ""
    file: str = ""
    #: Key of the form field beside which the sentence is shown.
    field: str = ""
    #: What was probably meant ("did you mean"), ready to be written instead.
    suggestion: str = ""
    #: "error" stops publishing, "warning" (lint) does not.
    level: str = "error"

    @property
    def text(self) -> str:
        """Return the sentence in English with its facts filled in."""
        return self.template.format(**self.facts)

    def at(self, *, file: str | None = None, pointer: str | None = None) -> Fault:
        """Return the same fault placed in a file or at a pointer."""
        return replace(
            self, file=self.file if file is None else file, pointer=self.pointer if pointer is None else pointer
        )


class SteerwayError(Exception):
    """Something is not as it should be."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(fault.text for fault in faults))
        self.faults: tuple[Fault, ...] = faults

    @property
    def code(self) -> str:
        """Return the code of the first fault."""
        return self.faults[0].code if self.faults else "error"


class RuleError(SteerwayError):
    """An expression cannot be accepted: every fault found in it, at once."""

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> RuleError:
        """Build the error from any iterable of faults."""
        return cls(*faults)
