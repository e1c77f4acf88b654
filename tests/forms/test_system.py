from __future__ import annotations

from forms.defs import Option
from forms.labels import LANGUAGES, Label
from forms.system import PERSON_SHAPE, RESERVED_KEYS, system_fields, system_shape
from rules.types import Kind


def test_system_names_of_a_stage_exist_only_with_a_pipeline() -> None:
    assert {"stage", "days_in_stage", "stage_entered_at"} & set(system_shape()) == set()
    assert system_shape(["open", "won"])["stage"].options == ("open", "won")


def test_system_names_are_reserved_and_labelled_in_every_language() -> None:
    fields = system_fields([Option("open", Label.of("Open"))])

    assert set(fields) == set(system_shape(["open"]))
    assert set(fields) <= RESERVED_KEYS
    assert all(set(field.label.texts) == set(LANGUAGES) for field in fields.values())


def test_system_fields_have_the_types_of_their_names() -> None:
    shape = system_shape(["open"])
    fields = system_fields([Option("open", Label.of("Open"))])

    assert {key: field.type.kind for key, field in fields.items()} == {key: type_.kind for key, type_ in shape.items()}


def test_words_of_the_language_are_reserved() -> None:
    assert {"me", "today", "now", "and", "in", "none", "id", "version", "class", "xmin", "refresh"} <= RESERVED_KEYS
    assert not {"type", "status", "case", "match", "parent", "target"} & RESERVED_KEYS


def test_person_has_what_me_may_be_followed_by() -> None:
    assert {name: type_.kind for name, type_ in PERSON_SHAPE.items()} == {
        "name": Kind.TEXT,
        "email": Kind.TEXT,
        "region": Kind.TEXT,
        "team": Kind.TEXT,
        "sign_in": Kind.TEXT,
        "manager": Kind.PERSON,
    }
