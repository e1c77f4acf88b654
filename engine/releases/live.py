"""`Live`: the release of an app that is in force, compiled once per process and number."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from engine.config.defs import AppDef, PipelineDef
from engine.db import database_of
from engine.errors import NotFound
from engine.releases.compiling import compile_text
from engine.releases.rows import App, Release
from engine.tables import AppTables
from forms.defs import FormDef

#: Compiled releases kept per process: the live ones of many apps, and a few older ones.
CACHE_SIZE = 200


@dataclass(frozen=True, eq=False)
class Live:
    """One release of an app, ready to run; immutable but for `memo`, so it may be shared between threads."""

    app: AppDef
    tables: AppTables
    number: int
    checksum: str = ""
    #: What is worked out once per release: rights by roles, the order of derived fields …
    memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def key(self) -> str:
        """Return the app's key."""
        return self.app.key

    def form(self, key: str) -> FormDef:
        """Return a form, or raise NotFound."""
        found = self.app.forms.get(key)
        if found is None:
            raise NotFound("form", key)
        return found

    def pipeline(self, form: str) -> PipelineDef | None:
        """Return the pipeline of a form, if it has one."""
        return self.app.pipeline_of(form)


#: What tells apps that are there for people.
_IN_USE = (App.live_number > 0, App.removed_at.is_(None))
_cache: OrderedDict[tuple[str, str, int, str], Live] = OrderedDict()
_lock = Lock()


def live(session: Session, app_key: str) -> Live:
    """Return the release of an app that is in force now, for the price of one indexed read; NotFound without one."""
    found = session.execute(
        select(App.live_number, App.live_checksum).where(App.key == app_key, App.removed_at.is_(None))
    ).one_or_none()
    if found is None or not found.live_number:
        raise NotFound("app", app_key)
    return compiled_release(session, app_key, found.live_number, found.live_checksum)


def past_release(session: Session, app_key: str, number: int) -> Live:
    """Return an older release, compiled; NotFound when there is no such number."""
    query = select(Release.checksum).join(App).where(App.key == app_key, Release.number == number)
    checksum = session.scalar(query)
    if checksum is None:
        raise NotFound("release", number)
    return compiled_release(session, app_key, number, checksum)


def compiled_release(session: Session, app_key: str, number: int, checksum: str) -> Live:
    """Return a release from the cache, or compile it; the checksum guards against a number that was rolled back."""
    key = (database_of(session), app_key, number, checksum)
    with _lock:
        if key in _cache:
            _cache.move_to_end(key)
            return _cache[key]
    text = session.scalar(select(Release.config).join(App).where(App.key == app_key, Release.number == number))
    if text is None:
        raise NotFound("release", number)
    app = compile_text(text)
    made = Live(app, AppTables.of(app), number, checksum)
    with _lock:
        _cache[key] = made
        while len(_cache) > CACHE_SIZE:
            _cache.popitem(last=False)
    return made


def apps(session: Session) -> list[App]:
    """Return all apps that have a live release, by key."""
    return list(session.scalars(select(App).where(*_IN_USE).order_by(App.key)))


def apps_beside(session: Session, figure: ScalarSelect[int]) -> tuple[list[App], int]:
    """Return all apps that have a live release, and a figure that the same statement finds; 0 without any app."""
    rows = session.execute(select(App, figure).where(*_IN_USE).order_by(App.key)).all()
    return [row[0] for row in rows], rows[0][1] if rows else 0
