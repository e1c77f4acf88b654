"""Whether what a test expects at one point is so: records and forms, alerts, key results, counts."""

from __future__ import annotations

from collections.abc import Iterator

from engine import records
from engine.config.spot import Spot
from engine.config_tests.doing import pass_time
from engine.config_tests.findings import agree, differs, instead, plain
from engine.config_tests.judging_alerts import judge_alerts
from engine.config_tests.judging_records import judge_record
from engine.config_tests.world import World
from engine.okr.objectives import KrValue, objectives
from engine.people import SYSTEM
from rules.errors import N_, Fault, Term


def judge(world: World, expect: Spot) -> Iterator[Fault]:
    """Yield what is not as expected; nothing that judging itself does remains."""
    with world.base.undone():
        for one in expect["records"].items():
            yield from judge_record(world, one)
            world.base.check_time()
        yield from _judge_counts(world, expect["counts"])
        yield from _judge_key_results(world, expect["key_results"])
        if looks_at_alerts(expect):
            pass_time(world)
            yield from judge_alerts(world, expect)


def looks_at_alerts(expect: Spot) -> bool:
    """Tell whether anything is expected of alerts."""
    return expect["alerts"].is_given or any(one["alerts"].is_given for one in expect["records"].items())


def _judge_counts(world: World, counts: Spot) -> Iterator[Fault]:
    for form, spot in counts.members():
        with world.base.sessions() as session:
            page = records.query(session, world.live, form, world.user(session), world.now, limit=1)
        if page.count != spot.value:
            template = N_("Expected {expected} records of “{form}” in sight, found {found}.")
            label = world.live.form(form).label
            facts = {"expected": spot.value, "found": page.count, "form": label}
            yield differs(spot, instead(spot, page.count), "test.count", template, **facts)


def _judge_key_results(world: World, pages: Spot) -> Iterator[Fault]:
    for key, results in pages.members():
        with world.base.sessions() as session:
            page = objectives(session, world.live, world.live.app.okrs[key], SYSTEM, world.now)
        values = {kr.definition.key: kr for one in page.objectives for kr in one.key_results}
        for name, spot in results.members():
            wanted = {"value": spot.value} if not isinstance(spot.value, dict) else spot.value
            for part, expected in wanted.items():
                place = spot[part] if isinstance(spot.value, dict) else spot
                yield from _judge_figure(values[name], place, part, expected)


def _judge_figure(kr: KrValue, place: Spot, part: str, expected: object) -> Iterator[Fault]:
    parts = {"value": kr.current, "target": kr.target, "score": kr.score, "health": kr.health.color or "none"}
    found = parts[part]
    if not agree(found, expected):
        yield differs(
            place,
            instead(place, plain(found)),
            "test.key_result",
            N_("“{label}”, {part}: expected {expected}, found {found}."),
            label=kr.definition.label,
            part=Term(_PARTS[part]),
            expected=_figure(expected),
            found=_figure(found),
        )
        if found is None and kr.why_empty is not None:
            yield kr.why_empty.at(file=place.file, pointer=place.pointer)


def _figure(value: object) -> object:
    if value is None:
        return Term(N_("nothing"))
    return (
        Term(_LIGHTS[value])
        if isinstance(value, str) and value in _LIGHTS
        else f"{value:g}"
        if isinstance(value, float)
        else value
    )


_PARTS = {"value": N_("value"), "target": N_("target"), "score": N_("score"), "health": N_("light")}
_LIGHTS = {"green": N_("green"), "yellow": N_("yellow"), "red": N_("red"), "none": N_("nothing")}
