"""The JSON Schema of an app, its forms, pipelines and OKRs; the types' parameters come from their registry."""

from __future__ import annotations

from engine.config import limits
from engine.config.schema_alerts import recipients_schema
from engine.config.schema_parts import (
    OPTION_PATTERN,
    PERIODS,
    Schema,
    array,
    enum,
    flag,
    key,
    limit_schema,
    number,
    obj,
    ref,
    text,
)
from engine.config.schema_views import view_schema
from engine.okr.score import TYPES
from engine.triggers._base import time_schema
from forms.fields import FIELD_TYPES, FieldType
from forms.labels import LANGUAGES

#: What a role may be allowed to do with records.
ACTIONS = ("read", "create", "update", "delete", "move", "import", "export", "comment", "share", "configure")
CONFIG_VERBS = ("design", "publish")
ACCESS = ("hidden", "read", "edit")
WHEN_HIDDEN = ("keep", "clear")
STAGE_KINDS = ("open", "won", "lost")
LEVELS = ("company", "team", "person")
PARAMETER_TYPES = (
    "text", "number", "percent", "money", "date", "yes_no", "choice", "cycle", "region", "team", "person",
)  # fmt: skip
#: Common members of every field, in canonical order; `options` and the type's own come after `type`.
_SCHEMA = text("Address of this file's schema, for editors; never fetched.")


def app_schema() -> Schema:
    """Return the schema of app.json."""
    role = obj(
        {
            "key": key(),
            "label": ref("label"),
            "description": ref("label"),
            "may": array(
                enum(CONFIG_VERBS),
                "What it may do with the config of this app: edit drafts (design), make them live (publish). Where no "
                "role may publish, those who may configure do.",
                2,
            ),
        },
        ("key", "label"),
    )
    parameter = obj(
        {
            "key": key(),
            "label": ref("label"),
            "type": enum(PARAMETER_TYPES, "Type of the answer."),
            "help": ref("label", "Said below the question."),
            "options": array(
                obj({"key": text("What is put in.", 100), "label": ref("label")}, ("key", "label")),
                "Answers to choose from.",
                100,
                1,
            ),
            "min": _bound("Smallest answer."),
            "max": _bound("Largest answer."),
            "default": {"description": "Answer when none is given."},
        },
        ("key", "label", "type"),
    )
    return obj(
        {
            "$schema": _SCHEMA,
            "key": key(limits.APP_KEY),
            "label": ref("label"),
            "description": ref("label"),
            "version": text("Version of the template, as its author counts.", 40),
            "languages": array(enum(LANGUAGES), "Languages that every label has.", 3),
            "time_zone": text("IANA time zone, for example Asia/Shanghai.", 60),
            "calendar": text("Country code of the working-day calendar, for example CN.", 10),
            "currency": text("ISO code of the currency, for example CNY.", 3),
            "trash_days": {
                "type": "integer",
                "minimum": 1,
                "maximum": 3650,
                "description": "Days that deleted records and files taken off are kept; 30 without it.",
            },
            "publishing": obj(
                {
                    "tests": flag("Only while every test of the config passes."),
                    "approval": flag("Only a draft that somebody else who may publish approved as it is."),
                },
                description="What a new release must have passed. What is live decides: a draft cannot let itself through.",
            ),
            "order": array(ref("name"), "Order of the forms in the menu."),
            "teams": array(
                text("Name of a team, as people have it.", 100),
                "Teams that fields of type team offer; without it those that people are in.",
                500,
            ),
            "roles": array(role, "Roles people may have in this app.", 50),
            "parameters": array(
                parameter, "What to ask for when the template is cloned: {{key}} is replaced by the answer.", 50
            ),
            "measures": ref("measures"),
            "reminders": obj(
                {
                    "from": time_schema("When the working day begins; 09:00 without it."),
                    "to": time_schema("When it ends; 18:00 without it."),
                    "fallback": recipients_schema("Told when nobody that a rule names can be."),
                    "most_per_hour": {
                        "type": "integer",
                        "minimum": 1,
                        "maximum": 1000,
                        "description": "Messages to one person per hour; more go into a digest.",
                    },
                    "group": ref("duration", "Messages to one person within this time become one with a list."),
                },
                description="What all alert rules of the app share.",
            ),
        },
        ("key", "label"),
    )


def _bound(description: str) -> Schema:
    return {"type": ["number", "string"], "maxLength": 10, "description": f"{description} Of a date, as 2026-01-31."}


def form_schema() -> Schema:
    """Return the schema of forms/*.json."""
    section = obj(
        {
            "key": key(),
            "label": ref("label"),
            "help": ref("label", "Said below the title."),
            "columns": {"enum": [1, 2, 3], "description": "Columns on a wide screen; 2 without it."},
            "collapsed": flag("Closed until somebody opens it."),
            "visible_if": ref("expression", "Shown only when this holds."),
            "fields": array(ref("name"), most=500),
        },
        ("key", "label", "fields"),
    )
    page = obj(
        {
            "key": key(),
            "label": ref("label"),
            "help": ref("label", "Said below the title."),
            "visible_if": ref("expression", "Shown only when this holds."),
            "sections": array(ref("name"), "Sections on it.", 50, 1),
        },
        ("key", "label", "sections"),
    )
    rule = obj(
        {
            "condition": ref("expression"),
            "message": ref("label"),
            "field": ref("name", "Field beside which the message is shown."),
        },
        ("condition", "message"),
    )
    permission = obj(
        {
            "roles": array(ref("name"), "Roles this is granted to.", 50, 1),
            "actions": array(enum(ACTIONS), "What they may do.", 20),
            "records": ref("expression", "Which records; all without it."),
            "stages": array(ref("name"), "Only while the record stands in one of these stages.", 50, 1),
            "fields": {
                "type": "object",
                "additionalProperties": enum(ACCESS),
                "maxProperties": 500,
                "description": "Field or system name → hidden, read or edit; edit is the default. With records or stages: on those records.",
            },
        },
        ("roles", "actions"),
    )
    return obj(
        {
            "$schema": _SCHEMA,
            "key": key(limits.FORM_KEY),
            "label": ref("label"),
            "description": ref("label"),
            "icon": {**text("Name of a Tabler icon.", 40), "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"},
            "title": ref("name", "Field that names a record."),
            "fields": array(ref("field"), "The slots of a record.", 500, 1),
            "sections": array(section, "Titled groups of fields.", 50),
            "tabs": array(page, "Groups of sections of which one is seen at a time.", 20, 1),
            "steps": array(page, "Groups of sections that are filled one after the other.", 20, 1),
            "when_hidden": enum(WHEN_HIDDEN, "What becomes of values in fields that are not shown; keep without it."),
            "assert": array(rule, "Rules across fields that must hold when a record is saved.", 100),
            "unique": array(array(ref("name"), most=5, least=1), "Groups of fields that are unique together.", 20),
            "duplicates": obj(
                {
                    "fields": array(
                        ref("name"), "Fields that tell: a name, a telephone number, an e-mail address.", 5, 1
                    )
                },
                ("fields",),
                description="Likely duplicates are shown while a record is typed, and can be merged.",
            ),
            "limits": array(limit_schema(), "What records that refer to the same one may add up to.", 20),
            "list": obj(
                {
                    "columns": array(ref("name"), most=50),
                    "sort": array(ref("name", "Field; -field is descending."), most=3),
                },
                description="How the list looks.",
            ),
            "board": obj({"card": array(ref("name"), most=8)}, description="Fields on a card of the board."),
            "views": array(view_schema(), "Ways to look at the records, beside the list itself.", 50),
            "permissions": array(permission, "Who may do what with which records.", 50),
        },
        ("key", "label", "title", "fields"),
    )


def field_schemas() -> Schema:
    """Return the schema of a field, which picks the one of its type, and one per type."""
    choices = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {"$ref": f"#/$defs/field_{name}"},
        }
        for name in sorted(FIELD_TYPES)
    ]
    one: Schema = {
        "type": "object",
        "required": ["key", "type", "label"],
        "properties": {"type": enum(tuple(sorted(FIELD_TYPES)), "Type of the field.")},
        "allOf": choices,
    }
    option = obj(
        {"key": key(pattern=OPTION_PATTERN), "label": ref("label"), "color": ref("color")},
        ("key", "label"),
        "One option.",
    )
    return {"field": one, "option": option} | {
        f"field_{name}": _field(FIELD_TYPES[name]) for name in sorted(FIELD_TYPES)
    }


def _field(type_: FieldType) -> Schema:
    properties: Schema = {
        "key": key(),
        "type": {"const": type_.key},
        "label": ref("label"),
        "help": ref("label", "Said below the field."),
    }
    typed = not (type_.derived or type_.assigned)
    properties |= {"required": flag("Must be filled.")} if typed else {}
    properties |= {"unique": flag("No two records have the same value.")} if type_.can_be_unique else {}
    properties |= {"options": array(ref("option"), "What may be chosen.", 500, 1)} if type_.has_options else {}
    properties |= {name: dict(schema) for name, schema in type_.params.items()}
    properties |= {"default": {"description": "Value of a new record."}} if type_.can_default else {}
    properties |= {"default_expression": ref("expression", "Value of a new record, computed.")} if typed else {}
    properties["visible_if"] = ref("expression", "Shown only when this holds.")
    properties["width"] = {"enum": [1, 2, 3], "description": "Columns of its section that it takes."}
    if not type_.derived:
        properties["when_hidden"] = enum(WHEN_HIDDEN, "What becomes of the value when the field is not shown.")
        properties["required_if"] = ref("expression", "Must be filled when this holds.")
        properties["read_only_if"] = ref("expression", "Cannot be changed when this holds.")
    options = ("options",) if type_.has_options and not type_.derived else ()
    doc = (type_.__doc__ or "").splitlines()[0]
    return obj(properties, ("key", "type", "label", *options, *type_.required_params), doc)


def pipeline_schema() -> Schema:
    """Return the schema of pipelines/*.json."""
    stage = obj(
        {
            "key": key(pattern=OPTION_PATTERN),
            "label": ref("label"),
            "kind": {**enum(STAGE_KINDS, "Whether a record still moves, or how it ended."), "default": "open"},
            "color": ref("color"),
            "owner_role": ref("name", "Role that works on records here."),
            "probability": number("Chance of winning in percent.", minimum=0, maximum=100),
            "time_limit_days": number(
                "Days after which a card turns amber, then red.", exclusiveMinimum=0, maximum=10_000
            ),
            "guide": obj(
                {name: ref("label") for name in ("actions", "tools", "metric")},
                description="For people: key actions, tools and target metric.",
            ),
        },
        ("key", "label"),
    )
    transition = obj(
        {
            "key": key(),
            "label": ref("label"),
            "from": {
                "type": ["array", "string"],
                "if": {"type": "string"},
                "then": {"const": "*"},
                "items": ref("name"),
                "minItems": 1,
                "maxItems": 100,
                "description": 'Stages it starts from, or "*" for any.',
            },
            "to": ref("name", "Stage it leads to."),
            "roles": array(ref("name"), "Who may do it; anybody who may move without it.", 50),
            "guard": ref("expression", "Must hold for the record."),
            "guard_message": ref("label", "Said when it does not."),
            "required": array(ref("name"), "Fields that must be filled at this move.", 50),
            "set": {
                "type": "object",
                "additionalProperties": ref("expression"),
                "maxProperties": 50,
                "description": "Field key → expression: what the move writes.",
            },
        },
        ("key", "label", "from", "to"),
    )
    return obj(
        {
            "$schema": _SCHEMA,
            "key": key(),
            "label": ref("label"),
            "form": ref("name", "Form whose records move."),
            "initial": ref("name", "Stage of a new record."),
            "stages": array(stage, "Stages in order.", 50, 1),
            "transitions": array(transition, "Allowed moves.", 200),
        },
        ("key", "label", "form", "initial", "stages"),
    )


def okr_schema() -> Schema:
    """Return the schema of okrs/*.json."""
    dates = {"from": text("First day, as 2026-01-01.", 10), "to": text("Last day, as 2026-12-31.", 10)}
    cycle = obj({"every": enum(PERIODS[2:], "Cycle that runs around today."), **dates, "label": ref("label")})
    health = obj(
        {
            "on_track": number("Green from this share of the expected progress.", minimum=0, maximum=2),
            "at_risk": number("Yellow from this share; red below.", minimum=0, maximum=2),
        }
    )
    figure = {"type": ["number", "string"], "maxLength": 2000}
    result = obj(
        {
            "key": key(),
            "label": ref("label"),
            "type": enum(TYPES, "How the figure is meant to move."),
            "unit": text("Shown behind the number.", 20),
            "decimals": {"type": "integer", "minimum": 0, "maximum": 6, "description": "Digits shown."},
            "baseline": {**figure, "description": "Where it starts: a number or a formula."},
            "target": {**figure, "description": "Where it should get: a number or a formula."},
            "weight": number("Share in the objective's score.", minimum=0, maximum=1000),
            "owner": ref("name", "Role or sign-in name of who answers for it."),
            "measures": ref("measures"),
            "formula": ref("expression", "Current value over the measures."),
            "health": health,
        },
        ("key", "label", "type", "target", "formula"),
    )
    objective = obj(
        {
            "key": key(),
            "label": ref("label"),
            "level": enum(LEVELS, "Whose objective it is."),
            "owner": ref("name", "Role or sign-in name of who answers for it."),
            "weight": number("Share in the whole.", minimum=0, maximum=1000),
            "key_results": array(result, "How one sees that it is reached.", 50, 1),
        },
        ("key", "label", "key_results"),
    )
    return obj(
        {
            "$schema": _SCHEMA,
            "key": key(),
            "label": ref("label"),
            "cycle": {**cycle, "description": "The running month, quarter … or fixed dates."},
            "measures": ref("measures"),
            "objectives": array(objective, "Objectives.", 100, 1),
        },
        ("key", "label", "cycle", "objectives"),
    )
