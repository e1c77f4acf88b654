"""Every channel to the outside, against a receiver that is really there."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select, text, update

from engine.alerts import outlets
from engine.alerts.channel_rows import ChannelRow
from engine.alerts.inbox import inbox
from engine.alerts.rows import Notification
from engine.alerts.ways import Contact, Ways, contact_of, keep_contact
from engine.channels import CHANNELS, ChannelError, Outgoing, Setup, _wire
from engine.errors import EngineError
from engine.people import SYSTEM
from engine.sealing import Unsealable, seal, unseal
from tests.engine.alerts.conftest import rule
from tests.engine.alerts.test_evaluate import Open, at, deal
from tests.support.house import NINE, House
from tests.support.receivers import MailReceiver, Received, WebReceiver

OUTSIDE = sorted(key for key, channel in CHANNELS.items() if channel.asks)
OVER_HTTP = [key for key in OUTSIDE if key != "email"]
SECRET = "SEC-verysecret-0123456789"
TOKEN = "tokentokentoken987654"
OK = '{"errcode": 0, "code": 0}'


@pytest.fixture(autouse=True)
def operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STEERWAY_SECRET_KEY", "the secret of a test")
    monkeypatch.setenv("STEERWAY_ALLOW_NETWORKS", "127.0.0.0/8")


@pytest.fixture
def web() -> Iterator[WebReceiver]:
    receiver = WebReceiver(answers=[(200, OK)])
    yield receiver
    receiver.stop()


@pytest.fixture
def mail() -> Iterator[MailReceiver]:
    receiver = MailReceiver()
    yield receiver
    receiver.stop()


def message(**changes: Any) -> Outgoing:
    facts: dict[str, Any] = {
        "idempotency_key": "tiny/stale/7/1/0/3/hook",
        "channel": "hook",
        "person_id": 3,
        "name": "Alice",
        "email": "alice@example.com",
        "subject": "商机停滞",
        "text": "Pump <b>&</b> 泵 stands still.",
        "mobile": "13800000000",
        "locale": "zh_Hans",
        "severity": "critical",
        "app_key": "tiny",
        "rule": "stale",
        "form": "deal",
        "record_id": 7,
        "episode": 1,
        "link": "https://steerway.example.com/a/tiny/deal/7",
        "at": NINE,
    }
    return Outgoing(**{**facts, **changes})


def typed(key: str, web: WebReceiver, mail: MailReceiver) -> dict[str, str]:
    if key == "email":
        return {
            "host": "127.0.0.1",
            "port": str(mail.port),
            "security": "none",
            "sender": "steerway@example.com",
            "user": "",
            "password": "",
        }
    return {"url": web.url(f"/robot/send?access_token={TOKEN}"), "secret": SECRET}


def setup(key: str, web: WebReceiver, **more: Any) -> Setup:
    return Setup(key, key, {}, {"url": web.url(f"/robot/send?access_token={TOKEN}"), "secret": SECRET, **more}, NINE)


def sent(key: str, web: WebReceiver, **changes: Any) -> Received:
    CHANNELS[key].send(message(**changes), setup(key, web))
    return web.received[-1]


# -- what is sent ------------------------------------------------------------------------------------------------------


def test_webhook_is_signed_and_the_same_for_every_attempt(web: WebReceiver) -> None:
    first, second = sent("webhook", web), sent("webhook", web, attempt=2)

    assert first.body == second.body
    assert first.headers["Idempotency-Key"] == second.headers["Idempotency-Key"] == first.json["idempotency_key"]
    expected = hmac.new(SECRET.encode(), f"{int(NINE.timestamp())}.".encode() + first.body, hashlib.sha256).hexdigest()
    assert first.headers["Steerway-Signature"] == f"sha256={expected}"
    assert (second.headers["Steerway-Attempt"], first.json["text"]) == ("2", "Pump <b>&</b> 泵 stands still.")


def test_wecom_sends_a_text_and_calls_by_mobile(web: WebReceiver) -> None:
    found = sent("wecom", web, text="泵" * 3000)

    assert found.json["msgtype"] == "text"
    assert found.json["text"]["mentioned_mobile_list"] == ["13800000000"]
    assert len(found.json["text"]["content"].encode()) <= 2048
    assert "mentioned_mobile_list" not in sent("wecom", web, mobile=None).json["text"]


def test_dingtalk_signs_its_address(web: WebReceiver) -> None:
    found = sent("dingtalk", web)

    query = {key: values[0] for key, values in parse_qs(urlsplit(found.path).query).items()}
    moment = str(int(NINE.timestamp() * 1000))
    digest = hmac.new(SECRET.encode(), f"{moment}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert query == {"access_token": TOKEN, "timestamp": moment, "sign": base64.b64encode(digest).decode()}
    assert found.json["msgtype"] == "text"
    assert found.json["at"] == {"atMobiles": ["13800000000"], "isAtAll": False}
    assert "@13800000000" in found.json["text"]["content"]


def test_feishu_signs_its_body(web: WebReceiver) -> None:
    found = sent("feishu", web).json

    moment = str(int(NINE.timestamp()))
    digest = hmac.new(f"{moment}\n{SECRET}".encode(), b"", hashlib.sha256).digest()
    assert (found["timestamp"], found["sign"]) == (moment, base64.b64encode(digest).decode())
    assert found["msg_type"] == "text"
    assert "Alice" in found["content"]["text"]


def test_slack_escapes_what_records_say(web: WebReceiver) -> None:
    found = sent("slack", web, text="<!channel> & <http://evil>").json

    assert found["text"] == "商机停滞: &lt;!channel&gt; &amp; &lt;http://evil&gt;"
    assert "<!channel>" not in found["blocks"][0]["text"]["text"]
    assert found["blocks"][0]["type"] == "section"


def test_teams_sends_an_adaptive_card(web: WebReceiver) -> None:
    found = sent("teams", web).json

    card = found["attachments"][0]
    assert (found["type"], card["contentType"]) == ("message", "application/vnd.microsoft.card.adaptive")
    assert (card["content"]["type"], card["content"]["version"]) == ("AdaptiveCard", "1.4")
    assert card["content"]["body"][1]["inlines"][0]["text"] == "Pump <b>&</b> 泵 stands still."


def test_mail_has_text_and_html_and_keeps_to_its_thread(web: WebReceiver, mail: MailReceiver) -> None:
    given = Setup("email", "Mail", typed("email", web, mail), {}, NINE)
    steps = [message(), message(attempt=2), message(idempotency_key="tiny/stale/7/1/1/3/mail", step=1)]
    for one in [*steps, message(idempotency_key="tiny/stale/7/2/0/3/mail", episode=2, name="A\r\nBcc: x@y.z")]:
        CHANNELS["email"].send(one, given)

    first, again, later, other = mail.mails
    assert first["Message-ID"] == again["Message-ID"] != later["Message-ID"]
    assert first["References"] == later["References"] == first["In-Reply-To"] != other["References"]
    assert (first["Subject"], first["To"], other["Bcc"]) == ("商机停滞", "Alice <alice@example.com>", None)
    plain, html = (first.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert "Pump <b>&</b> 泵" in plain.get_content()
    assert "Pump &lt;b&gt;&amp;&lt;/b&gt; 泵" in html.get_content()
    assert "打开记录" in html.get_content()


#: Bytes of a whole request that each of them takes; Slack counts the signs of a block, WeCom the bytes of its text.
LIMITS = {"dingtalk": 20_000, "feishu": 20 * 1024, "teams": 28 * 1024}


@pytest.mark.parametrize("sign", ["泵", '"\n', "<&>", "😀", "a"])
@pytest.mark.parametrize("key", sorted({*LIMITS, "slack", "wecom"}))
def test_long_texts_are_cut_and_still_say_for_whom_and_where(web: WebReceiver, key: str, sign: str) -> None:
    found = sent(key, web, text=sign * 30_000, subject="商机停滞" * 200)

    said = str(found.json)
    assert ("Alice" in said, message().link in said, "…" in said) == (True, True, True)
    assert len(found.body) <= LIMITS.get(key, len(found.body))
    if key == "slack":
        assert len(found.json["blocks"][0]["text"]["text"]) <= 3000
    if key == "wecom":
        assert 1900 <= len(found.json["text"]["content"].encode()) <= 2048


def test_slack_cuts_no_escape_in_two(web: WebReceiver) -> None:
    text = sent("slack", web, text="&" * 5000).json["blocks"][0]["text"]["text"]
    assert text.replace("&amp;", "").count("&") == 0


@pytest.mark.parametrize("call", ['<at user_id="all">all</at>', "<AT id=all></AT>"])
def test_feishu_lets_no_record_call_people(web: WebReceiver, call: str) -> None:
    text = sent("feishu", web, text=call).json["content"]["text"]
    assert "<at" not in text.lower()
    assert "</at" not in text.lower()


def test_mail_reaches_domains_of_other_scripts(web: WebReceiver, mail: MailReceiver) -> None:
    CHANNELS["email"].send(message(email="bob@例子.公司"), Setup("email", "Mail", typed("email", web, mail), {}, NINE))
    assert mail.mails[0]["To"] == "Alice <bob@xn--fsqu00a.xn--55qx5d>"


@pytest.mark.parametrize("address", ["josé@example.com", "a..b@example.com", "a(b)@example.com", "a[b@example.com", ""])
def test_an_address_that_cannot_be_written_to_ends_its_own_message_alone(
    web: WebReceiver, mail: MailReceiver, address: str
) -> None:
    with pytest.raises(ChannelError) as caught:
        CHANNELS["email"].send(message(email=address), Setup("email", "Mail", typed("email", web, mail), {}, NINE))
    assert (caught.value.permanent, caught.value.broken) == (True, False)


# -- what goes wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "status", "body", "permanent", "broken"),
    [
        *[(key, 503, "", False, False) for key in OVER_HTTP],
        *[(key, 429, "", False, False) for key in OVER_HTTP],
        *[(key, 404, "", True, True) for key in OVER_HTTP],
        *[(key, 302, "", True, True) for key in OVER_HTTP],
        *[(key, 400, "", True, False) for key in OVER_HTTP],
        ("wecom", 200, '{"errcode": 93000, "errmsg": "invalid webhook url"}', True, True),
        ("wecom", 200, '{"errcode": 45009, "errmsg": "api freq out of limit"}', False, False),
        ("wecom", 200, '{"errcode": 40058, "errmsg": "too long"}', True, False),
        ("dingtalk", 200, '{"errcode": 310000, "errmsg": "sign not match"}', True, True),
        ("dingtalk", 200, '{"errcode": 130101, "errmsg": "send too fast"}', False, False),
        ("feishu", 200, '{"code": 19021, "msg": "sign match fail"}', True, True),
        ("feishu", 200, '{"code": 11232, "msg": "frequency limited"}', False, False),
        ("feishu", 200, '{"code": 9499, "msg": "Bad Request"}', True, False),
        ("feishu", 200, "<html>a proxy</html>", False, False),
    ],
)
def test_answers_are_judged(web: WebReceiver, key: str, status: int, body: str, permanent: bool, broken: bool) -> None:
    web.answers = [(status, body)]
    with pytest.raises(ChannelError) as caught:
        sent(key, web)

    assert (caught.value.permanent, caught.value.broken) == (permanent, broken)
    assert len(web.received) == 1


@pytest.mark.parametrize(
    ("refuse", "permanent", "broken"),
    [
        ({"RCPT": "550 no such user"}, True, False),
        ({"RCPT": "451 later"}, False, False),
        ({"MAIL": "553 sender not allowed"}, True, True),
        ({"DATA": "554 spam"}, True, False),
        ({"DATA": "421 closing"}, False, False),
    ],
)
def test_mail_servers_are_judged(
    web: WebReceiver, mail: MailReceiver, refuse: dict[str, str], permanent: bool, broken: bool
) -> None:
    mail.refuse = refuse
    with pytest.raises(ChannelError) as caught:
        CHANNELS["email"].send(message(), Setup("email", "Mail", typed("email", web, mail)))

    assert (caught.value.permanent, caught.value.broken, mail.mails) == (permanent, broken, [])


@pytest.mark.parametrize("drip", [False, True])
def test_slow_receivers_are_left(web: WebReceiver, monkeypatch: pytest.MonkeyPatch, drip: bool) -> None:
    web.delay, web.drip = (0, True) if drip else (3, False)
    began = datetime.now(UTC)
    with pytest.raises(ChannelError, match="too long") as caught:
        _wire.post("hook", web.url(), b"{}", {}, timeout=0.6)

    assert not caught.value.permanent
    assert datetime.now(UTC) - began < timedelta(seconds=2)


def test_silent_mail_server_is_left(web: WebReceiver, mail: MailReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.channels.email.TIMEOUT", 0.6)
    mail.mute = True
    began = datetime.now(UTC)
    with pytest.raises(ChannelError) as caught:
        CHANNELS["email"].send(message(), Setup("email", "Mail", typed("email", web, mail)))

    assert not caught.value.permanent
    assert datetime.now(UTC) - began < timedelta(seconds=2)


# -- inner addresses ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "fd00::1",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "fec0::1", "::127.0.0.1", "::", "5f00::1",
     "3fff::1", "192.0.0.8", "240.0.0.1", "255.255.255.255", "2001:0:7f00:1::1"],
)  # fmt: skip
def test_inner_addresses_are_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.delenv("STEERWAY_ALLOW_NETWORKS")
    assert not _wire.may_call(address)


def test_public_addresses_may_be_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEERWAY_ALLOW_NETWORKS")
    public = ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
    assert [one for one in public if not _wire.may_call(one)] == []


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f.1", "127.1", "0", "[::ffff:127.0.0.1]", "localhost", "0177.0.0.1"]
)
def test_no_way_of_writing_an_inner_address_helps(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.delenv("STEERWAY_ALLOW_NETWORKS")
    with pytest.raises(ChannelError, match=r"inner address|could not be looked up"):
        _wire.post("hook", f"https://{host}/", b"{}", {})


@pytest.mark.parametrize("key", OUTSIDE)
def test_no_channel_calls_an_inner_address(
    monkeypatch: pytest.MonkeyPatch, web: WebReceiver, mail: MailReceiver, key: str
) -> None:
    monkeypatch.delenv("STEERWAY_ALLOW_NETWORKS")
    facts = typed(key, web, mail)
    with pytest.raises(ChannelError, match="inner address") as caught:
        CHANNELS[key].send(message(), Setup(key, key, facts, facts if key != "email" else {}, NINE))

    assert caught.value.broken
    assert web.received == mail.mails == []


def test_a_name_is_looked_up_once_and_one_inner_address_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def look(host: str, port: int, **more: Any) -> list[Any]:
        asked.append(host)
        addresses = ["93.184.216.34"] if len(asked) > 1 else ["93.184.216.34", "127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.delenv("STEERWAY_ALLOW_NETWORKS")
    monkeypatch.setattr(socket, "getaddrinfo", look)
    with pytest.raises(ChannelError, match="inner address"):
        _wire.post("hook", "https://rebind.example.com/", b"{}", {})

    assert asked == ["rebind.example.com"]


def test_the_checked_address_is_the_one_called(monkeypatch: pytest.MonkeyPatch, web: WebReceiver) -> None:
    monkeypatch.setattr(_wire, "resolve", lambda *_: ["127.0.0.1"])
    _wire.post("hook", f"http://nowhere.invalid:{web.port}/x", b"{}", {})

    assert web.received[0].headers["Host"] == f"nowhere.invalid:{web.port}"


@pytest.mark.parametrize(
    "url", ["ftp://a.b/", "file:///etc/passwd", "https://u:p@a.b/", "https://a.b/\r\nX: y", "x", ""]
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(ChannelError):
        _wire.post("hook", url, b"", {})


# -- secrets -----------------------------------------------------------------------------------------------------------


def test_sealed_secrets_need_the_secret_of_the_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = seal({"secret": SECRET})
    assert SECRET not in sealed
    assert unseal(sealed) == {"secret": SECRET}

    monkeypatch.setenv("STEERWAY_SECRET_KEY", "another one")
    with pytest.raises(Unsealable):
        unseal(sealed)


# -- the whole way -----------------------------------------------------------------------------------------------------


Ready = Callable[..., House]


@pytest.fixture
def ready(open_with: Open, web: WebReceiver, mail: MailReceiver) -> Ready:
    """Open the tiny app with one channel set up, and a deal that must be told of by it."""

    def start(key: str, **more: str) -> House:
        house = open_with(rule(when="urgent", notify=[{"to": ["owner"], "channels": [f"{key}:mine"]}]))
        with house.maker.begin() as session:
            outlets.save(session, None, {**typed(key, web, mail), "key": "mine", **more}, SYSTEM, NINE, type_key=key)
            keep_contact(session, house.users["alice"].id or 0, Contact(email="alice@example.com"))
        deal(house, urgent=True)
        return house

    return start


def states(house: House) -> dict[str, tuple[str, int]]:
    with house.maker() as session:
        query = select(Notification).where(Notification.app_key != "")
        return {one.channel: (one.state, one.attempts) for one in session.scalars(query)}


@pytest.mark.parametrize("key", OUTSIDE)
def test_alert_leaves_by_the_channel(
    ready: Ready, web: WebReceiver, mail: MailReceiver, caplog: pytest.LogCaptureFixture, key: str
) -> None:
    house = ready(key)
    hidden = [TOKEN, *([SECRET] if any(one.key == "secret" for one in CHANNELS[key].asks) else [])]
    assert states(house) == {"mine": ("queued", 0)}
    web.answers = [(503, " ".join(["no", *hidden])), (200, OK)]
    mail.refuse = {"RCPT": "451 later"}
    with caplog.at_level(logging.DEBUG):
        house.tick(at(minutes=1))
    assert states(house) == {"mine": ("queued", 1)}

    mail.refuse = {}
    house.tick(at(minutes=3))

    assert states(house) == {"mine": ("sent", 2)}
    assert len(web.received) + 2 * len(mail.mails) == 2
    with house.engine.connect() as connection:
        dump = " ".join(
            str(row)
            for table in ("sw_channel", "sw_notification", "sw_change")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        )
    assert [word for word in hidden if word in caplog.text or word in dump] == []


def test_crash_between_sending_and_noting_sends_again_with_the_same_key(ready: Ready, web: WebReceiver) -> None:
    house = ready("webhook")
    house.tick(at(minutes=1))
    with house.maker.begin() as session:  # as if the process had died before it noted that the message was taken
        lost = {"state": "sending", "due_at": at(minutes=6)}
        session.execute(update(Notification).where(Notification.channel == "mine").values(**lost))

    house.tick(at(minutes=7))

    assert [one.headers["Steerway-Attempt"] for one in web.received] == ["1", "2"]
    assert len({one.headers["Idempotency-Key"] for one in web.received}) == 1
    assert states(house) == {"mine": ("sent", 2)}


def test_broken_channel_is_switched_off_and_nothing_is_lost(ready: Ready, web: WebReceiver) -> None:
    house = ready("wecom")
    deal(house, name="Second", urgent=True)
    web.answers = [(200, f'{{"errcode": 93000, "errmsg": "invalid webhook {TOKEN}"}}')]
    house.tick(at(minutes=1))

    assert len(web.received) == 1
    with house.maker() as session:
        row = session.scalars(select(ChannelRow)).one()
        told = inbox(session, house.users["ada"])
        assert (row.enabled, [one.rule for one in told]) == (False, ["channel_off"])
        assert TOKEN not in told[0].text
        assert len(inbox(session, house.users["alice"])) == 2
    assert states(house)["mine"][0] == "failed"

    with house.maker.begin() as session:
        row = session.scalars(select(ChannelRow)).one()
        outlets.switch(session, row, SYSTEM, at(minutes=2), enabled=True)
    with house.maker() as session:
        assert inbox(session, house.users["ada"]) == []


def test_channel_that_lets_nothing_through_for_a_day_is_switched_off(ready: Ready, web: WebReceiver) -> None:
    house = ready("slack")
    web.answers = [(503, "")]
    house.tick(at(minutes=1))
    deal(house, name="Second", urgent=True)
    house.tick(at(hours=25))

    with house.maker() as session:
        assert session.scalars(select(ChannelRow.enabled)).one() is False


def test_secret_that_can_no_longer_be_opened_switches_the_channel_off(
    ready: Ready, web: WebReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = ready("slack")
    monkeypatch.setenv("STEERWAY_SECRET_KEY", "another one")
    house.tick(at(minutes=1))

    with house.maker() as session:
        row = session.scalars(select(ChannelRow)).one()
        assert (row.enabled, web.received) == (False, [])
        assert len(inbox(session, house.users["alice"])) == 1


def test_ways_follow_the_rule_the_setup_and_the_person(ready: Ready) -> None:
    house = ready("email")
    alice = house.users["alice"].id or 0
    with house.maker.begin() as session:
        assert Ways(session).of(alice, ["email"]) == ["mine"]
        assert Ways(session).of(alice, ["email:other", "wecom"]) == ["inbox"]
        assert Ways(session).of(alice, []) == ["inbox"]
        keep_contact(session, alice, Contact(always=frozenset({"mine"})))
        assert Ways(session).of(alice, ["inbox"]) == ["inbox", "mine"]
        keep_contact(session, alice, Contact(never=frozenset({"mine"})))
        assert Ways(session).of(alice, ["email"]) == ["inbox"]
        with pytest.raises(EngineError):
            keep_contact(session, alice, Contact(email="a@b\r\nBcc: c@d", mobile="12"))
        assert contact_of(session, alice).never == {"mine"}


@pytest.mark.parametrize("key", OUTSIDE)
def test_what_is_missing_is_said_beside_each_field(ready: Ready, key: str) -> None:
    house = ready(key)
    with house.maker() as session, pytest.raises(EngineError) as caught:
        outlets.save(session, None, {"key": "Not A Key"}, SYSTEM, NINE, type_key=key)

    wanted = {one.key for one in CHANNELS[key].asks if one.required}
    assert {one.field for one in caught.value.faults} == wanted | {"key"}
