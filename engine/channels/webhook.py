"""Webhook: the message as signed JSON, to a program of one's own."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

from engine.channels._base import Channel, Outgoing, Setting, Setup, register
from engine.channels._wire import json_bytes, judge, parts_of, post
from forms.labels import Label


@register
class Webhook(Channel):
    """Posts JSON with an idempotency key and an HMAC-SHA256 signature of moment and body."""

    key = "webhook"
    label = Label({"en": "Webhook", "zh_Hans": "Webhook", "zh_Hant": "Webhook"})
    asks = (
        Setting(
            "url",
            Label({"en": "Address", "zh_Hans": "地址", "zh_Hant": "網址"}),
            "secret",
            required=True,
            help=Label(
                {
                    "en": "https, on the public internet; the operator may allow inner networks.",
                    "zh_Hans": "公网 https 地址；运维可放行内网网段。",
                    "zh_Hant": "公網 https 網址；維運可放行內網網段。",
                }
            ),
        ),
        Setting(
            "secret",
            Label({"en": "Signing key", "zh_Hans": "签名密钥", "zh_Hant": "簽章金鑰"}),
            "secret",
            required=True,
        ),
    )

    def check(self, setup: Setup) -> None:
        """Refuse what is no web address."""
        parts_of(setup.key, setup.get("url"))

    def send(self, message: Outgoing, setup: Setup) -> None:
        """Post the message."""
        body = json_bytes(payload(message))
        moment = str(int((setup.now or datetime.now(UTC)).timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": message.idempotency_key,
            "Steerway-Attempt": str(message.attempt),
            "Steerway-Timestamp": moment,
            "Steerway-Signature": f"sha256={sign(setup.get('secret'), moment, body)}",
        }
        judge(setup.key, post(setup.key, setup.get("url"), body, headers))


def sign(secret: str, moment: str, body: bytes) -> str:
    """Return what a receiver computes to know that we wrote this, and when."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()


def payload(message: Outgoing) -> dict[str, object]:
    """Return the body; the same for every attempt."""
    return {
        "idempotency_key": message.idempotency_key,
        "at": message.at.strftime("%Y-%m-%dT%H:%M:%SZ") if message.at else None,
        "app": message.app_key,
        "rule": message.rule,
        "form": message.form,
        "record": message.record_id,
        "episode": message.episode,
        "step": message.step,
        "severity": message.severity,
        "subject": message.subject,
        "text": message.text,
        "link": message.link,
        "person": {"id": message.person_id, "name": message.name, "email": message.email},
    }
