"""A test made of a real record: it is given as it is today, and what the config makes of it is what is expected."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from engine import pipeline
from engine.config import limits
from engine.config.source import Source, SourceFile
from engine.config.spot import Spot
from engine.config_tests.doing import pass_time
from engine.config_tests.findings import written
from engine.config_tests.gathering import add_people, gather, local, person_json, record_json
from engine.config_tests.judging_alerts import told_by
from engine.config_tests.judging_records import Sight, why_closed
from engine.config_tests.run import set_up
from engine.config_tests.scratch import scratch
from engine.config_tests.world import World
from engine.errors import EngineError
from engine.records import get
from engine.releases.compiling import compile_source
from forms.labels import LANGUAGES
from forms.system import SYSTEM_KEYS
from rules.errors import N_, Fault

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.config.defs import AppDef
    from engine.people import User
    from engine.releases.live import Live
    from forms.defs import FormDef

#: System names that are expected, too.
_SYSTEM = ("stage", "days_in_stage")


def record_test(
    session: Session, live: Live, source: Source, form: str, record_id: int, user: User, now: datetime
) -> dict[str, object]:
    """Return a test (the content of its file) made of a record as this person sees it; it passes when it is run.

    `source` is the config that it is for, the draft or what is live. NotFound when the person may not see the record;
    EngineError when such a record cannot be entered by that config, with the reasons. People appear as their roles.
    """
    get(session, live, form, record_id, user, now)
    now = now.replace(microsecond=0)
    app, *_ = compile_source(source)
    made = gather(session, live, app, form, record_id)
    people = dict(made.people)
    if user.id is not None:
        add_people(session, app, people, [user.id])
    made.people = people
    key = _free_key(source, form)
    test: dict[str, object] = {
        "$schema": "../../schemas/test.schema.json",
        "key": key,
        "label": _label(app.forms[form], app, now),
        "now": local(app, now),
        **({"user": people[user.id]} if user.id in people else {}),
        "people": {name: person_json(session, app, people, id_) for id_, name in people.items()},
        "records": [record_json(app, made, at, now) for at in made.rows],
    }
    return {**test, "expect": {"records": [_observed(source, app, test, made.names[form, record_id])]}}


def _free_key(source: Source, form: str) -> str:
    taken = {spot["key"].text for spot in source.section("tests")}
    return next(key for number in range(1, limits.TESTS + 2) if (key := f"{form}_{number}") not in taken)


def _label(form: FormDef, app: AppDef, now: datetime) -> dict[str, str]:
    return {language: f"{form.label.pick(language)} · {local(app, now)[:16]}" for language in LANGUAGES}


def _observed(source: Source, app: AppDef, test: Mapping[str, object], name: str) -> dict[str, object]:
    """Return what the config makes of the record: set up in a scratch database, and looked at."""
    path = f"tests/{test['key']}.json"
    spot = Spot(dict(test), path)
    whole = Source((*source.files, SourceFile(path, "tests", dict(test))), source.faults)
    with scratch(whole, limits.TEST_SECONDS) as base, base.undone():
        world = World(base, app.key, spot)
        faults = set_up(world, watched=True)
        if faults:
            said = Fault("test.record", N_("This record cannot be made into a test:"))
            raise EngineError(said, *faults[1:])
        with base.sessions() as session:
            sight = Sight(world, session, Spot({}, path), world.records[name][0], world.user(session), name)
            expected = {"record": name, **_seen(sight)}
        pass_time(world)
        with base.sessions() as session:
            return {**expected, **_alerts(world, session, name)}


def _seen(sight: Sight) -> dict[str, object]:
    record, preview = sight.record(), sight.preview()
    form = sight.world.live.form(sight.form)
    derived = [slot.key for slot in form.fields if slot.is_derived and not slot.type.is_table]
    values = {key: _json(sight, key, record.values[key]) for key in (*derived, *_SYSTEM) if key in record.values}
    slots = [key for key in (*form.by_key, *form.tables_by_key) if key not in preview.hidden and key not in SYSTEM_KEYS]
    slots = list(dict.fromkeys(slots))
    found: dict[str, object] = {
        "values": values,
        "visible": [key for key in slots if key in preview.shown],
        "hidden": [key for key in slots if key not in preview.shown],
        "required": [key for key in slots if key in preview.required],
        "moves": _moves(sight),
    }
    return {part: value for part, value in found.items() if value}


def _json(sight: Sight, key: str, value: object) -> object:
    """Return a value as tests write it."""
    return written(sight.world, sight.world.slot(sight.form, key), value)


def _moves(sight: Sight) -> dict[str, object]:
    options = pipeline.moves(sight.session, sight.world.live, sight.form, sight.record(), sight.user, sight.world.now)
    found: dict[str, object] = {}
    for option in options:
        why = why_closed(option, any_open=True)
        missing = {"missing": list(option.missing)} if option.missing else {}
        found[option.transition.key] = True if option.allowed else {"why": why, **missing}
    return found


def _alerts(world: World, session: Session, name: str) -> dict[str, object]:
    form, id_ = world.records[name]
    found: dict[str, object] = {}
    for key, rule in world.live.app.alerts.items():
        if rule.form == form:
            told = told_by(world, session, key, id_)
            found[key] = False if told is None else world.names_of_people(told)
    return {"alerts": found} if found else {}
