"""Microsoft Teams: an incoming webhook or workflow that takes adaptive cards."""

from __future__ import annotations

from engine.channels._base import Outgoing, Setup, register
from engine.channels._robots import Robot
from engine.channels._wire import cut, post_json, weight
from forms.labels import Label

#: A whole message may have 28 KB.
MOST = 16000
COLORS = {"critical": "attention", "warning": "warning"}


@register
class Teams(Robot):
    """Writes a card into the channel that the webhook belongs to."""

    key = "teams"
    label = Label({"en": "Microsoft Teams", "zh_Hans": "Microsoft Teams", "zh_Hant": "Microsoft Teams"})

    def send(self, message: Outgoing, setup: Setup) -> None:
        """Post an adaptive card; its texts are plain runs, so that nothing in a record is read as markup."""
        color = COLORS.get(message.severity, "default")
        card: dict[str, object] = {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.4",
            "body": [
                _line(cut(message.subject, 500), weight="bolder", color=color),
                _line(cut(message.text, MOST, weight)),
                _line(cut(message.name, 500), isSubtle=True),
            ],
        }
        if message.link:
            card["actions"] = [{"type": "Action.OpenUrl", "title": "Steerway", "url": message.link}]
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        post_json(setup.key, setup.get("url"), {"type": "message", "attachments": [attachment]})


def _line(text: str, **look: object) -> dict[str, object]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **look}]}
