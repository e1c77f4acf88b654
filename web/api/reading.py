"""The OpenAPI document as a page can show it: chapters by form, operations, what they take and what they answer."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Line:
    """One parameter or property: its name, kind and meaning."""

    name: str
    kind: str
    text: str
    needed: bool = False
    read_only: bool = False


@dataclass(frozen=True)
class Operation:
    """One way to ask."""

    method: str
    path: str
    summary: str
    parameters: Sequence[Line]
    body: Sequence[Line]
    answers: Sequence[tuple[str, str]]
    example: str


@dataclass(frozen=True)
class Chapter:
    """The operations of one form, and the fields of its records."""

    key: str
    title: str
    fields: Sequence[Line] = ()
    operations: list[Operation] = field(default_factory=list)


def chapters(document: Mapping[str, Any], base: str) -> list[Chapter]:
    """Return the chapters in the order of the forms; what belongs to no form comes first."""
    schemas = document["components"]["schemas"]
    found = {"": Chapter("app", "")}
    for tag in document.get("tags", ()):
        key = tag["name"]
        found[key] = Chapter(key, tag["description"], list(_lines(schemas[key])))
    for path, item in document["paths"].items():
        shared = item.get("parameters", ())
        for method, operation in item.items():
            if method != "parameters":
                chapter = found[operation.get("tags", [""])[0]]
                chapter.operations.append(_operation(schemas, path, method, operation, shared, base))
    return list(found.values())


def _operation(
    schemas: Mapping[str, Any], path: str, method: str, one: Mapping[str, Any], shared: Sequence[Any], base: str
) -> Operation:
    parameters = [
        Line(each["name"], _kind(each["schema"]), each.get("description", ""), each.get("required", False))
        for each in (*shared, *one.get("parameters", ()))
    ]
    body = _schema(schemas, one)
    answers = [(status, answer["description"]) for status, answer in one["responses"].items()]
    summary = one["summary"].partition(": ")[2] or one["summary"]
    lines = list(_lines(body)) if body else []
    example = _curl(base, path, method, body, file="requestBody" in one and body is None)
    return Operation(method.upper(), path, summary, parameters, lines, answers, example)


def _schema(schemas: Mapping[str, Any], one: Mapping[str, Any]) -> Mapping[str, Any] | None:
    content = one["requestBody"]["content"] if "requestBody" in one else {}
    if "application/json" not in content:
        return None
    found: Mapping[str, Any] = content["application/json"]["schema"]
    named: Mapping[str, Any] = schemas[found["$ref"].rpartition("/")[2]] if "$ref" in found else found
    return named


def _lines(schema: Mapping[str, Any]) -> Iterator[Line]:
    needed = schema.get("required", ())
    for name, one in schema.get("properties", {}).items():
        text = " · ".join(filter(None, [one.get("title", ""), one.get("description", "")]))
        yield Line(name, _kind(one), text, name in needed, one.get("readOnly", False))


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(str(one) for one in schema["enum"] if one is not None)
    types = schema.get("type", "any")
    plain = [one for one in (types if isinstance(types, list) else [types]) if one != "null"]
    if plain == ["array"]:
        return f"[{_kind(schema.get('items', {}))}]"
    return str(schema.get("format") or "/".join(plain))


def _curl(base: str, path: str, method: str, body: Mapping[str, Any] | None, *, file: bool = False) -> str:
    """Return the request as people try it in a terminal."""
    parts = [f"curl -H 'Authorization: Bearer $TOKEN'{'' if method == 'get' else f' -X {method.upper()}'}"]
    if body is not None:
        wanted = body.get("required") or list(body.get("properties", {}))[:1]
        sample = {name: _sample(body["properties"][name]) for name in wanted if name in body.get("properties", {})}
        parts.append(f"-H 'Content-Type: application/json' -d '{json.dumps(sample, ensure_ascii=False)}'")
    if file:
        parts.append(
            "-H 'Content-Type: application/octet-stream' -H 'X-File-Name: report.pdf' --data-binary @report.pdf"
        )
    parts.append(f"'{base}{path.replace('{id}', '1')}'")
    return " \\\n  ".join(parts)


def _sample(schema: Mapping[str, Any]) -> object:
    if "enum" in schema:
        return schema["enum"][0]
    kind = _kind(schema)
    samples = {"integer": 1, "number": 12.5, "boolean": True, "date": "2026-03-02", "date-time": "2026-03-02T09:00:00Z"}
    return [] if kind.startswith("[") else samples.get(kind, "…")
