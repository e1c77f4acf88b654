"""Pieces that the JSON Schemas share: keys, labels, expressions, measures, durations."""

from __future__ import annotations

from typing import Any

from engine.config import limits
from forms.labels import LANGUAGES

Schema = dict[str, Any]

#: lower_snake with single underscores: table names put two between app and form.
KEY_PATTERN = "^[a-z][a-z0-9]*(_[a-z0-9]+)*$"
#: Options and stages may begin with a digit.
OPTION_PATTERN = "^[a-z0-9]+(_[a-z0-9]+)*$"

AGGREGATES = ("count", "sum", "avg", "min", "max", "count_distinct")
PERIODS = ("day", "week", "month", "quarter", "half_year", "year")
WINDOWS = ("cycle", "previous_cycle", "to_date", "all")
COLORS = (
    "gray", "blue", "azure", "indigo", "purple", "violet", "pink", "red", "orange", "amber", "yellow", "lime", "green", "teal", "cyan",
)  # fmt: skip


def ref(name: str, description: str = "") -> Schema:
    """Refer to a shared piece."""
    found: Schema = {"$ref": f"#/$defs/{name}"}
    return {**found, "description": description} if description else found


def obj(properties: Schema, required: tuple[str, ...] = (), description: str = "") -> Schema:
    """Describe an object that has these members and no others."""
    found: Schema = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }
    return {**found, "description": description} if description else found


def array(items: Schema, description: str = "", most: int = 200, least: int = 0) -> Schema:
    """Describe a list."""
    found: Schema = {"type": "array", "items": items, "maxItems": most}
    found |= {"minItems": least} if least else {}
    return {**found, "description": description} if description else found


def enum(values: tuple[str, ...], description: str = "") -> Schema:
    """Describe one of several words."""
    found: Schema = {"enum": list(values)}
    return {**found, "description": description} if description else found


def text(description: str, most: int = 500) -> Schema:
    """Describe a text."""
    return {"type": "string", "maxLength": most, "description": description}


def flag(description: str) -> Schema:
    """Describe yes or no."""
    return {"type": "boolean", "description": description}


def number(description: str, **bounds: float) -> Schema:
    """Describe a number."""
    return {"type": "number", **bounds, "description": description}


def key(most: int = limits.KEY, pattern: str = KEY_PATTERN) -> Schema:
    """Describe a key of its own."""
    return {
        "type": "string",
        "pattern": pattern,
        "minLength": 1,
        "maxLength": most,
        "description": "Lower-case letters, digits and single underscores; never renamed.",
    }


_WHOLE = {"type": "integer", "minimum": 0, "maximum": 100_000}

_MEASURE_COMMON: Schema = {
    "label": ref("label"),
    "of": ref("name", "Form whose records are looked at."),
    "agg": enum(AGGREGATES, "What is done with them."),
    "value": ref("expression", "What is summed, averaged or compared: an expression over one record."),
    "where": ref("expression", "Which records count."),
}


def shared() -> Schema:
    """Return the shared pieces by name."""
    return {
        "label": {
            "type": ["string", "object"],
            "minLength": 1,
            "maxLength": 2000,
            "minProperties": 1,
            "properties": {language: {"type": "string", "maxLength": 2000} for language in LANGUAGES},
            "additionalProperties": False,
            "description": "Text for people: one text, or one per language.",
        },
        "name": {"type": "string", "maxLength": 100, "description": "Key of something declared elsewhere."},
        "expression": {"type": "string", "minLength": 1, "maxLength": 2000, "description": "Expression."},
        "color": enum(COLORS, "Quiet colour of the pill."),
        "duration": _duration(),
        "measures": {
            "type": "object",
            "maxProperties": 200,
            "additionalProperties": ref("measure"),
            "description": "Named figures: key → measure.",
        },
        "measure": obj(
            {
                **_MEASURE_COMMON,
                "during": ref("expression", "Date that the window applies to."),
                "window": _window(),
                "by": _by(),
            },
            ("of", "agg"),
        ),
        "rollup": obj(
            {**_MEASURE_COMMON, "via": ref("name", "Reference field of that form which points to this one.")},
            ("of", "agg", "via"),
        ),
    }


def _duration() -> Schema:
    units = {unit: {**_WHOLE, "description": f"Number of {unit}."} for unit in ("minutes", "hours", "days", "weeks")}
    return {**obj(units), "minProperties": 1, "maxProperties": 1}


def _window() -> Schema:
    last = {"last": {"type": "integer", "minimum": 1, "maximum": 10_000}, "unit": enum(PERIODS)}
    return {
        "type": ["string", "object"],
        "if": {"type": "string"},
        "then": {"enum": list(WINDOWS)},
        "properties": last,
        "required": ["last", "unit"],
        "additionalProperties": False,
        "default": "cycle",
        "description": "Stretch of time: the cycle, another one, or the last so many days, weeks, months …",
    }


def _by() -> Schema:
    return {
        "type": ["string", "object"],
        "maxLength": 2000,
        "properties": {"expression": ref("expression"), "period": enum(PERIODS)},
        "additionalProperties": False,
        "minProperties": 1,
        "description": "Group by an expression, or by a period of a date.",
    }


def limit_schema() -> Schema:
    """Return the schema of one limit."""
    bound = {"type": ["number", "string"], "maxLength": 2000}
    measure = obj(
        {
            "agg": enum(AGGREGATES[:5], "What is done with the records."),
            "value": ref("expression", "What is added up or compared: an expression over one record."),
            "where": ref("expression", "Which records count; all without it."),
        },
        ("agg",),
    )
    return obj(
        {
            "key": key(),
            "label": ref("label"),
            "via": ref("name", "Reference field; the records that name the same one are looked at together."),
            "measure": measure,
            "at_most": {
                **bound,
                "description": "Largest figure: a number, or an expression over the record referred to.",
            },
            "at_least": {
                **bound,
                "description": "Smallest figure: a number, or an expression over the record referred to.",
            },
            "message": ref("label", "Said when a record would break it; figures are added for who may see them."),
        },
        ("key", "label", "via", "measure"),
    )
