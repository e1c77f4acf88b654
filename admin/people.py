"""People and their roles."""

from __future__ import annotations

from typing import Any, ClassVar

from flask import request
from flask_babel import gettext, lazy_gettext
from wtforms import PasswordField, SelectField, SelectMultipleField, StringField, validators
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs

from admin._base import TableView
from engine.people import Person, end_sessions, fold_sign_in, person_named, set_password, set_roles
from engine.records import people_changed
from engine.releases import apps, live
from forms.labels import LANGUAGES
from rules.errors import SteerwayError
from web import here
from web.i18n import NAMES, language


def role_choices() -> list[tuple[str, str]]:
    """Return every role of every app: ("app:role", "App – Role")."""
    session, found = here.db(), []
    for row in apps(session):
        try:
            app = live(session, row.key).app
        except SteerwayError:
            continue
        name = app.label.pick(language())
        found += [
            (f"{row.key}:{role.key}", f"{name} – {role.label.pick(language()) or role.key}") for role in app.roles
        ]
    return found


def show_roles(_view: object, _context: object, person: Person, _name: str) -> str:
    """Write the roles of a person in words."""
    names = dict(role_choices())
    return ", ".join(names.get(f"{one.app_key}:{one.role}", str(one)) for one in person.grants)


class PersonView(TableView):
    """Who may sign in, where they belong, and which roles they hold."""

    can_create = can_edit = True
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
        "roles": lazy_gettext("Hold Ctrl or ⌘ to choose several."),
    }
    column_formatters: ClassVar[dict[str, Any]] = {"roles": show_roles}
    column_sortable_list = ("name", "sign_in", "region", "team", "is_admin", "active")
    form_columns = (
        "name", "sign_in", "email", "region", "team", "manager", "locale", "held", "new_password", "is_admin", "active",
    )  # fmt: skip
    form_overrides: ClassVar[dict[str, Any]] = dict.fromkeys(("name", "email", "region", "team"), StringField)
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
        "held": SelectMultipleField(
            column_labels["roles"],
            choices=lambda: [SelectChoice(*one) for one in role_choices()],
            description=column_descriptions["roles"],
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
            form.held.data = [f"{one.app_key}:{one.role}" for one in person.grants]

    def edit_form(self, obj: Any = None) -> Any:
        """Return the form, marked with whether it came back from the browser."""
        form = super().edit_form(obj)
        form.is_submitted_here = request.method == "POST"
        return form

    def validate_form(self, form: Any) -> bool:
        """Refuse a sign-in name that somebody else has, and locking oneself out."""
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
        return True

    def on_model_change(self, form: Any, model: Person, is_created: bool) -> None:
        """Fold the sign-in name, set the password, and end the sessions of whom one shuts out."""
        model.sign_in = fold_sign_in(model.sign_in)
        if is_created:
            model.created_at = here.now()
        if form.new_password.data:
            set_password(model, form.new_password.data)
        elif not model.active:
            end_sessions(model)
        here.db().flush()
        set_roles(here.db(), model, [tuple(text.split(":", 1)) for text in form.held.data or []])
        if not is_created:
            people_changed(here.db(), [model.id], here.now())
