"""The inbox inside the product: what is stored is delivered."""

from __future__ import annotations

from engine.channels._base import Channel, Outgoing, Setup, register
from forms.labels import Label


@register
class Inbox(Channel):
    """Delivers exactly once, because writing the notification is the delivery."""

    key = "inbox"
    label = Label({"en": "Inbox", "zh_Hans": "收件箱", "zh_Hant": "收件匣"})
    is_internal = True

    def send(self, message: Outgoing, setup: Setup) -> None:
        """Do nothing: the reader finds the stored row."""
