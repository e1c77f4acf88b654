"""On one machine: of several processes on one SQLite file only one works, as long as it lives and not a moment longer."""

from __future__ import annotations

from typing import IO

from sqlalchemy.engine import URL

try:
    import fcntl
except ImportError:  # pragma: no cover - where there is no such lock, one process is a matter of care
    fcntl = None  # type: ignore[assignment]  # the module is missing there


class Alone:
    """The right to work on a SQLite file, given back by the system when the process dies; always given elsewhere."""

    def __init__(self, url: URL) -> None:
        self.is_file = url.get_backend_name() == "sqlite"
        self._path = f"{url.database}-worker"
        self._file: IO[str] | None = None
        self.taken = False

    def take(self) -> bool:
        """Take the right; False while another process has it."""
        if self.is_file and fcntl is not None:
            file = open(self._path, "w", encoding="ascii")  # noqa: PTH123, SIM115 - held open as long as it is taken
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                file.close()
                return False
            self._file = file
        self.taken = True
        return True

    def give_up(self) -> None:
        """Let another process work."""
        if self._file is not None:
            self._file.close()
            self._file = None
        self.taken = False
