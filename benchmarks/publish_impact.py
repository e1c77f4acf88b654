"""The page before publishing over a wide app, asked as a browser asks for it; and the rates that it estimates time by.

60 forms, 1,000 fields, and a million records in one of the forms (58,000 in the others).
"""

from __future__ import annotations

import copy
import html
import os
import re
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.records import _address
from benchmarks.records_world import APP, CONFIG, FORM, NOW, REGIONS, _numbers, _said, _swift, fill, make_world
from engine import design
from engine.config.source import Source
from engine.db import create_system_tables, make_engine, sessions
from engine.people import SYSTEM, create_person, grant
from engine.releases import live, publish
from tests.support.site import Site

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session, sessionmaker

FORMS, FIELDS, PEOPLE = 60, 1000, 40
PAGE = f"/admin/design/{APP}/publish"
#: Records in each of the other forms.
AREA_ROWS = 1000
TYPES = ("money", "number", "date", "yes_no", "text")


def wide_config() -> dict[str, Any]:
    """Return the app: the sales desk, and other forms until there are enough of them, and of fields."""
    config = copy.deepcopy(CONFIG)
    config["app"]["roles"].append({"key": "boss", "label": "Boss"})
    others = FORMS - len(config["forms"])
    left = FIELDS - sum(len(one["fields"]) for one in config["forms"])
    for number in range(others):
        count = left // others + (number < left % others)
        config["forms"].append(_area(number, count))
    measures = {"of": FORM, "agg": "sum", "value": "weighted"}
    results = [
        {"key": f"kr_{number}", "label": f"Result {number}", "type": "reach", "baseline": 0, "target": 1000, "formula": "figure"}
        | {"measures": {"figure": {**measures, "where": f"amount > {number * 1000}"}}}
        for number in range(10)
    ]  # fmt: skip
    objective = {"key": "grow", "label": "Grow", "key_results": results}
    config["okrs"] = [{"key": "sales", "label": "Sales", "cycle": {"every": "quarter"}, "objectives": [objective]}]
    tests = {"now": "2026-03-02 09:00", "people": {}, "records": [], "steps": [], "expect": {}}
    config["tests"] = [{"key": f"test_{number}", "label": f"Test {number}", **tests} for number in range(10)]
    return config


def _area(number: int, count: int) -> dict[str, Any]:
    fields = [
        {"key": "name", "type": "text", "label": "Name"},
        {"key": "deal", "type": "reference", "label": "Deal", "to": FORM},
    ]
    fields += [{"key": f"f{one}", "type": TYPES[one % len(TYPES)], "label": f"Field {one}"} for one in range(count - 2)]
    rights = [{"roles": ["rep"], "actions": ["read", "create", "update"], "records": "owner == me"}]
    rights += [{"roles": ["manager", "boss"], "actions": ["read", "update", "delete"]}]
    return {"key": f"area_{number:02}", "label": f"Area {number}", "title": "name", "fields": fields, "permissions": rights}  # fmt: skip


def draft_config() -> dict[str, Any]:
    """Return the draft: a formula, a field more and one less, other rights, a changed and a new rule, other results."""
    config = wide_config()
    form = next(one for one in config["forms"] if one["key"] == FORM)
    form["fields"] = [one for one in form["fields"] if one["key"] != "notes"]
    form["fields"].append({"key": "slogan", "type": "text", "label": "Slogan"})
    next(one for one in form["fields"] if one["key"] == "weighted")["expression"] = "amount * probability / 50"
    form["permissions"][0]["records"] = "owner.region == me.region"
    form["permissions"][0]["fields"] = {"amount": "read"}
    config["forms"][5]["fields"].pop()
    config["alerts"][0]["when"] = "expected_on < today and stage == 'offer' and amount > 5000"
    config["alerts"].append({**config["alerts"][0], "key": "fat", "label": "Fat", "when": "weighted > 900000"})
    config["okrs"][0]["objectives"][0]["key_results"][0]["target"] = 2000
    return config


def wide_world(url: str, rows: int) -> sessionmaker[Session]:
    """Publish the app in an empty database, fill it, and begin the draft."""
    engine = make_engine(url)
    create_system_tables(engine)
    maker = sessions(engine)
    with maker.begin() as session:
        for number in range(PEOPLE):
            person = create_person(
                session, f"rep{number}", f"Rep {number}", now=NOW, region=REGIONS[number % 4], is_admin=number == 0
            )
            grant(session, person, APP, "manager" if number % 10 == 0 else "rep")
        publish(session, wide_config(), SYSTEM, NOW, "for a benchmark")
    _fill_areas(engine, maker)
    fill(engine, maker, rows, 1000, PEOPLE)
    with maker.begin() as session:
        design.replace_config(session, APP, Source.from_dict(draft_config()), SYSTEM, NOW)
    return maker


def _fill_areas(engine: Engine, maker: sessionmaker[Session]) -> None:
    with maker() as session:
        app = live(session, APP)
    dialect, moment = engine.dialect.name, "@moment(n * 977 % 90000000@end"
    plain = {"id": "n", "version": "1", "owner": f"1 + n % {PEOPLE}", "created_at": moment, "updated_at": moment}
    with _swift(engine) as connection:
        for form in (one for one in app.app.forms if one.startswith("area_")):
            table, history = app.tables.current(form), app.tables.history(form)
            given = {**plain, "name": "'Thing ' || n", "f0": "n * 100", "f1": "n % 100"}
            names = ", ".join(f'"{name}"' for name in given)
            values = ", ".join(_said(dialect, one) for one in given.values())
            connection.exec_driver_sql(
                f'INSERT INTO "{table.name}" ({names}) {_numbers(dialect, AREA_ROWS)} SELECT {values} FROM numbers'
            )
            connection.exec_driver_sql(
                f'INSERT INTO "{history.name}" ({names}, valid_from) SELECT {names}, created_at FROM "{table.name}"'
            )


def impact(database: str, rows: int) -> dict[str, Any]:
    """Return seconds: until the page answers (first and again), until each piece is there, and all of them in turn."""
    with _address(database) as url, tempfile.TemporaryDirectory() as folder:
        maker = wide_world(url, rows)
        visitor = Site(maker, NOW, Path(folder)).visitor("rep0")
        first, page = _timed(visitor, PAGE)
        again, _ = _timed(visitor, PAGE)
        pieces: dict[str, float] = {}
        waiting = _pieces(page)
        while waiting:
            address = waiting.pop(0)
            seconds, text = _timed(visitor, address)
            name = address.removeprefix(f"{PAGE}/").removeprefix(f"/admin/design/{APP}/").partition("&")[0]
            pieces[name] = round(pieces.get(name, 0) + seconds, 2)
            waiting += _pieces(text)
        maker.kw["bind"].dispose()
    figures = {"load_average": round(os.getloadavg()[0], 1), "page_first_s": first, "page_s": again, "pieces_s": pieces}
    return {"impact_s_1m": round(again + sum(pieces.values()), 2), "impact": figures}


def rates(database: str, rows: int) -> dict[str, Any]:
    """Return microseconds per record that publishing takes for an index, a value worked out anew, a search text."""
    found: dict[str, float] = {}
    with _address(database) as url:
        maker, before = make_world(url, rows), 0.0
        for name, change in (("", _nothing), ("index", _one_index), ("write", _other_formula), ("search", _no_notes)):
            config = copy.deepcopy(CONFIG)
            change(config)
            with maker.begin() as session:
                began = time.perf_counter()
                publish(session, config, SYSTEM, NOW, "for a benchmark")
            taken = time.perf_counter() - began
            if name:
                found[name] = round(max(0.0, taken - before) * 1e6 / rows, 2)
                with maker.begin() as session:
                    publish(session, CONFIG, SYSTEM, NOW, "for a benchmark")
            else:
                before = taken
        maker.kw["bind"].dispose()
    return {"rates_us": found, "rates_rows": rows}


def _nothing(config: dict[str, Any]) -> None:
    config["app"]["label"] = "Desk 2"


def _one_index(config: dict[str, Any]) -> None:
    config["alerts"][0]["when"] = "called_at < now and expected_on < today and stage in ['open', 'offer']"


def _other_formula(config: dict[str, Any]) -> None:
    next(one for one in config["forms"][1]["fields"] if one["key"] == "weighted")["expression"] = "amount * 2"


def _no_notes(config: dict[str, Any]) -> None:
    config["forms"][1]["fields"] = [one for one in config["forms"][1]["fields"] if one["key"] != "notes"]


def _timed(visitor: Any, address: str) -> tuple[float, str]:
    began = time.perf_counter()
    answer = visitor.get(address) if address == PAGE else visitor.htmx(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return round(time.perf_counter() - began, 2), answer.text


def _pieces(text: str) -> list[str]:
    """Return the addresses that a browser asks for by itself once a piece is there."""
    found = re.findall(r'<[^>]*hx-get="([^"]+)"[^>]*hx-trigger="load', text)
    return [html.unescape(one) for one in found if f"/{APP}/" in one]
