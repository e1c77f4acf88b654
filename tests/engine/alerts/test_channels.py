from __future__ import annotations

import pytest

from engine.channels import CHANNELS, Channel
from forms.labels import LANGUAGES


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=list(CHANNELS))
def test_channel_is_named_in_every_language(channel: Channel) -> None:
    assert CHANNELS[channel.key] is channel
    assert set(channel.label.texts) == set(LANGUAGES)
    assert channel.max_attempts >= 1


def test_inbox_is_the_delivery_itself() -> None:
    assert CHANNELS["inbox"].is_internal
