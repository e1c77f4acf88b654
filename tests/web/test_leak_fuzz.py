"""Random rights, every route, everybody: a mark in a cell that somebody may not see is in no answer they ever get.

The routes come from the application itself: a new one is called, or fails a test until it is listed with a reason.
STEERWAY_LEAK_EXAMPLES sets how many worlds are drawn.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine import records
from engine.access import SCOPES, make_token
from engine.db import create_system_tables, make_engine, sessions
from engine.jobs import tick
from engine.links import Link
from engine.links.intake import hash_of
from engine.people import SYSTEM, create_person, grant
from engine.releases import live, publish
from tests.support.leaks import APP, FORMS, MARKED, Cells, config_of, forbidden, mark, person, rights_of, rows_of, told
from tests.support.site import Site, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from werkzeug.routing import Rule

NOW = datetime(2026, 3, 2, 1, tzinfo=UTC)
EXAMPLES = int(os.environ.get("STEERWAY_LEAK_EXAMPLES", "1"))
#: A default run calls each route at some of its addresses, other ones for each person; a deep one at all of them.
DEEP, SOME = EXAMPLES > 1, 4
#: Each is a world of its own: rights, drawn from this number.
SEEDS = st.integers(0, 2**32)
PEOPLE = ("alice", "bob", "charlie", "")
#: Who is drawn for somebody without an account hides something from Alice.
ROLES = {
    "alice": frozenset({"rep"}),
    "bob": frozenset({"rep", "guest"}),
    "charlie": frozenset({"guest"}),
    "": frozenset({"rep"}),
}
#: What nobody's world has, and no test can ask for: why each is not called.
UNCALLED = {
    "static": "files of the program itself",
    "admin.static": "files of the program itself",
    "signin.enter": "asks for a password; nothing of any app is read before it",
    "signin.leave": "ends the session that everything else here needs",
}
#: Arguments of addresses: what they may be; a name that is missing here fails the test of all routes.
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "app_key": (APP,), "form_key": FORMS, "record_id": ("1", "2", "3", "4"), "okr_key": ("aims",), "dashboard_key": ("view",), "tile_key": ("by_mark", "through", "added", "kept", "ranked", "crossed", "flows", "listed"), "field_key": ("labels", "remark"),
    "alert_id": ("1", "2", "3", "4"),
    "token": ("0" * 32, "open"), "code": ("22222222",), "number": ("1",), "type_key": ("email",), "key": ("leave_requests",),
    "names": ("talk+bulk.js",), "export_type": ("csv", "xlsx", "json"), "act_id": ("1", "2"),
    "path": ("app.json", f"forms/{FORMS[0]}.json"), "part_key": (FORMS[0], "aims"), "section": ("forms",),
    "objective": ("0",), "result": ("0",), "what": ("formula",), "tile": ("0",),
}  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the cast and without an app."""
    path = tmp_path_factory.mktemp("leaks") / "prepared.db"
    engine = make_engine(f"sqlite:///{path}")
    create_system_tables(engine)
    with sessions(engine).begin() as session:
        for name, region in (("alice", "north"), ("bob", "north"), ("charlie", "south"), ("mona", "")):
            made = create_person(session, name, name.title(), now=NOW, region=region, team=f"{region}_team")
            grant(session, made, APP, *ROLES.get(name, {"chief"}))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


class World:
    """One app with drawn rights, full of marks, and the site over it."""

    def __init__(self, prepared: Path, folder: Path, rights: dict[str, Any]) -> None:
        folder = Path(tempfile.mkdtemp(dir=folder))
        path = folder / "world.db"
        shutil.copy(prepared, path)
        self.engine = make_engine(f"sqlite:///{path}")
        self.db, self.rights, self.cells = sessions(self.engine), rights, Cells()
        with self.db.begin() as session:
            publish(session, config_of(rights), SYSTEM, NOW, "drawn")
        self._fill()
        self.site = Site(self.db, NOW, folder)
        self.site.later(minutes=90)
        tick(self.db, self.site.now)

    def _fill(self) -> None:
        owners = [person(self.db, name).id for name in ("alice", "bob", "charlie", "mona")]
        with self.db.begin() as session:
            app = live(session, APP)
            for form in FORMS:
                for number, owner in enumerate(owners, 1):
                    given = {key: mark(form, number, key, 0) for key in MARKED[form]}
                    links = {"case": {"client": 5 - number}, "task": {"case": 5 - number}}.get(form, {})
                    flags = {"owner": owner, "open_to_all": number % 2 == 0}
                    made = records.create(session, app, form, {**given, **links, **flags}, SYSTEM, NOW, via="api")
                    again = {key: mark(form, number, key, 1) for key in MARKED[form]}
                    records.update(session, app, form, made.id, again, SYSTEM, NOW, via="api")
                    for key in MARKED[form]:
                        self.cells.note(form, made.id, key, given[key])
                        self.cells.note(form, made.id, key, again[key])
            records.delete(session, app, "task", 4, SYSTEM, NOW)
            session.add_all(_links(owners[3]))

    def closed_to(self, name: str) -> dict[str, tuple[str, int, str]]:
        return forbidden(self.rights, rows_of(self.db), self.cells, person(self.db, name) if name else None)

    def token_of(self, name: str) -> str:
        with self.db.begin() as session:
            return make_token(session, person(self.db, name), "fuzz", list(SCOPES), NOW, days=30)[1]


def _links(maker: int) -> list[Link]:
    """Return a public form of cases that is open to everybody, and a short address of a case."""
    settings = {"fields": ["title", "remark", "open_to_all"], "min_seconds": 0}
    common = {"app_key": APP, "form": "case", "name": "x", "submissions": 0, "created_at": NOW, "created_by": maker}
    return [
        Link(kind="intake", code=hash_of("open"), settings=settings, **common),
        Link(kind="place", code="22222222", target=f"/a/{APP}/case/1", **common),
    ]


def values_of(name: str) -> tuple[str, ...]:
    """Return what an argument of an address may be; numbers of things that a world may have are tried by themselves."""
    return ARGUMENTS.get(name, ("1", "2") if name.endswith("_id") else ())


def addresses(rule: Rule) -> Iterator[str]:
    """Return some addresses of a route: every value of its last argument, the first form's and the others' records."""
    choices: list[dict[str, str]] = [{}]
    for name in sorted(rule.arguments):
        choices = [{**one, name: value} for one in choices for value in values_of(name)]
    for chosen in choices:
        built = rule.build(chosen)
        assert built is not None, rule
        yield built[1]


def questions(path: str, endpoint: str) -> Iterator[str]:
    """Return an address with what one may ask there: every hidden name, in every place a name may stand."""
    yield path
    form = next((one for one in FORMS if f"/{one}" in path), "")
    if endpoint == "lists.show":
        for key in MARKED[form]:
            yield from (f"{path}?sort=-{key}", f"{path}?f.{key}.empty=no")
        yield from (f"{path}?q=zq", f"{path}?measure=aims/kr/cases")
    if endpoint in ("lookup.records", "board.show", "search.show", "past.bin_"):
        yield from (f"{path}?q=zq", f"{path}?q=7")
    if endpoint == "board.more":
        yield from (f"{path}?stage=fresh", f"{path}?stage=fresh&q=zq")
    every = ",".join(MARKED.get(form, ()))
    if endpoint in ("calendar.show", "timeline.show", "cards.show", "board.show"):
        placed = "date=created_at&start=created_at&end=updated_at"
        yield from (
            f"{path}?{placed}&columns={every}&lanes={key}&color={key}" for key in ("client", "case", "helper", "owner")
        )
        yield from (f"{path}?{placed}&date={key}&start={key}&lanes={key}&f.{key}.empty=no" for key in MARKED[form])
    if endpoint == "live.show":
        yield from (f"{path}?record={id_}&editing=1" for id_ in "14")
    if endpoint == "api.listed":
        yield from (f"{path}?limit=50", *(f"{path}?sort={key}" for key in MARKED[form]))
        yield from (f"{path}?where=is_filled({key})" for key in MARKED[form])
        yield from (f"{path}?at=2026-03-02T01:00:00Z", f"{path}?q=zq")
    if endpoint == "records.new":
        yield from (f"{path}?client={id_}&case={id_}" for id_ in "1234")
    if endpoint == "expression.show":
        yield from (f"{path}?record={id_}&text={key}" for id_ in "14" for key in MARKED[form][:2])
    if endpoint in ("past.show", "past.whole"):
        yield from (f"{path}?left=c{change}" for change in range(1, 13))
        yield f"{path}?left=2026-03-02T01:00:00Z&right=c3"
    if endpoint == "move.ask":
        yield from (f"{path}?to=start", f"{path}?to=finish")


def bodies(endpoint: str, path: str) -> Iterator[dict[str, Any]]:
    """Return what may be sent to a route to make it talk: nothing in them holds a mark or changes who may see what."""
    yield {}
    form = next((one for one in FORMS if f"/{one}" in path), "")
    if endpoint.startswith("expression."):
        for text in (*MARKED.get(form, ()), "client.phrase", "client.", "case.remark"):
            yield {"text": text, "record": "1", "position": str(len(text))}
    if endpoint in ("records.add", "records.save", "records.conditions"):
        filled = {MARKED[form][0]: "Harmless", "version": "1"}
        yield from ({**filled, "client": id_, "case": id_, "refresh": "1"} for id_ in "14")
        yield {**filled, MARKED[form][1]: "x", "client": "2", "case": "2"}
    if endpoint in ("move.do", "api.moved"):
        yield from ({"to": to} for to in ("start", "finish", "busy", "nowhere"))
    if endpoint == "past.back":
        yield from ({"left": f"c{change}", "key": key} for change in (1, 2, 3) for key in MARKED[form])
    if endpoint == "links.share":
        yield {"to": f"/a/{APP}/case/1"}


def routes(site: Site) -> list[Rule]:
    return sorted(
        (rule for rule in site.app.url_map.iter_rules() if rule.endpoint not in UNCALLED),
        key=lambda one: (one.rule, one.endpoint),
    )


def chosen(rule: Rule, name: str) -> list[str]:
    """Return the addresses at which a route is called."""
    every = list(addresses(rule))
    if DEEP or len(every) <= SOME:
        return every
    step = len(every) // SOME
    return every[PEOPLE.index(name) % step :: step]


def crawl(world: World, name: str) -> Iterator[tuple[str, Any]]:
    """Yield every answer that somebody gets, and how it was asked for; what changes something comes last."""
    bearer = {"Authorization": f"Bearer {world.token_of(name)}"} if name else {}
    visitor = world.site.visitor(name)
    late = []
    for rule in routes(world.site):
        headers = bearer if rule.endpoint.startswith("api.") else {}
        some = chosen(rule, name)
        for path in some:
            if "GET" in rule.methods:
                for asked in questions(path, rule.endpoint):
                    yield f"GET {asked}", visitor.get(asked, **headers)
            late += [
                (method, rule.endpoint, path, headers)
                for method in sorted(rule.methods & {"POST", "PATCH", "DELETE", "PUT"})
            ]
    late.sort(
        key=lambda one: (one[0] == "DELETE" or one[1].rpartition(".")[2] in ("remove", "for_good", "deleted"), one[1])
    )
    for method, endpoint, path, headers in late:
        for body in bodies(endpoint, path):
            if endpoint.startswith("api."):
                yield f"{method} {path} {body}", visitor.client.open(path, method=method, json=body, headers=headers)
            else:
                yield f"{method} {path} {body}", visitor.post(path, **body)


@pytest.mark.parametrize("name", PEOPLE, ids=["alice", "bob", "charlie", "anonymous"])
@settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=not DEEP,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(seed=SEEDS)
def test_no_answer_ever_holds_a_mark_that_one_may_not_see(prepared: Path, tmp_path: Path, name: str, seed: int) -> None:
    world = World(prepared, tmp_path, rights_of(f"{seed} {name}", ROLES[name]))
    closed = world.closed_to(name)
    broken = []
    for asked, answer in crawl(world, name):
        if not asked.startswith("GET") and answer.status_code < 400:
            closed = {one: cell for one, cell in world.closed_to(name).items() if one in closed}
        text = told(answer)
        leaked = sorted({cell for one, cell in closed.items() if one in text})
        if leaked or answer.status_code >= 500:
            broken.append((asked, answer.status_code, leaked))
    world.engine.dispose()

    assert broken == []


@pytest.mark.parametrize("name", PEOPLE[:3])
@settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=not DEEP, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(seed=SEEDS)
def test_no_order_count_or_search_tells_what_is_hidden(prepared: Path, tmp_path: Path, name: str, seed: int) -> None:
    """What is asked of a hidden cell is answered like what is asked of nothing."""
    world = World(prepared, tmp_path, rights_of(f"{seed} {name}", ROLES[name]))
    visitor, closed = world.site.visitor(name), world.closed_to(name)
    differing = []
    for typed, (form, id_, key) in sorted((one, cell) for one, cell in closed.items() if DEEP or "g1" in one):
        noise = "zqzz9zz" if not typed.isdigit() else "7999999"
        for path in (
            f"/a/{APP}/{form}/?q=",
            f"/a/{APP}/{form}/lookup?q=",
            "/search?q=",
            *([f"/a/{APP}/case/board?q="] if form == "case" else []),
        ):
            given_, nothing = (words(visitor.get(path + one)).replace(one, "…") for one in (typed, noise))
            if given_ != nothing:
                differing.append((path, typed, form, id_, key))
    world.engine.dispose()

    assert differing == []


def test_every_route_is_called_or_listed_with_a_reason(site: Site) -> None:
    rules = list(site.app.url_map.iter_rules())
    unknown = {
        rule.rule: missing
        for rule in rules
        if rule.endpoint not in UNCALLED and (missing := [one for one in rule.arguments if not values_of(one)])
    }
    used = {name for rule in rules for name in rule.arguments}

    assert unknown == {}, "say in ARGUMENTS what these may be, or in UNCALLED why they are not called"
    assert UNCALLED.keys() - {rule.endpoint for rule in rules} == set()
    assert ARGUMENTS.keys() - used == set()
    assert all(list(addresses(rule)) for rule in rules if rule.endpoint not in UNCALLED)


def test_marks_are_seen_where_they_may_be(prepared: Path, tmp_path: Path) -> None:
    """The tests above would say nothing, were no mark ever shown to anybody."""
    open_ = {
        form: [
            {"roles": ["rep"], "actions": ["read", "export"]},
            {"roles": ["chief"], "actions": ["read", "configure"]},
        ]
        for form in FORMS
    }
    world = World(prepared, tmp_path, open_)

    answers = "\n".join(told(answer) for asked, answer in crawl(world, "alice") if asked.startswith("GET"))
    shown = {one for marks in world.cells.held.values() for one in marks if one in answers}
    world.engine.dispose()

    alive = [cell for cell in world.cells.held if cell[:2] != ("task", 4)]
    assert all(shown & world.cells.held[cell] for cell in alive)
    assert re.fullmatch(r"zq0r1f0g0k", mark("client", 1, "name", 0))
