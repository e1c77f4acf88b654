"""`/a/<app>/<form>/views/…`: conditions built step by step, views saved and shared, widths remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from engine.records.expressions import condition_from
from engine.views import change_view, drop_view, keep_widths, save_view
from forms.errors import FormError
from rules.errors import RuleError
from web import here, i18n
from web.criteria_form import Builder, act, posted_group, written
from web.criteria_words import slots_of
from web.errors import sentence
from web.fields import sure_fields
from web.filter_rules import whole
from web.list_query import ENDPOINTS, NOTHING, ListQuery, read_query
from web.pages.lists import readable_form
from web.render import go, render
from web.shell import toast
from web.words import gettext

if TYPE_CHECKING:
    from engine.releases import Live
    from forms.criteria import Group

bp = Blueprint("views", __name__)
#: Begins the name of an argument of the list's address that a form carries along.
CARRIED = "-query."


@bp.get("/a/<app_key>/<form_key>/views/build")
def build(app_key: str, form_key: str) -> Response:
    """Show the conditions of a list, to be filled in; `as=text` shows them as an expression."""
    live = here.live_app(app_key)
    readable_form(live, form_key)
    asked = _asked(live, form_key, request.args)
    builder = Builder.of(sure_fields(live, form_key), slots_of(live, form_key), asked.where)
    return _builder(live, form_key, asked, builder, as_text=request.args.get("as") == "text")


@bp.post("/a/<app_key>/<form_key>/views/build")
def rebuild(app_key: str, form_key: str) -> Response:
    """Add, take away or change a condition; or apply them all and go back to the list."""
    live = here.live_app(app_key)
    readable_form(live, form_key)
    asked = _asked(live, form_key, _carried())
    wanted = request.form.get("-act", "apply")
    as_text = "-text" in request.form
    try:
        if wanted == "apply":
            return go(_applied(live, form_key, asked, as_text=as_text))
        group = act(posted_group(request.form), wanted)
    except (FormError, RuleError) as error:
        group = posted_group(request.form)
        return _builder(live, form_key, asked, _filled(live, form_key, group, error), as_text=as_text, status=422)
    return _builder(live, form_key, asked, _filled(live, form_key, group))


def _filled(live: Live, form_key: str, group: Group, error: FormError | RuleError | None = None) -> Builder:
    return Builder(sure_fields(live, form_key), slots_of(live, form_key), group, error)


def _applied(live: Live, form_key: str, asked: ListQuery, *, as_text: bool) -> str:
    """Return the address of the list with what was filled in."""
    text = request.form["-text"].strip() if as_text else written(slots_of(live, form_key), posted_group(request.form))
    if text:
        condition_from(live, form_key, text, here.viewer())
    else:
        text = NOTHING if asked.view and asked.view.settings.filter else ""
    return asked.url(where=text)


def _builder(
    live: Live, form_key: str, asked: ListQuery, builder: Builder, *, as_text: bool = False, status: int = 200
) -> Response:
    form = live.form(form_key)
    names: dict[str, Any] = {"app_key": live.key, "form_key": form.key}
    wide = [*asked.args(page=1), ("kind", asked.kind)]
    carried = [(CARRIED + name, value) for name, value in wide]
    text = request.form.get("-text", asked.where) if as_text else ""
    return render(
        "criteria.html",
        "_criteria.html",
        status=status,
        piece_id="criteria",
        live=live,
        form=form,
        builder=builder,
        carried=carried,
        as_text=as_text,
        text=text,
        build_url=url_for("views.build", **names),
        text_url=f"{url_for('views.build', **names)}?{urlencode([*wide, ('as', 'text')])}",
        tests_url=f"{url_for('views.build', **names)}?{urlencode(wide)}",
        check_url=url_for("expression.show", **names),
        back_url=asked.url(),
    )


@bp.post("/a/<app_key>/<form_key>/views/keep")
def keep(app_key: str, form_key: str) -> Response:
    """Save what the list shows as a new view or into one's own; share, rename or delete one's own."""
    live = here.live_app(app_key)
    readable_form(live, form_key)
    asked = _asked(live, form_key, _carried())
    wanted, key = request.form.get("-do", ""), asked.view.key if asked.view else ""
    db, user, now = here.db(), here.viewer(), here.now()
    try:
        if wanted == "delete":
            drop_view(db, live, form_key, key, user)
            db.commit()
            toast(gettext("The view was deleted"))
            return go(_list_url(live, form_key))
        _understood(asked)
        facts: dict[str, Any] = {"name": request.form.get("-name", ""), "roles": request.form.getlist("-roles")}
        settings = whole(live, form_key, asked)
        if wanted == "save":
            view = change_view(db, live, form_key, key, user, now, settings=settings, **facts)
        else:
            roles = facts["roles"]
            view = save_view(db, live, form_key, facts["name"], settings, user, now, kind=asked.kind, roles=roles)
    except FormError as error:
        db.rollback()
        toast(" ".join(sentence(fault) for fault in error.faults))
        return go(asked.url())
    db.commit()
    toast(gettext("The view “%(name)s” is saved", name=i18n.told(view.label)))
    return go(url_for(ENDPOINTS[view.kind], app_key=live.key, form_key=form_key, view=view.key))


@bp.post("/a/<app_key>/<form_key>/views/widths")
def widths(app_key: str, form_key: str) -> Response:
    """Remember how wide a person made the columns."""
    live = here.live_app(app_key)
    readable_form(live, form_key)
    named = {name[2:]: text for name, text in request.form.items() if name.startswith("w.")}
    wanted = {key: int(text) for key, text in named.items() if text.isascii() and text.isdigit() and len(text) < 6}
    asked = read_query(_list_url(live, form_key), request.form, live, form_key)
    keep_widths(here.db(), live, form_key, asked.view.key if asked.view else "", wanted, here.viewer())
    here.db().commit()
    return Response(status=204)


def _understood(asked: ListQuery) -> None:
    """Refuse to keep a list of which a part was not understood."""
    if asked.filters.faults:
        raise FormError(*asked.filters.faults)


def _carried() -> MultiDict[str, str]:
    pairs = [(name[len(CARRIED) :], text) for name, text in request.form.items(multi=True) if name.startswith(CARRIED)]
    return MultiDict(pairs)


def _asked(live: Live, form_key: str, args: MultiDict[str, str]) -> ListQuery:
    """Read the address of a list, or of another way to look, which `kind` names."""
    kind = args.get("kind", "") if args.get("kind") in ENDPOINTS else "table"
    return read_query(url_for(ENDPOINTS[kind], app_key=live.key, form_key=form_key), args, live, form_key, kind)


def _list_url(live: Live, form_key: str) -> str:
    return url_for("lists.show", app_key=live.key, form_key=form_key)
