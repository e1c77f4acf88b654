"""企业微信: the robot of a WeCom group."""

from __future__ import annotations

from engine.channels._base import Outgoing, Setup, register
from engine.channels._robots import Robot, accept, plain_text
from engine.channels._wire import post_json
from forms.labels import Label

#: Most bytes of a text message.
MOST = 2048
BUSY, TOO_OFTEN = -1, 45009
#: No such robot (any more).
UNKNOWN = 93000


@register
class WeCom(Robot):
    """Writes into the group and calls the person by their mobile number."""

    key = "wecom"
    list_bytes = 1600
    label = Label({"en": "WeCom group robot", "zh_Hans": "企业微信群机器人", "zh_Hant": "企業微信群機器人"})

    def send(self, message: Outgoing, setup: Setup) -> None:
        """Post a text."""
        text: dict[str, object] = {"content": plain_text(message, MOST)}
        if message.mobile:
            text["mentioned_mobile_list"] = [message.mobile]
        answer = post_json(setup.key, setup.get("url"), {"msgtype": "text", "text": text})
        accept(setup, answer, "errcode", passing=(BUSY, TOO_OFTEN), broken=(UNKNOWN,))
