"""People and their roles."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import g, request, url_for
from flask_babel import lazy_gettext
from markupsafe import Markup
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.widgets import CheckboxInput

from admin._base import TableView
from admin._people import lasting, offered_roles, role_of, role_words
from admin.person_pages import PersonPages
from engine.people import Person, fold_sign_in, person_named, set_password, set_roles
from engine.records import people_changed
from engine.sandboxes import is_sandbox
from engine.staff import teams
from engine.staff.changing import check_manager, end_access
from engine.staff.noting import note_changes, note_new, note_password, seen
from forms.labels import LANGUAGES
from web import here
from web.errors import sentence
from web.i18n import NAMES
from web.words import gettext


def show_name(_view: object, _context: object, person: Person, _name: str) -> Markup:
    """Lead to a person's page."""
    return Markup('<a href="{}">{}</a>').format(url_for("people.person", person_id=person.id), person.name)


def show_roles(_view: object, _context: object, person: Person, _name: str) -> str:
    """Write the roles of a person in words."""
    return ", ".join(role_words(lasting((one.app_key, one.role) for one in person.grants)))


def group_choices(kind: str) -> list[SelectChoice]:
    """Return the names of the tree, and those that people carry besides."""
    known = {*teams.names(here.db(), kind), *teams.people_by_name(here.db(), kind)} - {""}
    return [SelectChoice("", "–"), *(SelectChoice(name, name) for name in sorted(known))]


def or_empty(value: str | None) -> str:
    """Return the choice of nothing for what is not there."""
    return value or ""


class PersonView(PersonPages, TableView):
    """Who may sign in, where they belong, and which roles they hold."""

    can_create = can_edit = True
    list_template = "back/people.html"
    column_list = ("name", "sign_in", "region", "team", "manager", "roles", "is_admin", "active")
    column_searchable_list = ("name", "sign_in", "email")
    column_default_sort = "name"
    column_details_list = (
        "name",
        "sign_in",
        "email",
        "region",
        "team",
        "manager",
        "roles",
        "is_admin",
        "active",
        "locale",
    )
    column_labels: ClassVar[dict[str, Any]] = {
        "name": lazy_gettext("Name"),
        "sign_in": lazy_gettext("Sign-in name"),
        "email": lazy_gettext("E-mail"),
        "region": lazy_gettext("Region"),
        "team": lazy_gettext("Team"),
        "manager": lazy_gettext("Manager"),
        "roles": lazy_gettext("Roles"),
        "is_admin": lazy_gettext("Administrator"),
        "active": lazy_gettext("May sign in"),
        "locale": lazy_gettext("Language"),
    }
    column_descriptions: ClassVar[dict[str, Any]] = {
        "region": lazy_gettext("Rights such as “records of my region” compare with this text."),
        "is_admin": lazy_gettext("Sees and configures everything, in every app."),
    }
    column_formatters: ClassVar[dict[str, Any]] = {"name": show_name, "roles": show_roles}
    column_sortable_list = ("name", "sign_in", "region", "team", "is_admin", "active")
    form_columns = (
        "name", "sign_in", "email", "region", "team", "manager", "locale", "held", "new_password", "is_admin", "active",
    )  # fmt: skip
    form_overrides: ClassVar[dict[str, Any]] = dict.fromkeys(("name", "email"), StringField)
    form_args: ClassVar[dict[str, Any]] = {"manager": {"blank_text": "–"}}
    form_extra_fields: ClassVar[dict[str, Any]] = {
        "sign_in": StringField(
            column_labels["sign_in"],
            [validators.InputRequired(), validators.Length(max=80), validators.Regexp(r"^\S+$")],
        ),
        "locale": SelectField(
            column_labels["locale"],
            choices=[SelectChoice("", "–"), *(SelectChoice(key, NAMES[key]) for key in LANGUAGES)],
        ),
        "region": SelectField(
            column_labels["region"],
            choices=lambda: group_choices("region"),
            filters=[or_empty],
            description=column_descriptions["region"],
        ),
        "team": SelectField(column_labels["team"], choices=lambda: group_choices("team"), filters=[or_empty]),
        "held": SelectMultipleField(
            column_labels["roles"],
            choices=lambda: [SelectChoice(*one) for one in offered_roles()],
            option_widget=CheckboxInput(),
        ),
        "new_password": PasswordField(
            lazy_gettext("New password"),
            [validators.Optional(), validators.Length(min=8, max=200)],
            description=lazy_gettext("At least 8 characters. Leave empty to keep the present one."),
        ),
    }

    def on_form_prefill(self, form: Any, id: str) -> None:  # noqa: A002 - Flask-Admin's own argument name
        """Show the roles a person holds."""
        person = here.db().get(Person, int(id))
        if person is not None and not form.is_submitted_here:
            form.held.data = [
                f"{app}:{role}" for app, role in lasting((one.app_key, one.role) for one in person.grants)
            ]

    def edit_form(self, obj: Any = None) -> Any:
        """Return the form, marked with whether it came back from the browser; remember who the person was before."""
        form = super().edit_form(obj)
        form.is_submitted_here = request.method == "POST"
        g.person_before = seen(obj) if obj is not None else None
        return form

    def validate_form(self, form: Any) -> bool:
        """Refuse a sign-in name that somebody else has, a manager below oneself, and locking oneself out."""
        valid: bool = super().validate_form(form)
        return valid and (not hasattr(form, "sign_in") or self._fits(form))

    def _fits(self, form: Any) -> bool:
        other = person_named(here.db(), form.sign_in.data or "")
        mine = getattr(form, "_obj", None)
        if other is not None and other is not mine:
            form.sign_in.errors = [*form.sign_in.errors, gettext("Somebody else has this sign-in name.")]
            return False
        if mine is not None and mine.id == here.viewer().id and not (form.is_admin.data and form.active.data):
            form.is_admin.errors = [*form.is_admin.errors, gettext("You cannot take away your own access.")]
            return False
        head = form.manager.data
        circle = check_manager(here.db(), mine.id, head.id) if mine is not None and head is not None else None
        if circle is not None:
            form.manager.errors = [*form.manager.errors, sentence(circle)]
        return circle is None

    def on_model_change(self, form: Any, model: Person, is_created: bool) -> None:
        """Fold the sign-in name, set the password, end the access of whom one shuts out, and note all of it."""
        session, by, now = here.db(), here.viewer(), here.now()
        model.sign_in = fold_sign_in(model.sign_in)
        model.region, model.team = model.region or None, model.team or None
        if is_created:
            model.created_at = now
        session.flush()
        if form.new_password.data:
            set_password(model, form.new_password.data)
            note_password(session, model, by, now, "administrator")
        elif not model.active:
            end_access(session, model, now)
        passing = [] if is_created else [(one.app_key, one.role) for one in model.grants if is_sandbox(one.app_key)]
        set_roles(session, model, [*passing, *(role_of(text) for text in form.held.data or [])])
        if is_created:
            note_new(session, model, by, now)
        else:
            note_changes(session, model, g.person_before, by, now)
            people_changed(session, [model.id], now)
