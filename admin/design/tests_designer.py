"""The designer of tests: who is there, what is there, what happens, and what must be true; nobody needs to see JSON."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_babel import gettext

from admin.design import story_words as words
from admin.design import tests
from admin.design._designer import Designer
from admin.design._desk import desk, typed_name
from admin.design._part import COMMON, Part
from admin.design.story import story_of
from admin.design.story_running import take_over, tried, try_it
from engine.config.spot import Spot
from engine.design.keys import key_for
from engine.design.names_in_tests import names_in_test, records_in
from engine.design.pointers import ABSENT, inserted, steps, value_at
from engine.errors import EngineError
from forms.dates import read_moment
from rules.errors import N_, Fault

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Blueprint
    from werkzeug.wrappers import Response

TABS = tests.TABS
#: What a step does -> members of a step that mean something then.
_MEMBERS = {
    "create": {"form", "as", "values", "rows", "refused"},
    "update": {"record", "values", "rows", "refused"},
    "move": {"record", "to", "values", "refused"},
    "delete": {"record", "refused"},
    "wait": set[str](),
}
_OF_DEEDS = frozenset({"form", "as", "values", "rows", "refused", "record", "to"})
#: What can only be expected of a record, and what only of a form that is being filled in.
_OF_RECORDS = frozenset({"form", "moves", "alerts", "deleted"})


def _unfit(content: Any, at: str) -> frozenset[str]:
    """Return the members that mean nothing at a place, unless something stands there."""
    spot = value_at(content, at)
    if not isinstance(spot, dict):
        return frozenset()
    way = steps(at)
    if way[:1] == ("steps",) and len(way) == 2:
        rest = _OF_DEEDS - _MEMBERS.get(str(spot.get("do")), _OF_DEEDS)
        rest |= (
            {"rows"}
            if not _has_tables(str(spot.get("form") or records_in(content).get(str(spot.get("record")))))
            else set()
        )
    elif "records" in way and "expect" in way:
        rest = _OF_RECORDS if "record" not in spot and "form" in spot else frozenset({"form"})
        rest |= {"record"} if "form" in spot and "record" not in spot else frozenset()
    else:
        return frozenset()
    return frozenset(one for one in rest if one not in spot)


def _has_tables(form: str) -> bool:
    return any(one.type.is_table for one in desk().examined.shapes.fields(form).values())


def _name(part: Part) -> str:
    """Return how what is chosen is called in the list of edits."""
    way, spot = steps(part.at), part.spot
    if not way:
        return desk().said(spot)
    if way[0] == "people":
        return words.person(spot, way[1])
    if way[0] == "records":
        return words.record(spot, spot["records"][int(way[1])]["as"].text)
    step = gettext("step %(number)s", number=int(way[1]) + 1) if way[0] == "steps" else ""
    return " › ".join(filter(None, (step, gettext("what must be true") if "expect" in way else "")))


def _context(part: Part) -> Mapping[str, Any]:
    run = tried(part)
    story = story_of(part, run.findings if run else ())
    return {
        "story": story,
        "run": run,
        "chosen_title": next((one.title for one in story.cards() if one.at == part.at), _name(part)) if part.at else "",
        "known_at": lambda where: _known(part, where),
        "behind": part.at if steps(part.at)[:1] == ("steps",) else "",
        "roles": [(one["key"].text, desk().said(one)) for one in desk().source.app["roles"].items()],
        "forms": [(key, name) for _, key, name in desk().parts("forms")],
        "staged": [form for form in desk().examined.pipelines if form],
        "known": _known(part, f"/steps/{_place(part)}"),
    }


def _known(part: Part, where: str) -> list[tuple[str, str]]:
    """Return the records that can be spoken of at a place: a step, or what is expected somewhere."""
    at = f"{where}/record" if steps(where)[-1].isdigit() else f"{where}/records/0/record"
    return [(one.value, desk().told(one.label)) for one in names_in_test(desk().examined, part.content, at)]


def _place(part: Part) -> int:
    """Return where the next step is put: behind the chosen one, or at the end."""
    way, last = steps(part.at), _count(part, "/steps")
    return int(way[1]) + 1 if way[:1] == ("steps",) else last


# -- buttons ----------------------------------------------------------------------------------------------------------


def _wanted() -> str:
    return request.form["-act"].partition(":")[2]


def _person(part: Part) -> None:
    """Add somebody, with a role."""
    name, role = typed_name(gettext("Person")), request.form.get("role", "")
    held = part.content.get("people")
    key = key_for(name, held if isinstance(held, dict) else (), "person")
    part.put(f"/people/{key}", {"name": name, **({"roles": [role]} if role else {})})
    part.at, part.note = f"/people/{key}", gettext("added “%(what)s”", what=name)


def _record(part: Part) -> None:
    """Add a record of a form."""
    form = _form()
    made = {"as": key_for(form, records_in(part.content), "record"), "form": form, "values": {}}
    part.at = f"/records/{_count(part, '/records')}"
    part.content = inserted(part.content, "/records", _count(part, "/records"), made)
    part.note = gettext("added “%(what)s”", what=words.form(form))


def _form() -> str:
    form = request.form.get("form", "")
    if form not in desk().examined.forms:
        raise KeyError(form)
    return form


def _count(part: Part, pointer: str) -> int:
    held = value_at(part.content, pointer)
    return len(held) if isinstance(held, list) else 0


def _step(part: Part) -> None:
    """Add a step behind the one that is chosen, or at the end."""
    deed, way = _wanted(), steps(request.form.get("behind", ""))
    if deed not in _MEMBERS:
        raise KeyError(deed)
    last = _count(part, "/steps")
    place = min(int(way[1]) + 1, last) if way[:1] == ("steps",) and way[1:2] and way[1].isdigit() else last
    part.content = inserted(part.content, "/steps", place, _new_step(part, deed, place))
    part.at, part.note = (
        f"/steps/{place}",
        gettext("added “%(what)s”", what=gettext("step %(number)s", number=place + 1)),
    )


def _new_step(part: Part, deed: str, place: int) -> dict[str, Any]:
    if deed == "create":
        form = _form()
        return {"do": deed, "form": form, "as": key_for(form, records_in(part.content), "record"), "values": {}}
    if deed == "wait":
        return {"do": deed, "at": _day_after(part.spot, place)}
    name = request.form.get("record", "")
    made: dict[str, Any] = {"do": deed, "record": name}
    if deed == "move":
        flow = desk().examined.pipelines.get(records_in(part.content).get(name, ""))
        ways = [one["key"].text for one in flow["transitions"].items()] if flow else []
        if not ways:
            raise EngineError(Fault("test.stage", N_("The records of this form have no stages.")))
        made["to"] = ways[0]
    return made


def _day_after(test: Spot, place: int) -> str:
    """Return the day after what was done before a step, at the same time."""
    zone = desk().examined.context.time_zone
    moments = [test["now"], *(one["at"] for one in list(test["steps"].items())[:place])]
    texts = [one.text for one in moments if one.text and read_moment(one.text, zone)]
    last = read_moment(texts[-1], "UTC") if texts else None
    return (last + timedelta(days=1)).strftime("%Y-%m-%d %H:%M") if last else ""


def _expect(part: Part) -> None:
    """Add what must be true of a record, of a form that is being filled in, or of alerts and numbers."""
    where, what = request.form.get("where", ""), _wanted()
    way = steps(where)
    if way != ("expect",) and not (way[:1] == ("steps",) and way[2:] == ("expect",)):
        raise KeyError(where)
    if what == "more":
        held = value_at(part.content, where)
        part.put(where, held if isinstance(held, dict) else {})
        part.at = where
    else:
        made = {"form": _form()} if what == "form" else {"record": request.form.get("record", "")}
        at = f"{where}/records"
        part.at = f"{at}/{_count(part, at)}"
        part.content = inserted(part.content, at, _count(part, at), made)
    part.note = gettext("added “%(what)s”", what=gettext("what must be true"))


def _take(part: Part) -> None:
    """Take away what is chosen; what is expected beside records goes without the records."""
    if steps(part.at)[-1:] == ("expect",):
        held = {name: one for name, one in part.chosen.items() if name == "records"}
        part.note = gettext("took “%(what)s” away", what=_name(part))
        part.put(part.at, held)
        part.at = ""
        return
    COMMON["take"](part)
    part.onward = url_for("design.tests_home", app_key=desk().app_key) if part.content is ABSENT else ""


def _try(part: Part) -> None:
    """Store the sheet, then run the test."""
    if "-sheet" in request.form:
        designer.read(part)
    COMMON["save"](part)
    part.onward = try_it(part)


class TestDesigner(Designer):
    """A designer whose parts are listed on a page of their own, where they are run."""

    __test__ = False  # the test runner takes it for a test

    def home(self, app_key: str) -> Response:
        """List the tests."""
        return tests.index(app_key)


designer = TestDesigner(
    "tests",
    "tests",
    "design/story.html",
    {},
    _context,
    {
        "person": _person,
        "record": _record,
        "step": _step,
        "expect": _expect,
        "take": _take,
        "takeover": take_over,
        "try": _try,
    },
    {
        "": frozenset({"people", "records", "steps", "expect", "key"}),
        "steps": frozenset({"do", "expect"}),
        "expect": frozenset({"records"}),
        "steps/expect": frozenset({"records"}),
    },
    frozenset({"records", "steps", "expect/records", "steps/expect/records"}),
    frozenset({"people/*", "expect", "steps/expect"}),
    _unfit,
    _name,
)


def install(pages: Blueprint) -> None:
    """Add the pages."""
    designer.install(pages)
    tests.install(pages)
