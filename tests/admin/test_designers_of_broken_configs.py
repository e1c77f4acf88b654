"""Designers open whatever a draft holds: every broken config, and every member of a whole one made something else."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine import design
from engine.config.load import load
from engine.people import find_user
from tests.admin.test_designers import BASE, DESIGNERS
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.site import Site

BROKEN = sorted(path for path in (Path(__file__).parents[1] / "broken_configs").iterdir() if path.suffix == ".json")
#: How many places are made something else; SOME=200 looks at very many.
SOME = int(os.environ.get("SOME", "12"))
#: What stands at a place where something else belongs.
WRONG: tuple[Any, ...] = (None, 7, "x", [], {}, [None, 3, {"key": 5}], {"a": [1]})


def keep(site: Site, whole: Any) -> None:
    """Make a config the draft of the small app, whatever it holds."""
    with site.db.begin() as session:
        ada = find_user(session, "ada")
        draft = design.open_draft(session, "tiny", ada, site.now)
        draft.config = json.dumps(whole)
        draft.version += 1


def open_everything(site: Site, whole: dict[str, Any]) -> Iterator[str]:
    """Yield each page that does not answer as a page should."""
    ada = site.visitor("ada")
    addresses = ["", "uses", "publish", "files"]
    for section, (designer, lists) in DESIGNERS.items():
        listed = whole.get(section)
        keys = [one.get("key") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
        parts = [designer] if section == "app" else [f"{designer}/{key}" for key in keys if isinstance(key, str)]
        for part in parts:
            addresses += [part, *(f"{part}?at=/{one.replace('*', '0')}/0" for one in lists)]
    for address in addresses:
        status = ada.get(f"{BASE}/{address}").status_code
        if status not in (200, 404):
            yield f"{address}: {status}"


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if way and way != ("app",):
        yield way
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, one in inner:
        yield from places(one, (*way, name))


def test_designers_open_broken_configs(site: Site) -> None:
    wrong = []
    for folder in BROKEN[:: int(os.environ.get("BROKEN_EVERY", "15"))]:
        whole = load(folder).to_dict()
        keep(site, whole)
        wrong += [f"{folder.name} {one}" for one in open_everything(site, whole)]
    assert not wrong, "\n".join(wrong)


def test_designers_open_configs_with_something_else_anywhere(site: Site) -> None:
    wrong = []
    every = list(places(tiny_app()))
    for number, way in enumerate(every[:: len(every) // SOME]):
        whole = tiny_app()
        holder: Any = whole
        for step in way[:-1]:
            holder = holder[step]
        holder[way[-1]] = WRONG[number % len(WRONG)]
        keep(site, whole)
        wrong += [f"{way} = {WRONG[number % len(WRONG)]!r} {one}" for one in open_everything(site, whole)]
    assert not wrong, "\n".join(wrong)
