"""Expressions tried on records that are given, not stored: by the reference, the compiled or a database's evaluator."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import Connection

from engine.config.build import compile_config
from engine.config.defs import AppDef, PipelineDef
from engine.db import make_engine
from engine.errors import EngineError
from engine.people import Person, User
from engine.sql.functions import NoSqlForm
from engine.sql.source import Source
from engine.tables import AppTables
from forms.defs import FieldDef, Option
from forms.fields import InputContext
from forms.system import PERSON_SHAPE, system_fields
from rules.check import check
from rules.checked import Checked
from rules.compiled import compiled
from rules.errors import N_, Fault
from rules.explain import Explanation, explain
from rules.reference import evaluate
from rules.scope import RecordScope
from rules.types import OF_PEOPLE, Kind

ENGINES = ("reference", "compiled", "sqlite", "postgresql")
#: Who asks when nobody is named.
NOBODY = User(None, "nobody", "")


@dataclass(frozen=True, slots=True)
class Case:
    """One expression on one record. References are nested objects, people too; values are as in the API's JSON."""

    expression: str
    record: Mapping[str, object] = field(default_factory=dict)
    me: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """The value of an expression, its kind, and (when asked for) where it comes from."""

    value: object
    kind: Kind
    explanation: Explanation | None = None


def app_of(definition: Mapping[str, object]) -> tuple[AppDef, str]:
    """Return the app and the form of a small definition: a form, or `{"forms": […], "form": key}`; ConfigError with every fault.

    What expressions do not need (labels, a title) may be left out; `time_zone`, `calendar`, `currency` and
    `pipelines` may be given, or a form's `stages` alone, also written as a choice field named `stage`.
    """
    forms = definition.get("forms")
    given = [_staged(one) for one in (forms if isinstance(forms, list) else [definition])]
    listed = [_whole(form) for form, _ in given]
    piped = [pipeline for _, pipeline in given if pipeline]
    named = {name: definition[name] for name in ("time_zone", "calendar", "currency", "roles") if name in definition}
    app: dict[str, object] = {"key": "trial", "label": "Trial", **named}
    whole = {"app": app, "forms": listed, "pipelines": definition.get("pipelines") or piped}
    wanted = definition.get("form") or (listed[0].get("key") if listed else "")
    found = compile_config(whole)
    if wanted not in found.forms:
        raise _refused(N_("There is no form {name} in this definition."), name=wanted)
    return found, str(wanted)


def _staged(form: object) -> tuple[object, dict[str, object] | None]:
    """Return a form without its stages, and the pipeline they stand for."""
    if not isinstance(form, Mapping):
        return form, None
    fields = form.get("fields")
    listed = list(fields) if isinstance(fields, list) else []
    choice = next((one for one in listed if isinstance(one, Mapping) and one.get("key") == "stage"), {})
    stages = form.get("stages") or choice.get("options")
    if not isinstance(stages, list) or not stages:
        return form, None
    left = {name: value for name, value in form.items() if name != "stages"}
    left["fields"] = [one for one in listed if one is not choice]
    options = [_option(one) for one in stages]
    key = str(form.get("key", "record"))
    names: dict[str, object] = {"key": f"{key}_stages", "label": key, "form": key, "initial": options[0].get("key")}
    moves = [
        {"key": f"to_{o.get('key')}", "label": str(o.get("key")), "from": "*", "to": o.get("key")} for o in options
    ]
    return left, {**names, "stages": options, "transitions": moves}


def _option(one: object) -> dict[str, object]:
    return {"key": one, "label": one} if isinstance(one, str) else _labelled(one)


def _whole(form: object) -> dict[str, object]:
    """Return a form with the parts that a screen would need and an expression does not."""
    if not isinstance(form, Mapping):
        raise _refused(N_("A form is an object with “fields”."))
    own = {name: value for name, value in form.items() if name not in ("time_zone", "calendar", "currency", "roles")}
    given = own.get("fields")
    fields = [_labelled(one) for one in given] if isinstance(given, list) else []
    titled = next((one["key"] for one in fields if isinstance(one, dict) and one.get("type") == "text"), None)
    if titled is None:
        titled = "title_of_record"
        fields.append({"key": titled, "type": "text", "label": "Title"})
    key = own.get("key", "record")
    return {"key": key, "label": str(key), "title": titled, **own, "fields": fields}


def _labelled(one: object) -> Any:
    if not isinstance(one, Mapping):
        return one
    options = one.get("options")
    listed = {"options": [_option(o) for o in options]} if isinstance(options, list) else {}
    return {"label": str(one.get("key", "")), **one, **listed}


@contextmanager
def scratch(url: str) -> Iterator[Connection]:
    """Open a transaction on a database that is rolled back at the end: a trial leaves nothing behind."""
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
            connection.rollback()
    finally:
        engine.dispose()


class Trial:
    """Tries expressions on a form of an app."""

    def __init__(self, app: AppDef, form: str, now: datetime) -> None:
        self.app, self.form, self.now = app, form, now
        self.scope = RecordScope(app.shapes, form, PERSON_SHAPE, app.context)
        self.tables = AppTables("sw_trial", app.shapes)

    def check(self, text: str) -> Checked:
        """Return the checked expression; RuleError with every fault."""
        return check(text, self.scope)

    def answer(self, case: Case, engine: str, connection: Connection | None = None, *, why: bool = False) -> Answer:
        """Evaluate one case; the engines `sqlite` and `postgresql` need a connection to such a database."""
        checked = self.check(case.expression)
        given = _Given(self, case, checked)
        value = self._evaluator(engine, connection)(checked, given)
        return Answer(value, checked.type.kind, explain(checked, given.values(checked)) if why else None)

    def _evaluator(self, engine: str, connection: Connection | None) -> Callable[[Checked, _Given], object]:
        if engine == "reference":
            return lambda checked, given: evaluate(checked, given.values(checked))
        if engine == "compiled":
            return lambda checked, given: compiled(checked)(given.values(checked))
        if connection is None or connection.dialect.name != engine:
            raise _refused(N_("The evaluator {name} needs such a database."), name=engine)
        return lambda checked, given: self._ask(connection, checked, given)

    def _ask(self, connection: Connection, checked: Checked, given: _Given) -> object:
        """Have the database evaluate: the record lies in tables of this transaction, which leaves nothing behind."""
        source = Source(
            self.app, self.tables, self.form, connection.dialect.name, self.now, given.user, people=self.people
        )
        try:
            query = source.select(source.expr(checked)).where(source.table.c.id == given.id)
        except NoSqlForm as error:
            raise _refused(N_("No form in SQL: {name} is evaluated record by record."), name=str(error)) from error
        self._store(connection, given)
        return connection.scalar(query)

    @property
    def people(self) -> sa.Table:
        """Return a table of people of the trial's own."""
        name = "sw_trial_person"
        made = self.tables.metadata.tables.get(name)
        return made if made is not None else sa.inspect(Person).local_table.to_metadata(self.tables.metadata, name=name)  # type: ignore[attr-defined]  # it is a Table

    def prepare(self, connection: Connection) -> None:
        """Make the tables of the trial inside the transaction; roll it back to be rid of them."""
        for table in (*(self.tables.current(form) for form in self.app.forms), self.people):
            columns = [sa.Column(c.name, c.type, primary_key=c.primary_key) for c in table.columns]
            sa.Table(table.name, sa.MetaData(), *columns, prefixes=["TEMPORARY"]).create(connection)

    def _store(self, connection: Connection, given: _Given) -> None:
        tables = {form: self.tables.current(form) for form in self.app.forms} | {"": self.people}
        for form, table in tables.items():
            connection.execute(sa.delete(table))
            if rows := given.rows.get(form):
                names = {name for row in rows.values() for name in row}
                connection.execute(sa.insert(table), [{name: row.get(name) for name in names} for row in rows.values()])


class _Given:
    """The record of a case with everything it refers to, laid out as rows with ids; people are rows of the form ''."""

    def __init__(self, trial: Trial, case: Case, checked: Checked) -> None:
        self.trial, self.app = trial, trial.app
        self.read = {pair for path in checked.reads for pair in self._pairs(path)}
        self.rows: dict[str, dict[int, dict[str, object]]] = {}
        self.context = InputContext(self.app.context.time_zone, self.app.currency)
        self.id = self._record(trial.form, case.record)
        self.user = self._user(case.me)

    def values(self, checked: Checked) -> dict[str, object]:
        """Return what the evaluators of one record read."""
        source = Source(self.app, self.trial.tables, self.trial.form, "", self.trial.now, self.user)
        found = dict(source.constants)
        row = self.rows[self.trial.form][self.id]
        for path in checked.reads:
            if ".".join(path) not in found:
                start = self._row("", self.user.id) if path[0] == "me" else row
                shape = PERSON_SHAPE if path[0] == "me" else self.app.shapes[self.trial.form]
                found[".".join(path)] = self._follow(start, shape, path[1:] if path[0] == "me" else path)
        return found

    def _pairs(self, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Yield (form, field) for each step of a path, as far as it stays within forms."""
        form = self.trial.form
        for name in path:
            type_ = self.app.shapes.get(form, {}).get(name)
            if type_ is None:
                return
            yield form, name
            form = type_.form

    def _follow(self, row: Mapping[str, object] | None, shape: Mapping[str, Any], path: tuple[str, ...]) -> object:
        for place, name in enumerate(path):
            type_ = shape[name]
            value = (row or {}).get("manager_id" if name == "manager" and shape is PERSON_SHAPE else name)
            if name == "days_in_stage" and row:
                value = self._days(row.get("stage_entered_at"))
            if place + 1 == len(path):
                return value
            person = type_.kind is Kind.PERSON
            row, shape = (
                self._row("" if person else type_.form, value),
                PERSON_SHAPE if person else self.app.shapes[type_.form],
            )
        return None

    def _days(self, entered: object) -> float | None:
        zone = ZoneInfo(self.app.context.time_zone)
        if not isinstance(entered, datetime):
            return None
        return float((self.trial.now.astimezone(zone).date() - entered.astimezone(zone).date()).days)

    def _row(self, form: str, key: object) -> Mapping[str, object] | None:
        return self.rows.get(form, {}).get(key) if isinstance(key, int) else None

    def _record(self, form: str, given: Mapping[str, object]) -> int:
        """Lay out one record; values must fit their fields, and required ones that are read must be there."""
        rows = self.rows.setdefault(form, {})
        number = len(rows) + 1
        rows[number] = row = dict[str, object](id=number, owner=None)
        definition = self.app.forms[form]
        pipeline = self.app.pipeline_of(form)
        known = {**system_fields([] if pipeline is None else _options(pipeline)), **definition.by_key}
        for key in given:
            if key not in known and key != "id":
                raise _refused(N_("The form {form} has no field {name}."), form=form, name=key)
        for key, slot in known.items():
            value = given.get(key)
            if isinstance(value, Mapping):
                row[key] = self._laid_out(slot, value)
            elif isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
                row[key] = [self._laid_out(slot, one) for one in value]
            else:
                row[key] = value if slot.to else slot.type.shown_as(slot).parse_input(slot, value, self.context)
            if row[key] is None and not self.app.shapes[form][key].nullable:
                row[key] = self._missing(form, key)
        return number

    def _laid_out(self, slot: FieldDef, given: Mapping[str, object]) -> int:
        """Lay out a person or a record that a field names."""
        return self._person(given) if slot.type.kind in OF_PEOPLE else self._record(slot.to, given)

    def _missing(self, form: str, key: str) -> object:
        """Return a value for what every stored record has; a required field must be given when the expression reads it."""
        if key in self.app.forms[form].by_key and (form, key) not in self.read:
            return None
        if key in self.app.forms[form].by_key:
            raise _refused(N_("The field {name} is required."), name=key)
        pipeline = self.app.pipeline_of(form)
        return pipeline.initial if key == "stage" and pipeline else self.trial.now if key.endswith("_at") else None

    def _person(self, given: Mapping[str, object]) -> int:
        rows = self.rows.setdefault("", {})
        number, manager = given.get("id"), given.get("manager")
        key = number if isinstance(number, int) else 1000 + len(rows)
        rows[key] = row = dict[str, object]()
        row |= {name: _text(given.get(name)) for name in PERSON_SHAPE if name != "manager"}
        row |= {"id": key, "manager_id": self._person(manager) if isinstance(manager, Mapping) else manager}
        return key

    def _user(self, given: Mapping[str, object]) -> User:
        if not given:
            return NOBODY
        key = self._person(given)
        listed, manager = given.get("roles"), self.rows[""][key]["manager_id"]
        name, sign_in, email, region, team = (
            _text(given.get(one)) for one in ("name", "sign_in", "email", "region", "team")
        )
        roles = frozenset((self.app.key, str(role)) for role in listed) if isinstance(listed, list) else frozenset()
        head = manager if isinstance(manager, int) else None
        return User(key, sign_in or "", name or "", email, region, team, head, roles=roles)


def _text(value: object) -> str | None:
    return str(value) if value else None


def _options(pipeline: PipelineDef) -> list[Option]:
    return [Option(stage.key, stage.label) for stage in pipeline.stages]


def _refused(template: str, **facts: object) -> EngineError:
    return EngineError(Fault("trial", template, facts))
