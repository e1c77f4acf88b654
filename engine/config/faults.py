"""Faults of a config: in a fixed order, each once, and as lines for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from engine.config import limits
from engine.config.source import APP_FILE, SECTIONS, Source
from rules.errors import N_, Fault

_NUMBER = re.compile(r"\d+")


def ordered(faults: Iterable[Fault], source: Source) -> list[Fault]:
    """Return the faults in the order of files and places, each once, and no more than anybody reads."""
    files = {file.path: number for number, file in enumerate(source.files)}
    unique = {(f.file, f.pointer, f.column, f.code, f.text): f for f in faults}
    found = sorted(unique.values(), key=lambda fault: _order(fault, files))
    errors = [fault for fault in found if fault.level == "error"]
    if len(found) <= limits.FAULTS:
        return found
    template = N_("There are {count} more faults; mend these first.")
    first = (errors or found)[: limits.FAULTS]
    rest = Fault("faults.more", template, {"count": len(found) - len(first)}, level=first[0].level)
    return [*first, rest]


def _order(fault: Fault, files: dict[str, int]) -> tuple[object, ...]:
    steps = tuple(
        (0, int(s), "") if _NUMBER.fullmatch(s) and len(s) < 9 else (1, 0, s) for s in fault.pointer.split("/")
    )
    section = fault.file.partition("/")[0]
    place = 0 if fault.file == APP_FILE else 1 + list(SECTIONS).index(section) if section in SECTIONS else 99
    return place, files.get(fault.file, len(files)), fault.file, steps, fault.column, fault.code, fault.text


def line(fault: Fault) -> str:
    """Return a fault as one line in English: file, pointer, column, sentence, suggestion."""
    column = f" column {fault.column}" if fault.column else ""
    meant = f" Did you mean “{fault.suggestion}”?" if fault.suggestion else ""
    return f"{fault.level}: {fault.file} {fault.pointer or '/'}{column}: {fault.text}{meant}"


def errors_of(faults: Iterable[Fault]) -> Sequence[Fault]:
    """Return what stops publishing."""
    return [fault for fault in faults if fault.level == "error"]
