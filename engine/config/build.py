"""Building the frozen definitions of an app from a config without faults."""

from __future__ import annotations

from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path

from engine.config.build_alerts import build_alert
from engine.config.build_dashboards import build_dashboard
from engine.config.build_forms import build_forms
from engine.config.build_rest import build_okr, build_pipeline
from engine.config.check import examine
from engine.config.defs import AppDef, DashboardDef, GateDef, RoleDef
from engine.config.desk import Desk
from engine.config.faults import errors_of
from engine.config.load import load
from engine.config.measures import build_measures
from engine.config.parameters import parameter_of
from engine.config.source import Source
from engine.config.spot import Spot
from engine.errors import ConfigError
from forms.labels import Label
from forms.text import normal


def compile_config(source: Source | Path | bytes | str | Mapping[str, object]) -> AppDef:
    """Check and build an app; ConfigError with every fault (warnings too) when it has errors."""
    read = source if isinstance(source, Source) else load(source)
    faults, desk = examine(read)
    if errors_of(faults):
        raise ConfigError(*faults)
    return _app(desk)


def build(source: Source) -> AppDef:
    """Build an app; the same as compile_config, for a source that is known to be right."""
    return compile_config(source)


def _app(desk: Desk) -> AppDef:
    app = desk.source.app
    return AppDef(
        app["key"].text,
        Label.of(app["label"].value, app["key"].text),
        tuple(
            RoleDef(role["key"].text, Label.of(role["label"].value), role["may"].texts) for role in app["roles"].items()
        ),
        build_forms(desk),
        {key: build_pipeline(desk, spot) for key, spot in _by_key(desk, "pipelines")},
        {key: build_okr(desk, spot) for key, spot in _by_key(desk, "okrs")},
        {key: build_alert(desk, spot) for key, spot in _by_key(desk, "alerts")},
        desk.context,
        desk.shapes.stored,
        build_measures(desk, app["measures"]),
        Label.of(app["description"].value),
        app["version"].text,
        desk.currency,
        tuple(parameter_of(spot) for spot in app["parameters"].items()),
        teams=tuple(dict.fromkeys(" ".join(normal(team).split()) for team in app["teams"].texts if team.strip())),
        trash_days=trash_days if isinstance(trash_days := app["trash_days"].value, int) else 30,
        publishing=GateDef(app["publishing"]["tests"].is_true, app["publishing"]["approval"].is_true),
        dashboards=_dashboards(desk),
    )


def _dashboards(desk: Desk) -> dict[str, DashboardDef]:
    found = [build_dashboard(desk, spot) for _, spot in _by_key(desk, "dashboards")]
    return {one.key: one for one in sorted(found, key=lambda one: one.order)}


def _by_key(desk: Desk, section: str) -> list[tuple[str, Spot]]:
    """Return the parts of a section in the order in which a release keeps them, whatever the order they were given in."""
    return sorted(desk.by_key(section).items(), key=itemgetter(0))
