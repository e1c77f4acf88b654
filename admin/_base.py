"""What every page of the back office shares: who may enter, which database session it uses, how a table is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import abort
from flask_admin import BaseView
from flask_admin.contrib.sqla import ModelView

from web import here
from web.i18n import moment

if TYPE_CHECKING:
    from datetime import datetime

#: Ids in addresses: more digits than any row has are not asked for.
MOST_DIGITS = 10
LAST_PAGE = 1_000_000


class RequestSession:
    """What Flask-Admin is given once, at the start: it stands for the session of the request at hand."""

    @property
    def session(self) -> RequestSession:
        """Return itself: Flask-Admin asks a database for its session, and a session for what sessions do."""
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked while the pages are put together, when there is no request yet
            raise AttributeError(name)
        return getattr(here.db(), name)


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
    #: Yes and no are said by the templates, not by the icons of Flask-Admin.
    column_type_formatters: ClassVar[dict[type, Any]] = {}
    column_type_formatters_detail: ClassVar[dict[type, Any]] = {}

    def __init__(self, model: type, **kwargs: Any) -> None:
        super().__init__(model, RequestSession(), **kwargs)

    def get_one(self, id: Any) -> Any:  # noqa: A002 - Flask-Admin's own argument name
        """Return a row by the id in an address; anything that is no id names nothing."""
        text = str(id)
        known = text.isascii() and text.isdigit() and len(text) < MOST_DIGITS
        return super().get_one(text) if known else None

    def get_list(self, page: int | None, *args: Any, **kwargs: Any) -> Any:
        """Return a page of rows; nobody turns further pages than a database can count."""
        return super().get_list(min(max(page or 0, 0), LAST_PAGE), *args, **kwargs)


def show_moment(_view: object, _context: object, row: object, name: str) -> str:
    """Draw a moment in the visitor's language; nothing stays a dash."""
    value: datetime | None = getattr(row, name)
    return moment(value) or "–"
