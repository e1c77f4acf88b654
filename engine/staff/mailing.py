"""A one-time link on its way by mail: it goes out at once and is kept nowhere, unlike every other message."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.alerts.channel_rows import ChannelRow
from engine.alerts.outlets import try_out
from engine.channels import Outgoing
from engine.people.invitation_rows import Invitation
from forms.labels import Label

SUBJECT = {
    "invite": Label({"en": "Your invitation to Steerway", "zh_Hans": "Steerway 邀请", "zh_Hant": "Steerway 邀請"}),
    "reset": Label(
        {"en": "A new password for Steerway", "zh_Hans": "重设 Steerway 密码", "zh_Hant": "重設 Steerway 密碼"}
    ),
}
TEXT = Label(
    {
        "en": "Open this address to choose your password. It works once, until {until} UTC:\n\n{link}",
        "zh_Hans": "请打开以下链接设置密码。链接仅可使用一次，有效期至 {until} UTC：\n\n{link}",
        "zh_Hant": "請開啟以下連結設定密碼。連結僅可使用一次，有效期至 {until} UTC：\n\n{link}",
    }
)


def mail_channel(session: Session) -> ChannelRow | None:
    """Return the channel by which the house writes mails, if one is set up and switched on."""
    query = select(ChannelRow).where(ChannelRow.type == "email", ChannelRow.enabled).order_by(ChannelRow.id)
    return session.scalars(query.limit(1)).first()


def letter_of(channel: ChannelRow, row: Invitation, link: str, language: str, now: datetime) -> Outgoing:
    """Return the mail that carries a link."""
    text = TEXT.pick(language).format(until=f"{row.expires_at:%Y-%m-%d %H:%M}", link=link)
    return Outgoing(
        idempotency_key=f"{row.kind}/{row.digest[:16]}",
        channel=channel.key,
        person_id=row.person_id or 0,
        name=row.name or row.email,
        email=row.email,
        subject=SUBJECT[row.kind].pick(language),
        text=text,
        locale=language,
        at=now,
    )


def send(channel: ChannelRow, letter: Outgoing, now: datetime) -> str:
    """Send it and return what went wrong; nothing when it was taken. No transaction may be open."""
    return try_out(channel, letter, now)
