"""Progress bars as pictures: attributes instead of styles, so that the strict Content-Security-Policy holds."""

from __future__ import annotations

from markupsafe import Markup

from web import i18n
from web.words import gettext

_BAR = Markup(
    '<svg class="bar {mood}" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label="{label}">'
    '<rect class="track" y="3" width="100" height="6" rx="1"/><rect class="fill" y="3" width="{width}" height="6" rx="1"/>'
    "{tick}</svg>"
)
_TICK = Markup('<rect class="tick" x="{x}" y="0" width="0.6" height="12"/>')


def bar(share: float | None, expected: float | None, mood: str) -> Markup:
    """Draw a share of the way (0 to 1) with a tick where it should be by now."""
    width = round(min(max(share or 0.0, 0.0), 1.0) * 100, 1)
    tick = _TICK.format(x=round(min(max(expected, 0.0), 0.994) * 100, 1)) if expected is not None else Markup()
    label = gettext("%(share)s of the way", share=i18n.percent((share or 0.0) * 100, 0))
    return _BAR.format(mood=mood, label=label, width=width, tick=tick)
