"""Slack: an incoming webhook of a workspace."""

from __future__ import annotations

from engine.channels._base import Outgoing, Setup, register
from engine.channels._robots import Robot
from engine.channels._wire import cut, post_json
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
        head = f"*{_fitting(message.subject, MOST // 4)}*\n"
        end = f"\n{_fitting(message.name, MOST // 8)}" + (f"\n<{message.link}>" if message.link else "")
        body = head + _fitting(message.text, MOST - len(head) - len(end)) + end
        payload = {
            "text": _fitting(f"{message.subject}: {message.text}", MOST),
            "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": body}}],
        }
        post_json(setup.key, setup.get("url"), payload)


def _fitting(text: str, most: int) -> str:
    """Return a text escaped, cut before that where it would be too long: half an escape is none."""
    return _escaped(cut(text, most, lambda one: len(_escaped(one))))


def _escaped(text: str) -> str:
    for sign, escape in ESCAPES:
        text = text.replace(sign, escape)
    return text
