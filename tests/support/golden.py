"""Golden files: expected texts beside the tests, rewritten by `pytest --update-golden`."""

from __future__ import annotations

from pathlib import Path

_read: set[Path] = set()


def compare(path: Path, actual: str, *, update: bool) -> None:
    """Assert that `actual` is what the golden file holds, or make it so."""
    path = path.resolve()
    _read.add(path)
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(actual, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing; pytest --update-golden writes it"
    assert actual == path.read_text(encoding="utf-8")


def keep(path: Path) -> None:
    """Note a file of a golden folder that is read, but written by hand."""
    _read.add(path.resolve())


def remove_unread() -> None:
    """Delete the files which no test read any more, in the folders named golden that this run used."""
    for folder in {path.parent for path in _read if path.parent.name == "golden"}:
        for path in folder.iterdir():
            if path.is_file() and path not in _read:
                path.unlink()
