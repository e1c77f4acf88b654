"""Channels as administrators set them up: kept with sealed secrets, tried out, watched, and switched off when broken."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from engine import audit
from engine.alerts.channel_rows import ChannelRow
from engine.alerts.house_notices import close_notice, raise_notice
from engine.alerts.ways import contact_of
from engine.changes import Change
from engine.channels import CHANNELS, Channel, ChannelError, Outgoing, Setting, Setup
from engine.errors import EngineError
from engine.people import User
from engine.sealing import Unsealable, seal, unseal
from forms.labels import Label
from rules.errors import N_, Fault

log = logging.getLogger(__name__)

KEY = re.compile(r"[a-z][a-z0-9_]{0,29}")
#: Whoever lets nothing through for this long counts as broken.
PATIENCE = timedelta(days=1)
TEST = Label({"en": "Test message", "zh_Hans": "测试消息", "zh_Hant": "測試訊息"})
TEST_TEXT = Label(
    {
        "en": "This channel works.",
        "zh_Hans": "此渠道工作正常。",
        "zh_Hant": "此管道運作正常。",
    }
)


def outlets(session: Session) -> list[ChannelRow]:
    """Return the channels that are set up, in order."""
    return list(session.scalars(select(ChannelRow).order_by(ChannelRow.key)))


def types() -> list[Channel]:
    """Return the kinds of channels that can be set up."""
    return [channel for _, channel in sorted(CHANNELS.items()) if channel.asks]


def save(
    session: Session,
    row: ChannelRow | None,
    typed: Mapping[str, str],
    user: User,
    now: datetime,
    *,
    type_key: str = "",
) -> ChannelRow:
    """Keep what was filled in; an empty secret keeps the one there is. EngineError says everything that is wrong."""
    channel = CHANNELS[row.type if row else type_key]
    secrets = _opened(row)
    secrets |= {one.key: typed.get(one.key, "").strip() for one in _secret(channel) if typed.get(one.key, "").strip()}
    settings = {one.key: typed.get(one.key, "").strip() for one in channel.asks if one.kind != "secret"}
    key = row.key if row else typed.get("key", "").strip()
    faults = [*_missing(channel, settings, secrets), *([] if row else _key_faults(session, key))]
    if faults:
        raise EngineError(*faults)
    channel.check(Setup(key, key, settings, secrets))
    name = typed.get("name", "").strip() or channel.label.pick("en")
    fresh = row is None
    row = row or ChannelRow(key=key, type=channel.key, version=0)
    row.name, row.settings, row.secrets = name[:100], settings, seal(secrets) if secrets else None
    _touch(session, row, user, now, enabled=True)
    _note(session, row, user, now, "create" if fresh else "update")
    return row


def switch(session: Session, row: ChannelRow, user: User, now: datetime, *, enabled: bool) -> None:
    """Switch a channel on or off."""
    _touch(session, row, user, now, enabled=enabled)
    _note(session, row, user, now, "update")


def setup_of(row: ChannelRow, now: datetime | None = None) -> Setup:
    """Return a channel with its secrets opened; ChannelError when they cannot be."""
    try:
        return Setup(row.key, row.name, dict(row.settings), unseal(row.secrets), now)
    except Unsealable:
        cause = "its secrets were sealed under another instance secret; enter them again"
        raise ChannelError(row.key, cause, broken=True) from None


def test_message(session: Session, row: ChannelRow, user: User, now: datetime) -> Outgoing:
    """Return the message by which somebody tries a channel out."""
    contact = contact_of(session, user.id or 0)
    return Outgoing(
        idempotency_key=f"test/{row.key}/{user.id}/{now:%Y%m%dT%H%M%SZ}",
        channel=row.key,
        person_id=user.id or 0,
        name=user.name,
        email=contact.email or user.email or None,
        subject=TEST.pick(user.locale),
        text=TEST_TEXT.pick(user.locale),
        mobile=contact.mobile or None,
        locale=user.locale,
        at=now,
    )


def try_out(row: ChannelRow, message: Outgoing, now: datetime) -> str:
    """Send a test and return what went wrong, without secrets; nothing when it arrived. No session may be open."""
    setup = Setup(row.key, row.name)
    try:
        setup = setup_of(row, now)
        CHANNELS[row.type].send(message, setup)
    except Exception as error:  # noqa: BLE001 - the answer is for the administrator, whatever it is
        return cause_of(error, setup)
    return ""


def cause_of(error: Exception, setup: Setup) -> str:
    """Say what went wrong, without secrets."""
    cause = error.cause if isinstance(error, ChannelError) else f"{type(error).__name__}: {error}"
    return setup.hide(cause)[:500]


def went_well(session: Session, row: ChannelRow, now: datetime) -> None:
    """Note that something got through."""
    mine = (ChannelRow.id == row.id, ChannelRow.version == row.version)
    session.execute(update(ChannelRow).where(*mine).values(sent_at=now, failing_since=None))


def went_wrong(session: Session, row: ChannelRow, cause: str, now: datetime, *, broken: bool, passing: bool) -> None:
    """Note a failure; switch the channel off when it is broken, or has let nothing through for a day."""
    held = session.scalar(select(ChannelRow).where(ChannelRow.id == row.id).with_for_update())
    if held is None or held.version != row.version or not held.enabled:
        return
    held.error, held.error_at = cause, now
    if passing and held.failing_since is None:
        held.failing_since = now
    if broken or (passing and held.failing_since is not None and now - held.failing_since >= PATIENCE):
        held.enabled = False
        log.error("channel %s was switched off: %s", held.key, cause)
        raise_notice(session, held.id, held.name, cause, now)


def _touch(session: Session, row: ChannelRow, user: User, now: datetime, *, enabled: bool) -> None:
    row.enabled, row.updated_at, row.updated_by = enabled, now, user.id or None
    row.version += 1
    if enabled:
        row.error = row.error_at = row.failing_since = None
    session.add(row)
    session.flush()
    if enabled:
        close_notice(session, row.id, now)


def _note(session: Session, row: ChannelRow, user: User, now: datetime, verb: str) -> None:
    """Write down who changed it; never what is in it."""
    note = f"channel {row.key} ({row.type}, {'on' if row.enabled else 'off'})"
    session.add(Change(at=now, person_id=user.id or None, via="form", verb=verb, note=note))
    facts = {"name": row.name, "type": row.type, "enabled": row.enabled}
    audit.note(
        session, kind="config", verb="channel_saved", user=user, now=now, subject=f"channel:{row.key}", facts=facts
    )


def _opened(row: ChannelRow | None) -> dict[str, str]:
    try:
        return unseal(row.secrets) if row else {}
    except Unsealable:
        return {}


def _secret(channel: Channel) -> list[Setting]:
    return [one for one in channel.asks if one.kind == "secret"]


def _missing(channel: Channel, settings: Mapping[str, str], secrets: Mapping[str, str]) -> list[Fault]:
    """Return what is missing, no number, or no choice."""
    faults = []
    for one in channel.asks:
        value = (secrets if one.kind == "secret" else settings).get(one.key, "")
        if one.required and not value:
            faults.append(Fault("channel.required", N_("This must be filled in."), field=one.key))
        elif len(value) > 2000 or not value.isprintable():
            faults.append(
                Fault("channel.text", N_("This text is too long, or has signs that cannot be seen."), field=one.key)
            )
        elif one.kind == "number" and value and not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
            faults.append(Fault("channel.number", N_("This must be a whole number from 1 to 65535."), field=one.key))
        elif one.kind == "choice" and value not in one.options:
            faults.append(Fault("channel.choice", N_("This is none of the choices."), field=one.key))
    return faults


def _key_faults(session: Session, key: str) -> list[Fault]:
    if not KEY.fullmatch(key) or key == "inbox":
        template = N_("A key has up to 30 small letters, digits and _, and begins with a letter.")
        return [Fault("channel.key", template, field="key")]
    if session.scalar(select(ChannelRow.id).where(ChannelRow.key == key)) is not None:
        return [Fault("channel.taken", N_("Another channel has this key."), field="key")]
    return []
