"""Channels: set up, tried out, switched on and off. What is secret goes in and never comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request
from flask_admin import expose
from flask_babel import gettext

from admin._base import Page
from engine.alerts import outlets
from engine.alerts.channel_rows import ChannelRow
from engine.channels import CHANNELS, ChannelError
from rules.errors import SteerwayError
from web import here
from web.errors import sentence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.channels import Channel


class ChannelsView(Page):
    """The channels of the instance."""

    @expose("/")
    def index(self) -> Any:
        """List the channels, and the kinds that can be added."""
        return self.render("back/channels.html", rows=outlets.outlets(here.db()), types=outlets.types(), known=CHANNELS)

    @expose("/new/<type_key>", methods=("GET", "POST"))
    def new(self, type_key: str) -> Any:
        """Set a channel up."""
        channel = CHANNELS.get(type_key)
        if channel is None or not channel.asks:
            abort(404)
        if request.method == "POST":
            return self._save(channel, None)
        return self._form(channel, None, {"key": type_key} | {one.key: one.default for one in channel.asks})

    @expose("/<int:row_id>", methods=("GET", "POST"))
    def edit(self, row_id: int) -> Any:
        """Change a channel; a secret left empty stays as it is."""
        row = self._row(row_id)
        if request.method == "POST":
            return self._save(CHANNELS[row.type], row)
        return self._form(CHANNELS[row.type], row, {**row.settings, "name": row.name})

    @expose("/<int:row_id>/switch", methods=("POST",))
    def switch(self, row_id: int) -> Any:
        """Switch a channel on or off."""
        row = self._row(row_id)
        outlets.switch(here.db(), row, here.viewer(), here.now(), enabled=not row.enabled)
        here.db().commit()
        return redirect(self.get_url(".index"), 303)

    @expose("/<int:row_id>/test", methods=("POST",))
    def test(self, row_id: int) -> Any:
        """Send a test to the administrator who asks; nothing of the database is held meanwhile."""
        row, now = self._row(row_id), here.now()
        message = outlets.test_message(here.db(), row, here.viewer(), now)
        here.db().expunge(row)
        here.db().rollback()
        cause = outlets.try_out(row, message, now)
        if cause:
            flash(gettext("The test did not get through: %(cause)s", cause=cause), "error")
        else:
            flash(gettext("The test was delivered."), "success")
        return redirect(self.get_url(".index"), 303)

    def _row(self, row_id: int) -> ChannelRow:
        row = here.db().get(ChannelRow, row_id)
        return row if row is not None and row.type in CHANNELS else abort(404)

    def _save(self, channel: Channel, row: ChannelRow | None) -> Any:
        """Keep what was filled in, or show it again with what is wrong; secrets are never shown again."""
        typed = {key: value for key, value in request.form.items() if key != "csrf_token"}
        try:
            outlets.save(here.db(), row, typed, here.viewer(), here.now(), type_key=channel.key)
        except ChannelError as error:
            here.db().rollback()
            return self._form(channel, row, typed, {"": error.cause}), 422
        except SteerwayError as error:
            here.db().rollback()
            return self._form(channel, row, typed, {one.field: sentence(one) for one in error.faults}), 422
        here.db().commit()
        flash(gettext("The channel was saved. Send a test to see that it works."), "success")
        return redirect(self.get_url(".index"), 303)

    def _form(
        self,
        channel: Channel,
        row: ChannelRow | None,
        typed: Mapping[str, Any],
        faults: Mapping[str, str] | None = None,
    ) -> Any:
        return self.render("back/channel.html", channel=channel, row=row, typed=typed, faults=faults or {})
