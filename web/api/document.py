"""The description of the interface as OpenAPI 3.1, made from the live release for the person who asks: nothing hidden is named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from flask import Blueprint
from werkzeug.wrappers import Response

from engine.records.query import MOST_RECORDS
from engine.records.rows import MOST_ROWS
from engine.records.table_rights import table_access
from engine.rights import EDIT, HIDDEN, field_access, may
from web import here
from web.api.entry import demand
from web.api.records import answer
from web.api.rows import seen_tables
from web.api.schemas import value_schema
from web.api.values import fields_of
from web.i18n import language, told

if TYPE_CHECKING:
    from engine.people import User
    from engine.releases import Live
    from forms.defs import FieldDef, SubTableDef

Schema = dict[str, Any]
#: What every answer may be, whatever was asked.
COMMON = {
    400: "The request could not be read.",
    401: "No valid token was sent.",
    403: "You may not do that, or the token was not made for it.",
    404: "There is nothing here, or you may not see it.",
    405: "This address cannot be used that way.",
    422: "Something in it is not right yet: one entry per fault, beside its field.",
    503: "Busy for a moment; try again.",
}
WRITING = {
    409: "The record may not move there now, the app was changed this very moment, or the same request is being worked on.",
    412: "Somebody else changed the record since the version in If-Match; the answer holds it as it is now.",
    413: "The body is too large.",
    415: "The body must be application/json.",
}


def add_to(bp: Blueprint) -> None:
    """Add the address."""
    bp.get("/<app_key>/openapi.json", endpoint="openapi")(show)


def show(app_key: str) -> Response:
    """Return the description."""
    demand("read")
    return answer(document(here.live_app(app_key), here.viewer()))


def document(live: Live, user: User) -> Schema:
    """Return the description of an app for a person; worked out once per release, rights and language."""
    memo = ("openapi", user.roles_in(live.key), user.is_admin, language())
    if memo not in live.memo:
        live.memo[memo] = _made(live, user)
    found: Schema = live.memo[memo]
    return found


def _made(live: Live, user: User) -> Schema:
    label = str(told(live.app.label)) or live.key
    spec = APISpec(
        title=label,
        version=str(live.number),
        openapi_version="3.1.0",
        info={"description": str(told(live.app.description)) or label},
        servers=[{"url": "/"}],
        security=[{"token": []}],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    spec.components.schema("Problem", _problem())
    spec.components.schema("Change", _change())
    spec.components.schema("Move", _move())
    base = f"/api/v1/{live.key}"
    spec.path(f"{base}", operations={"get": _operation("app", "The forms of the app", {200: {"type": "object"}})})
    description = _operation("openapi", "This description", {200: {"type": "object"}})
    spec.path(f"{base}/openapi.json", operations={"get": description})
    for key in live.app.forms:
        if may(user, "read", live, key):
            _add_form(spec, live, user, key, f"{base}/{key}")
    return spec.to_dict()


def _add_form(spec: APISpec, live: Live, user: User, key: str, base: str) -> None:
    name, label = f"{key}", str(told(live.form(key).label)) or key
    spec.components.schema(name, _record(live, user, key))
    spec.components.schema(f"{name}.input", _input(live, user, key))
    spec.components.schema(f"{name}.new", _input(live, user, key, new=True))
    for table in _sent_tables(live, user, key):
        spec.components.schema(f"{name}.{table.key}", _row(live, user, table))
    one, many = {"$ref": f"#/components/schemas/{name}"}, _page(name)
    spec.tag({"name": key, "description": label})

    def operation(verb: str, summary: str, answers: Mapping[int, Schema | None], **more: Any) -> Schema:
        return {**_operation(f"{verb}_{key}", f"{label}: {summary}", answers, **more), "tags": [key]}

    given = _body({"$ref": f"#/components/schemas/{name}.input"})
    fresh = _body({"$ref": f"#/components/schemas/{name}.new"})
    listing = {"get": operation("list", "list", {200: many}, parameters=_list_parameters())}
    if may(user, "create", live, key):
        listing["post"] = operation("create", "create", {201: one}, body=fresh, parameters=[_KEY], writes=True)
    spec.path(base, operations=listing)
    single = {"get": operation("get", "read", {200: one}, parameters=[_AT])}
    if may(user, "update", live, key):
        both = [_MATCH, _KEY]
        single["patch"] = operation("update", "change", {200: one}, body=given, parameters=both, writes=True)
    if may(user, "delete", live, key):
        single["delete"] = operation("delete", "delete", {204: None}, parameters=[_MATCH, _KEY], writes=True)
        back = operation("restore", "restore", {200: one}, parameters=[_KEY], writes=True)
        spec.path(f"{base}/{{id}}/restore", parameters=[_ID], operations={"post": back})
    spec.path(f"{base}/{{id}}", parameters=[_ID], operations=single)
    changes = _object({"changes": {"type": "array", "items": {"$ref": "#/components/schemas/Change"}}})
    spec.path(
        f"{base}/{{id}}/history", parameters=[_ID], operations={"get": operation("history", "history", {200: changes})}
    )
    if any(one.type.keeps_files for one in live.form(key).fields):
        _add_files(spec, operation, live, user, key, base)
    if live.pipeline(key) is not None:
        _add_moves(spec, operation, base, one, may(user, "move", live, key))


def _add_files(spec: APISpec, operation: Any, live: Live, user: User, key: str, base: str) -> None:
    """Describe how files come and go, naming the fields that this person may fill."""
    access = field_access(live, key, user)
    fields = [one.key for one in live.form(key).fields if one.type.keeps_files and access.get(one.key) == EDIT]
    handed = operation("fetch_file", "read a file", {200: None})
    token = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
    spec.path(f"{base}/files/{{token}}", parameters=[token], operations={"get": handed})
    if not fields or not any(may(user, verb, live, key) for verb in ("create", "update", "move")):
        return
    named = {"name": "field", "in": "query", "required": True, "schema": {"type": "string", "enum": fields}}
    called = {"name": "X-File-Name", "in": "header", "schema": {"type": "string"}}
    texts = {name: {"type": "string"} for name in ("id", "name", "media_type", "sha256")}
    kept = _object({**texts, "size": {"type": "integer"}})
    content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    send = operation("send_file", "add a file", {201: kept}, parameters=[named, called], writes=True)
    send["requestBody"] = {"required": True, "content": content}
    spec.path(f"{base}/files", operations={"post": send})


def _add_moves(spec: APISpec, operation: Any, base: str, one: Schema, allowed: bool) -> None:
    options = _object({"moves": {"type": "array", "items": {"$ref": "#/components/schemas/Move"}}})
    spec.path(
        f"{base}/{{id}}/moves", parameters=[_ID], operations={"get": operation("moves", "open moves", {200: options})}
    )
    if not allowed:
        return
    asked = _object(
        {"to": {"type": "string"}, "values": {"type": "object"}, "note": {"type": "string"}}, required=["to"]
    )
    move = operation("move", "move to a stage", {200: one}, body=_body(asked), parameters=[_MATCH, _KEY], writes=True)
    spec.path(f"{base}/{{id}}/move", parameters=[_ID], operations={"post": move})


def _operation(
    key: str,
    summary: str,
    answers: Mapping[int, Schema | None],
    *,
    parameters: list[Schema] | None = None,
    body: Schema | None = None,
    writes: bool = False,
) -> Schema:
    wrong = {**COMMON, **(WRITING if writes else {})}
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    responses: Schema = {str(status): {"description": text, "content": problem} for status, text in wrong.items()}
    for status, schema in answers.items():
        responses[str(status)] = {"description": "Done."}
        if schema is not None:
            responses[str(status)]["content"] = {"application/json": {"schema": schema}}
    made: Schema = {"operationId": key, "summary": summary, "responses": dict(sorted(responses.items()))}
    if parameters:
        made["parameters"] = parameters
    if body:
        made["requestBody"] = body
    return made


def _record(live: Live, user: User, key: str) -> Schema:
    access = field_access(live, key, user)
    seen = {name: field for name, field in fields_of(live, key).items() if access.get(name, HIDDEN) != HIDDEN}
    numbers = {name: {"type": "integer"} for name in ("id", "version")}
    fields = {name: value_schema(field) for name, field in seen.items()}
    rows = {table.key: _rows(table, table.of) for table in seen_tables(live, key)}
    return _object({**numbers, **fields, **rows}, required=[*numbers])


def _rows(table: SubTableDef, schema: str) -> Schema:
    """Return the schema of a sub-table: a list of what its rows are when they are read, or when they are sent."""
    title = str(told(table.field.label)) or table.key
    return {"type": "array", "title": title, "items": {"$ref": f"#/components/schemas/{schema}"}, "maxItems": MOST_ROWS}


def _row(live: Live, user: User, table: SubTableDef) -> Schema:
    """Return what may be sent of a row: with an id it changes a stored one, without one it is new."""
    made = _fields_sent(live, user, table.of)
    number = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
    own = {"id": number, "version": number, "_delete": {"type": "boolean", "description": "Delete the row."}}
    fields = {key: one for key, one in made["properties"].items() if key != table.via}
    return {**made, "properties": {**own, **fields}}


def _sent_tables(live: Live, user: User, key: str) -> list[SubTableDef]:
    form = live.form(key)
    return [table for table in form.tables if table_access(live, form, table, user) == EDIT]


def _input(live: Live, user: User, key: str, *, new: bool = False) -> Schema:
    """Return what may be sent: fields, and rows of sub-tables."""
    made = _fields_sent(live, user, key, new=new)
    rows = {table.key: _rows(table, f"{key}.{table.key}") for table in _sent_tables(live, user, key)}
    return {**made, "properties": {**made["properties"], **rows}}


def _fields_sent(live: Live, user: User, key: str, *, new: bool = False) -> Schema:
    """Return the fields that may be sent; of a new record also those that must be, where no condition decides that."""
    access, form = field_access(live, key, user), live.form(key)
    fields = [
        one for one in form.fields if access.get(one.key) == EDIT and not one.type.derived and not one.type.is_table
    ]
    needed = [one.key for one in fields if new and _needed(one)]
    made = _object({one.key: value_schema(one) for one in fields}, required=needed)
    if access.get("owner") == EDIT:
        made["properties"]["owner"] = {"type": ["integer", "null"], "title": "owner"}
    return {**made, "additionalProperties": False}


def _needed(field: FieldDef) -> bool:
    has_default = field.default is not None or field.default_expression is not None
    return field.required and field.visible_if is None and not has_default and not field.type.assigned


def _object(properties: Mapping[str, Any], required: list[str] | None = None) -> Schema:
    made: Schema = {"type": "object", "properties": dict(properties)}
    wanted = list(properties) if required is None else required
    return {**made, "required": wanted} if wanted else made


def _page(name: str) -> Schema:
    records = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}
    records["items"] = {"$ref": f"#/components/schemas/{name}"}
    return _object(
        {
            "records": records,
            "next": {"type": ["string", "null"], "description": "Send it as “after” for the following page."},
            "count": {"type": ["integer", "null"], "description": "Null beyond what is counted."},
            "titles": {"type": "object", "description": "Titles of what the records refer to, by form and id."},
        },
        required=["records", "next"],
    )


def _body(schema: Schema) -> Schema:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _argument(name: str, schema: Schema, description: str, place: str = "query") -> Schema:
    return {"name": name, "in": place, "required": place == "path", "schema": schema, "description": description}


_TEXT = {"type": "string"}
_ID = _argument("id", {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}, "The record.", "path")
_AT = _argument("at", {"type": "string", "format": "date-time"}, "As it was at this moment.")
_MATCH = _argument("If-Match", _TEXT, "The version that was read, as in ETag: another one now gives 412.", "header")
_KEY = _argument(
    "Idempotency-Key", _TEXT, "A text of your own: repeated within 48 hours, nothing is done twice.", "header"
)


def _list_parameters() -> list[Schema]:
    flag = {"type": "boolean"}
    number = {"type": "integer", "minimum": 1, "maximum": MOST_RECORDS, "default": 50}
    return [
        _argument("filter", _TEXT, "A condition in the language of expressions, over what you may see."),
        _argument("q", _TEXT, "Words to search for."),
        _argument("sort", _TEXT, "Up to three fields with commas between; “-” before one turns its order."),
        _argument("fields", _TEXT, "The fields to return, with commas between; all of them when empty."),
        _argument("limit", number, "Records on the page."),
        _argument("after", _TEXT, "“next” of the page before."),
        _argument("count", flag, "Count all records that match, up to a limit."),
        _argument("titles", flag, "Return the titles of referenced records and people, too."),
        _AT,
    ]


def _problem() -> Schema:
    texts = dict.fromkeys(("code", "message", "field", "suggestion"), _TEXT)
    entry = {"type": "object", "properties": texts, "required": ["code", "message"]}
    shape = {"title": _TEXT, "status": {"type": "integer"}, "errors": {"type": "array", "items": entry}}
    return _object(shape)


def _change() -> Schema:
    pair = {"type": "object", "properties": {"before": {}, "after": {}}}
    return _object(
        {
            "at": {"type": "string", "format": "date-time"},
            "person": {"type": ["integer", "null"]},
            "name": _TEXT,
            "via": _TEXT,
            "verb": _TEXT,
            "version": {"type": ["integer", "null"]},
            "note": _TEXT,
            "fields": {"type": "object", "additionalProperties": pair},
        }
    )


def _move() -> Schema:
    texts = {"type": "array", "items": _TEXT}
    return _object(
        {"key": _TEXT, "label": _TEXT, "to": _TEXT, "allowed": {"type": "boolean"}, "why_not": texts, "missing": texts}
    )
