"""A rule that is not live: checked against the live config, and compiled with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine.config.build import compile_config
from engine.config.defs import AlertRuleDef
from engine.errors import EngineError
from engine.releases.live import Live
from engine.tables import AppTables
from rules.errors import N_, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Longest text of a draft.
MOST = 50_000


def rule_text(session: Session, live: Live, key: str) -> str:
    """Return a live rule as its author wrote it, ready to be changed; nothing for a rule that is not there."""
    found = [rule for rule in _alerts(session, live) if rule.get("key") == key]
    return json.dumps(found[0], ensure_ascii=False, indent=2) if found else ""


def draft_rule(session: Session, live: Live, text: str) -> tuple[Live, AlertRuleDef]:
    """Return the app with a draft of one rule, and that rule; EngineError with every fault of it."""
    given = _read(text)
    config = dict(_config(session, live))
    config["alerts"] = [one for one in _alerts(session, live) if one.get("key") != given["key"]] + [given]
    app = compile_config(config)
    return Live(app, AppTables.of(app), live.number, live.checksum), app.alerts[str(given["key"])]


def _read(text: str) -> dict[str, object]:
    if len(text) > MOST:
        raise _refused(N_("This is too long for one rule."))
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        raise _refused(N_("This is not JSON.")) from None
    if not isinstance(given, dict) or not isinstance(given.get("key"), str):
        raise _refused(N_("A rule is an object with a “key”, as in a file under alerts/."))
    return given


def _refused(template: str) -> EngineError:
    return EngineError(Fault("backtest.draft", template, field="draft"))


def _config(session: Session, live: Live) -> Mapping[str, object]:
    from engine.releases import config_of

    return config_of(session, live.key)


def _alerts(session: Session, live: Live) -> list[dict[str, object]]:
    listed = _config(session, live).get("alerts")
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
