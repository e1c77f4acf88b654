"""The console command `steerway`: operators and scripts use the same verbs as the screens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from flask.cli import FlaskGroup

from web.cli import audit, config_tools, configs, data, demo, expr, nouns, people, serving, sweep, templates, tick
from web.cli._base import database_option


class _Commands(FlaskGroup):
    """Knows its own commands only: help and a mistyped name neither open a database nor show other libraries' commands."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return click.Group.list_commands(self, ctx)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        return click.Group.get_command(self, ctx, name)


def group(create_app: Callable[..., Any]) -> FlaskGroup:
    """Return the command group; `create_app` is only called by commands that need the screens."""
    found = _Commands(
        name="steerway",
        create_app=create_app,
        add_default_commands=False,
        add_version_option=False,
        load_dotenv=False,
        params=[],
        help="Steerway: forms, pipelines, key results and reminders from JSON.",
    )
    found.params = [option for option in found.params if option.name not in ("app", "debug", "env_file")]
    database_option(found)
    for module in (serving, configs, templates, config_tools, data, nouns, people, audit, demo, sweep, tick, expr):
        for command in module.COMMANDS:
            found.add_command(_with_database(command))
    return found


def _with_database(command: click.Command) -> click.Command:
    """Let `--database` stand before or after the command's name; commands are shared by all groups, so only once."""
    inner = command.commands.values() if isinstance(command, click.Group) else ()
    for one in (command, *inner):
        if not any(option.name == "database" for option in one.params):
            database_option(one)
    return command
