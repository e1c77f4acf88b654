"""Refused expressions in the audit trail: who tried to save what, and why it was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, TypeVar

from sqlalchemy.orm import Session

from engine.audit import FAILURE, note, note_apart
from engine.changes import Change
from engine.config.source import Source
from engine.errors import ConfigError, Refused
from engine.people import User
from rules.errors import Fault

P = ParamSpec("P")
R = TypeVar("R")

#: Refusals written out in one entry, and characters of each.
MOST, LENGTH = 20, 300


def note_refusals(
    session: Session, app_key: str, faults: Sequence[Fault], user: User, now: datetime, *, via: str
) -> int:
    """Write down the expressions of a config that were refused; return how many there were. Nothing without any.

    Call it in a transaction of its own: the one in which they were refused is rolled back.
    """
    refused = [one for one in faults if one.level == "error" and one.column > 0 and one.pointer]
    if refused:
        lines = [f"{one.file}{one.pointer}: {one.text}"[:LENGTH] for one in refused[:MOST]]
        lines += [f"… {len(refused) - MOST}"] if len(refused) > MOST else []
        app, text = app_key[:60] or None, "\n".join(lines)
        session.add(Change(at=now, person_id=user.id, via=via, app_key=app, verb="refused", note=text))
        note(
            session,
            kind="config",
            verb="expression_refused",
            user=user,
            now=now,
            app_key=app,
            facts={"via": via, "refused": lines},
            outcome=FAILURE,
        )
        session.flush()
    return len(refused)


def noting_refusals(publish: Callable[P, R]) -> Callable[P, R]:
    """Let a release that is refused leave an event in the audit trail, though everything else of it is rolled back."""
    names = signature(publish)

    @wraps(publish)
    def noted(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return publish(*args, **kwargs)
        except (ConfigError, Refused) as error:
            bound = names.bind(*args, **kwargs)
            bound.apply_defaults()
            given = bound.arguments
            key = given["app_key"] or _key_of(given["config"])
            told = {"verb": given["verb"], "reason": given["reason"]}
            note_refused(given["session"], key, error.faults, given["user"], given["now"], **told)
            raise

    return noted


def note_refused(
    session: Session,
    app_key: str | None,
    faults: Sequence[Fault],
    user: User,
    now: datetime,
    *,
    verb: str = "publish",
    reason: str = "",
) -> None:
    """Write down that a release was refused, in a transaction of its own: the one at hand is mostly rolled back."""
    found = [one for one in faults if one.level == "error"]
    told = [f"{one.file}{one.pointer}: {one.text}".removeprefix(": ")[:LENGTH] for one in found[:MOST]]
    # `faults` is what is searched and sent as a file; a page says `parts` in the language of whoever reads it.
    parts = [{"file": one.file, "template": one.template[:LENGTH], "facts": _plain(one.facts)} for one in found[:MOST]]
    facts = {"count": len(found), "faults": told, "parts": parts, "reason": reason}
    note_apart(session, kind="config", verb=verb, user=user, now=now, app_key=(app_key or "")[:60], facts=facts)


def _plain(facts: Mapping[str, object]) -> dict[str, object]:
    return {name: value if isinstance(value, int) else str(value)[:LENGTH] for name, value in facts.items()}


def _key_of(config: Source | Mapping[str, Any]) -> str | None:
    app = config.app.value if isinstance(config, Source) else config.get("app")
    key = app.get("key") if isinstance(app, dict) else None
    return key if isinstance(key, str) else None
