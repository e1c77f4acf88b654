"""Views: ways to look at the records of a form, declared in its config or saved by a person."""

from engine.views.found import Found, View, found, view_of, views_of
from engine.views.habits import keep_widths, widths_of
from engine.views.keeping import change_view, drop_view, save_view, sharable_roles
from engine.views.settling import Settled, reads, settle, usage

__all__ = [
    "Found",
    "Settled",
    "View",
    "change_view",
    "drop_view",
    "found",
    "keep_widths",
    "reads",
    "save_view",
    "settle",
    "sharable_roles",
    "usage",
    "view_of",
    "views_of",
    "widths_of",
]
