"""`steerway serve`: the production server, with the worker that does what time makes due; and `steerway work`, a worker alone."""

from __future__ import annotations

import signal
from threading import Event
from typing import Any

import click
from flask.cli import ScriptInfo
from waitress import serve as waitress_serve

from engine.db import create_system_tables, make_engine, sessions
from engine.jobs import start_worker
from engine.jobs.clock import DemoClock
from web.cli._base import moment
from web.cli.processes import listen, look_after
from web.services import database_url, services_of, set_clock, wall_clock

#: Requests answered at once by a process that is alone, and by one of several: there, threads that wait for each other's
#: turn cost more than they bring (with four of them half as many lists a second as with two).
THREADS, THREADS_OF_MANY = 8, 2
clock_option = click.option(
    "--clock",
    metavar="MOMENT",
    envvar="STEERWAY_CLOCK",
    help="For demonstrations: begin at this moment; administrators may move the clock forward.",
)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=int, help="Port to listen on.")
@click.option(
    "--processes",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that answer; more than one needs PostgreSQL.",
)
@click.option(
    "--threads",
    type=click.IntRange(1, 64),
    help=f"Requests that one process answers at once; {THREADS} if it is the only one, {THREADS_OF_MANY} if there are more.",
)
@click.option(
    "--tick-seconds",
    default=20,
    show_default=True,
    type=click.IntRange(1, 3600),
    help="Pause between two looks at all rules, in seconds.",
)
@click.option(
    "--no-jobs", "--no-ticker", "no_jobs", is_flag=True, help="Serve pages only; `steerway work` does the rest."
)
@clock_option
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
    processes: int,
    threads: int | None,
    tick_seconds: int,
    no_jobs: bool,
    clock: str | None,
    trusted_proxy: str | None,
) -> None:
    """Serve the screens, and do beside them what time makes due."""
    if processes > 1 and database_url().startswith("sqlite"):
        raise click.UsageError("Several processes need PostgreSQL: set STEERWAY_DATABASE_URL to its address.")
    at_once = threads or (THREADS if processes == 1 else THREADS_OF_MANY)
    bound = listen(host, port)

    def answer(number: int) -> None:
        app = info.load_app()
        if clock:
            set_clock(app, DemoClock(moment(clock)))
        services = services_of(app)
        works = not no_jobs and number == 0
        worker = start_worker(services.sessions, services.clock, seconds=tick_seconds) if works else None
        signal.signal(signal.SIGTERM, _leave)
        if number == 0:
            click.echo(f"Steerway serves on http://{host}:{port}", err=True)
        try:
            waitress_serve(app, sockets=[bound], threads=at_once, ident="steerway", **_proxy(trusted_proxy))
        finally:
            if worker is not None:
                worker.stop()

    if processes == 1:
        answer(0)
    else:
        look_after(processes, answer)


def _leave(*_signal: object) -> None:
    """End as Ctrl-C does: what is being answered is answered, and work goes back into the queue."""
    raise SystemExit(0)


def _proxy(address: str | None) -> dict[str, Any]:
    """Return what makes the server believe one proxy, and nobody else, about who asks and by which scheme."""
    if address is None:
        return {}
    believed = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    return {"trusted_proxy": address, "trusted_proxy_count": 1, "trusted_proxy_headers": believed}


@click.command("work")
@click.option("--concurrency", default=4, show_default=True, type=click.IntRange(1, 64), help="Jobs done at once.")
@click.option(
    "--tick-seconds",
    default=20,
    show_default=True,
    type=click.IntRange(1, 3600),
    help="Pause between two looks at all rules, in seconds.",
)
@clock_option
def work(concurrency: int, tick_seconds: int, clock: str | None) -> None:
    """Do what time makes due and what takes long, without serving pages; many may work on one PostgreSQL."""
    engine = make_engine(database_url())
    create_system_tables(engine)
    stop = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stop.set())
    time = DemoClock(moment(clock)) if clock else wall_clock
    many = engine.dialect.name != "sqlite"
    worker = start_worker(sessions(engine), time, seconds=tick_seconds, concurrency=concurrency, exits=many)
    click.echo(f"A worker of Steerway is at work: {worker.token}", err=True)
    stop.wait()
    worker.stop()
    engine.dispose()


COMMANDS: tuple[click.Command, ...] = (serve, work)
