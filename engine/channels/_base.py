"""What every channel is: a way to bring one message to one person, and the settings it asks an administrator for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from engine.errors import EngineError
from forms.labels import Label
from rules.errors import N_, Fault

#: What stands in place of a secret in every sentence that leaves a channel.
HIDDEN = "•••"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one person, as it leaves the house."""

    #: The same for every attempt, so that a receiver can drop what it already has.
    idempotency_key: str
    channel: str
    person_id: int
    name: str
    email: str | None
    subject: str
    text: str
    attempt: int = 1
    #: For channels that can call a person by name in a group.
    mobile: str | None = None
    locale: str = "en"
    severity: str = "info"
    app_key: str = ""
    rule: str = ""
    form: str = ""
    record_id: int = 0
    episode: int = 0
    #: 0 for the first message about an episode that this person gets.
    step: int = 0
    #: Where the record can be seen; empty when the instance does not know its own address.
    link: str = ""
    #: When the message was written.
    at: datetime | None = None
    #: Where a person leaves digests without signing in; empty for messages that are no digest.
    leave_url: str = ""

    @property
    def thread(self) -> str:
        """Return what the messages to one person about one episode have in common."""
        return f"{self.app_key}/{self.rule}/{self.record_id}/{self.episode}/{self.person_id}"


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to fill in when a channel is set up."""

    key: str
    label: Label
    #: text, number, choice, or secret (sealed at rest, never shown again).
    kind: str = "text"
    required: bool = False
    default: str = ""
    options: tuple[str, ...] = ()
    help: Label = field(default_factory=Label)


@dataclass(frozen=True, slots=True)
class Setup:
    """A channel as an administrator has set it up."""

    key: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    now: datetime | None = None

    def get(self, key: str) -> str:
        """Return what was filled in, or nothing."""
        return self.secrets.get(key) or self.settings.get(key) or ""

    def hide(self, text: str) -> str:
        """Return a text without any secret in it, whole or in its telling parts."""
        for word in sorted({word for value in self.secrets.values() for word in _parts(value)}, key=len, reverse=True):
            text = text.replace(word, HIDDEN)
        return text


def _parts(secret: str) -> list[str]:
    """Return a secret and what gives it away: of an address the query, its values and the long parts of its path."""
    if "://" not in secret:
        return [secret] if secret else []
    try:
        parts = urlsplit(secret)
    except ValueError:
        return [secret]
    long = [part for part in parts.path.split("/") if len(part) >= 8]
    values = [value for _, value in parse_qsl(parts.query) if len(value) >= 4]
    path = parts.path.strip("/")
    # A short path is no secret, and its letters stand in every sentence.
    return [word for word in (secret, path if len(path) >= 6 else "", parts.query, *long, *values) if word]


class ChannelError(EngineError):
    """A channel could not deliver.

    `permanent`: trying this message again will not help. `broken`: no message will get through until somebody mends the
    channel's settings, so it is switched off.
    """

    def __init__(self, channel: str, cause: str, *, permanent: bool = False, broken: bool = False) -> None:
        template = N_("The channel {channel} could not deliver: {cause}")
        super().__init__(Fault("channel_failed", template, {"channel": channel, "cause": cause}))
        self.cause, self.permanent, self.broken = cause, permanent or broken, broken


class Channel:
    """A way to bring a message to a person; a subclass is one file and one `@register`."""

    key: ClassVar[str]
    label: ClassVar[Label]
    #: The stored notification is itself the delivery: sent in the very transaction that queues it.
    is_internal: ClassVar[bool] = False
    #: The message reaches this one person and nobody else, so that they may ask for everything that way.
    is_personal: ClassVar[bool] = False
    max_attempts: ClassVar[int] = 5
    #: Bytes of a list that one message may hold; what is longer goes out as several, so that nothing is cut off.
    list_bytes: ClassVar[int] = 14_000
    #: What an administrator fills in; a channel that asks nothing needs no setting up.
    asks: ClassVar[tuple[Setting, ...]] = ()

    def check(self, setup: Setup) -> None:
        """Raise ChannelError when what was filled in cannot work."""

    def send(self, message: Outgoing, setup: Setup) -> None:
        """Bring the message; raise ChannelError when it did not arrive."""
        raise NotImplementedError


#: Channels by key.
CHANNELS: dict[str, Channel] = {}


def register(channel: type[Channel]) -> type[Channel]:
    """Make a channel known under its key."""
    CHANNELS[channel.key] = channel()
    return channel
