"""The gallery: templates that ship with the product as folders, and those of the company's own, kept in the database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, undefer

from engine.config.defs import ParameterDef
from engine.config.load import load
from engine.config.parameters import declared, parameter_of, with_defaults
from engine.config.source import Source
from engine.releases.compiling import checksum_of, release_text
from engine.templates.rows import SavedTemplate
from forms.labels import Label

#: Where the shipped templates lie.
SHIPPED = Path(__file__).resolve().parents[2] / "sample_configs"


@dataclass(frozen=True)
class Template:
    """A config to clone from: `path` is the folder of one that lies on disk."""

    key: str
    label: Label
    description: Label
    path: Path | None = None
    parameters: tuple[ParameterDef, ...] = ()
    #: Whether demonstration records lie beside it.
    has_records: bool = False
    version: str = ""
    languages: tuple[str, ...] = ()
    source: Source = field(default_factory=lambda: Source(()), compare=False, repr=False)
    #: Of one of the company's own: how often it was saved, and who did last.
    number: int = 0
    author: str = ""

    @property
    def is_own(self) -> bool:
        """Tell whether the company made it."""
        return self.number > 0

    @property
    def checksum(self) -> str:
        """Return what tells its versions apart."""
        return checksum_of(release_text(self.source))


def templates() -> Iterator[Template]:
    """Go through the shipped templates, by key."""
    for file in sorted(SHIPPED.glob("*/app.json")):
        yield template_of(file.parent)


def template_of(folder: Path) -> Template:
    """Return what a folder offers."""
    return _template(load(folder), folder)


def template_path(name: str) -> Path | None:
    """Return the folder of a shipped template by its name or key, or any folder that holds an app."""
    shipped = [folder for folder in (SHIPPED / name, Path(name)) if name and (folder / "app.json").is_file()]
    return shipped[0] if shipped else next((one.path for one in templates() if one.key == name), None)


def gallery(session: Session) -> list[Template]:
    """Return all templates: the company's own first."""
    newest = sa.select(SavedTemplate.key, sa.func.max(SavedTemplate.number)).group_by(SavedTemplate.key)
    wanted = sa.tuple_(SavedTemplate.key, SavedTemplate.number).in_(newest)
    rows = session.scalars(_rows().where(wanted).order_by(SavedTemplate.key))
    return [*(own(row) for row in rows), *templates()]


def template_named(session: Session, key: str) -> Template | None:
    """Return a template by its key, one of the company's own before a shipped one."""
    row = session.scalar(newest_of(key))
    return own(row) if row is not None else next((one for one in templates() if one.key == key), None)


def newest_of(key: str) -> sa.Select[SavedTemplate]:
    """Return the statement that finds the newest version of one of the company's own."""
    return _rows().where(SavedTemplate.key == key).order_by(SavedTemplate.number.desc()).limit(1)


def versions(session: Session, key: str) -> list[SavedTemplate]:
    """Return the versions of a template of the company's own, the newest first."""
    return list(session.scalars(_rows().where(SavedTemplate.key == key).order_by(SavedTemplate.number.desc())))


def own_versions(session: Session, key: str) -> list[Source]:
    """Return the configs of a template of the company's own, with their parameters unfilled, the newest first."""
    wanted = _rows().where(SavedTemplate.key == key).order_by(SavedTemplate.number.desc())
    return [Source.from_dict(json.loads(row.config)) for row in session.scalars(wanted)]


def own(row: SavedTemplate) -> Template:
    """Return a version that is kept in the database."""
    return _template(Source.from_dict(json.loads(row.config)), None, row)


def _rows() -> sa.Select[SavedTemplate]:
    return sa.select(SavedTemplate).options(undefer(SavedTemplate.config), joinedload(SavedTemplate.author))


def _template(source: Source, path: Path | None, row: SavedTemplate | None = None) -> Template:
    app = with_defaults(source).app
    key = row.key if row else app["key"].text or (path.name if path else "")
    return Template(
        key,
        Label.of(app["label"].value, key),
        Label.of(app["description"].value),
        path,
        tuple(parameter_of(spot) for spot in declared(source).values()),
        path is not None and (path / "data").is_dir(),
        app["version"].text,
        app["languages"].texts,
        source,
        row.number if row else 0,
        row.author.name if row and row.author else "",
    )
