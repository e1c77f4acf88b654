"""The JSON Schema of tests/*.json: what is given, what is done, and what is expected afterwards."""

from __future__ import annotations

from engine.config import limits
from engine.config.schema_parts import Schema, array, enum, flag, key, obj, ref, text

#: What a step of a test does.
DEEDS = ("create", "update", "move", "delete", "wait")
#: Why a move is not open: none leads from here, the person may move nothing, the role, the guard, fields to fill.
WHY = ("stage", "right", "role", "guard", "fields")
LEVELS = ("hidden", "read", "edit")
HEALTHS = ("green", "yellow", "red", "none")
#: Parts of an expectation on a record that hold lists of field keys.
FIELD_LISTS = ("visible", "hidden", "required", "optional", "read_only")


def test_schema() -> Schema:
    """Return the schema of tests/*.json."""
    return obj(
        {
            "$schema": text("Address of this file's schema, for editors; never fetched."),
            "key": key(),
            "label": ref("label"),
            "description": ref("label"),
            "now": _moment("The moment at which the test begins, as 2026-03-02 09:00 in the app's time zone."),
            "user": ref("name", "Who acts and looks, one of the people; an administrator without it."),
            "people": {
                "type": "object",
                "maxProperties": limits.TEST_PEOPLE,
                "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$", "maxLength": limits.KEY},
                "additionalProperties": _person(),
                "description": "Who there is, by a name that the test uses; it is also the sign-in name.",
            },
            "records": array(_record(), "Records that are there before anything is done.", limits.TEST_RECORDS),
            "steps": array(_step(), "What is done, one after the other.", limits.TEST_STEPS),
            "expect": ref("expectations", "What must be true at the end."),
        },
        ("key", "label", "now"),
    )


test_schema.__test__ = False  # type: ignore[attr-defined]  # the test runner takes it for a test


def test_pieces() -> Schema:
    """Return the pieces that only tests use."""
    return {"expectations": _expectations(), "expected_record": _expected_record(), "given_values": _values()}


test_pieces.__test__ = False  # type: ignore[attr-defined]  # the same


def _moment(description: str) -> Schema:
    return {**text(description, 40), "minLength": 8}


def _values() -> Schema:
    words = "Field key → value; a record or a person is named as in this test."
    return {"type": "object", "maxProperties": 500, "description": words}


def _person() -> Schema:
    return obj(
        {
            "name": text("How they are called; the name in the test without it.", 100),
            "email": text("E-mail address.", 200),
            "team": text("Team.", 100),
            "region": text("Region.", 100),
            "manager": ref("name", "Their manager, another of the people."),
            "roles": array(ref("name"), "Roles they have in this app.", 50),
            "admin": flag("Whether they administer the house."),
        }
    )


def _record() -> Schema:
    return obj(
        {
            "as": key(),
            "form": ref("name", "Form of the record."),
            "values": ref("given_values"),
            "owner": ref("name", "Whose it is, one of the people."),
            "stage": ref("name", "Where it stands; the first stage without it."),
            "stage_entered_at": _moment("Since when it stands there."),
            "created_at": _moment("When it was created, if that is not when it was entered."),
            "at": _moment("When it was entered; the moment of the test without it."),
        },
        ("as", "form"),
    )


def _step() -> Schema:
    return obj(
        {
            "do": enum(DEEDS, "What is done. To wait lets the clock run, and everything that is due happen."),
            "form": ref("name", "Form of a new record."),
            "as": key(),
            "record": ref("name", "Record that is changed, by its name in this test."),
            "to": ref("name", "Transition, or the stage it leads to."),
            "values": ref("given_values"),
            "rows": {
                "type": "object",
                "maxProperties": 20,
                "additionalProperties": array(ref("given_values"), "New rows.", 100),
                "description": "Sub-table → rows that are filled in together with the record.",
            },
            "user": ref("name", "Who does it; the user of the test without it."),
            "at": _moment("When; the moment before without it."),
            "refused": _refused(),
            "expect": ref("expectations", "What must be true afterwards."),
        },
        ("do",),
    )


def _refused() -> Schema:
    one = {
        "code": text("Code of the fault, as field.required.", 100),
        "field": ref("name", "Field that is at fault."),
        "says": text("A part of what people read, in any of the app's languages.", 500),
    }
    return {
        "type": ["array", "boolean"],
        "items": {**obj(one), "minProperties": 1},
        "maxItems": 50,
        "description": "That it is refused: true, or faults that are named then.",
    }


def _expectations() -> Schema:
    figure = {
        "type": ["number", "object", "null"],
        "properties": {
            "value": {"type": ["number", "null"], "description": "Current value."},
            "target": {"type": ["number", "null"], "description": "Target."},
            "score": {"type": ["number", "null"], "description": "Share of the way from 0 to 1."},
            "health": enum(HEALTHS, "Light."),
        },
        "additionalProperties": False,
        "description": "Current value, or more of what it says.",
    }
    return obj(
        {
            "records": array(ref("expected_record"), "Records, and forms that are being filled in.", 100),
            "alerts": {**_alerts(), "description": "Rules without a record: whether they fire, or who is told."},
            "key_results": {
                "type": "object",
                "maxProperties": 50,
                "additionalProperties": {"type": "object", "maxProperties": 100, "additionalProperties": figure},
                "description": "OKR page → key result → its value.",
            },
            "counts": {
                "type": "object",
                "maxProperties": 100,
                "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 100_000},
                "description": "Form → how many of its records the user sees.",
            },
        }
    )


def _expected_record() -> Schema:
    why = obj(
        {
            "why": array(enum(WHY), "Why it is not open.", 5, 1),
            "missing": array(ref("name"), "Fields that must be filled on the way.", 50, 1),
        }
    )
    move = {**why, "type": ["boolean", "object"], "description": "Whether it is open, or what stands in its way."}
    lists = {name: array(ref("name"), words, 500) for name, words in zip(FIELD_LISTS, _LIST_WORDS, strict=True)}
    return obj(
        {
            "record": ref("name", "Record, by its name in this test."),
            "form": ref("name", "Instead of a record: the form, while a new one is filled in."),
            "typed": ref("given_values", "What was typed so far, not saved yet."),
            "user": ref("name", "Who looks; the user of the test without it."),
            "values": ref("given_values", "What its fields hold, as this person sees them; null is empty."),
            **lists,
            "moves": {
                "type": "object",
                "maxProperties": 200,
                "additionalProperties": move,
                "description": "Transition → true, false, or what stands in its way.",
            },
            "alerts": {**_alerts(), "description": "Rule → whether it fires for it, or who was told."},
            "rights": {
                "type": "object",
                "maxProperties": 20,
                "additionalProperties": {"type": "boolean"},
                "description": "read, update, delete … → whether this person may.",
            },
            "access": {
                "type": "object",
                "maxProperties": 500,
                "additionalProperties": enum(LEVELS),
                "description": "Field → hidden, read or edit for this person.",
            },
            "deleted": flag("Whether it is in the trash."),
        }
    )


_LIST_WORDS = (
    "Fields that the form shows.",
    "Fields that it does not show.",
    "Fields that must be filled.",
    "Fields that may stay empty.",
    "Fields that cannot be changed.",
)


def _alerts() -> Schema:
    told = {"type": ["array", "boolean"], "items": ref("name"), "maxItems": limits.TEST_PEOPLE}
    return {"type": "object", "maxProperties": 200, "additionalProperties": told}
