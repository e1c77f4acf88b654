"""Connections to the outside: an address is looked up once, checked, and that very address is called, in bounded time."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from threading import Thread, Timer
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, urlsplit

from engine.channels._base import ChannelError
from engine.operator import allowed_networks

#: Seconds a whole exchange may take, from the look-up of the name to the last byte of the answer.
TIMEOUT = 10.0
#: As much of an answer as is read.
MOST_BYTES = 65536
#: Addresses that hold an IPv4 address in their last 32 bits: what they lead to is what counts.
WRAPPING = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"), ip_network("::/96"))
#: Nothing else is given out on the public internet (IANA); within it, what the standard library does not know as special.
PUBLIC, SPECIAL = ip_network("2000::/3"), (ip_network("3fff::/20"), ip_network("192.0.0.0/24"))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered."""

    status: int
    body: str
    retry_after: str = ""

    def json(self) -> dict[str, Any]:
        """Return the answer as an object; an empty one when it is none."""
        with suppress(ValueError):
            found = json.loads(self.body)
            return found if isinstance(found, dict) else {}
        return {}


@cache
def tls() -> ssl.SSLContext:
    """Return how servers must prove who they are."""
    return ssl.create_default_context()


def may_call(address: str) -> bool:
    """Tell whether an address is on the public internet, or in a network that the operator allows."""
    found = _unwrapped(ip_address(address.split("%", 1)[0]))
    if any(found in network for network in allowed_networks() if network.version == found.version):
        return True
    special = any(found in network for network in SPECIAL if network.version == found.version)
    return found.is_global and not found.is_multicast and not special and (found.version == 4 or found in PUBLIC)


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address inside an IPv6 one, where there is one."""
    if isinstance(address, IPv4Address):
        return address
    if any(address in network for network in WRAPPING):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def resolve(channel: str, host: str, port: int, timeout: float = TIMEOUT) -> list[str]:
    """Return the addresses of a host; ChannelError when it has none, or any of them may not be called."""
    found: list[str] = []
    trouble: list[OSError | UnicodeError] = []

    def look() -> None:
        try:
            lines = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            trouble.append(error)
        else:
            found.extend(dict.fromkeys(str(line[4][0]) for line in lines))

    # The system's look-up knows no time limit of its own.
    thread = Thread(target=look, name="look-up", daemon=True)
    thread.start()
    thread.join(timeout)
    if not found:
        cause = "the name could not be looked up" if trouble else "looking the name up took too long"
        raise ChannelError(channel, f"{host}: {cause}")
    if not all(may_call(one) for one in found):
        raise ChannelError(channel, f"{host} is an inner address, which the operator has not allowed", broken=True)
    return found


def connect(channel: str, host: str, port: int, timeout: float = TIMEOUT) -> socket.socket:
    """Return a connection to an address of the host that was checked a moment ago, and to no other."""
    until = monotonic() + timeout
    trouble: OSError | None = None
    for address in resolve(channel, host, port, timeout):
        try:
            return socket.create_connection((address, port), timeout=max(0.1, until - monotonic()))
        except OSError as error:
            trouble = error
    raise ChannelError(channel, f"no connection to {host}: {reason(trouble)}")


@contextmanager
def deadline(connection: socket.socket, seconds: float) -> Iterator[None]:
    """Cut a connection when the time is over, however slowly the other side keeps it alive."""
    timer = Timer(max(0.1, seconds), _cut, (connection,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(connection: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)


def reason(error: Exception | None) -> str:
    """Say what went wrong on the wire, in a few words and without addresses."""
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    return (error.strerror if isinstance(error, OSError) and error.strerror else "") or type(error).__name__


def parts_of(channel: str, url: str) -> SplitResult:
    """Return the parts of a web address; ChannelError unless it is a plain https one (http within allowed networks)."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        raise ChannelError(channel, "this is not a web address", broken=True) from None
    if parts.scheme not in ("https", "http") or not parts.hostname or not url.isascii() or not url.isprintable():
        raise ChannelError(channel, "this is not a web address", broken=True)
    if parts.username is not None or parts.password is not None or " " in url:
        raise ChannelError(channel, "a web address with a name and password in it is not accepted", broken=True)
    return parts


def post(channel: str, url: str, body: bytes, headers: Mapping[str, str], timeout: float = TIMEOUT) -> Answer:
    """Post to a web address and return the answer; no redirect is followed, no proxy is used."""
    until = monotonic() + timeout
    parts = parts_of(channel, url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    plain = connect(channel, host, port, timeout)
    try:
        with deadline(plain, until - monotonic()):
            if parts.scheme == "http" and ip_address(plain.getpeername()[0].split("%", 1)[0]).is_global:
                raise ChannelError(channel, "a public address must be called by https", broken=True)
            return _exchange(plain, parts, body, headers, until)
    except (OSError, http.client.HTTPException) as error:
        late = monotonic() >= until - 0.05
        raise ChannelError(channel, f"{host}: {'it took too long' if late else reason(error)}") from None
    finally:
        plain.close()


def _exchange(
    plain: socket.socket, parts: SplitResult, body: bytes, headers: Mapping[str, str], until: float
) -> Answer:
    plain.settimeout(max(0.1, until - monotonic()))
    host = parts.hostname or ""
    line = http.client.HTTPConnection(host, parts.port)
    wrapped = tls().wrap_socket(plain, server_hostname=host) if parts.scheme == "https" else plain
    line.sock = wrapped
    try:
        with deadline(wrapped, until - monotonic()):
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            line.request("POST", target, body, {"Host": parts.netloc, "User-Agent": "Steerway", **headers})
            answer = line.getresponse()
            text = answer.read(MOST_BYTES).decode("utf-8", "replace")
            return Answer(answer.status, text, answer.getheader("Retry-After") or "")
    finally:
        line.close()


def post_json(channel: str, url: str, payload: object, headers: Mapping[str, str] | None = None) -> Answer:
    """Post an object as JSON; ChannelError unless the answer's status says that it was taken."""
    answer = post(
        channel, url, json_bytes(payload), {"Content-Type": "application/json; charset=utf-8", **(headers or {})}
    )
    judge(channel, answer)
    return answer


def json_bytes(payload: object) -> bytes:
    """Write JSON the same way every time, so that it can be signed."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def judge(channel: str, answer: Answer) -> None:
    """Raise ChannelError for a status other than 2xx: passing, permanent for this message, or for the channel."""
    if 200 <= answer.status < 300:
        return
    said = " ".join(answer.body.split())[:200]
    cause = f"HTTP {answer.status}" + (f": {said}" if said else "")
    broken = answer.status in (401, 403, 404, 405, 410) or 300 <= answer.status < 400
    passing = answer.status >= 500 or answer.status in (408, 409, 423, 425, 429)
    raise ChannelError(channel, cause, permanent=not passing, broken=broken)


def weight(text: str) -> int:
    """Return how many bytes a text takes within JSON: quotes and ends of lines take two."""
    return len(json_bytes(text)) - 2


def size(text: str) -> int:
    """Return how many bytes a text takes."""
    return len(text.encode())


def cut(text: str, most: int, measure: Callable[[str], int] = size) -> str:
    """Return the longest beginning of a text that measures at most so much, with a sign that it was cut."""
    if measure(text) <= most:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle] + "…") <= most else (low, middle - 1)
    return text[:low] + "…"
