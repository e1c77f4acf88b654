"""Slack: an incoming webhook of a workspace."""

from __future__ import annotations

from engine.channels._base import Outgoing, Setup, register
from engine.channels._robots import Robot
from engine.channels._wire import post_json
from forms.labels import Label

#: Most characters of a text block.
MOST = 2900
ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))


@register
class Slack(Robot):
    """Writes into the channel that the webhook belongs to."""

    key = "slack"
    list_bytes = 2000
    label = Label({"en": "Slack", "zh_Hans": "Slack", "zh_Hant": "Slack"})

    def send(self, message: Outgoing, setup: Setup) -> None:
        """Post a text for notices and a block for reading; no word of a record can become a mention or a link."""
        body = f"*{_escaped(message.subject)}*\n{_escaped(message.text)}\n{_escaped(message.name)}"
        if message.link:
            body += f"\n<{message.link}>"
        payload = {
            "text": _escaped(f"{message.subject}: {message.text}")[:MOST],
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": body[:MOST]}}],
        }
        post_json(setup.key, setup.get("url"), payload)


def _escaped(text: str) -> str:
    for sign, escape in ESCAPES:
        text = text.replace(sign, escape)
    return text
