"""Where tests keep their files: in memory, where the machine has enough of it; a database is hundreds of small files."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

#: The folder that Linux keeps in memory.
MEMORY = Path("/dev/shm")
#: Free bytes without which tests write to the disk as ever.
ENOUGH = 4 * 1024**3


def keep_in_memory() -> None:
    """Let temporary files of this process and its children lie in memory; a TMPDIR that was given stays."""
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = str(MEMORY)
        tempfile.tempdir = None


def _has_room() -> bool:
    return MEMORY.is_dir() and os.access(MEMORY, os.W_OK | os.X_OK) and shutil.disk_usage(MEMORY).free >= ENOUGH
