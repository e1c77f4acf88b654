"""`steerway user`: who may sign in, and with which roles."""

from __future__ import annotations

import click

from engine.db import Session
from engine.people import SYSTEM, Person, create_person, everybody, grant, person_named, set_password
from engine.staff.changing import give_role
from engine.staff.noting import note_new, note_password
from engine.staff.teams import ensure
from web.cli._base import database, faults_as_lines, moment, put, stop


@click.group("user")
def user() -> None:
    """People: add, list, change a password, give a role."""


@user.command("add")
@click.argument("sign_in")
@click.option("--name", required=True, help="How others see this person.")
@click.option("--email", default="", help="E-mail address.")
@click.option("--region", default="", help="What `me.region` is in expressions.")
@click.option("--team", default="", help="What `me.team` is in expressions.")
@click.option("--manager", metavar="PERSON", help="Sign-in name of the manager.")
@click.option("--admin", is_flag=True, help="May configure everything.")
@click.option("--role", "roles", multiple=True, metavar="APP:ROLE", help="Role in an app.")
@click.password_option(help="Asked for when left out.")
def add(
    sign_in: str,
    name: str,
    email: str,
    region: str,
    team: str,
    manager: str | None,
    admin: bool,
    roles: tuple[str, ...],
    password: str,
) -> None:
    """Add a person who may sign in."""
    with faults_as_lines(), database() as session:
        head = person_named(session, manager) if manager else None
        if manager and head is None:
            stop(f"there is nobody with the sign-in name {manager!r}")
        person = create_person(
            session,
            sign_in,
            name,
            now=moment(None),
            email=email,
            region=region,
            team=team,
            manager_id=head.id if head else None,
            is_admin=admin,
        )
        set_password(person, password)
        for app_key, role in map(_role, roles):
            grant(session, person, app_key, role)
        note_new(session, person, SYSTEM, moment(None))
        ensure(session, {"region": [region], "team": [team]}, SYSTEM, moment(None))
        put({"sign_in": person.sign_in, "id": person.id})


def _person(session: Session, sign_in: str) -> Person:
    return person_named(session, sign_in) or stop(f"there is nobody with the sign-in name {sign_in!r}")


def _role(text: str) -> tuple[str, str]:
    app_key, colon, role = text.partition(":")
    if not colon:
        raise click.BadParameter(f"{text!r} is not APP:ROLE")
    return app_key, role


@user.command("list")
def list_() -> None:
    """List everyone as JSON Lines."""
    with database() as session:
        for person in everybody(session):
            put(
                {
                    "sign_in": person.sign_in,
                    "name": person.name,
                    "email": person.email,
                    "region": person.region,
                    "team": person.team,
                    "admin": person.is_admin,
                    "active": person.active,
                    "roles": [str(one).replace(": ", ":") for one in person.grants],
                }
            )


@user.command("password")
@click.argument("sign_in")
@click.password_option(help="Asked for when left out.")
def password(sign_in: str, password: str) -> None:
    """Set a person's password."""
    with faults_as_lines(), database() as session:
        person = _person(session, sign_in)
        set_password(person, password)
        note_password(session, person, SYSTEM, moment(None), "command line")


@user.command("role")
@click.argument("sign_in")
@click.argument("roles", nargs=-1, required=True, metavar="APP:ROLE...")
def role(sign_in: str, roles: tuple[str, ...]) -> None:
    """Give a person roles."""
    with faults_as_lines(), database() as session:
        person = _person(session, sign_in)
        for app_key, role_key in map(_role, roles):
            give_role(session, person, app_key, role_key, SYSTEM, moment(None))


COMMANDS: tuple[click.Command, ...] = (user,)
