"""飞书: a custom robot of a Feishu (Lark) group, signed."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from engine.channels._base import Outgoing, Setup, register
from engine.channels._robots import ADDRESS, SIGNING, Robot, accept, plain_text, signature
from engine.channels._wire import post_json, weight
from forms.labels import Label

#: A whole request may have 20 KB.
MOST = 16000
#: Begins what calls people, all of them too, in the middle of a text: no record may do that.
MARK = re.compile("<(?=/?at)", re.IGNORECASE)
TOO_OFTEN = 11232
#: Unknown robot; wrong signature; address or keyword that the robot does not accept.
UNKNOWN, SIGNATURE, ADDRESS_REFUSED, KEYWORD = 19001, 19021, 19022, 19024


@register
class Feishu(Robot):
    """Writes into the group, naming the person in the text: the robot knows nobody's mobile number."""

    key = "feishu"
    label = Label({"en": "Feishu / Lark robot", "zh_Hans": "飞书机器人", "zh_Hant": "飛書機器人"})
    asks = (ADDRESS, SIGNING)

    def send(self, message: Outgoing, setup: Setup) -> None:
        """Post a text; moment (in seconds) and signature stand in the body."""
        text = MARK.sub("＜", plain_text(message, MOST, weight))
        payload: dict[str, object] = {"msg_type": "text", "content": {"text": text}}
        if secret := setup.get("secret"):
            moment = str(int((setup.now or datetime.now(UTC)).timestamp()))
            payload = {"timestamp": moment, "sign": signature(f"{moment}\n{secret}", ""), **payload}
        answer = post_json(setup.key, setup.get("url"), payload)
        broken = (UNKNOWN, SIGNATURE, ADDRESS_REFUSED, KEYWORD)
        accept(setup, answer, "code", passing=(TOO_OFTEN,), broken=broken)
