"""What a change of a config means, element by element: a field, a stage, a rule that came, went or says something else."""

from __future__ import annotations

from engine.config.source import Source
from engine.templates.three_way import Difference, differences


def diff(old: Source, new: Source) -> tuple[Difference, ...]:
    """Return what differs; `ours` is how it was, `theirs` how it is now, and NONE stands for what is not there."""
    return tuple(differences(old, new))
