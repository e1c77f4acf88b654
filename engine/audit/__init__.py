"""The audit trail: an append-only, hash-chained record of what was done to configs and people, and of who came in."""

from __future__ import annotations

from engine.audit.chain import BREAKS, Finding, read_anchor, verify
from engine.audit.rows import AuditEvent
from engine.audit.writing import FAILURE, SUCCESS, note, note_apart

__all__ = [
    "BREAKS",
    "FAILURE",
    "SUCCESS",
    "AuditEvent",
    "Finding",
    "note",
    "note_apart",
    "read_anchor",
    "verify",
]
