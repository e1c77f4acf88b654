"""A small app with everything a form can be laid out with: orders with lines, a survey of steps, a sheet of tabs."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from tests.support.configs import Config, tiny_app

_PRODUCT: Config = {
    "key": "product",
    "label": "Product",
    "title": "name",
    "fields": [
        {"key": "name", "type": "text", "label": "Name", "required": True, "unique": True},
        {"key": "price", "type": "money", "label": "Price"},
    ],
}

_ORDER: Config = {
    "key": "order_form",
    "label": "Order",
    "title": "name",
    "fields": [
        {"key": "name", "type": "text", "label": "Name", "required": True},
        {"key": "discount", "type": "percent", "label": "Discount", "default": 0},
        {
            "key": "lines",
            "type": "sub_table",
            "label": "Lines",
            "of": "line",
            "columns": [
                "product",
                {"field": "quantity", "total": "sum"},
                "price",
                {"field": "amount", "total": "sum"},
                {"field": "remark", "total": "count"},
            ],
            "max_rows": 1000,
            "order": "position",
        },
        {
            "key": "total",
            "type": "rollup",
            "label": "Total",
            "measure": {"of": "line", "agg": "sum", "value": "amount", "via": "home"},
        },
    ],
}

_LINE: Config = {
    "key": "line",
    "label": "Line",
    "title": "remark",
    "fields": [
        {"key": "home", "type": "reference", "label": "Order", "to": "order_form", "required": True},
        {"key": "product", "type": "reference", "label": "Product", "to": "product"},
        {"key": "quantity", "type": "number", "label": "Quantity", "required": True, "min": 0},
        {"key": "price", "type": "money", "label": "Price", "default_expression": "product.price"},
        {
            "key": "amount",
            "type": "computed",
            "label": "Amount",
            "result": "money",
            "expression": "if_empty(quantity, 0) * if_empty(price, 0) * (100 - if_empty(home.discount, 0)) / 100",
        },
        {"key": "remark", "type": "text", "label": "Remark", "required_if": "quantity > 100"},
        {"key": "position", "type": "number", "label": "Position"},
    ],
}

#: A hides b, b hides c: each is cleared, kept, or kept by the form.
_CHAIN: Config = {
    "key": "chain",
    "label": "Chain",
    "title": "name",
    "when_hidden": "clear",
    "fields": [
        {"key": "name", "type": "text", "label": "Name", "required": True},
        {"key": "a", "type": "yes_no", "label": "A"},
        {"key": "b", "type": "text", "label": "B", "visible_if": "a", "required_if": "a"},
        {"key": "c", "type": "text", "label": "C", "visible_if": "is_filled(b)", "required": True},
        {"key": "d", "type": "text", "label": "D", "visible_if": "is_filled(c)", "when_hidden": "keep"},
        {"key": "e", "type": "number", "label": "E"},
        {"key": "f", "type": "computed", "label": "F", "result": "number", "expression": "e * 2"},
        {"key": "g", "type": "text", "label": "G", "visible_if": "f > 10"},
    ],
    "sections": [
        {"key": "main", "label": "Main", "fields": ["name", "a", "b", "c", "d"]},
        {"key": "more", "label": "More", "fields": ["e", "f", "g"], "visible_if": "a", "columns": 3},
    ],
}

_SURVEY: Config = {
    "key": "survey",
    "label": "Survey",
    "title": "name",
    "fields": [
        {"key": "name", "type": "text", "label": "Name", "required": True},
        {"key": "age", "type": "integer", "label": "Age", "min": 0, "max": 150},
        {"key": "school", "type": "text", "label": "School", "required": True},
        {"key": "comment", "type": "long_text", "label": "Comment"},
        {"key": "agreed", "type": "yes_no", "label": "Agreed"},
    ],
    "sections": [
        {"key": "who", "label": "Who", "fields": ["name", "age"]},
        {"key": "learning", "label": "Learning", "fields": ["school"]},
        {"key": "last", "label": "Last", "fields": ["comment", "agreed"]},
    ],
    "steps": [
        {"key": "person", "label": "Person", "help": "Who you are", "sections": ["who"]},
        {"key": "pupil", "label": "Pupil", "sections": ["learning"], "visible_if": "age < 18"},
        {"key": "end", "label": "End", "sections": ["last"]},
    ],
    "assert": [
        {"condition": "agreed or is_empty(comment)", "message": "Agree, or leave no comment.", "field": "agreed"}
    ],
}

_SHEET: Config = {
    "key": "sheet",
    "label": "Sheet",
    "title": "name",
    "fields": [
        {"key": "name", "type": "text", "label": "Name", "required": True},
        {
            "key": "kind",
            "type": "choice",
            "label": "Kind",
            "options": [{"key": "car", "label": "Car"}, {"key": "bike", "label": "Bike"}],
        },
        {
            "key": "plate",
            "type": "text",
            "label": "Plate",
            "visible_if": "kind == 'car'",
            "required_if": "kind == 'car'",
        },
        {"key": "wheels", "type": "integer", "label": "Wheels", "default_expression": "4 if kind == 'car' else 2"},
        {"key": "memo", "type": "text", "label": "Memo", "required": True, "width": 2},
    ],
    "sections": [
        {"key": "first", "label": "First", "fields": ["name", "kind", "plate"], "help": "The main things"},
        {"key": "second", "label": "Second", "fields": ["wheels", "memo"], "columns": 3},
    ],
    "tabs": [
        {"key": "basics", "label": "Basics", "sections": ["first"]},
        {"key": "details", "label": "Details", "sections": ["second"]},
    ],
}


def order_app() -> Config:
    """Return the app, under the key of the small app so that the same people have their roles in it."""
    base = tiny_app()
    forms: list[Any] = [_PRODUCT, _ORDER, _LINE, _CHAIN, _SURVEY, _SHEET]
    app = {key: base["app"][key] for key in ("key", "version", "time_zone", "calendar", "currency", "roles")}
    return deepcopy({"app": {**app, "label": "Orders"}, "forms": forms})
