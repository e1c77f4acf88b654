"""E-mail over SMTP: text and HTML, and all messages about one episode in one thread."""

from __future__ import annotations

import hashlib
import re
import smtplib
import socket
from contextlib import suppress
from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from time import monotonic

from engine.channels._base import Channel, ChannelError, Outgoing, Setting, Setup, register
from engine.channels._wire import TIMEOUT, connect, deadline, reason, tls
from forms.labels import Label

PLAIN, STARTTLS, TLS = "none", "starttls", "tls"
OPEN = Label({"en": "Open the record", "zh_Hans": "打开记录", "zh_Hant": "開啟紀錄"})
OPEN_INBOX = Label({"en": "Open the inbox", "zh_Hans": "打开收件箱", "zh_Hant": "開啟收件匣"})
FOOTER = Label(
    {
        "en": "Steerway sends this because an alert concerns you. Choose your ways under “Notifications”.",
        "zh_Hans": "Steerway 发送此邮件，因为有一条提醒与您有关。可在“通知方式”中选择接收渠道。",
        "zh_Hant": "Steerway 寄送此郵件，因為有一則提醒與您有關。可在「通知方式」中選擇接收管道。",
    }
)
LEAVE = Label({"en": "No more digests", "zh_Hans": "不再接收汇总", "zh_Hant": "不再接收彙整"})
#: Letters of other scripts may stand behind the @ alone.
ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
MAILBOX = re.compile(rf"{ATOM}(?:\.{ATOM})*@[^@\s<>,;:()\[\]\"\\]+")


@register
class Email(Channel):
    """Writes to each person's own address."""

    key = "email"
    label = Label({"en": "E-mail", "zh_Hans": "电子邮件", "zh_Hant": "電子郵件"})
    is_personal = True
    asks = (
        Setting(
            "host", Label({"en": "SMTP server", "zh_Hans": "SMTP 服务器", "zh_Hant": "SMTP 伺服器"}), required=True
        ),
        Setting("port", Label({"en": "Port", "zh_Hans": "端口", "zh_Hant": "連接埠"}), "number", True, "587"),
        Setting(
            "security",
            Label({"en": "Encryption", "zh_Hans": "加密", "zh_Hant": "加密"}),
            "choice",
            True,
            STARTTLS,
            (STARTTLS, TLS, PLAIN),
        ),
        Setting("sender", Label({"en": "Sender", "zh_Hans": "发件人", "zh_Hant": "寄件者"}), required=True),
        Setting("user", Label({"en": "User name", "zh_Hans": "用户名", "zh_Hant": "使用者名稱"})),
        Setting("password", Label({"en": "Password", "zh_Hans": "密码", "zh_Hant": "密碼"}), "secret"),
    )

    def check(self, setup: Setup) -> None:
        """Refuse a sender that is no address, and a password that would travel in the open."""
        if not MAILBOX.fullmatch(setup.get("sender")):
            raise ChannelError(setup.key, "the sender is not an e-mail address", broken=True)
        if setup.get("user") and setup.get("security") == PLAIN:
            raise ChannelError(setup.key, "a password is not sent over a connection without encryption", broken=True)

    def send(self, message: Outgoing, setup: Setup) -> None:
        """Hand the mail over."""
        self.check(setup)
        mail = letter(replace(message, email=_mailbox(setup, message)), setup)
        until = monotonic() + TIMEOUT
        plain = connect(setup.key, setup.get("host"), int(setup.get("port") or 0), TIMEOUT)
        try:
            with deadline(plain, until - monotonic()):
                _hand_over(plain, mail, setup, until)
        except smtplib.SMTPException as error:
            raise _said(setup, error) from None
        except OSError as error:
            late = monotonic() >= until - 0.05
            raise ChannelError(setup.key, "it took too long" if late else reason(error)) from None
        finally:
            plain.close()


def _mailbox(setup: Setup, message: Outgoing) -> str:
    """Return the address as every server takes it; ChannelError for one that only some would."""
    if not message.email:
        raise ChannelError(setup.key, f"{message.name} has no e-mail address", permanent=True)
    local, _, domain = message.email.rpartition("@")
    with suppress(UnicodeError):
        if MAILBOX.fullmatch(message.email):
            return f"{local}@{domain.encode('idna').decode()}"
    cause = f"the e-mail address of {message.name} is none that every mail server takes"
    raise ChannelError(setup.key, cause, permanent=True)


class _Line(smtplib.SMTP):
    """An SMTP client on a connection that is there already."""

    def __init__(self, line: socket.socket, host: str, seconds: float) -> None:
        self._line = line
        super().__init__("", 0, local_hostname="steerway", timeout=seconds)
        self._host = host  # STARTTLS checks the certificate against it

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002
        return self._line


def _hand_over(plain: socket.socket, mail: EmailMessage, setup: Setup, until: float) -> None:
    seconds, host = max(0.1, until - monotonic()), setup.get("host")
    plain.settimeout(seconds)
    line = tls().wrap_socket(plain, server_hostname=host) if setup.get("security") == TLS else plain
    client = _Line(line, host, seconds)
    try:
        code, words = client.connect(host, 1)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        if setup.get("security") == STARTTLS:
            client.starttls(context=tls())
        if client.sock is not None:
            with deadline(client.sock, until - monotonic()):
                if setup.get("user"):
                    client.login(setup.get("user"), setup.get("password"))
                client.send_message(mail)
                _leave(client)
    finally:
        client.close()


def _leave(client: smtplib.SMTP) -> None:
    """Say goodbye; the mail is taken already, so trouble here is none."""
    try:
        client.quit()
    except (smtplib.SMTPException, OSError):
        client.close()


def _said(setup: Setup, error: smtplib.SMTPException) -> ChannelError:
    """Return what the server's answer means: 4xx passes, 5xx does not, and some 5xx concern the whole channel."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()), (550, b""))
        return ChannelError(setup.key, f"SMTP {code}: {_text(words)}", permanent=code >= 500)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return ChannelError(setup.key, "the server does not offer this encryption or sign-in", broken=True)
    if isinstance(error, smtplib.SMTPResponseException):
        refused = isinstance(error, smtplib.SMTPAuthenticationError | smtplib.SMTPSenderRefused)
        lasting = error.smtp_code >= 500
        cause = f"SMTP {error.smtp_code}: {_text(error.smtp_error)}"
        return ChannelError(setup.key, cause, permanent=lasting, broken=lasting and refused)
    return ChannelError(setup.key, type(error).__name__)


def _text(words: bytes | str) -> str:
    said = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(said.split())[:200]


def letter(message: Outgoing, setup: Setup) -> EmailMessage:
    """Return the mail; the same for every attempt but its number, so that a mail store can drop a second copy."""
    mail = EmailMessage()
    mail["From"] = Address("Steerway", addr_spec=setup.get("sender"))
    mail["To"] = Address(_one_line(message.name), addr_spec=message.email or "")
    mail["Subject"] = _one_line(message.subject)
    domain = setup.get("sender").rpartition("@")[2]
    mail["Message-ID"] = _id(message.idempotency_key, domain)
    root = _id(f"thread {message.thread}", domain)
    mail["References"] = root
    mail["In-Reply-To"] = root
    if message.at:
        mail["Date"] = format_datetime(message.at)
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Steerway-Idempotency-Key"] = hashlib.sha256(message.idempotency_key.encode()).hexdigest()
    mail["X-Steerway-Attempt"] = str(message.attempt)
    mail["Content-Language"] = {"zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}.get(message.locale, "en")
    footer = FOOTER.pick(message.locale)
    leave = f"{LEAVE.pick(message.locale)}: {message.leave_url}" if message.leave_url else ""
    if message.leave_url:
        mail["List-Unsubscribe"] = f"<{message.leave_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    end = "\n".join(part for part in ("-- ", footer, leave) if part)
    mail.set_content("\n\n".join(part for part in (message.text, message.link, end) if part))
    mail.add_alternative(_html(message, footer), subtype="html")
    return mail


def _html(message: Outgoing, footer: str) -> str:
    language = {"zh_Hans": "zh-Hans", "zh_Hant": "zh-Hant"}.get(message.locale, "en")
    opens = (OPEN if message.form else OPEN_INBOX).pick(message.locale)
    link = f'<p><a href="{escape(message.link)}">{opens}</a></p>' if message.link else ""
    text = escape(message.text).replace("\n", "<br>")
    leave = f'<br><a href="{escape(message.leave_url)}">{LEAVE.pick(message.locale)}</a>' if message.leave_url else ""
    return (
        f'<!doctype html><html lang="{language}"><body style="font-family: sans-serif">'
        f"<h2>{escape(message.subject)}</h2><p>{text}</p>{link}"
        f'<p style="color: #666; font-size: 85%">{footer}{leave}</p></body></html>'
    )


def _id(text: str, domain: str) -> str:
    return f"<{hashlib.sha256(text.encode()).hexdigest()[:40]}@{domain}>"


def _one_line(text: str) -> str:
    return " ".join(text.split())
