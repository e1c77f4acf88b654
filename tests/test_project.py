"""What the project promises about its own files: locks, words, languages, links."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from scripts import messages
from tests.support import rooms

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-bench.lock"]
#: Written in pieces, so that this file does not name what it forbids.
HOSTS = (
    r"pypi\.org|pythonhosted\.org|registry\.npm|npmjs\.(org|com)|yarnpkg\.com|deb\.debian\.org|(tuna|ustc|aliyun)\.\w+"
)
MACHINE_PATHS = r"(?<![\w.)\]}-])/(work|home|Users|root)/[\w.]"
#: Text that came from elsewhere and keeps its links.
VENDORED = ("web/static/vendor/", "tests/support/vendor/", "LICENSE")


@cache
def tracked() -> dict[str, str]:
    """The text of every tracked file that is text."""
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    texts = {}
    for name in filter(None, listing.split("\0")):
        try:
            texts[name] = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
    return texts


def lines_matching(pattern: str) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name, text in tracked().items()
        if not name.startswith(VENDORED)
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


def test_no_file_names_a_package_registry():
    assert lines_matching(HOSTS) == []


def test_no_file_names_a_path_of_one_machine():
    assert lines_matching(MACHINE_PATHS) == []


@pytest.mark.parametrize("top", ["home", "work", "root", "Users"])
def test_machine_paths_are_recognised(top):
    assert re.search(MACHINE_PATHS, f"cd '/{top}/someone'")


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_of_a_lock_has_a_hash(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    pins = re.findall(r"^[a-z0-9][^\n]*(?:\n[ ]+--hash[^\n]*)*", text, re.MULTILINE)

    assert pins
    assert [pin.splitlines()[0] for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_npm_lock_has_hashes_and_no_addresses():
    text = (ROOT / "web/vendor_src/package-lock.json").read_text(encoding="utf-8")

    assert '"integrity": "sha512-' in text
    assert '"resolved"' not in text


@pytest.mark.parametrize("name", ["requirements.in", "requirements-dev.in", "requirements-bench.in"])
def test_every_library_has_its_reason(name):
    wanted = re.findall(r"^([a-z0-9][\w-]*)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    given = re.findall(r"^\| `([\w-]+)`", (ROOT / "docs/dependencies.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert [library for library in wanted if library not in given] == []


def test_every_library_that_ships_is_used():
    """SQLAlchemy loads psycopg by the address; zoneinfo finds tzdata by itself."""
    wanted = set(re.findall(r"^([a-z0-9][\w-]*)", (ROOT / "requirements.in").read_text(encoding="utf-8"), re.MULTILINE))
    used = {
        name.split(".")[0]
        for file in rooms.source_files()
        for _line, name in rooms.imports((ROOT / file).read_text(encoding="utf-8"), file)
    }
    providers = packages_distributions()
    reached = {library.lower() for module in used for library in providers.get(module, [])}

    assert sorted(wanted - reached - {"psycopg", "tzdata"}) == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_visible_sentence_is_translated(language):
    assert messages.untranslated(language) == []


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_translations_keep_their_placeholders(language):
    catalogue = messages.read_catalogue(language)
    holes = re.compile(r"%\(\w+\)[sd]|\{\w*\}")

    wrong = [
        message.id
        for message in catalogue
        if isinstance(message.id, str)
        and message.string
        and sorted(set(holes.findall(message.id))) != sorted(set(holes.findall(message.string)))
    ]
    assert wrong == []


def test_links_between_documents_lead_somewhere():
    pages = {name: text for name, text in tracked().items() if name.endswith(".md") and not name.startswith(VENDORED)}
    broken = [
        f"{name}: {target}"
        for name, text in pages.items()
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
        if not ((ROOT / name).parent / target).exists()
    ]

    assert broken == []


@pytest.mark.parametrize("name", [".ci/run", "scripts/bootstrap", "scripts/browser", "scripts/lock", "scripts/vendor"])
def test_scripts_can_be_run(name):
    assert (ROOT / name).stat().st_mode & 0o100
