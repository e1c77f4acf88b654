"""`steerway expr`: check and evaluate expressions from standard input, by any of the evaluators."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.trial import ENGINES, Case, Trial, app_of, scratch
from rules.errors import SteerwayError
from web.cli._base import app_option, database, fault_row, moment, now_option, put, stop, the_app
from web.services import database_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from engine.config.defs import AppDef
    from rules.explain import Explanation

form_option = click.option("--form", metavar="KEY", help="The form whose names the expressions use.")
definition_option = click.option(
    "--definition",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A small form definition as JSON, instead of --app and --form.",
)


@click.group("expr")
def expr() -> None:
    """Expressions: check them, or evaluate them on given records.

    Standard input holds JSON Lines: {"expression": "amount > 5", "record": {"amount": 7}}, where a reference is a
    nested object; `me` may describe the person who asks, `id` is given back. Plain text lines are expressions, too.
    """


@expr.command("check")
@app_option
@form_option
@definition_option
def check(app_key: str | None, form: str | None, definition: Path | None) -> None:
    """Check each expression: its type, or every fault with code, column, sentence and suggestion."""
    trial = _trial(app_key, form, definition, None)

    def verdict(case: Case) -> dict[str, object]:
        return {"ok": True, "type": str(trial.check(case.expression).type.kind)}

    _answer_all(verdict)


@expr.command("eval")
@app_option
@form_option
@definition_option
@click.option("--engine", type=click.Choice(ENGINES), default="reference", show_default=True, help="Which evaluator.")
@click.option("--explain", "why", is_flag=True, help="With the tree of parts and their values.")
@now_option
def eval_(
    app_key: str | None, form: str | None, definition: Path | None, engine: str, why: bool, now: str | None
) -> None:
    """Evaluate each expression on its record: value and type, or what is wrong."""
    trial = _trial(app_key, form, definition, now)
    with _connection(engine) as connection:
        if connection is not None:
            trial.prepare(connection)

        def answer(case: Case) -> dict[str, object]:
            found = trial.answer(case, engine, connection, why=why)
            told = {"value": found.value, "type": str(found.kind)}
            return told | ({"explanation": _tree(found.explanation)} if found.explanation else {})

        _answer_all(answer)


def _trial(app_key: str | None, form: str | None, definition: Path | None, now: str | None) -> Trial:
    try:
        app, key = _defined(definition, form) if definition else _stored(app_key, form)
    except SteerwayError as error:
        for fault in error.faults:
            put(fault_row(fault))
        sys.exit(2)
    return Trial(app, key, moment(now, app.context.time_zone))


def _defined(path: Path, form: str | None) -> tuple[AppDef, str]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        stop(f"{path} is not JSON: {error}", 2)
    if not isinstance(content, dict):
        stop(f"{path}: an object is expected", 2)
    return app_of({**content, "form": form} if form else content)


def _stored(app_key: str | None, form: str | None) -> tuple[AppDef, str]:
    if form is None:
        stop("say which form with --form, or give a --definition", 2)
    with database() as session:
        app = the_app(session, app_key).app
    if form not in app.forms:
        stop(f"there is no form {form!r}; there are: {', '.join(app.forms)}", 2)
    return app, form


@contextmanager
def _connection(engine: str) -> Iterator[Any]:
    """Open what a SQL evaluator needs: a database in memory, or the PostgreSQL that --database names; nothing stays."""
    if engine not in ("sqlite", "postgresql"):
        yield None
        return
    url = database_url() if engine == "postgresql" else "sqlite://"
    if engine == "postgresql" and not url.startswith("postgresql"):
        stop("the engine postgresql needs --database postgresql://…", 2)
    with scratch(url) as connection:
        yield connection


def _answer_all(answer: Callable[[Case], dict[str, object]]) -> None:
    """Answer every line; exit 1 when any was refused."""
    refused = False
    for number, line in enumerate(sys.stdin.buffer, 1):
        if not line.strip():
            continue
        ident: Any = number
        try:
            ident, case = _case(line, number)
            put({"id": ident, **answer(case)})
        except SteerwayError as error:
            refused = True
            rows = [fault_row(fault) for fault in error.faults]
            first = {name: rows[0].get(name) for name in ("code", "column", "sentence", "suggestion")} if rows else {}
            put({"id": ident, "ok": False, **first, "faults": rows})
        except click.ClickException as error:
            refused = True
            put({"id": ident, "ok": False, "code": "input", "column": 0, "sentence": error.format_message()})
    raise SystemExit(1 if refused else 0)


def _case(line: bytes, number: int) -> tuple[object, Case]:
    """Read one line: a JSON object, a JSON text, or the plain expression."""
    text = line.decode("utf-8", "surrogateescape").rstrip("\r\n")
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        if text.lstrip().startswith("{"):
            raise click.ClickException("this line is not JSON") from None
        given = text
    if not isinstance(given, dict):
        return number, Case(given if isinstance(given, str) else text)
    expression = given.get("expression")
    if not isinstance(expression, str):
        raise click.ClickException("“expression” must be a text")
    record, me = (given.get(name) or {} for name in ("record", "me"))
    if not isinstance(record, Mapping) or not isinstance(me, Mapping):
        raise click.ClickException("“record” and “me” must be objects")
    return given.get("id", number), Case(expression, record, me)


def _tree(one: Explanation) -> dict[str, object]:
    found: dict[str, object] = {"text": one.text, "value": one.value}
    if one.why_empty:
        found["why_empty"] = one.why_empty.text
    return found | ({"children": [_tree(child) for child in one.children]} if one.children else {})


COMMANDS: tuple[click.Command, ...] = (expr,)
