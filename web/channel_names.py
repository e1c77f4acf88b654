"""What people call a channel."""

from __future__ import annotations

from flask import g

from engine.alerts.outlets import outlets
from engine.channels import CHANNELS
from web import here
from web.i18n import told


def channel_name(key: str) -> str:
    """Return the name that a channel was set up with, or that of its kind; asked once per page."""
    if "channel_names" not in g:
        g.channel_names = {row.key: row.name for row in outlets(here.db())}
    known = CHANNELS.get(key)
    return str(g.channel_names.get(key) or (told(known.label) if known else key))
