"""Checking a config: its JSON, its schemas, its meaning. Every fault at once, in a fixed order."""

from __future__ import annotations

from engine.config.advice import check_advice
from engine.config.check_alerts import check_alerts
from engine.config.check_app import check_app
from engine.config.check_dashboards import check_dashboards
from engine.config.check_forms import check_forms
from engine.config.check_okrs import check_okrs
from engine.config.check_pipelines import check_pipelines
from engine.config.check_tests import check_tests
from engine.config.cycles import check_cycles
from engine.config.desk import Desk
from engine.config.faults import ordered
from engine.config.labels import check_labels
from engine.config.parameters import check_parameters, with_defaults
from engine.config.schema_check import schema_faults
from engine.config.secrets import check_secrets
from engine.config.source import APP_FILE, Source
from rules.errors import N_, Fault


def check(source: Source) -> list[Fault]:
    """Return everything wrong with a config; an empty list, or one of warnings alone, may be published."""
    return examine(source)[0]


def examine(source: Source) -> tuple[list[Fault], Desk]:
    """Return the faults, and the desk with every expression checked, which building goes on from."""
    desk = Desk(with_defaults(source))
    desk.faults.extend(source.faults)
    if not source.files:
        if not source.faults:
            desk.add(Fault("source.empty", N_("There is no config here."), file=APP_FILE))
        return ordered(desk.faults, source), desk
    _check_parts(desk)
    if not any(file.section == "app" for file in source.files):  # without its roles everything else would seem wrong
        return ordered(desk.faults, source), desk
    check_parameters(desk, source)
    unusable = {(fault.file, fault.pointer) for fault in source.faults}
    desk.faults.extend(f for f in schema_faults(desk.source) if (f.file, f.pointer) not in unusable)
    for noun in (
        check_app, check_forms, check_cycles, check_pipelines, check_okrs, check_alerts, check_dashboards, check_tests, check_labels, check_secrets,
    ):  # fmt: skip
        noun(desk)
    if not any(fault.level == "error" for fault in desk.faults):
        check_advice(desk)
    return ordered(desk.faults, source), desk


def _check_parts(desk: Desk) -> None:
    """An app has an app.json and at least one form; a file that could not be read is no missing file."""
    sections = {file.section for file in desk.source.files}
    unread = {fault.file.partition("/")[0] for fault in desk.faults}
    if "app" not in sections and APP_FILE not in unread:
        desk.add(Fault("source.no_app", N_("There is no app.json here."), file=APP_FILE))
    if "app" in sections and "forms" not in sections | unread:
        desk.add(Fault("source.no_form", N_("An app needs at least one form, in the folder forms."), file=APP_FILE))
