"""`steerway audit`: is the trail as it was written, and the trail as a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import click

from engine.audit import BREAKS, read_anchor, verify
from engine.audit.reading import COLUMNS, Search, every, facts_of
from engine.sheets import csv_text
from rules.moments import iso
from web.cli._base import database, moment, put, stop

if TYPE_CHECKING:
    from engine.audit import AuditEvent


@click.group("audit")
def audit() -> None:
    """The audit trail: verify its chain, or write it out."""


@audit.command("verify")
@click.option("--anchor", default="", metavar="ID:HASH", help="What an earlier run printed as `anchor`.")
def verify_(anchor: str) -> None:
    """Walk the whole chain; name the first event that is not as it was written and exit 1, else print an anchor."""
    try:
        read_anchor(anchor)
    except ValueError:
        raise click.BadParameter(f"{anchor!r} is no anchor", param_hint="--anchor") from None
    with database() as session:
        found = verify(session, anchor)
    row = {"events": found.count, "anchor": found.anchor}
    if not found.cause:
        put({"sound": True, **row})
        return
    put({"sound": False, **row, "broken": found.broken, "cause": found.cause})
    stop(BREAKS[found.cause].format(id=found.broken))


@audit.command("export")
@click.option("--from", "since", metavar="MOMENT", help="The first moment.")
@click.option("--to", "until", metavar="MOMENT", help="The last moment; a date includes its day.")
@click.option("--format", "form", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True, help="How.")
def export(since: str | None, until: str | None, form: str) -> None:
    """Write the events of a time, the oldest first, with their hashes."""
    last = moment(until, end_of_day=True) if until else None
    search = Search(since=moment(since) if since else None, until=_after(last))
    with database() as session:
        events = every(session, search)
        if form == "csv":
            for piece in csv_text(_rows(events)):
                click.echo(piece, nl=False)
            return
        for event in events:
            put({**{name: getattr(event, name) for name in COLUMNS}, "facts": facts_of(event)})


def _after(last: datetime | None) -> datetime | None:
    """Return the moment right after the last one: moments are kept to the millisecond."""
    return None if last is None else last + timedelta(seconds=1)


def _rows(events: Iterator[AuditEvent]) -> Iterator[list[str]]:
    yield [*COLUMNS]
    for event in events:
        values = [getattr(event, name) for name in COLUMNS]
        yield [iso(one) if isinstance(one, datetime) else "" if one is None else str(one) for one in values]


COMMANDS: tuple[click.Command, ...] = (audit,)
