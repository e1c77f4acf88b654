"""What a JSON Schema validator finds, said so that the owner of a template understands it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from difflib import get_close_matches
from typing import Any, cast

from jsonschema import ValidationError

from engine.config.schema_parts import OPTION_PATTERN
from engine.config.spot import Spot, escaped
from rules.errors import N_, Fault

#: Words for JSON's types.
_TYPES = {
    "string": N_("a text"),
    "number": N_("a number"),
    "integer": N_("a whole number"),
    "boolean": N_("true or false"),
    "array": N_("a list"),
    "object": N_("an object"),
    "null": N_("nothing"),
}
#: How other products and JSON Schema call our words.
_ELSEWHERE = {
    "string": "text", "textarea": "long_text", "longtext": "long_text", "integer": "number", "int": "number", "float": "number",
    "decimal": "number", "boolean": "yes_no", "bool": "yes_no", "checkbox": "yes_no", "select": "choice", "enum": "choice",
    "dropdown": "choice", "multiselect": "choices", "tags": "choices", "currency": "money", "amount": "money", "percentage": "percent",
    "user": "person", "member": "person", "relation": "reference", "link": "reference", "formula": "computed",
    "tel": "phone", "timestamp": "datetime", "zhcn": "zh_Hans", "zhtw": "zh_Hant", "zh": "zh_Hans", "average": "avg", "mean": "avg",
    "write": "update", "edit": "update", "remove": "delete", "view": "read", "maximize": "increase", "grow": "increase",
    "minimize": "decrease", "grey": "gray", "error": "critical", "none": "hidden",
}  # fmt: skip
_Says = Callable[[ValidationError, Spot], Iterator[Fault]]


def fault_of(error: ValidationError, file: str) -> Iterator[Fault]:
    """Yield one fault or more for an error of the validator."""
    pointer = "".join(f"/{escaped(step)}" for step in error.absolute_path)
    spot = Spot(error.instance, file, pointer)
    yield from _SAYS.get(str(error.validator), _other)(error, spot)


def _required(error: ValidationError, spot: Spot) -> Iterator[Fault]:
    # The validator raises one error per missing name and names it only in its message.
    present = set(spot.value) if isinstance(spot.value, dict) else set()
    wanted: Any = error.validator_value
    missing = [n for n in wanted if n not in present and error.message.startswith(repr(n))]
    for name in missing:
        known = _known(error)
        near = get_close_matches(name, sorted(present - set(known)), n=1, cutoff=0.7)
        yield spot.fault(
            "schema.required", N_("“{name}” is missing here."), name=name, suggestion=near[0] if near else ""
        )


def _additional(error: ValidationError, spot: Spot) -> Iterator[Fault]:
    known, schema = _known(error), cast("dict[str, Any]", error.schema)
    for name in spot.value if isinstance(spot.value, dict) else ():
        if name not in schema["properties"]:
            near = get_close_matches(name, known, n=1, cutoff=0.6)
            template = N_("“{name}” is not known here; known are: {known}.")
            facts = {"name": _short(name), "known": ", ".join(known)}
            yield spot[name].fault("schema.unknown", template, suggestion=near[0] if near else "", **facts)


def _type(error: ValidationError, spot: Spot) -> Iterator[Fault]:
    rule: Any = error.validator_value
    wanted = rule if isinstance(rule, list) else [rule]
    template = N_("Expected here: {wanted}; found: {found}.")
    found = _TYPES[_type_of(spot.value)]
    yield spot.fault("schema.type", template, wanted=" or ".join(_TYPES[w] for w in wanted), found=found)


def _enum(error: ValidationError, spot: Spot) -> Iterator[Fault]:
    values: Any = error.validator_value
    allowed = [str(value) for value in values]
    template = N_("“{value}” is not one of: {allowed}.")
    facts = {"value": _short(spot.value), "allowed": ", ".join(allowed)}
    yield spot.fault("schema.enum", template, suggestion=_meant(str(spot.value)[:50], allowed), **facts)


def _meant(word: str, allowed: Sequence[str]) -> str:
    other = _ELSEWHERE.get(word.lower().replace("_", "").replace("-", ""), "")
    near = get_close_matches(word, allowed, n=1, cutoff=0.5)
    return other if other in allowed else near[0] if near else ""


def _const(error: ValidationError, spot: Spot) -> Iterator[Fault]:
    yield spot.fault(
        "schema.enum",
        N_("“{value}” is not one of: {allowed}."),
        value=_short(spot.value),
        allowed=error.validator_value,
    )


def _pattern(error: ValidationError, spot: Spot) -> Iterator[Fault]:
    suggestion = _snake(spot.text)
    template = N_("“{value}” cannot be a key: lower-case letters, digits and single underscores, a letter first.")
    if error.validator_value == OPTION_PATTERN:
        template = N_("“{value}” cannot be a key: lower-case letters, digits and single underscores.")
    elif "(-[" in str(error.validator_value):
        template = N_("“{value}” is not a name: lower-case letters, digits and single hyphens.")
    yield spot.fault("schema.key", template, value=_short(spot.value), suggestion=suggestion)


def _limit(template: str) -> _Says:
    def say(error: ValidationError, spot: Spot) -> Iterator[Fault]:
        size = len(spot.value) if isinstance(spot.value, str | list | dict) else spot.value
        yield spot.fault("schema.limit", template, limit=error.validator_value, size=size)

    return say


def _other(error: ValidationError, spot: Spot) -> Iterator[Fault]:
    yield spot.fault("schema.other", N_("This does not fit: {rule}."), rule=str(error.validator))


_SAYS: dict[str, _Says] = {
    "required": _required,
    "additionalProperties": _additional,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minimum": _limit(N_("At least {limit} is expected, not {size}.")),
    "exclusiveMinimum": _limit(N_("More than {limit} is expected, not {size}.")),
    "maximum": _limit(N_("At most {limit} is expected, not {size}.")),
    "minLength": _limit(N_("This text is too short: at least {limit} characters.")),
    "maxLength": _limit(N_("This text is too long: {size} characters, at most {limit}.")),
    "minItems": _limit(N_("This list is too short: at least {limit}.")),
    "maxItems": _limit(N_("This list is too long: {size}, at most {limit}.")),
    "minProperties": _limit(N_("This object is too small: at least {limit} member.")),
    "maxProperties": _limit(N_("This object has too many members: {size}, at most {limit}.")),
}


def _known(error: ValidationError) -> Sequence[str]:
    schema: Any = error.schema
    return [name for name in schema.get("properties", {}) if name != "$schema"] if isinstance(schema, dict) else []


def _type_of(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _short(value: object) -> str:
    text = value if isinstance(value, str) else "…" if isinstance(value, dict | list) else str(value)
    return text if len(text) <= 40 else text[:40] + "…"


def _snake(text: str) -> str:
    """Return the key that was probably meant."""
    parts = "".join(c if c.isascii() and c.isalnum() else " " for c in text[:60]).lower().split()
    made = "_".join(parts)
    return made if made and made[0].isalpha() else ""
