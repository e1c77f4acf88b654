"""The words for configs: every member, value and field type has one, in three languages."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po

from admin.vocabulary import FIELD_TYPE_WORDS, GROUPS, property_help, property_label, value_word, words_of
from admin.vocabulary.fields import KINDS
from engine.config.schema import schemas
from forms.fields import FIELD_TYPES

ROOT = Path(__file__).parents[3]
NOUNS = ("app", "form", "pipeline", "okr", "alert", "dashboard", "test")


def members(noun: str) -> set[tuple[tuple[str, ...], object]]:
    """Every (path, None) of a member and (path, value) of what can be chosen there."""
    whole = schemas()[noun]
    found: set[tuple[tuple[str, ...], object]] = set()

    def walk(node: dict[str, Any], path: tuple[str, ...], through: tuple[str, ...]) -> None:
        name = node.get("$ref", "").rsplit("/", 1)[-1]
        if name and name not in through:
            walk(whole["$defs"][name], path, (*through, name))
        found.update((path, value) for value in [*node.get("enum", ()), *([node["const"]] if "const" in node else ())])
        for key, inner in node.get("properties", {}).items():
            found.add(((*path, key), None))
            walk(inner, (*path, key), through)
        if isinstance(node.get("additionalProperties"), dict):
            walk(node["additionalProperties"], (*path, "some_key"), through)
        inner = [node[key] for key in ("items", "if", "then", "else") if isinstance(node.get(key), dict)]
        for one in [*inner, *(one for key in ("anyOf", "oneOf", "allOf") for one in node.get(key, ()))]:
            walk(one, path, through)

    walk(whole, (), ())
    return found


@cache
def translated() -> set[object]:
    """The sentences that both Chinese catalogues have."""
    each = []
    for file in sorted((ROOT / "web/translations").glob("*/LC_MESSAGES/messages.po")):
        with file.open("rb") as opened:
            each.append({message.id for message in read_po(opened) if message.id and message.string})
    assert len(each) == 2
    return set.intersection(*each)


@pytest.mark.parametrize("noun", NOUNS)
def test_every_member_and_value_has_words_in_three_languages(noun: str) -> None:
    asked = members(noun)
    assert len(asked) > 25

    texts = {
        (path, value): value_word(noun, path, value) if value is not None else words_of(noun, path)
        for path, value in asked
    }
    assert [key for key, found in texts.items() if not found] == []
    single = {text for found in texts.values() for text in ([found] if isinstance(found, str) else found)}
    assert single - translated() == set()


def test_every_field_type_has_words_a_group_and_a_picture() -> None:
    icons = set((ROOT / "web/vendor_src/icons.txt").read_text().split())

    assert set(FIELD_TYPE_WORDS) == set(FIELD_TYPES)
    assert {words.group for words in FIELD_TYPE_WORDS.values()} == set(GROUPS)
    assert {words.icon for words in FIELD_TYPE_WORDS.values()} <= icons
    texts = {text for words in FIELD_TYPE_WORDS.values() for text in (words.label, words.description)} | set(GROUPS)
    assert texts - translated() == set()


def test_words_for_one_type_name_members_that_it_has() -> None:
    fields = {tuple(key.split(".")) for key in KINDS}
    known = {(key, name) for key, one in FIELD_TYPES.items() for name in one.params}

    assert fields <= known
    assert {text for words in KINDS.values() for text in words} <= translated()


def test_the_longest_known_end_of_a_path_decides() -> None:
    assert property_label("form", ("fields", "max_length")) == "Most characters"
    assert property_label("form", ("fields", "max"), "rating") == "Number of stars"
    assert property_label("form", ("fields", "max"), "number") == "Largest value"
    assert property_label("okr", ("objectives", "key_results", "measures", "won", "agg")) == "What is worked out"
    assert property_label("form", ("views", "sort")) == "Sorted by"
    assert property_label("form", ("views", "key_of_its_own")) == "Key of its own"
    assert property_help("alert", ("repeat",)) == "While it fires; never without it."
