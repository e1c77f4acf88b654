"""Where a message leads: to its record, to the page of a draft, or to the inbox, where all else stands."""

from __future__ import annotations

from engine.operator import public_url

#: Beginning of what stands for a rule where somebody asks for the approval of a draft.
APPROVAL = "approval"


def link_to(app_key: str, form: str, record_id: int, rule: str = "") -> str:
    """Return the address of a record, or of the inbox without one; nothing when the instance does not know its own."""
    base = public_url()
    if not base:
        return ""
    if is_approval(rule):
        return f"{base}{publishing_page(app_key)}"
    return f"{base}/a/{app_key}/{form}/{record_id}" if app_key and form else f"{base}/inbox"


def is_approval(rule: str) -> bool:
    """Tell whether a message is about the approval of a draft."""
    return rule.startswith(f"{APPROVAL}:")


def publishing_page(app_key: str) -> str:
    """Return the path of the page on which the draft of an app is looked at and approved."""
    return f"/admin/design/{app_key}/publish"
