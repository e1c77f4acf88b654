"""Templates: config folders that ship with the product, and apps made from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.config.defs import ParameterDef
from engine.config.load import load
from engine.config.parameters import declared, with_answers
from engine.config.source import Source
from engine.errors import ConfigError
from engine.people.users import User
from engine.releases.live import live
from engine.releases.publishing import as_app, publish
from engine.releases.rows import App, Release
from forms.labels import Label
from rules.errors import N_, Fault

#: Where the shipped templates lie.
SHIPPED = Path(__file__).resolve().parents[2] / "sample_configs"


@dataclass(frozen=True)
class Template:
    """A config folder to clone from."""

    key: str
    label: Label
    description: Label
    path: Path
    parameters: tuple[ParameterDef, ...] = ()
    #: Whether demonstration records lie beside it.
    has_records: bool = False


def templates() -> Iterator[Template]:
    """Go through the shipped templates, by key."""
    for file in sorted(SHIPPED.glob("*/app.json")):
        yield template_of(file.parent)


def template_of(folder: Path) -> Template:
    """Return what a folder offers."""
    source = load(folder)
    app = source.app
    parameters = tuple(
        ParameterDef(key, Label.of(spot["label"].value, key), spot["type"].text, spot["default"].value)
        for key, spot in declared(source).items()
    )
    label, description = Label.of(app["label"].value, folder.name), Label.of(app["description"].value)
    return Template(app["key"].text or folder.name, label, description, folder, parameters, (folder / "data").is_dir())


def template_path(name: str) -> Path | None:
    """Return the folder of a shipped template by its name or key, or any folder that holds an app."""
    shipped = [folder for folder in (SHIPPED / name, Path(name)) if name and (folder / "app.json").is_file()]
    return shipped[0] if shipped else next((one.path for one in templates() if one.key == name), None)


def clone(
    session: Session,
    folder: Path,
    user: User,
    now: datetime,
    *,
    key: str | None = None,
    label: str | None = None,
    parameters: Mapping[str, object] | None = None,
    with_records: bool = False,
) -> Release:
    """Make a new app from a template and return its first release; ConfigError with every fault.

    1. Put the answers in. 2. Give it its own key and label. 3. Publish. 4. Import the demonstration records. The app
    and its template know nothing of each other afterwards.
    """
    source = as_app(with_answers(load(folder), parameters or {}), key)
    if label:
        source = _labelled(source, label)
    source = source.cleaned()  # key and label are somebody's typing, too
    wanted = source.app["key"].text
    if session.scalar(sa.select(App.id).where(App.key == wanted)) is not None:
        template = N_("There is an app with the key “{key}” already; choose another one.")
        raise ConfigError(Fault("app.exists", template, {"key": wanted}, file="app.json", pointer="/key", field="key"))
    release = publish(session, source, user, now, verb="clone", template=folder.name)
    if with_records:
        from engine.imports.folder import load_records

        load_records(session, live(session, wanted), folder / "data", user, now)
    return release


def _labelled(source: Source, label: str) -> Source:
    assert isinstance(source.app.value, dict)
    app = {**source.app.value, "label": label}
    return replace(
        source, files=tuple(replace(one, content=app) if one.section == "app" else one for one in source.files)
    )
