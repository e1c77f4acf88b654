"""The rules of the house about imports, as plain functions over a file's syntax tree."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

#: From the cellar up; a file imports its own room and those below it.
ROOMS = ("rules", "forms", "engine", "web", "admin", "app")
#: Where each library may be imported: a room or a folder of it. A library that is not listed needs a room first.
LIBRARIES = {
    "holidays": ("rules",),
    "simpleeval": ("rules",),
    "jsonschema": ("engine/config",),
    "referencing": ("engine/config",),
    "alembic": ("engine",),
    "apispec": ("web",),
    "argon2": ("engine",),
    "cronsim": ("rules",),
    "cryptography": ("engine",),
    "dbos": ("engine",),
    "nh3": ("forms",),
    "PIL": ("engine",),
    "pypinyin": ("rules",),
    "segno": ("web",),
    "psycopg": ("engine",),
    "python_calamine": ("engine",),
    "sqlalchemy": ("engine",),
    "babel": ("web", "admin"),
    "click": ("web", "app"),
    "flask": ("web", "admin", "app"),
    "flask_admin": ("admin",),
    "flask_babel": ("web", "admin", "app"),
    "flask_limiter": ("web",),
    "flask_wtf": ("web", "admin"),
    "itsdangerous": ("web",),
    "jinja2": ("web", "admin"),
    "markupsafe": ("web", "admin"),
    "waitress": ("web", "app"),
    "werkzeug": ("web", "admin", "app"),
    "whitenoise": ("web", "app"),
    "xlsxwriter": ("engine",),
    "wtforms": ("web", "admin"),
}
#: Folders of extensions: one file, one registration.
LEAVES = ("forms/fields", "rules/functions", "engine/channels", "engine/actions", "engine/triggers", "web/charts")


def source_files() -> list[str]:
    """Every Python file of the rooms, as a path from the project's root."""
    found = [path for room in ROOMS[:-1] for path in sorted((ROOT / room).rglob("*.py"))]
    own = [path.relative_to(ROOT).as_posix() for path in found if "node_modules" not in path.parts]
    return [*own, *(["app.py"] if (ROOT / "app.py").exists() else [])]


def imports(source: str, file: str) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of everything a file imports, relative imports resolved."""
    package = file.split("/")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(filter(None, [base, node.module]))
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def climbing(source: str, file: str) -> list[str]:
    """Imports of rooms that lie above the file's own."""
    own = ROOMS.index(_room(file))
    return [
        f"{file}:{line} imports {name}"
        for line, name in imports(source, file)
        if (top := name.split(".")[0]) in ROOMS and ROOMS.index(top) > own
    ]


def homeless(source: str, file: str) -> list[str]:
    """Imports of libraries outside the rooms that hold them."""
    return [
        f"{file}:{line} imports {name}"
        for line, name in imports(source, file)
        if (top := name.split(".")[0]) not in ROOMS
        and top not in sys.stdlib_module_names
        and not any(_inside(file, place) for place in LIBRARIES.get(top, ()))
    ]


def sibling(source: str, file: str) -> list[str]:
    """Imports of one leaf by another; a leaf knows `_base` (and other names with an underscore) and lower rooms."""
    folder, _, name = file.rpartition("/")
    leaves = next((place for place in LEAVES if _inside(folder, place)), None)
    if leaves is None or name == "__init__.py":
        return []
    prefix = leaves.replace("/", ".") + "."
    return [
        f"{file}:{line} imports {imported}"
        for line, imported in imports(source, file)
        if imported.startswith(prefix) and not imported.removeprefix(prefix).startswith("_")
    ]


def _room(file: str) -> str:
    return file.split("/", maxsplit=1)[0].removesuffix(".py")


def _inside(file: str, place: str) -> bool:
    return f"{file.removesuffix('.py')}/".startswith(f"{place}/")
