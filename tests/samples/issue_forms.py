"""Turns GitHub's issue forms (YAML) into an app: each form one form, each element of its body one field."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import yaml

Element = dict[str, Any]
#: Element -> type of field; markdown is no question.
TYPES = {
    "input": "text",
    "textarea": "long_text",
    "dropdown": "choice",
    "checkboxes": "choices",
    "upload": "attachment",
}
LONGEST_KEY = 30


def app_of(folder: Path) -> dict[str, Any]:
    """Return the config of one app with all issue forms of a folder; files that are no forms are passed over."""
    paths = sorted(path for path in folder.iterdir() if path.suffix in (".yml", ".yaml"))
    forms = [form_of(path) for path in paths if is_form(path)]
    return {
        "app": {
            "key": "issues",
            "label": "Issues",
            "roles": [{"key": "reporter", "label": "Reporter"}],
            "languages": ["en"],
        },
        "forms": forms,
        "pipelines": [],
        "okrs": [],
        "alerts": [],
    }


def is_form(path: Path) -> bool:
    """Tell whether a file is an issue form; `config.yml` chooses among them and is none."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return isinstance(content, dict) and isinstance(content.get("body"), list)


def form_of(path: Path) -> dict[str, Any]:
    """Return the form of one file. The title that GitHub asks for above every form is its first field."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    title: Element = {
        "key": "title",
        "type": "text",
        "label": "Title",
        "required": True,
        "default": content.get("title", ""),
    }
    fields, asserts = [{name: value for name, value in title.items() if value != ""}], []
    notes: list[str] = []
    for element in content["body"]:
        if element["type"] == "markdown":
            notes.append(element["attributes"]["value"].strip())
            continue
        field = field_of(element, {one["key"] for one in fields}, notes)
        fields.append(field)
        asserts += asserts_of(element, field)
        notes = []
    if notes:
        fields[-1]["help"] = "\n\n".join(filter(None, [fields[-1].get("help", ""), *notes]))
    return {
        "key": slug(path.stem)[:LONGEST_KEY].strip("_"),
        "label": content["name"].strip(),
        "description": content["description"].strip(),
        "title": "title",
        "fields": fields,
        "assert": asserts,
    }


def field_of(element: Element, taken: set[str], notes: list[str]) -> Element:
    """Return the field of one question, under what markdown stands above it."""
    said = element["attributes"]
    kind = TYPES[element["type"]]
    many = kind == "choice" and said.get("multiple")
    found: Element = {
        "key": free_key(element.get("id") or said["label"], taken),
        "type": "choices" if many else kind,
        "label": said["label"].strip(),
        "help": "\n\n".join(filter(None, [*notes, (said.get("description") or "").strip(), (said.get("placeholder") or "").strip()])),
    }  # fmt: skip
    if said.get("value"):
        found["default"] = said["value"].strip()
    if kind in ("choice", "choices"):
        found["options"] = [option_of(number, one) for number, one in enumerate(said["options"])]
        if said.get("default") is not None:
            found["default"] = found["options"][said["default"]]["key"]
    if is_required(element):
        found["required"] = True
    return {name: value for name, value in found.items() if value}


def is_required(element: Element) -> bool:
    """Tell whether the element must be filled: by its own word, or by a box that must be ticked."""
    return bool((element.get("validations") or {}).get("required")) or bool(required_options(element))


def required_options(element: Element) -> list[int]:
    """Return the places of the boxes that must be ticked."""
    options = element["attributes"].get("options") or [] if element["type"] == "checkboxes" else []
    return [number for number, one in enumerate(options) if isinstance(one, dict) and one.get("required")]


def asserts_of(element: Element, field: Element) -> list[Element]:
    """Return one rule per box that must be ticked."""
    return [
        {
            "condition": f"is_empty({field['key']}) or includes({field['key']}, '{field['options'][number]['key']}')",
            "message": f"Please tick: {field['options'][number]['label']}",
            "field": field["key"],
        }
        for number in required_options(element)
    ]


def option_of(number: int, option: Any) -> Element:
    """Return an option: a text, or a box with its label."""
    label = option["label"] if isinstance(option, dict) else str(option)
    return {"key": f"o{number}_{slug(label)[:30]}".strip("_"), "label": label.strip()}


def free_key(text: str, taken: set[str]) -> str:
    """Return a key that no other field of the form has."""
    base = slug(text)[:LONGEST_KEY].strip("_")
    base = base if base[:1].isalpha() and base not in RESERVED else f"f_{base}".strip("_")
    found, number = base, 2
    while found in taken:
        found, number = f"{base}_{number}", number + 1
    return found


RESERVED = frozenset(
    {"version", "id", "stage", "owner", "me", "today", "now", "in", "is", "not", "and", "or", "if", "else"}
)


def slug(text: str) -> str:
    """Return a text as lower letters, digits and single underscores."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
