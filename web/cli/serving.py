"""`steerway serve`: the production server, with the ticker that keeps alerts and schedules going."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import click
from flask.cli import ScriptInfo
from waitress import serve as waitress_serve

from engine.jobs import start_ticker
from web.services import services_of


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=int, help="Port to listen on.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64), help="Requests answered at once.")
@click.option(
    "--tick-seconds",
    default=20,
    show_default=True,
    type=click.IntRange(1, 3600),
    help="Pause between ticks, in seconds.",
)
@click.option("--no-ticker", is_flag=True, help="Serve pages only; another process runs the schedules.")
@click.option(
    "--trusted-proxy",
    metavar="ADDRESS",
    help="Address of the proxy in front, whose X-Forwarded-For, -Proto and -Host are believed.",
)
@click.pass_obj
def serve(
    info: ScriptInfo,
    host: str,
    port: int,
    threads: int,
    tick_seconds: int,
    no_ticker: bool,
    trusted_proxy: str | None,
) -> None:
    """Serve the screens, and run schedules beside them."""
    app = info.load_app()
    ticker = None if no_ticker else start_ticker(services_of(app).sessions, lambda: datetime.now(UTC), tick_seconds)
    click.echo(f"Steerway serves on http://{host}:{port}", err=True)
    try:
        waitress_serve(app, host=host, port=port, threads=threads, ident="steerway", **_proxy(trusted_proxy))
    finally:
        if ticker is not None:
            ticker.stop()


def _proxy(address: str | None) -> dict[str, Any]:
    """Return what makes the server believe one proxy, and nobody else, about who asks and by which scheme."""
    if address is None:
        return {}
    believed = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    return {"trusted_proxy": address, "trusted_proxy_count": 1, "trusted_proxy_headers": believed}


COMMANDS: tuple[click.Command, ...] = (serve,)
