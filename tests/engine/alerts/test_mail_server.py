"""E-mail against a real SMTP server: encrypted, signed in, refused, silent; and digests that can be left."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from engine.alerts import outlets
from engine.alerts.leaving import leave, token_of
from engine.alerts.rows import Notification
from engine.alerts.ways import contact_of
from engine.alerts.wishes import Wishes, keep_wishes
from engine.channels import CHANNELS, ChannelError, Outgoing, Setup
from engine.db import create_system_tables, make_engine
from engine.errors import NotFound
from engine.people import SYSTEM
from tests.support.house import NINE, House
from tests.support.lead_desk import lead_desk


class Postbox:
    """Keeps what arrives; `answers` are given to RCPT before anything is taken."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.encrypted: list[bool] = []
        self.answers: list[str] = []

    async def handle_RCPT(  # noqa: N802 - named by the server
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.answers:
            return self.answers.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - named by the server
        found = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        self.encrypted.append(session.ssl is not None)
        return "250 taken"


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of our own for 127.0.0.1, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "post.test")])
    alternative = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    begin = datetime.now(UTC) - timedelta(days=1)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=9))
        .add_extension(alternative, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "cert.pem", folder / "key.pem"
    certificate_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return certificate_file, key_file


@pytest.fixture
def box() -> Postbox:
    return Postbox()


@pytest.fixture
def post(box: Postbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Controller]:
    """A server that wants STARTTLS and a password; we trust its certificate and may call this machine."""
    certificate_file, key_file = certificate(tmp_path)
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate_file, key_file)
    trusting = ssl.create_default_context(cafile=str(certificate_file))
    monkeypatch.setattr("engine.channels.email.tls", lambda: trusting)
    monkeypatch.setenv("STEERWAY_ALLOW_NETWORKS", "127.0.0.0/8")

    def may_in(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        ok = isinstance(data, LoginPassword) and (data.login, data.password) == (b"robot", b"geheim")
        return AuthResult(success=ok, handled=False)

    running = Controller(
        box,
        hostname="127.0.0.1",
        port=0,
        tls_context=server_side,
        require_starttls=True,
        auth_required=True,
        authenticator=may_in,
        server_hostname="post.test",
    )
    # Port 0: the controller's own trial connection must know which one it became.
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        running.port = free.getsockname()[1]
    running.start()
    yield running
    running.stop()


def setup(post: Controller, password: str = "geheim", **more: str) -> Setup:
    settings = {"host": "127.0.0.1", "port": str(post.port), "security": "starttls", "sender": "steerway@example.com"}
    return Setup("post", "Post", {**settings, "user": "robot", **more}, {"password": password}, NINE)


def message(**more: Any) -> Outgoing:
    facts: dict[str, Any] = {"idempotency_key": "a/b/1/1/0/2/post", "channel": "post", "person_id": 2, "name": "林 Lin"}
    facts |= {"email": "lin@example.com", "subject": "热线索", "text": "A & B\nnext", "record_id": 1, "at": NINE}
    return Outgoing(**{**facts, **more})


def test_mail_arrives_encrypted_in_text_and_html(post: Controller, box: Postbox) -> None:
    CHANNELS["email"].send(message(), setup(post))
    CHANNELS["email"].send(message(step=1, idempotency_key="a/b/1/1/1/2/post"), setup(post))

    first, second = box.mails
    assert box.encrypted == [True, True]
    assert first["Subject"] == "热线索"
    assert first["To"].addresses[0].addr_spec == "lin@example.com"
    assert first.get_body(("plain",)).get_content().startswith("A & B")
    assert "A &amp; B<br>next" in first.get_body(("html",)).get_content()
    assert first["References"] == second["References"]
    assert first["Message-ID"] != second["Message-ID"]
    assert first["List-Unsubscribe"] is None


def test_a_wrong_password_breaks_the_channel_and_is_not_told(post: Controller, box: Postbox) -> None:
    with pytest.raises(ChannelError) as refused:
        CHANNELS["email"].send(message(), setup(post, password="wrong-word"))
    assert refused.value.broken
    assert "wrong-word" not in refused.value.cause
    assert box.mails == []


def test_a_certificate_that_nobody_vouches_for_is_refused(
    post: Controller, box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.channels.email.tls", ssl.create_default_context)
    with pytest.raises(ChannelError, match="certificate"):
        CHANNELS["email"].send(message(), setup(post))
    assert box.mails == []


def test_refusals_for_now_and_for_good(post: Controller, box: Postbox) -> None:
    box.answers = ["451 later", "550 nobody here"]
    for permanent in (False, True):
        with pytest.raises(ChannelError) as refused:
            CHANNELS["email"].send(message(), setup(post))
        assert (refused.value.permanent, refused.value.broken) == (permanent, False)


# -- digests -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def house(database_url: str, post: Controller, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """A desk whose owner is told by e-mail, once a day."""
    monkeypatch.setenv("STEERWAY_PUBLIC_URL", "https://steerway.example.com")
    monkeypatch.setenv("STEERWAY_SECRET_KEY", "for a test")
    engine = make_engine(database_url)
    create_system_tables(engine)
    found = House(engine, "desk")
    rule = {"key": "hot", "label": "Hot", "form": "lead", "when": "score > 50", "message": "{name}"}
    found.publish(lead_desk({**rule, "notify": [{"to": ["owner"], "channels": ["email:post"]}]}))
    found.hire("ada", is_admin=True)
    found.hire("dan", "sdr", email="dan@example.com")
    ready = setup(post)
    with found.maker.begin() as session:
        typed = {**ready.settings, **ready.secrets, "key": "post", "name": "Post"}
        outlets.save(session, None, typed, SYSTEM, NINE, type_key="email")
        keep_wishes(session, found.users["dan"].id or 0, Wishes(digest="daily", digest_at="18:00"))
    yield found
    engine.dispose()


def test_a_digest_is_one_mail_that_can_be_left_by_one_click(house: House, box: Postbox) -> None:
    dan = house.users["dan"].id or 0
    for number in range(3):
        house.create("lead", NINE, name=f"Lead {number}", score=70, owner=dan)
    house.tick(NINE)
    assert box.mails == []
    house.tick(NINE + timedelta(hours=10))

    [mail] = box.mails
    link = f"https://steerway.example.com/leave/{token_of(dan, 'post')}"
    assert mail["List-Unsubscribe"] == f"<{link}>"
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text = mail.get_body(("plain",)).get_content().replace("\r\n", "\n")
    assert link in text.replace("=\n", "")
    assert all(f"Lead {number}\n  https://steerway.example.com/a/desk/lead/" in text for number in range(3))
    assert '<a href="https://steerway.example.com/inbox">Open the inbox</a>' in mail.get_body(("html",)).get_content()


def test_who_left_a_digest_finds_everything_in_the_inbox(house: House, box: Postbox) -> None:
    dan = house.users["dan"].id or 0
    with house.maker.begin() as session:
        leave(session, token_of(dan, "post"))
        leave(session, token_of(dan, "post"))
        assert contact_of(session, dan).never == {"post"}
    house.create("lead", NINE, name="Lin", score=70, owner=dan)
    house.tick(NINE + timedelta(hours=10))
    house.tick(NINE + timedelta(hours=11))

    assert box.mails == []
    with house.maker() as session:
        assert session.scalars(select(Notification.channel)).all() == ["inbox"]


@pytest.mark.parametrize("token", ["", "2", "2.post", "2.post.", "2.post.deadbeef", "x.post.y", "2.post.é", "9" * 40])
def test_a_link_that_we_did_not_write_does_nothing(house: House, token: str) -> None:
    with house.maker() as session, pytest.raises(NotFound):
        leave(session, token)
