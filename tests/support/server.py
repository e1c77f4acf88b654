"""A real web server in a thread, on a free loopback port."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from waitress.server import create_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    WsgiApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class LiveServer:
    """Serves one WSGI application from construction to `stop`."""

    def __init__(self, app: WsgiApp) -> None:
        self._server = create_server(app, host="127.0.0.1", port=0, threads=4, ident="steerway")
        self._thread = threading.Thread(target=self._server.run, name="live-server", daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.effective_port}"

    def stop(self) -> None:
        # The sockets belong to the server's thread, so the thread itself must close them.
        self._server.trigger.pull_trigger(self._close)
        self._thread.join(timeout=5)
        self._server.task_dispatcher.shutdown()

    def _close(self) -> None:
        for channel in list(self._server.active_channels.values()):
            channel.handle_close()
        self._server.close()
