"""Where fields of a form stand."""

from __future__ import annotations

from engine.design.layout import add_section


def test_the_first_section_comes_empty_behind_the_fields_that_are_there() -> None:
    form = {"key": "leave", "label": "Leave", "fields": [{"key": "reason"}, {"key": "days"}]}

    found, place = add_section(form, "Second page")

    assert found["sections"] == [
        {"key": "main", "label": "Leave", "fields": ["reason", "days"]},
        {"key": "second_page", "label": "Second page", "fields": []},
    ]
    assert place == 1
    assert "sections" not in form


def test_a_section_comes_behind_the_chosen_one_or_at_the_end() -> None:
    form = {"key": "leave", "label": "Leave", "fields": [], "sections": [{"key": "one"}, {"key": "two"}]}

    assert [one["key"] for one in add_section(form, "Three", "one")[0]["sections"]] == ["one", "three", "two"]
    assert [one["key"] for one in add_section(form, "Three")[0]["sections"]] == ["one", "two", "three"]


def test_a_form_without_fields_gets_one_section_alone() -> None:
    found, place = add_section({"key": "leave", "label": "Leave"}, "Only")

    assert (found["sections"], place) == ([{"key": "only", "label": "Only", "fields": []}], 0)
