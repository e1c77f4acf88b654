"""`webhook`: call a program of one's own, signed, with the same idempotency key at every attempt."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from engine.actions._base import Acting, Action, ActionError, Done, refuse_viewer, register
from engine.channels import ChannelError, Setup
from forms.labels import Label
from rules.errors import N_

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot


@register
class CallWebhook(Action):
    """Posts JSON to a webhook that an administrator has set up; address and signing key stay sealed there."""

    key = "webhook"
    label = Label({"en": "Call a webhook", "zh_Hans": "调用 Webhook", "zh_Hant": "呼叫 Webhook"})
    is_external = True

    def members(self) -> Mapping[str, Any]:
        """Return the schema of `channel` and `send`."""
        from engine.config.schema_parts import ref, text

        return {
            "channel": text("Key of a webhook that an administrator has set up.", 40),
            "send": {
                "type": "object",
                "additionalProperties": ref("expression"),
                "maxProperties": 50,
                "description": "Name → expression over the record: the values that are sent along.",
            },
        }

    def required(self) -> tuple[str, ...]:
        """Return that `channel` must be there."""
        return ("channel",)

    def check(self, desk: Desk, form: str, spot: Spot) -> None:
        """Check the expressions; which webhooks there are is known only where the app runs."""
        for _, place in spot["send"].members():
            refuse_viewer(desk, place, desk.expression(place, desk.scope(form), None))

    def act(self, acting: Acting) -> Done:
        """Say what is to be sent where; `send` does it outside of the transaction."""
        values = {name: _plain(acting.value(expression)) for name, expression in acting.action.sets.items()}
        return {
            "idempotency_key": acting.key,
            "app": acting.live.key,
            "rule": acting.rule.key,
            "form": acting.rule.form,
            "record": acting.record_id,
            "action": acting.action.name,
            "severity": acting.rule.severity,
            "values": values,
        }


def post(payload: Done, setup: Setup, attempt: int, now: datetime) -> None:
    """Post what is to be sent; ChannelError when it was not taken."""
    from engine.channels._wire import json_bytes, judge
    from engine.channels._wire import post as call
    from engine.channels.webhook import sign

    url = setup.get("url")
    if not url:
        raise ChannelError(setup.key, "there is no address to call", broken=True)
    body, moment = json_bytes(payload), str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Idempotency-Key": str(payload["idempotency_key"]),
        "Steerway-Attempt": str(attempt),
        "Steerway-Timestamp": moment,
        "Steerway-Signature": f"sha256={sign(setup.get('secret'), moment, body)}",
    }
    judge(setup.key, call(setup.key, url, body, headers))


def setup_named(session: Any, key: str, now: datetime) -> Setup:
    """Return the webhook with this key, its secrets opened; ActionError when there is none that is switched on."""
    from sqlalchemy import select

    from engine.alerts.channel_rows import ChannelRow
    from engine.alerts.outlets import setup_of

    name = key.rpartition(":")[2]
    row = session.scalar(select(ChannelRow).where(ChannelRow.key == name, ChannelRow.type == "webhook"))
    if row is None or not row.enabled:
        raise ActionError("channel", N_("There is no webhook {name}, or it is switched off."), name=name)
    return setup_of(row, now)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    return sorted(str(one) for one in value) if isinstance(value, frozenset | set) else value
