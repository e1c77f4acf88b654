"""Puts the back office together and hangs it under /admin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme
from flask_babel import lazy_gettext

from admin.app_people import AppPeopleView
from admin.app_templates import AppTemplatesView
from admin.apps import AppsView, ConfigView
from admin.audit import AuditView
from admin.channels import ChannelsView
from admin.gallery import GalleryView
from admin.invitations import InvitationsView
from admin.journal import AlertView, ChangeView, NotificationView
from admin.leaving import LeavingView
from admin.new_app import NewAppView
from admin.people import PersonView
from admin.people_sheet import PeopleSheetView
from admin.teams import TeamsView
from admin.work import WorkView
from engine.alerts.rows import Alert, Notification
from engine.changes import Change
from engine.people import Person
from web.security import csp_nonce

if TYPE_CHECKING:
    from flask import Flask

#: Templates of the back office, found before Flask-Admin's own.
pieces = Blueprint("back", __name__, template_folder="templates")


def install(app: Flask) -> None:
    """Add the back office to the application."""
    app.register_blueprint(pieces)
    admin = Admin(
        app,
        name="Steerway",
        theme=Bootstrap4Theme(base_template="back/base.html"),
        index_view=AppsView(name=lazy_gettext("Apps"), url="/admin"),
        csp_nonce_generator=csp_nonce,
    )
    admin.add_view(GalleryView(name=lazy_gettext("Templates"), endpoint="gallery", url="/admin/samples"))
    admin.add_view(AppTemplatesView(endpoint="app_templates", url="/admin/design"))
    admin.add_view(ConfigView(name=lazy_gettext("Config"), endpoint="config", url="/admin/config"))
    admin.add_view(PersonView(Person, name=lazy_gettext("People"), endpoint="people", url="/admin/people"))
    for view, endpoint, url in (
        (TeamsView, "teams", "/admin/teams"),
        (InvitationsView, "invitations", "/admin/invitations"),
        (PeopleSheetView, "people_sheet", "/admin/people-sheet"),
        (LeavingView, "leaving_people", "/admin/leaving"),
        (AppPeopleView, "app_people", "/admin/apps"),
        (NewAppView, "new_app", "/admin/new-app"),
    ):
        admin.add_view(view(endpoint=endpoint, url=url))
    admin.add_view(ChannelsView(name=lazy_gettext("Channels"), endpoint="channels", url="/admin/channels"))
    admin.add_view(WorkView(name=lazy_gettext("Work"), endpoint="work", url="/admin/jobs"))
    admin.add_view(AlertView(Alert, name=lazy_gettext("Alerts"), endpoint="admin_alerts", url="/admin/alerts"))
    admin.add_view(
        NotificationView(
            Notification, name=lazy_gettext("Notifications"), endpoint="ledger", url="/admin/notifications"
        )
    )
    admin.add_view(ChangeView(Change, name=lazy_gettext("Changes"), endpoint="journal", url="/admin/changes"))
    admin.add_view(AuditView(name=lazy_gettext("Audit trail"), endpoint="audit", url="/admin/audit"))
