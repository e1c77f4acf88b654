"""What the pieces about the impact of a draft share: the draft over the live tables, and gaps in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g

from admin.design._desk import desk
from engine.design.impact import Gap, look_ahead
from web import here
from web.i18n import told
from web.render import render
from web.words import gettext

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from werkzeug.wrappers import Response

    from engine.design.impact import Ahead


def answer(app_key: str, title: Any, piece: str, work: Callable[[Ahead], Mapping[str, Any]]) -> Response:
    """Show a piece, or the page around it; without a draft that compiles there is nothing to work out."""
    found = work(ahead()) if is_ready() else {}
    return render(
        "design/impact_page.html",
        piece,
        app_key=app_key,
        title=title,
        inside=piece,
        ready=is_ready(),
        narrowed=desk().is_narrowed,
        **found,
    )


def is_ready() -> bool:
    """Tell whether there is a draft without faults."""
    return desk().draft is not None and not desk().errors


def ahead() -> Ahead:
    """Return the draft over the live tables, once for each request."""
    if "ahead" not in g:
        g.ahead = look_ahead(here.db(), desk().live, desk().source, here.now(), desk().sight)
    found: Ahead = g.ahead
    return found


def gap_words(gaps: Iterable[Gap]) -> list[str]:
    """Say what could not be looked at as it will be."""
    return list(dict.fromkeys(_said(one) for one in gaps))


def _said(gap: Gap) -> str:
    form = ahead().live.app.forms[gap.form]
    if gap.code == "new_form":
        return gettext("The form “%(form)s” is new and has no records yet.", form=told(form.label))
    field = form.by_key.get(gap.key)
    name = told(field.label) if field else gap.key
    if gap.code == "new":
        return gettext("“%(field)s” is new: it counts as empty in every record.", field=name)
    if gap.code == "converted":
        return gettext("“%(field)s” changes its type: its values count as empty here.", field=name)
    return gettext("“%(field)s” is worked out only when it is published: here it counts as it is stored.", field=name)
