"""What every channel is: a way to bring one message to one person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from engine.errors import EngineError
from forms.labels import Label
from rules.errors import N_, Fault


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


class ChannelError(EngineError):
    """A channel could not deliver; `permanent` says that trying again will not help."""

    def __init__(self, channel: str, cause: str, *, permanent: bool = False) -> None:
        template = N_("The channel {channel} could not deliver: {cause}")
        super().__init__(Fault("channel_failed", template, {"channel": channel, "cause": cause}))
        self.permanent = permanent


class Channel:
    """A way to bring a message to a person; a subclass is one file and one `@register`."""

    key: ClassVar[str]
    label: ClassVar[Label]
    #: The stored notification is itself the delivery: sent in the very transaction that queues it.
    is_internal: ClassVar[bool] = False
    max_attempts: ClassVar[int] = 5

    def send(self, message: Outgoing) -> None:
        """Bring the message; raise ChannelError when it did not arrive."""
        raise NotImplementedError


#: Channels by key.
CHANNELS: dict[str, Channel] = {}


def register(channel: type[Channel]) -> type[Channel]:
    """Make a channel known under its key."""
    CHANNELS[channel.key] = channel()
    return channel
