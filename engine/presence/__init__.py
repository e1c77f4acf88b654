"""Presence: which forms changed lately, and who has which record open; what pages ask once a second, from memory."""

from engine.presence.bulletin import Bulletin
from engine.presence.rows import PRESENT_SECONDS, Presence, leave, stay

__all__ = ["PRESENT_SECONDS", "Bulletin", "Presence", "leave", "stay"]
