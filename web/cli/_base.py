"""What every command shares: the database option, moments, people, and JSON Lines on standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import click

from engine.db import Session, create_system_tables, make_engine, sessions
from engine.design.addresses import needs_database, source_at
from engine.errors import NotFound
from engine.people import SYSTEM, User, find_user
from engine.releases import Live, apps, live
from rules.errors import Fault, SteerwayError
from rules.moments import iso
from web.services import DEFAULT_DATABASE, database_url

F = TypeVar("F", bound=Callable[..., Any])


def _remember_database(_ctx: click.Context, _param: click.Parameter, value: str | None) -> None:
    if value:
        os.environ["STEERWAY_DATABASE_URL"] = value


database_option = click.option(
    "--database",
    metavar="URL",
    expose_value=False,
    is_eager=True,
    callback=_remember_database,
    help=f"Database address (also STEERWAY_DATABASE_URL; default {DEFAULT_DATABASE}).",
)
app_option = click.option("--app", "app_key", metavar="KEY", help="The app meant; may be left out when there is one.")
as_option = click.option("--as", "person", metavar="PERSON", help="With the rights of this person (sign-in name).")
at_option = click.option("--at", metavar="MOMENT", help="As of a past moment; of a date its end.")
now_option = click.option("--now", metavar="MOMENT", help="Take this as the present moment.")


@contextmanager
def database() -> Iterator[Session]:
    """Open a session on the database; commit when the block ends well."""
    engine = make_engine(database_url())
    create_system_tables(engine)
    try:
        with sessions(engine)() as session:
            yield session
            session.commit()
    finally:
        engine.dispose()


def moment(text: str | None, zone: str = "UTC", *, end_of_day: bool = False) -> datetime:
    """Read an ISO moment; without an offset it is meant in `zone`; without a text it is the present."""
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        if len(text) == len("2026-01-01"):
            clock = time(23, 59, 59) if end_of_day else time()
            found = datetime.combine(date.fromisoformat(text), clock)
        else:
            found = datetime.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a moment such as 2026-03-31 or 2026-03-31T18:00") from None
    local = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(microsecond=0)


def stdin() -> bytes:
    """Return what comes on standard input."""
    return sys.stdin.buffer.read()


@contextmanager
def the_source(*addresses: str) -> Iterator[Any]:
    """Read a config, or several as a tuple, by their addresses; the database is opened for apps and drafts alone."""
    with database() if any(map(needs_database, addresses)) else nullcontext() as session:
        found = tuple(source_at(address, session, stdin) for address in addresses)
        yield found[0] if len(found) == 1 else found


def the_app(session: Session, key: str | None) -> Live:
    """Return the live release of the app meant."""
    keys = [row.key for row in apps(session)]
    if key is None and len(keys) == 1:
        key = keys[0]
    if key is None:
        stop("no app yet: clone or publish one first" if not keys else f"say which app with --app: {', '.join(keys)}")
    if key not in keys:
        stop(f"there is no app {key!r}; there are: {', '.join(keys) or 'none'}")
    return live(session, key)


def the_user(session: Session, sign_in: str | None) -> User:
    """Return the person meant, or the system itself."""
    if sign_in is None:
        return SYSTEM
    try:
        return find_user(session, sign_in)
    except NotFound:
        stop(f"there is nobody with the sign-in name {sign_in!r}")


def put(row: Mapping[str, object]) -> None:
    """Print one JSON line."""
    click.echo(json.dumps(row, ensure_ascii=False, default=plain))


def put_all(rows: Iterable[Mapping[str, object]]) -> None:
    """Print JSON Lines."""
    for row in rows:
        put(row)


def plain(value: object) -> object:
    """Return a value as JSON can hold it."""
    if isinstance(value, datetime):
        return iso(value) if value.tzinfo else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, (set, frozenset, tuple)) else str(value)


def fault_row(fault: Fault) -> dict[str, object]:
    """Return a fault as a JSON object without its empty parts."""
    parts: dict[str, object] = {
        "level": fault.level,
        "code": fault.code,
        "file": fault.file,
        "pointer": fault.pointer,
        "column": fault.column,
        "field": fault.field,
        "sentence": fault.text,
        "suggestion": fault.suggestion,
    }
    return {name: value for name, value in parts.items() if value not in ("", 0)}


def fault_line(fault: Fault) -> str:
    """Return a fault as one line for people."""
    place = (fault.file + (f"#{fault.pointer}" if fault.pointer else "")) or fault.field
    if fault.column:
        place = f"{place}:{fault.column}" if place else f"column {fault.column}"
    hint = f" — did you mean {fault.suggestion!r}?" if fault.suggestion else ""
    return f"{place}: {fault.level}: {fault.text}{hint} [{fault.code}]".removeprefix(": ")


def stop(sentence: str, code: int = 1) -> NoReturn:
    """Say why on standard error and leave."""
    click.echo(sentence, err=True)
    sys.exit(code)


@contextmanager
def faults_as_lines() -> Iterator[None]:
    """Turn an error of the rooms below into sentences on standard error and exit code 1."""
    try:
        yield
    except SteerwayError as error:
        for fault in error.faults:
            click.echo(fault_line(fault), err=True)
        sys.exit(1)
