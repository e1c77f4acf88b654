"""`/inbox`: the alerts that concern the viewer, grouped by rule; acknowledging; why an alert is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, request, url_for
from werkzeug.wrappers import Response

from engine import alerts
from engine.alerts import Alert, Occurrence, may_see
from engine.alerts.addresses import APPROVAL
from engine.alerts.inbox import is_personal
from engine.errors import NotFound
from web import here, i18n
from web.errors import sentence
from web.explaining import Speaker
from web.fields import visible_fields
from web.notices import Notice, notices
from web.render import back_or, go, render
from web.shell import toast
from web.widgets import Look
from web.words import gettext, ngettext

bp = Blueprint("inbox", __name__)


@dataclass
class Group:
    """All lines of one rule."""

    label: str
    notices: list[Notice] = field(default_factory=list)

    @property
    def count_text(self) -> str:
        return ngettext("%(num)d alert", "%(num)d alerts", len(self.notices))


@bp.get("/inbox")
def show() -> Response:
    """Show what is open, or with `closed` what is over."""
    closed = bool(request.args.get("closed"))
    items = alerts.inbox(here.db(), here.viewer(), which="all" if closed else "open", limit=200)
    shown = notices([item for item in items if item.over] if closed else items)
    return render("inbox.html", groups=grouped(shown), closed=closed, can_read=any(one.unread for one in shown))


def grouped(shown: list[Notice]) -> list[Group]:
    """Return the lines by rule, the rule with the newest line first."""
    groups: dict[tuple[str, str], Group] = {}
    for one in shown:
        groups.setdefault(one.group, Group(_heading(one))).notices.append(one)
    return list(groups.values())


def _heading(one: Notice) -> str:
    """Return what a group is called: its rule, or what it is told by without a rule."""
    topics = {"": gettext("Comments"), APPROVAL: gettext("Approval of drafts")}
    return topics.get(one.group[1], one.label)


@bp.get("/inbox/unread")
def unread() -> Response:
    """Answer the badge's question from time to time."""
    return render("_unread.html")


@bp.post("/inbox/read")
def read_all() -> Response:
    """Mark everything as read."""
    alerts.mark_read(here.db(), here.viewer(), here.now())
    here.db().commit()
    return go(url_for("inbox.show"))


@bp.post("/inbox/<int:alert_id>/acknowledge")
def acknowledge(alert_id: int) -> Response:
    """Take note of an alert."""
    alerts.acknowledge(here.db(), alert_id, here.viewer(), here.now())
    here.db().commit()
    toast(gettext("Acknowledged"))
    return go(back_or(url_for("inbox.show")))


@bp.get("/inbox/<int:alert_id>/why")
def why(alert_id: int) -> Response:
    """Explain an alert: its reason, and the condition with the values it had."""
    alert = here.db().get(Alert, alert_id)
    if alert is None or is_personal(alert.rule) or not may_see(here.db(), alert, here.viewer(), here.now()):
        raise NotFound("alert", alert_id)
    happened = alerts.why(here.db(), alert, here.viewer(), here.now())
    last = next((one for one in reversed(happened) if one.after == "firing"), happened[-1] if happened else None)
    return render("why.html", "_why.html", **_explained(alert, last))


def _explained(alert: Alert, last: Occurrence | None) -> dict[str, Any]:
    live = here.live_app(alert.app_key)
    rule = live.app.alerts.get(alert.rule)
    look = Look(live)
    fields = visible_fields(live, alert.form) if alert.form in live.app.forms else {}
    nodes = [Speaker(look, fields).stored(last.evidence)] if last and last.evidence else []
    reason = sentence(last.reason) if last else ""
    more = _more_url(alert, last.at.astimezone(here.zone(live))) if rule and last else ""
    heading = i18n.told(rule.label) if rule else alert.rule
    return {"heading": heading, "reason": reason, "nodes": nodes, "more_url": more}


def _more_url(alert: Alert, at: datetime) -> str:
    """Return where everything about this alert at that moment is explained."""
    moment, record = f"{at:%Y-%m-%d %H:%M:%S}", str(alert.record_id)
    return url_for("alerts.why", app_key=alert.app_key, rule=alert.rule, record=record, at=moment)
