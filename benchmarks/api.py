"""Requests per second of the HTTP API: 100,000 opportunities on PostgreSQL, two serving processes, asked by wrk.

The published figures of two peers for the same questions on such a machine stand beside ours; they were not measured in this run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.records_world import APP, FORM, make_world
from engine.access import SCOPES, make_token
from engine.people import find_user
from tests.support import postgres

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "api.json"
PORT = 8799
LIST = f"/api/v1/{APP}/{FORM}?filter=region%20%3D%3D%20'north'%20and%20amount%20%3E%20500000&sort=-amount&limit=50"
#: What the list asks is a view that the config declares, as a team's daily question is; publishing indexes it.
VIEW = {
    "key": "north",
    "label": "North",
    "columns": ["name", "account", "amount"],
    "filter": "region == 'north' and amount > 500000",
    "sort": ["-amount"],
}
#: Requests per second at 8 connections: list, get, create, update.
PEERS = {"Directus": (89, 285, 166, 107), "NocoBase": (38, 309, 183, 226)}
SCRIPT = """
local seed = {seed}
local count = 0
wrk.headers["Authorization"] = "Bearer {secret}"
wrk.headers["Content-Type"] = "application/json"
function setup(thread) thread:set("id", seed); seed = seed + 1000000 end
function request()
  count = count + 1
  {request}
end
function response(status) if status >= 400 then failed = (failed or 0) + 1 end end
"""
QUESTIONS = {
    "list": f'return wrk.format("GET", "{LIST}")',
    "get": f'return wrk.format("GET", "/api/v1/{APP}/{FORM}/" .. (1 + (id + count * 7919) % ROWS))',
    "create": (
        f'return wrk.format("POST", "/api/v1/{APP}/{FORM}", nil, '
        '\'{"name": "New \' .. id .. " " .. count .. \'", "account": 5, "region": "north", "amount": 1200.5, "probability": 40}\')'
    ),
    "update": (
        f'return wrk.format("PATCH", "/api/v1/{APP}/{FORM}/" .. (1 + (id + count * 7919) % ROWS), nil, '
        "'{\"amount\": ' .. (count + id % 1000) .. '.25}')"
    ),
}


def main(arguments: list[str] | None = None) -> None:
    """Measure, print and write the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--seconds", type=int, default=10)
    options.add_argument("--connections", type=int, default=8)
    options.add_argument("--processes", type=int, default=2)
    options.add_argument("--threads", type=int, default=2, help="of each process, as `steerway serve` has it")
    given = options.parse_args(arguments)
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("wrk is needed (on Debian and Ubuntu: apt-get install wrk)")
    with postgres.run() as server:
        url = server.create_database()
        maker = make_world(url, given.rows, views=[VIEW])
        with maker.begin() as session:
            _token, secret = make_token(session, find_user(session, "rep0"), "benchmark", SCOPES, _now(), days=1)
        figures = measured(wrk, url, secret, given)
    report(figures, given)


def _now():
    from web.services import wall_clock

    return wall_clock()


def measured(wrk: str, url: str, secret: str, given: argparse.Namespace) -> dict[str, float]:
    """Return requests per second by question; every answer was checked to be a success."""
    environment = {**os.environ, "STEERWAY_DATABASE_URL": url, "STEERWAY_SECRET_KEY": "benchmark"}
    command = [
        sys.executable,
        "-m",
        "app",
        "serve",
        "--port",
        str(PORT),
        "--processes",
        str(given.processes),
        "--threads",
        str(given.threads),
        "--no-jobs",
    ]
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait(secret)
        for name, script in QUESTIONS.items():  # every process has compiled the app and made its statements
            _asked(wrk, name, script, secret, given, seconds=2, strict=False)
        return {name: _asked(wrk, name, script, secret, given) for name, script in QUESTIONS.items()}
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


def _wait(secret: str) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{LIST}", headers={"Authorization": f"Bearer {secret}"})
    for _ in range(200):
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                assert len(json.load(answer)["records"]) == 50
                return
        except OSError:
            time.sleep(0.2)
    sys.exit("the server did not start")


def _asked(
    wrk: str, name: str, script: str, secret: str, given: argparse.Namespace, seconds: int = 0, *, strict: bool = True
) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        text = (
            SCRIPT.replace("{request}", script)
            .replace("{secret}", secret)
            .replace("{seed}", str(int(time.time()) % 1000 * 10**7))
        )
        file.write(text.replace("ROWS", str(given.rows)))
        file.flush()
        run = [
            wrk,
            "-t2",
            f"-c{given.connections}",
            f"-d{seconds or given.seconds}s",
            "-s",
            file.name,
            f"http://127.0.0.1:{PORT}",
        ]
        out = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    if strict and ("Non-2xx" in out or "Socket errors" in out):
        sys.exit(f"{name}: not every answer was a success\n{out}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])  # type: ignore[index]


def report(figures: dict[str, float], given: argparse.Namespace) -> None:
    """Print the figures beside the peers' and write them down."""
    best = [max(peer[place] for peer in PEERS.values()) for place in range(4)]
    for place, (name, figure) in enumerate(figures.items()):
        peers = ", ".join(f"{peer} {rates[place]}" for peer, rates in PEERS.items())
        print(f"{name:8} {figure:8.0f}/s   {figure / best[place]:5.1f} × the better peer ({peers})")
    found = {f"{name}_per_s": round(figure, 1) for name, figure in figures.items()}
    found |= {
        "rows": given.rows,
        "processes": given.processes,
        "threads": given.threads,
        "connections": given.connections,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(found, indent=2, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
