"""Where a name that people carry stands besides: in records and in configs, which a new name does not change by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.releases import apps, live
from engine.releases.live import Live
from engine.releases.publishing import config_of
from rules.errors import SteerwayError

#: Field types that hold such a name as text.
HOLDERS = ("team", "choice", "text")


class Mention(NamedTuple):
    """A field whose records hold the name (`records` of them), or (with no form) a file of the config that names it."""

    app_key: str
    form: str
    field: str
    records: int
    file: str = ""


def mentions(session: Session, name: str) -> list[Mention]:
    """Return where a name stands, over all apps."""
    found: list[Mention] = []
    for row in apps(session):
        try:
            app = live(session, row.key)
        except SteerwayError:
            continue
        found += [*_in_records(session, app, name), *_in_config(session, app, name)]
    return found


def _in_records(session: Session, app: Live, name: str) -> Iterator[Mention]:
    for form in app.app.forms.values():
        keys = [one.key for one in form.fields if one.type.key in HOLDERS and not one.is_derived]
        table = app.tables.current(form.key)
        keys = [key for key in keys if key in table.c]
        if not keys:
            continue
        counts = [sa.func.count().filter(table.c[key] == name) for key in keys]
        row = session.execute(sa.select(*counts).where(table.c.deleted_at.is_(None))).one()
        yield from (Mention(app.key, form.key, key, count) for key, count in zip(keys, row, strict=True) if count)


def _in_config(session: Session, app: Live, name: str) -> Iterator[Mention]:
    config = config_of(session, app.key)
    for section, content in config.items():
        for one in content if isinstance(content, list) else [content]:
            text = json.dumps(one, ensure_ascii=False)
            if any(quoted in text for quoted in (f'"{name}"', f"'{name}'", f'\\"{name}\\"')):
                key = one.get("key", "") if isinstance(one, dict) and section != "app" else ""
                yield Mention(app.key, "", "", 0, f"{section}/{key}.json" if key else f"{section}.json")
