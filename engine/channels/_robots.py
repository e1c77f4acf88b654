"""What robots of group chats have in common: one secret address, and answers with a code of their own inside a 200."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Collection
from typing import ClassVar

from engine.channels._base import Channel, ChannelError, Outgoing, Setting, Setup
from engine.channels._wire import Answer, cut, parts_of, size
from forms.labels import Label

ADDRESS = Setting(
    "url",
    Label({"en": "Webhook address", "zh_Hans": "Webhook 地址", "zh_Hant": "Webhook 網址"}),
    "secret",
    required=True,
    help=Label(
        {
            "en": "Whoever knows it can write to the group, so it is kept like a password.",
            "zh_Hans": "知道它的人都能在群里发言，因此按密码保存。",
            "zh_Hant": "知道它的人都能在群組裡發言，因此按密碼保存。",
        }
    ),
)
SIGNING = Setting(
    "secret",
    Label({"en": "Signing secret", "zh_Hans": "加签密钥", "zh_Hant": "簽章密鑰"}),
    "secret",
    help=Label(
        {
            "en": "Leave empty when the robot does not ask for signatures.",
            "zh_Hans": "机器人未启用签名校验时留空。",
            "zh_Hant": "機器人未啟用簽章驗證時留空。",
        }
    ),
)


class Robot(Channel):
    """A robot in a group chat; it speaks to everybody there."""

    asks: ClassVar[tuple[Setting, ...]] = (ADDRESS,)

    def check(self, setup: Setup) -> None:
        """Refuse what is no web address."""
        parts_of(setup.key, setup.get("url"))


def plain_text(message: Outgoing, most: int, measure: Callable[[str], int] = size) -> str:
    """Return the message as a few lines: what it is about, for whom, and where; what is too long is cut in its text."""
    head, end = cut(message.subject, most // 4, measure), [cut(message.name, most // 8, measure), message.link]
    around = measure("\n".join(["", head, *end, ""]))
    text = cut(message.text, most - around, measure)
    return "\n".join(line for line in (head, text, *end) if line)


def accept(
    setup: Setup, answer: Answer, member: str, *, passing: Collection[int] = (), broken: Collection[int] = ()
) -> None:
    """Raise ChannelError unless the code inside the answer is 0."""
    said = answer.json()
    code = said.get(member)
    if code == 0:
        return
    words = said.get("errmsg") or said.get("msg") or " ".join(answer.body.split())[:200]
    cause = f"{member} {code}: {words}"
    raise ChannelError(setup.key, cause, permanent=code not in passing and code is not None, broken=code in broken)


def signature(key: str, text: str) -> str:
    """Return the HMAC-SHA256 of a text, in base64."""
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()
