"""Writes docs/reference/cli.md from the commands themselves; tests/test_docs.py holds that it is up to date."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import click

from web.cli import group

PAGE = Path(__file__).resolve().parent.parent / "docs/reference/cli.md"
INTRODUCTION = """\
# Reference: the command line

This page is generated; `python -m scripts.cli_reference` writes it anew. How to use it is told in
[Use the command line](../howto/use-the-command-line.md).

Answers go to standard output as JSON Lines, sentences for people to standard error. Exit code 0 means done, 1 that something
was refused or at fault (the sentences say what), 2 that the command was called wrongly.

Every command takes `--database URL`: the address of the database, else the environment variable `STEERWAY_DATABASE_URL`, else
`{database}`. It is not repeated below.

A *MOMENT* is a date (`2026-03-31`) or a date and time (`2026-03-31T18:00`, `2026-03-31T10:00Z`, `2026-03-31T18:00+08:00`). Without
an offset it is meant in the app's time zone; for `publish`, `clone` and `tick`, which know no app or many, in UTC."""


def commands() -> dict[str, click.Command]:
    """Every command by its full name, in order; a group stands before its own."""
    return dict(_walk("", group(_no_screens)))


def _no_screens() -> None:
    raise AssertionError("the reference needs no application")


def _walk(prefix: str, found: click.Group) -> Iterator[tuple[str, click.Command]]:
    for name in sorted(found.commands):
        command = found.commands[name]
        yield prefix + name, command
        if isinstance(command, click.Group):
            yield from _walk(f"{prefix}{name} ", command)


def page() -> str:
    """The reference page."""
    known = commands()
    table = ["| command | what it does |", "|---|---|"]
    table += [f"| [{name}](#{name.replace(' ', '-')}) | {sentence(command)} |" for name, command in known.items()]
    parts = [INTRODUCTION.format(database=_default_database(known)), "\n".join(table)]
    parts += [part for name, command in known.items() for part in _section(name, command)]
    return "\n\n".join(parts) + "\n"


def sentence(command: click.Command) -> str:
    """The first sentence of a command's help."""
    return _help(command)[0]


def _section(name: str, command: click.Command) -> Iterator[str]:
    yield f"## {name}"
    usage = [part for part in command.collect_usage_pieces(click.Context(command)) if part != "[OPTIONS]"]
    yield f"`{' '.join(['steerway', name, *usage])}`"
    yield from _help(command)
    rows = [f"| {_spelling(one)} | {_meaning(one)} |" for one in options(command)]
    if rows:
        yield "\n".join(["| option | meaning |", "|---|---|", *rows])


def _help(command: click.Command) -> list[str]:
    paragraphs = re.split(r"\n\s*\n", inspect.cleandoc(command.help or ""))
    return [" ".join(paragraph.split()) for paragraph in paragraphs]


def options(command: click.Command) -> list[click.Option]:
    """The options of a command but for those that all have."""
    return [one for one in command.params if isinstance(one, click.Option) and one.name != "database"]


def _spelling(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts) + "".join(f", `{name}`" for name in option.secondary_opts)
    if option.is_flag:
        return names
    return f"{names} {_value(option)}" + (" (repeatable)" if option.multiple else "")


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice):
        return " · ".join(f"`{choice}`" for choice in option.type.choices)
    return option.make_metavar(click.Context(click.Command("any"))).replace(" RANGE", "")


def _meaning(option: click.Option) -> str:
    parts = [(option.help or "").rstrip(".")]
    if option.required:
        parts.append("required")
    if option.show_default and not option.is_flag:
        parts.append(f"{option.default} without it")
    return "; ".join(parts).replace("|", "\\|") + "."


def _default_database(known: dict[str, click.Command]) -> str:
    (option,) = (one for one in known["apps"].params if one.name == "database")
    found = re.search(r"default (\S+)\)", getattr(option, "help", "") or "")
    assert found
    return found[1]


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
