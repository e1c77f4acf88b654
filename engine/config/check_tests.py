"""What tests mean: people, records, steps and expectations that name what there is, in an order in which it can happen."""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.config import limits
from engine.config.cast import Cast, check_field_names, check_values
from engine.config.check_expectations import check_expectations
from engine.config.check_pipelines import stages_of
from engine.config.desk import Desk
from engine.config.spot import Spot
from forms.dates import read_moment
from rules.errors import N_

_NO_ROLE = N_("There is no role “{name}”.")
_NO_FORM = N_("There is no form “{name}”.")
_NO_STAGE = N_("There is no stage “{name}” in this pipeline.")
_NO_PERSON = N_("There is nobody called “{name}” in this test.")
_NO_RECORD = N_("There is no record called “{name}” in this test at this point.")
#: What a step needs, and what else it understands.
_NEEDS = {"create": ("form",), "update": ("record",), "move": ("record", "to"), "delete": ("record",), "wait": ("at",)}
_MORE = {"create": ("as", "values", "rows"), "update": ("values", "rows"), "move": ("values",)}
_ALWAYS = ("do", "user", "at", "expect")


def check_tests(desk: Desk) -> None:
    """Check every test."""
    for number, test in enumerate(desk.source.section("tests")):
        if number == limits.TESTS:
            desk.add(test.fault("test.many", N_("At most {limit} tests are run for one app."), limit=limits.TESTS))
        elif number < limits.TESTS:
            _Test(desk, test).check()


class _Test:
    """One test, walked through in the order of its time."""

    def __init__(self, desk: Desk, test: Spot) -> None:
        self.desk, self.test = desk, test
        self.cast = Cast(frozenset(name for name, _ in test["people"].members()))
        self.start: datetime | None = None
        self.now: datetime | None = None

    def check(self) -> None:
        """Check people, records, steps and what is expected at the end."""
        self.start = self.now = self._moment(self.test["now"])
        self._person(self.test["user"])
        for _, person in self.test["people"].members():
            self._person(person["manager"])
            for role in person["roles"].items():
                self.desk.named(role, self.desk.roles, "role.unknown", _NO_ROLE)
        for record in self.test["records"].items():
            self._check_record(record)
        for step in self.test["steps"].items():
            self._check_step(step)
        check_expectations(self.desk, self.test["expect"], self.cast)

    def _check_record(self, record: Spot) -> None:
        form = record["form"]
        self._person(record["owner"])
        if self.desk.named(form, self.desk.forms, "form.unknown", _NO_FORM):
            check_values(self.desk, form.text, record["values"], self.cast, read=True)
            self._check_stage(record)
        for name in ("stage_entered_at", "created_at", "at"):
            moment = self._moment(record[name])
            if moment and self.now and moment > self.now:
                template = N_("This is later than the moment at which the test begins.")
                self.desk.add(record[name].fault("test.time", template))
        self._declare(record["as"], form.text)

    def _check_stage(self, record: Spot) -> None:
        pipeline = self.desk.pipelines.get(record["form"].text)
        if pipeline is not None:
            self.desk.named(record["stage"], stages_of(pipeline), "stage.unknown", _NO_STAGE)
        elif record["stage"].is_given:
            self.desk.add(record["stage"].fault("test.stage", N_("The records of this form have no stages.")))

    def _check_step(self, step: Spot) -> None:
        do = step["do"].text
        if do not in _NEEDS:
            return  # the schema says so
        self._check_members(step, do)
        self._person(step["user"])
        self._pass_time(step["at"])
        form = self._form_of(step, do)
        if form:
            check_values(self.desk, form, step["values"], self.cast)
            self._check_rows(form, step["rows"])
            self._check_way(form, step["to"])
            for one in step["refused"].items():
                self._check_refused(form, one["field"])
        if do == "create" and step["as"].is_given and not step["refused"].value:
            self._declare(step["as"], form)
        check_expectations(self.desk, step["expect"], self.cast)

    def _check_refused(self, form: str, field: Spot) -> None:
        """A field, or a cell of a sub-table, such as lines__new1__amount."""
        name = Spot(field.text.partition("__")[0], field.file, field.pointer)
        check_field_names(self.desk, form, name, system=True)

    def _check_members(self, step: Spot, do: str) -> None:
        known = {*_NEEDS[do], *_MORE.get(do, ()), *_ALWAYS, *(() if do == "wait" else ("refused",))}
        for name in _NEEDS[do]:
            if not step[name].is_given:
                self.desk.add(step.fault("test.step", N_("To {do}, a step needs “{name}”."), do=do, name=name))
        for name, place in step.members():
            if name not in known:
                self.desk.add(
                    place.fault("test.step", N_("“{name}” means nothing where a step is to {do}."), do=do, name=name)
                )

    def _form_of(self, step: Spot, do: str) -> str:
        if do == "create":
            known = self.desk.named(step["form"], self.desk.forms, "form.unknown", _NO_FORM)
            return step["form"].text if known else ""
        self.desk.named(step["record"], self.cast.records, "test.record", _NO_RECORD)
        form = self.cast.records.get(step["record"].text, "")
        return form if form in self.desk.forms else ""

    def _check_rows(self, form: str, rows: Spot) -> None:
        for key, listed in rows.members():
            table = self.desk.shapes.field(form, key)
            if table is None or not table.type.is_table:
                template = N_("There is no sub-table “{name}” in this form.")
                self.desk.add(listed.fault("field.unknown", template, name=key))
                continue
            for row in listed.items():
                check_values(self.desk, str(table.params.get("of", "")), row, self.cast)

    def _check_way(self, form: str, to: Spot) -> None:
        pipeline = self.desk.pipelines.get(form)
        if pipeline is None:
            if to.is_given:
                self.desk.add(to.fault("test.stage", N_("The records of this form have no stages.")))
            return
        ways = (*(one["key"].text for one in pipeline["transitions"].items()), *stages_of(pipeline))
        self.desk.named(to, ways, "transition.unknown", N_("There is no transition and no stage “{name}” here."))

    def _declare(self, name: Spot, form: str) -> None:
        if name.text in self.cast.records:
            template = N_("Another record of this test is called “{name}” already.")
            self.desk.add(name.fault("key.repeated", template, name=name.text))
        elif name.text:
            self.cast.records[name.text] = form

    def _person(self, place: Spot) -> None:
        self.desk.named(place, self.cast.people, "test.person", _NO_PERSON)

    def _pass_time(self, place: Spot) -> None:
        moment = self._moment(place)
        if moment and self.now and moment < self.now:
            self.desk.add(
                place.fault("test.time", N_("This is earlier than what was done before; time does not go back."))
            )
        if moment and self.start and moment - self.start > timedelta(days=limits.TEST_DAYS):
            template = N_("A test goes on for at most {days} days.")
            self.desk.add(place.fault("test.time", template, days=limits.TEST_DAYS))
        self.now = moment or self.now

    def _moment(self, place: Spot) -> datetime | None:
        found = read_moment(place.text, self.desk.context.time_zone) if place.text else None
        if place.text and found is None:
            template = N_("“{name}” is no moment; write it like 2026-03-02 09:00.")
            self.desk.add(place.fault("test.moment", template, name=place.text))
        return found
