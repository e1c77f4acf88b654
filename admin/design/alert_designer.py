"""The alert designer: what starts a rule, whom it tells and when, what it says; and who would be told now."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design import alert_trying
from admin.design._designer import Designer
from admin.design._desk import Tab, desk
from admin.design._part import Part
from admin.vocabulary import property_label
from engine.config.check_alerts import minutes
from engine.config.defs import SpanDef
from engine.config.spot import Spot
from engine.design.beginnings import BEGINNINGS, beginning_of, begun, offered
from engine.design.on_records import understood
from engine.design.pointers import inserted
from engine.triggers._base import span_of
from web.expression_names import reworded
from web.rule_words import span_text, words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Blueprint

#: What a text inserts.
_INSERTED = re.compile(r"\{([^{}]*)\}")
TABS = (Tab("design.alerts_home", lazy_gettext("Alerts"), ("design.alerts",)),)
DAY = 24 * 60
#: Days between a new step and the one before it.
LATER = 2


@dataclass(frozen=True)
class Step:
    """A step on the canvas: when, whom, and what else is done."""

    at: str
    when: str
    whom: str
    acts: int
    faults: int


def _context(part: Part) -> Mapping[str, Any]:
    now = beginning_of(part.content)
    return {
        "uses": url_for("design.uses", app_key=desk().app_key, rule=part.key),
        "beginnings": [(one, property_label("alert", (one,), ""), one == now) for one in offered(desk().examined, part.content)],
        "sentences": _sentences(part),
        "steps": [_step(part, number, one) for number, one in enumerate(part.spot["notify"].items())],
        "message": _message(part),
    }  # fmt: skip


def _message(part: Part) -> str:
    """Return what people will read, with the names of what is inserted."""
    told = desk().label_of({"label": part.content.get("message"), "key": ""})
    fields = desk().fields(part.spot["form"].text)
    names = {key: desk().told(one.label) for key, one in fields.items()}
    return _INSERTED.sub(lambda found: f"{{{reworded(found[1], names)}}}", told)


def _sentences(part: Part) -> list[str]:
    """Say what the rule does, as far as the draft can be understood."""
    sound = desk().sound(part.path) if part.content == desk().content(part.path) else None
    if sound is None:
        return []
    live = understood(sound)
    rule = live.app.alerts.get(part.key)
    return words(live, rule, lambda text: desk().conditions_in_words(rule.form, text)) if rule else []


def _step(part: Part, number: int, spot: Spot) -> Step:
    at = f"/notify/{number}"
    names = {"owner": gettext("Who answers for it"), **dict(desk().recipients(part.spot["form"].text))}
    whom = gettext(", ").join(names.get(one, one.partition(":")[2] or one) for one in spot["to"].texts)
    return Step(
        at, _when(spot["after"]), whom, len(list(spot["actions"].items())),
        len(desk().sentences_at(part.path, at, inside=True)),
    )  # fmt: skip


def _when(after: Spot) -> str:
    span = span_of(after)
    if span is None or not span.count:
        return str(gettext("at once"))
    return str(gettext("after %(span)s", span=span_text(SpanDef(int(span.count), span.unit))))


# -- buttons ----------------------------------------------------------------------------------------------------------


def _begin(part: Part) -> None:
    """Let the rule start in another way."""
    wanted = request.form["-act"].partition(":")[2]
    if wanted not in BEGINNINGS:
        raise KeyError(wanted)
    part.content = begun(desk().examined, part.content, wanted)
    part.at, part.note = "", gettext("starts now: %(how)s", how=property_label("alert", (wanted,), ""))


def _add_step(part: Part) -> None:
    """Add a step after the last one: for whoever was not told before."""
    steps = list(part.spot["notify"].items())
    told = {word for one in steps for word in one["to"].texts}
    known = [word for word, _ in desk().recipients(part.spot["form"].text)]
    step: dict[str, Any] = {"to": [next((one for one in known if one not in told), known[0] if known else "owner")]}
    if steps:
        step["after"] = {"days": minutes(steps[-1]["after"]) // DAY + LATER}
    part.content = inserted(part.content, "/notify", len(steps), step)
    part.at, part.note = f"/notify/{len(steps)}", gettext("added a step")


designer = Designer(
    "alerts",
    "alerts",
    "design/alerts.html",
    {
        "new_title": lazy_gettext("New alert rule"),
        "nothing": lazy_gettext("No alert rules yet. A rule tells the right person at the right time."),
    },
    _context,
    {"begin": _begin, "step": _add_step},
    {"": frozenset({"key", "notify"})},
    frozenset({"notify"}),
)


def install(pages: Blueprint) -> None:
    """Add the pages."""
    designer.install(pages)
    alert_trying.install(pages)
