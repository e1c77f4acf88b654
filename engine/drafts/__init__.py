"""Unfinished forms, kept for the person who fills them: as typed, on whatever device."""

from engine.drafts.keeping import MOST_DRAFTS, Unfinished, draft_of, drafts_of, drop, keep, sweep_drafts

__all__ = ["MOST_DRAFTS", "Unfinished", "draft_of", "drafts_of", "drop", "keep", "sweep_drafts"]
