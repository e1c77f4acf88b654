"""钉钉: a custom robot of a DingTalk group, signed."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote_plus

from engine.channels._base import Outgoing, Setup, register
from engine.channels._robots import ADDRESS, SIGNING, Robot, accept, plain_text, signature
from engine.channels._wire import post_json, weight
from forms.labels import Label

#: A whole request may have 20000 bytes.
MOST = 18000
BUSY, TOO_FAST, TOO_OFTEN = -1, 130101, 410100
#: Unknown token; wrong signature, missing keyword or address that the robot does not accept; robot switched off.
UNKNOWN, REFUSED, OFF = 300001, 310000, 400101


@register
class DingTalk(Robot):
    """Writes into the group and calls the person by their mobile number."""

    key = "dingtalk"
    label = Label({"en": "DingTalk robot", "zh_Hans": "钉钉机器人", "zh_Hant": "釘釘機器人"})
    asks = (ADDRESS, SIGNING)

    def send(self, message: Outgoing, setup: Setup) -> None:
        """Post a text; the number must stand in the text for the person to be called."""
        call = f"\n@{message.mobile}" if message.mobile else ""
        payload = {
            "msgtype": "text",
            "text": {"content": plain_text(message, MOST, weight) + call},
            "at": {"atMobiles": [message.mobile] if message.mobile else [], "isAtAll": False},
        }
        answer = post_json(setup.key, address(setup), payload)
        accept(setup, answer, "errcode", passing=(BUSY, TOO_FAST, TOO_OFTEN), broken=(UNKNOWN, REFUSED, OFF))


def address(setup: Setup) -> str:
    """Return the robot's address with the moment (in milliseconds) and its signature."""
    url, secret = setup.get("url"), setup.get("secret")
    if not secret:
        return url
    moment = int((setup.now or datetime.now(UTC)).timestamp() * 1000)
    sign = quote_plus(signature(secret, f"{moment}\n{secret}"))
    return f"{url}{'&' if '?' in url else '?'}timestamp={moment}&sign={sign}"
