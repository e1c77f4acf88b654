"""Who would be told now by a rule of the draft, on the live records; and the names that its texts may insert."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import abort

from admin.design._desk import desk
from admin.design.figures import check_answer, complete_answer
from engine.alerts import dry_run
from engine.alerts.texts import BLANK
from engine.config.check_alerts import scope_of
from engine.design.on_records import over_records
from rules.errors import SteerwayError
from web import here
from web.channel_names import channel_name
from web.errors import sentence
from web.render import render
from web.rule_words import delay, recipient, words
from web.subject_titles import subject_titles

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response

    from engine.alerts.trying import DryRun
    from engine.releases import Live
    from rules.scope import Scope


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/alerts/<part_key>/now", "alerts_now", now)
    pages.add_url_rule("/alerts/<part_key>/names/check", "alerts_check", check_text, methods=["POST"])
    pages.add_url_rule("/alerts/<part_key>/names/complete", "alerts_complete", complete_text, methods=["POST"])


def now(app_key: str, part_key: str) -> Response:
    """Say who would be told now, of how many records; nothing is written."""
    desk().content(f"alerts/{part_key}.json")
    found: dict[str, Any] = {}
    fault = ""
    sound = desk().sound(f"alerts/{part_key}.json")
    if sound is not None:
        try:
            found = over_records(
                here.db(), desk().live, sound, here.now(), lambda draft: _tried(draft, part_key), desk().sight
            )
        except SteerwayError as error:
            fault = sentence(error.faults[0])
    return render(
        "design/told.html",
        "design/_told.html",
        app_key=app_key,
        part_key=part_key,
        fault=fault,
        narrowed=desk().is_narrowed,
        **found,
    )


def _tried(draft: Live, part_key: str) -> dict[str, Any]:
    rule = draft.app.alerts[part_key]
    found = dry_run(here.db(), draft, rule, here.viewer(), here.now())
    live = desk().live
    titles = subject_titles(live, rule.form, found.records) if live else {}
    said = words(draft, rule, lambda text: desk().conditions_in_words(rule.form, text))
    facts = {"live": draft, "tried": rule, "found": _told(found), "titles": titles, "said": said, "delay": delay}
    return {**facts, "whom": partial(recipient, draft), "channel": channel_name}


def _told(found: DryRun) -> DryRun:
    """Return what may be shown: a draft that gives its author more sight gives it only when it is published."""
    if desk().sees_as_now:
        return found
    return replace(found, messages=tuple(replace(one, text=BLANK) for one in found.messages))


def _scope(part_key: str) -> Scope:
    spot = desk().examined.by_key("alerts").get(part_key)
    return scope_of(desk().examined, spot) if spot else abort(404)


def check_text(part_key: str, **_app: str) -> Response:
    """Return what is wrong with a condition of a rule that watches a figure or the calendar, as JSON for the editor."""
    return check_answer(_scope(part_key))


def complete_text(part_key: str, **_app: str) -> Response:
    """Return what may stand at a place of it, as JSON for the editor."""
    return complete_answer(_scope(part_key))
