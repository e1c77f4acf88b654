"""Documents are true: links, anchors, commands, options and targets exist, configs shown pass the check, nothing is left out."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import click
import pytest

from engine.channels import CHANNELS
from engine.config.check import check
from engine.config.load import load
from engine.dashboards.tiles import TILES
from forms.fields import FIELD_TYPES
from forms.fields._base import InputContext
from rules.functions._base import REGISTERED, bounded, function
from rules.registry import FUNCTIONS
from scripts import cli_reference
from tests.forms.test_field_types import example
from tests.support.rooms import ROOT

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md"))])
#: Words after `steerway` that are no commands: the name of the product begins a sentence.
SHELL = re.compile(r"^```(?:sh|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@cache
def text(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


# -- links -------------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made from their words."""
    prose = re.sub(r"^```.*?^```", "", text(page), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def links() -> Iterator[tuple[Path, str, str]]:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text(page)):
            path, _, anchor = target.partition("#")
            yield page, path, anchor


def test_links_lead_to_a_file() -> None:
    assert [(name(page), path) for page, path, _ in links() if path and not (page.parent / path).exists()] == []


def test_links_lead_to_a_heading() -> None:
    wrong = [
        (name(page), path, anchor)
        for page, path, anchor in links()
        if anchor and anchor not in anchors((page.parent / path).resolve() if path else page)
    ]

    assert wrong == []


def test_index_leads_to_every_page() -> None:
    index = DOCS / "index.md"
    listed = {(index.parent / path).resolve() for page, path, _ in links() if page == index and path}
    pages = {page for page in DOCS.rglob("*.md") if page.parent.name != "adr" and not page.name.endswith(".intro.md")}

    assert sorted(map(name, pages - listed - {index})) == []


# -- decisions ---------------------------------------------------------------------------------------------------------


def decisions() -> list[Path]:
    return sorted(page for page in (DOCS / "adr").glob("*.md") if page.name != "README.md")


def test_decisions_are_listed_in_order() -> None:
    listed = re.findall(r"^\| \[(\d{4})\]\(([^)]+)\)", text(DOCS / "adr" / "README.md"), re.MULTILINE)

    assert listed == [(page.name[:4], page.name) for page in decisions()]


@pytest.mark.parametrize("page", decisions(), ids=lambda page: page.name)
def test_decision_is_one_page_with_its_four_parts(page: Path) -> None:
    number = page.name[:4].lstrip("0")

    assert re.match(rf"# (?:ADR )?0*{number}\b", text(page))
    assert "Status" in text(page)
    assert [part for part in ("Context", "Decision", "Consequences") if f"## {part}" not in text(page)] == []
    assert len(text(page).splitlines()) <= 70


def test_decisions_have_numbers_of_their_own() -> None:
    numbers = [page.name[:4] for page in decisions()]

    assert sorted(set(numbers)) == numbers


# -- commands ----------------------------------------------------------------------------------------------------------


def calls() -> Iterator[tuple[str, list[str]]]:
    """Every call of `steerway` in a block of shell or between backticks."""
    for page in PAGES:
        spans = re.findall(r"`(steerway [^`\n]+)`", text(page))
        lines = [line.removeprefix("$ ") for block in SHELL.findall(text(page)) for line in block.splitlines()]
        for call in [*spans, *lines]:
            for part in re.split(r"[|;]\s", call):
                if part.strip().startswith("steerway "):
                    yield name(page), _words(part)


def _words(call: str) -> list[str]:
    lexer = shlex.shlex(call.strip(), posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.commenters = True, "#"
    try:
        return list(lexer)[1:]
    except ValueError:  # the line ends inside a quoted text that goes on below
        return call.split()[1:]


def _command(words: list[str]) -> str:
    """The name of the command called, without options before it."""
    rest = words[2:] if words[:1] == ["--database"] else words
    pair = " ".join(rest[:2])
    return pair if pair in cli_reference.commands() else (rest[0] if rest else "")


def test_commands_named_in_documents_exist() -> None:
    known = cli_reference.commands()

    assert [
        (page, words) for page, words in calls() if words[0].islower() and _command(words) not in {*known, ""}
    ] == []


def test_options_named_in_documents_exist() -> None:
    known = cli_reference.commands()
    wrong = [
        (page, words)
        for page, words in calls()
        if (command := known.get(_command(words)))
        for word in words
        if word.startswith("--") and word.split("=")[0] not in {"--help", *_spellings(command)}
    ]

    assert wrong == []


def _spellings(command: click.Command) -> set[str]:
    return {spelling for option in command.params for spelling in (*option.opts, *option.secondary_opts)}


def test_every_command_is_shown_in_use() -> None:
    page = "docs/howto/use-the-command-line.md"
    shown = {_command(words) for where, words in calls() if where == page}
    known = {full for full, command in cli_reference.commands().items() if not isinstance(command, click.Group)}

    assert sorted(known - shown) == []


def test_every_option_says_what_it_is_for() -> None:
    known = cli_reference.commands().items()

    assert [(full, one.opts) for full, command in known for one in cli_reference.options(command) if not one.help] == []


def test_reference_of_the_command_line_is_up_to_date() -> None:
    assert cli_reference.PAGE.read_text(encoding="utf-8") == cli_reference.page()


def test_make_targets_named_in_documents_exist() -> None:
    targets = set(re.findall(r"^([a-z.-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {
        (name(page), target)
        for page in PAGES
        for call in re.findall(r"`make ([^`\n]+)`|^make ([^\n#]+)", text(page), re.MULTILINE)
        for target in "".join(call).split()
        if re.fullmatch(r"[a-z.-]+", target)
    }

    assert sorted((page, target) for page, target in named if target not in targets) == []


def test_environment_variables_named_in_documents_are_read() -> None:
    folders = ("web", "engine", "admin", "tests", "scripts")
    code = "".join(
        text(file) for folder in folders for file in (ROOT / folder).rglob("*") if file.is_file() and _is_code(file)
    )
    named = {(name(page), word) for page in PAGES for word in re.findall(r"STEERWAY_[A-Z_]+", text(page))}

    assert sorted((page, word) for page, word in named if f'"{word}"' not in code and f"${{{word}" not in code) == []


def _is_code(file: Path) -> bool:
    return file.suffix in {".py", ".sh"} or (file.parent.name == "scripts" and not file.suffix)


# -- what is shown -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_json_in_documents_is_json(page: Path) -> None:
    for block in re.findall(r"^```json\n(.*?)^```", text(page), re.MULTILINE | re.DOTALL):
        json.loads(block)


FILES = re.compile(
    r"^`((?:forms|pipelines|okrs|alerts|dashboards)/\w+\.json)`\n\n```json\n(.*?)^```", re.MULTILINE | re.DOTALL
)


@pytest.mark.parametrize("page", [page for page in PAGES if FILES.search(text(page))], ids=name)
def test_files_in_how_tos_fit_the_app_of_the_quickstart(page: Path, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    shutil.copytree(ROOT / "tests" / "samples" / "leave_requests", folder)
    for path, content in FILES.findall(text(page)):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")

    assert [(fault.file, fault.pointer, fault.text) for fault in check(load(folder)) if fault.level == "error"] == []


def _python_of(page: str) -> str:
    found = re.search(r"^```python\n(.*?)^```", text(DOCS / "howto" / page), re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


def test_field_type_of_the_how_to_keeps_the_contract() -> None:
    try:
        exec(compile(_python_of("add-a-field-type.md"), "how-to", "exec"), {"__name__": "how_to"})
        made = FIELD_TYPES["colour"]
        field = example(made)

        assert {raw: made.to_text(field, made.read(field, raw, InputContext())) for raw in made.accepts} == made.accepts
        assert [raw for raw in made.refuses if not _refused(made, raw)] == []
    finally:
        FIELD_TYPES.pop("colour", None)


def _refused(type_: object, raw: str) -> bool:
    from forms.errors import FormError

    try:
        type_.read(example(type_), raw, InputContext())  # type: ignore[attr-defined,arg-type]
    except FormError:
        return True
    return False


def test_function_of_the_how_to_can_be_registered() -> None:
    try:
        exec(
            _python_of("add-a-function.md"),
            {"__name__": "rules.functions.text", "function": function, "bounded": bounded},
        )
        made = REGISTERED["reversed"]

        assert (made.sentence, made.examples) == ("The text from back to front.", (('reversed("abc")', "'cba'"),))
        assert made.run("abc") == "cba"
    finally:
        REGISTERED.pop("reversed", None)


# -- nothing left out --------------------------------------------------------------------------------------------------


def test_every_field_type_has_its_section() -> None:
    headings = re.findall(r"^## (\w+)$", text(DOCS / "reference" / "fields.md"), re.MULTILINE)

    assert sorted(headings) == sorted(FIELD_TYPES)


def test_every_function_has_its_line() -> None:
    lines = re.findall(r"^\| `(\w+)\(", text(DOCS / "reference" / "functions.md"), re.MULTILINE)

    assert sorted(set(FUNCTIONS) - set(lines)) == []


def test_every_channel_is_told_of() -> None:
    page = text(DOCS / "howto" / "write-an-alert.md")

    assert [key for key in CHANNELS if f"`{key}`" not in page] == []


def test_every_type_of_tile_is_told_of() -> None:
    page = text(DOCS / "howto" / "build-a-dashboard.md")

    assert re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE) == [
        "number", "progress", "bar", "line", "funnel", "ranking", "pivot", "list", "key_results", "lights",
    ]  # fmt: skip
    assert {one for one in TILES if f"| `{one}` |" in page} == set(TILES)
