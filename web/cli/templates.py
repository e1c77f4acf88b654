"""Commands on templates: list them, make apps of them, save apps as templates, send, bring in, upgrade."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from engine.config.canonical import zip_of
from engine.design import replace_config
from engine.imports.people import create_people
from engine.people import SYSTEM
from engine.releases import clone as clone_template
from engine.releases import source_of
from engine.templates import saving, upgrading
from engine.templates.contents import contents_of
from engine.templates.gallery import Template, gallery, own_versions, template_named, template_of, template_path
from engine.templates.three_way import CONFLICT, THEIRS
from web.cli._base import app_option, database, faults_as_lines, moment, now_option, put, stop, the_app

if TYPE_CHECKING:
    from datetime import datetime

    from engine.db import Session
    from engine.imports.people import Made
    from engine.templates.upgrading import Upgrade


@click.command("templates")
def list_templates() -> None:
    """List the templates, shipped and the company's own, with what is inside."""
    with database() as session:
        for one in gallery(session):
            inside = contents_of(one.source)
            put(
                {
                    "key": one.key,
                    "label": str(one.label),
                    "version": one.version,
                    "own": one.is_own,
                    "forms": len(inside.forms),
                    "stages": inside.stages,
                    "key_results": len(inside.key_results),
                    "rules": len(inside.rules),
                    "roles": len(inside.roles),
                    "asks": {parameter.key: parameter.type for parameter in one.parameters},
                }
            )


@click.command("clone")
@click.argument("template")
@click.option("--key", help="Key of the new app (default: the template's).")
@click.option("--label", help="Name of the new app.")
@click.option("--param", "params", multiple=True, metavar="KEY=VALUE", help="Answer a question the template asks.")
@click.option("--role", "roles", multiple=True, metavar="ROLE=PERSON", help="Give a role to a person (sign-in name).")
@click.option("--records/--no-records", default=False, help="With the template's demonstration records and people.")
@now_option
def clone(
    template: str,
    key: str | None,
    label: str | None,
    params: tuple[str, ...],
    roles: tuple[str, ...],
    records: bool,
    now: str | None,
) -> None:
    """Make a new app from TEMPLATE: the key of a template, or a folder.

    With records come the people of data/people.csv: those who are new get a password, which is shown this once.
    """
    answers, given = dict(_pair(text) for text in params), dict[str, list[str]]()
    for role, person in (_pair(text) for text in roles):
        given.setdefault(role, []).append(person)
    with faults_as_lines(), database() as session:
        found, present = _template(session, template), moment(now)
        made = _make_people(session, found, key, present) if records else []
        release = clone_template(
            session, found, SYSTEM, present, key=key, label=label, parameters=answers, with_records=records, roles=given
        )
        put({"app": release.app_key, "release": release.number})
        for one in made:
            put({"sign_in": one.sign_in, "name": one.name, "roles": one.roles, "password": one.password or None})


@click.group("template")
def template() -> None:
    """Save apps as templates, send and bring them in, upgrade apps."""


@template.command("save")
@click.argument("key")
@app_option
@click.option("--version", default="", help="What this version is called.")
@click.option("--person", "people", multiple=True, metavar="PERSON=ROLE", help="Put a role in the place of a person.")
@now_option
def save(key: str, app_key: str | None, version: str, people: tuple[str, ...], now: str | None) -> None:
    """Save the live config of an app as the template KEY; people it names become roles, or are asked for."""
    with faults_as_lines(), database() as session:
        source = source_of(session, the_app(session, app_key).key)
        found = saving.portable(source, dict(_pair(text) for text in people), earlier=own_versions(session, key))
        made = saving.save_template(session, found, key, version, SYSTEM, moment(now))
        put({"template": made.key, "number": made.number, "asks": [one.key for one in made.parameters]})


@template.command("export")
@click.argument("key")
@click.argument("path", type=click.Path(path_type=Path))
def export(key: str, path: Path) -> None:
    """Write the template KEY as a zip file at PATH."""
    with database() as session:
        path.write_bytes(zip_of(_template(session, key).source))
    put({"template": key, "path": str(path)})


@template.command("import")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@now_option
def bring_in(path: Path, now: str | None) -> None:
    """Keep the template in the zip file at PATH, as a new version under the key it names."""
    with faults_as_lines(), database() as session:
        made = saving.import_template(session, path.read_bytes(), SYSTEM, moment(now))
        put({"template": made.key, "number": made.number})


@template.command("upgrade")
@app_option
@click.option("--param", "params", multiple=True, metavar="KEY=VALUE", help="Answer what the new version asks.")
@click.option("--take", "taken", multiple=True, metavar="PLACE", help="Take the template's side at this place.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the merged config as a zip file instead.")
@click.option("--from", "name", metavar="TEMPLATE", help="Which of the templates that the app was combined of.")
@click.option("--done", is_flag=True, help="What is live counts as upgraded: this version is not offered again.")
@click.option("--apply", "do", is_flag=True, help="Put the merged config into the app's draft; nothing goes live.")
@now_option
def upgrade(
    app_key: str | None,
    params: tuple[str, ...],
    taken: tuple[str, ...],
    out: Path | None,
    name: str | None,
    do: bool,
    done: bool,
    now: str | None,
) -> None:
    """Show what an upgrade of an app from its template changes; write it, or put it into the draft."""
    with faults_as_lines(), database() as session:
        key, answers = the_app(session, app_key).key, dict(_pair(text) for text in params)
        part = _offered(session, key, name)
        found = upgrading.upgrade(session, key, None, dict.fromkeys(taken, THEIRS), answers, part)
        _tell(found)
        if out is not None:
            out.write_bytes(zip_of(found.merged.source))
        if done:
            upgrading.follow(session, key, answers, moment(now), part)
        if do:
            upgrading.prepare(session, key, source_of(session, key), part)
            note = f"upgraded from {found.template.key} {found.template.version}".strip()
            replace_config(session, key, found.merged.source, SYSTEM, moment(now), note)


def _offered(session: Session, key: str, name: str | None) -> int:
    """Return which of its templates an app is upgraded from: the only one that changed, or the one that is named."""
    offers = upgrading.offers(session, key, source_of(session, key))
    found = [one for one in offers if name in (None, one.template.key)]
    if len(found) > 1 and name is None:
        stop(f"several templates have changed; say --from, one of: {', '.join(one.template.key for one in found)}")
    if name is not None and not found:
        stop(f"{name!r} is no template of this app that has changed")
    return found[0].part if found else 0


def _tell(found: Upgrade) -> None:
    for one in found.merged.differences:
        put({"place": one.id, "kind": one.kind, "taken": one.taken})
    put({"differences": len(found.merged.differences), CONFLICT + "s": len(found.merged.conflicts)})


def _template(session: Session, name: str) -> Template:
    path = template_path(name)
    if path is not None and "/" in name:
        return template_of(path)
    found = template_named(session, name) or (template_of(path) if path else None)
    if found is None:
        stop(f"there is no template {name!r}; there are: {', '.join(one.key for one in gallery(session))}")
    return found


def _make_people(session: Session, found: Template, key: str | None, now: datetime) -> list[Made]:
    """Make the people first, so that records find their owners."""
    file = found.path / "data" / "people.csv" if found.path else None
    return create_people(session, file.read_bytes(), key or found.key, now) if file and file.is_file() else []


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not KEY=VALUE")
    return name, value


COMMANDS: tuple[click.Command, ...] = (list_templates, clone, template)
