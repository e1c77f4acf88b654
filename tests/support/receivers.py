"""Real receivers on loopback: a web server and a mail server that keep what they get and misbehave on request."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class WebReceiver:
    """Answers with what `answers` holds (status, body), the last one again and again."""

    answers: list[tuple[int, str]] = field(default_factory=lambda: [(200, "{}")])
    received: list[Received] = field(default_factory=list)
    #: Seconds before it answers, byte by byte when `drip`.
    delay: float = 0
    drip: bool = False

    def __post_init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.received.append(Received(self.path, dict(self.headers), body))
                status, text = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                self._answer(status, text.encode())

            def _answer(self, status: int, body: bytes) -> None:
                try:
                    if outer.drip:
                        for sign in b"HTTP/1.0 200 OK\r\nX: " + b"x" * 200:
                            self.wfile.write(bytes([sign]))
                            self.wfile.flush()
                            time.sleep(0.1)
                    time.sleep(outer.delay)
                    self.send_response(status)
                    if 300 <= status < 400:
                        self.send_header("Location", "http://127.0.0.1:1/")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # the other side has lost patience, as it should

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@dataclass
class MailReceiver:
    """Takes mail; `refuse` maps a command (MAIL, RCPT, DATA) to the answer that it gets instead."""

    refuse: dict[str, str] = field(default_factory=dict)
    mails: list[EmailMessage] = field(default_factory=list)
    mute: bool = False

    def __post_init__(self) -> None:
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                if outer.mute:
                    time.sleep(3)
                    return None
                self._say("220 here")
                while line := self.rfile.readline():
                    word = line.split(b" ")[0].strip().upper().decode()
                    if word in outer.refuse:
                        self._say(outer.refuse[word])
                    elif word == "DATA":
                        self._say("354 go on")
                        outer.mails.append(self._mail())
                        self._say("250 taken")
                    elif word == "QUIT":
                        return self._say("221 bye")
                    else:
                        self._say("250 ok")
                return None

            def _mail(self) -> EmailMessage:
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line)
                found = message_from_bytes(b"".join(lines), policy=policy.default)
                assert isinstance(found, EmailMessage)
                return found

            def _say(self, text: str) -> None:
                self.wfile.write(text.encode() + b"\r\n")

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
