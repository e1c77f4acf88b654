"""What every page of the back office shares: who may enter, which database session it uses, how a table is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort
from flask_admin import BaseView
from flask_admin.contrib.sqla import ModelView
from werkzeug.local import LocalProxy

from web import here
from web.i18n import moment

if TYPE_CHECKING:
    from datetime import datetime


class RequestDatabase:
    """What Flask-Admin calls a database: an object whose `session` is the one of the request at hand."""

    session = LocalProxy(here.db)


class Guarded:
    """Only administrators enter; everybody else is told that they may not."""

    def is_accessible(self) -> bool:
        """Tell whether the visitor may enter."""
        user = here.visitor()
        return bool(user and user.is_admin)

    def inaccessible_callback(self, _name: str, **_kwargs: Any) -> Any:
        """Refuse with the product's own page."""
        abort(403)


class Page(Guarded, BaseView):
    """A page of our own in the back office."""


class TableView(Guarded, ModelView):
    """A table of one kind of row, read-only unless a subclass says otherwise."""

    list_template = "back/list.html"
    create_template = edit_template = "back/form.html"
    details_template = "back/details.html"
    can_create = can_edit = can_delete = False
    can_view_details = True
    page_size = 50
    column_default_sort: Any = ("id", True)

    def __init__(self, model: type, **kwargs: Any) -> None:
        super().__init__(model, RequestDatabase(), **kwargs)


def show_moment(_view: object, _context: object, row: object, name: str) -> str:
    """Draw a moment in the visitor's language; nothing stays a dash."""
    value: datetime | None = getattr(row, name)
    return moment(value) or "–"
