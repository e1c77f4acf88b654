"""The tests of a config: listed, run in memory a few at a time, begun, and made of a real record with one click."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext

from admin.design._desk import Tab, desk, typed_name
from engine.config_tests import Outcome, run_tests
from engine.config_tests.recording import record_test
from engine.errors import NotFound
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.render import render

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Blueprint
    from werkzeug.wrappers import Response

TABS = (Tab("design.tests_home", lazy_gettext("Tests"), ("design.tests",)),)
#: Tests that one request of a page with scripts runs.
AT_ONCE = 5


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/tests", "tests_new", new, methods=["POST"])
    pages.add_url_rule("/tests/from-a-record", "tests_record", record, methods=["POST"])
    pages.add_url_rule("/tests/<key>/delete", "tests_delete", delete, methods=["POST"])


def index(app_key: str) -> Response:
    """List the tests; with `run`, run all or one of them: as a piece a few from `from` on, as a page all at once."""
    keys = [key for _, key, _ in desk().parts("tests")]
    wanted = request.args.get("run", "")
    if wanted and wanted != "all" and wanted not in keys:
        raise NotFound("test", wanted)
    asked = keys if wanted == "all" else [wanted] if wanted else []
    start = request.args.get("from", 0, type=int) if here.wants_piece() else 0
    part = asked[start : start + AT_ONCE] if here.wants_piece() else asked
    report = run_tests(desk().source, part) if part else None
    done = start + len(part)
    failed = max(0, request.args.get("failed", 0, type=int)) + (len(report.failed) if report else 0)
    return render(
        "design/tests.html",
        "design/_test_results.html",
        app_key=app_key,
        tests=desk().parts("tests"),
        report=report,
        outcomes=_OUTCOMES,
        run=wanted,
        done=done,
        total=len(asked),
        failed=failed,
        stopped=bool(report and report.faults),
    )


_OUTCOMES = {
    Outcome.PASSED: ("good", lazy_gettext("passed")),
    Outcome.FAILED: ("bad", lazy_gettext("failed")),
    Outcome.STOPPED: ("warn", lazy_gettext("not run")),
}


def new(app_key: str) -> Response:
    """Begin a test: the least that is one, to be filled in on its page."""
    taken = {key for _, key, _ in desk().parts("tests")}
    key = next(name for number in range(1, len(taken) + 2) if (name := f"test_{number}") not in taken)
    now = here.now().strftime("%Y-%m-%d 09:00")
    content = {
        "key": key,
        "label": typed_name(gettext("New test")),
        "now": now,
        "people": {},
        "records": [],
        "steps": [],
        "expect": {},
    }
    return _saved(app_key, key, content, gettext("began a test"))


def record(app_key: str) -> Response:
    """Make a test of a record, as whoever asks sees it, and run it."""
    form, id_ = request.form.get("form", ""), request.form.get("record", 0, type=int)
    live = desk().live
    if live is None:
        raise NotFound("record", id_)
    try:
        made = record_test(here.db(), live, desk().source, form, id_, here.viewer(), here.now())
    except NotFound:
        raise
    except SteerwayError as error:
        flash(" ".join(sentence(fault) for fault in error.faults), "error")
        return redirect(url_for("design.tests_home", app_key=app_key), 303)
    key = str(made["key"])
    desk().save(f"tests/{key}.json", made, gettext("made a test of a record"), seen="")
    flash(
        gettext("A test was made of this record. Shorten it to what it is about; people appear as their roles."),
        "success",
    )
    return redirect(url_for("design.tests_home", app_key=app_key, run=key), 303)


def delete(app_key: str, key: str) -> Response:
    """Take a test out of the draft; it can be taken back on the overview."""
    path = next((path for path, one, _ in desk().parts("tests") if one == key), None)
    if path is None:
        raise NotFound("test", key)
    desk().save(path, None, gettext("removed a test"), seen=desk().seen(path))
    flash(gettext("The test is removed from the draft."), "success")
    return redirect(url_for("design.tests_home", app_key=app_key), 303)


def _saved(app_key: str, key: str, content: Mapping[str, object], note: str) -> Response:
    desk().save(f"tests/{key}.json", content, note, seen="")
    return redirect(url_for("design.tests", app_key=app_key, part_key=key), 303)
