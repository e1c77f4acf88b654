"""Where a message leads: to its record, or to the inbox, where everything stands that is about none."""

from __future__ import annotations

from engine.operator import public_url


def link_to(app_key: str, form: str, record_id: int) -> str:
    """Return the address of a record, or of the inbox without one; nothing when the instance does not know its own."""
    base = public_url()
    if not base:
        return ""
    return f"{base}/a/{app_key}/{form}/{record_id}" if app_key and form else f"{base}/inbox"
