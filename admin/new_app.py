"""An app from nothing: its name makes a draft with two roles and one form, and its designers open."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext

from admin._base import Page
from admin.design._desk import typed_name
from engine import design
from engine.design.starters import new_app
from engine.rights import may_create
from rules.errors import SteerwayError
from web import here
from web.errors import sentence


class NewAppView(Page):
    """The name of a new app, and the drafts of those that are not live yet."""

    under = ""

    def is_accessible(self) -> bool:
        """Tell whether the visitor may make apps."""
        user = here.visitor()
        return user is not None and may_create(user)

    def is_visible(self) -> bool:
        """Be reached from the gallery."""
        return False

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Any:
        """Ask for the name; begin the draft."""
        return self._begin() if request.method == "POST" else self._page()

    def _begin(self) -> Any:
        name = typed_name()
        if not name:
            return self._page(gettext("Give it a name.")), 422
        words = {"member": gettext("Member"), "manager": gettext("Manager")}
        zone = str(request.form.get("zone", ""))[:60]
        try:
            source = new_app(name, words, design.taken_keys(here.db()), zone)
            draft = design.begin(here.db(), source, here.viewer(), here.now())
            here.db().commit()
        except SteerwayError as error:
            here.db().rollback()
            return self._page(sentence(error.faults[0])), 422
        flash(gettext("Your draft is begun. Add a form: what people will fill in."), "success")
        return redirect(url_for("design.forms_home", app_key=draft.app_key), 303)

    def _page(self, fault: str = "") -> Any:
        drafts = design.unborn(here.db(), here.viewer())
        return self.render("back/new_app.html", fault=fault, drafts=drafts, name=request.form.get("name", ""))
