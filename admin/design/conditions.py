"""Conditions of a draft filled in test by test, and its expressions checked and completed while they are written."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext

from admin.design._desk import desk
from admin.design.figures import check_answer, complete_answer
from admin.expression_names import keys_of_fields
from engine.design.candidates import form_at
from engine.design.pointers import ABSENT, value_at, with_value
from forms.errors import FormError
from rules.check import check
from rules.errors import RuleError, SteerwayError
from rules.types import Kind
from web import here
from web.criteria_form import Builder, act, posted_group, written
from web.errors import sentence
from web.render import go, is_local, render

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response


TABS: tuple[Any, ...] = ()


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/condition", "condition", show)
    pages.add_url_rule("/condition", "condition_edit", edit, methods=["POST"])
    pages.add_url_rule("/expression/<form_key>", "expression", explain)
    pages.add_url_rule("/expression/<form_key>/check", "expression_check", check_text, methods=["POST"])
    pages.add_url_rule("/expression/<form_key>/complete", "expression_complete", complete_text, methods=["POST"])


def show(app_key: str) -> Response:
    """Show a condition as tests."""
    form = _form()
    found = value_at(desk().content(_path()), _at())
    text = found if isinstance(found, str) else ""
    return _page(app_key, Builder.of(desk().fields(form), desk().slots(form), text))


def edit(app_key: str) -> Response:
    """Add, take away or change a test; or put the condition into the draft and go back."""
    form = _form()
    fields, slots = desk().fields(form), desk().slots(form)
    group = posted_group(request.form)
    try:
        if request.form.get("-act", "apply") != "apply":
            return _page(app_key, Builder(fields, slots, act(group, request.form["-act"])))
        text = written(slots, group)
        if text:
            check(text, desk().examined.scope(form), Kind.YES_NO)
        _store(text)
    except (FormError, RuleError) as error:
        return _page(app_key, Builder(fields, slots, group, error), 422)
    except SteerwayError as error:
        here.db().rollback()
        flash(sentence(error.faults[0]), "error")
        return _page(app_key, Builder(fields, slots, group), 409)
    return go(_back(app_key))


def _store(text: str) -> None:
    path = _path()
    content = with_value(deepcopy(desk().content(path)), _at(), text or ABSENT)
    desk().save(path, content, gettext("changed conditions"))


def _page(app_key: str, builder: Builder, status: int = 200) -> Response:
    return render(
        "design/condition.html", "design/_condition.html", app_key=app_key, builder=builder, path=_path(), at=_at(),
        back=_back(app_key), seen=request.form.get("seen") or desk().seen(_path()), status=status,
    )  # fmt: skip


def _path() -> str:
    return request.values.get("path", "")


def _at() -> str:
    return request.values.get("at", "")


def _form() -> str:
    path = _path()
    found = form_at(path.partition("/")[0], desk().content(path), _at(), desk().examined)
    return found if found in desk().examined.forms else abort(404)


def _back(app_key: str) -> str:
    wanted = request.values.get("back", "")
    return wanted if is_local(wanted) else url_for("design.overview", app_key=app_key)


# -- expressions ------------------------------------------------------------------------------------------------------


def explain(app_key: str, form_key: str) -> Response:
    """Lead to the form: the editor asks the two addresses below this one."""
    return redirect(url_for("design.forms", app_key=app_key, part_key=form_key), 303)


def check_text(form_key: str, **_app: str) -> Response:
    """Return what is wrong with an expression over a form of the draft, as JSON for the editor."""
    return check_answer(_scope(form_key), keys_of_fields(desk().examined, form_key))


def complete_text(form_key: str, **_app: str) -> Response:
    """Return what may stand at a place of an expression, as JSON for the editor."""
    return complete_answer(_scope(form_key), keys_of_fields(desk().examined, form_key))


def _scope(form_key: str) -> Any:
    if form_key not in desk().examined.forms:
        abort(404)
    return desk().examined.scope(form_key, draft=True)
