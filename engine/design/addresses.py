"""Where a config comes from, in one word: `app:KEY`, `app:KEY@3`, `draft:KEY`, `template:NAME`, a folder, a zip file, or `-`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sqlalchemy.orm import Session

from engine.config.load import load
from engine.config.source import Source
from engine.design.keeping import draft_of, draft_source
from engine.errors import EngineError, NotFound
from engine.releases.publishing import source_of
from engine.templates.gallery import template_path, templates
from rules.errors import N_, Fault
from rules.similar import closest

#: What may stand before the colon.
KINDS = ("app", "draft", "template")


def needs_database(address: str) -> bool:
    """Tell whether a config is read from the database."""
    return address.partition(":")[0] in ("app", "draft") and ":" in address


def source_at(address: str, session: Session | None = None, stdin: Callable[[], bytes] = bytes) -> Source:
    """Return the config at an address; EngineError when there is none, NotFound for an app or release that is not there.

    `session` is needed for apps and drafts, `stdin` for `-`. What is wrong inside the config is told by checking it.
    """
    kind, colon, key = address.partition(":")
    if address == "-":
        return load(stdin())
    if colon and kind in KINDS and not Path(address).exists():
        return _named(kind, key, session)
    if not Path(address).exists():
        template = N_("There is no folder or file “{name}”; an app is written app:KEY, a template template:NAME.")
        raise EngineError(Fault("config.address", template, {"name": address[:200]}))
    return load(Path(address))


def _named(kind: str, key: str, session: Session | None) -> Source:
    if kind == "template":
        folder = template_path(key)
        if folder is None:
            template = N_("There is no template “{name}”.")
            meant = closest(key, [one.key for one in templates()])
            raise EngineError(Fault("config.address", template, {"name": key[:60]}, suggestion=meant))
        return load(folder)
    assert session is not None, "apps and drafts lie in the database"
    if kind == "draft":
        return _draft(key, session)
    app, _, number = key.partition("@")
    if number and not number.isdigit():
        raise EngineError(Fault("config.address", N_("“{name}” is no number of a release."), {"name": number[:40]}))
    return source_of(session, app, int(number) if number else None)


def _draft(key: str, session: Session) -> Source:
    draft = draft_of(session, key)
    if draft is None:
        raise NotFound("draft", key)
    return draft_source(draft)
