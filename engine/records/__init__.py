"""Records: create, read, find, change, delete and restore, each within a person's rights."""

from __future__ import annotations

from engine.records.derived import people_changed
from engine.records.query import Drill, Page, every, query
from engine.records.read import get
from engine.records.record import Record
from engine.records.timeline import timeline
from engine.records.titles import lookup, titles
from engine.records.verbs import create, delete, restore, update

__all__ = [
    "Drill",
    "Page",
    "Record",
    "create",
    "delete",
    "every",
    "get",
    "lookup",
    "people_changed",
    "query",
    "restore",
    "timeline",
    "titles",
    "update",
]
