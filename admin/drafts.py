"""A config on its way in: the text or file a person gave, what was read from it, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.config.canonical import canonical_text
from engine.config.check import check
from engine.config.load import load

if TYPE_CHECKING:
    from flask import Request

    from engine.config.source import Source
    from rules.errors import Fault


@dataclass
class Draft:
    """What stands in the editor, and what was read from it."""

    text: str = ""
    source: Source | None = None
    faults: list[Fault] = field(default_factory=list)
    checked: bool = False

    @classmethod
    def of(cls, source: Source) -> Draft:
        """Return a draft of a config, in canonical form; what could not be read at all leaves the editor empty."""
        return cls(canonical_text(source.to_dict()) if source.files else "", source)

    @property
    def errors(self) -> list[Fault]:
        """Return the faults that stand in the way of publishing."""
        return [fault for fault in self.faults if fault.level == "error"]

    @property
    def warnings(self) -> list[Fault]:
        """Return what is worth a look, but stops nothing."""
        return [fault for fault in self.faults if fault.level != "error"]

    def check(self) -> bool:
        """Check it; tell whether it may be published."""
        self.checked = True
        if self.source is not None:
            self.faults = list(check(self.source))
        return not self.errors


def draft_from_request(request: Request) -> Draft:
    """Read the uploaded zip or JSON file, else the pasted text; the text stays as it was typed."""
    upload = request.files.get("file")
    if upload is not None and upload.filename:
        return Draft.of(load(upload.read()))
    text = request.form.get("text", "")
    return Draft(text, load(text))
