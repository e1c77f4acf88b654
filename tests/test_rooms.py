"""The three rules of the house: imports look down, one library has one room, leaves do not know each other."""

from __future__ import annotations

import pytest

from tests.support import rooms

FILES = {file: (rooms.ROOT / file).read_text(encoding="utf-8") for file in rooms.source_files()}


def test_every_room_is_looked_at():
    assert {file.split("/")[0] for file in FILES} == {*rooms.ROOMS[:-1], "app.py"}


@pytest.mark.parametrize("rule", [rooms.climbing, rooms.homeless, rooms.sibling])
def test_rule_holds_in_every_file(rule):
    assert [fault for file, source in FILES.items() for fault in rule(source, file)] == []


@pytest.mark.parametrize(
    ("rule", "file", "source"),
    [
        (rooms.climbing, "rules/check.py", "from forms.defs import FormDef"),
        (rooms.climbing, "engine/db.py", "def late():\n    import web"),
        (rooms.climbing, "web/home.py", "import app"),
        (rooms.climbing, "forms/fields/text.py", "from ...engine import db"),
        (rooms.homeless, "engine/sql/compile.py", "import simpleeval"),
        (rooms.homeless, "engine/db.py", "from jsonschema import validate"),
        (rooms.homeless, "web/home.py", "from sqlalchemy.orm import Session"),
        (rooms.homeless, "forms/defs.py", "import flask"),
        (rooms.homeless, "rules/check.py", "import some_new_library"),
        (rooms.sibling, "forms/fields/money.py", "from forms.fields.number import Number"),
        (rooms.sibling, "forms/fields/money.py", "from forms.fields import number"),
        (rooms.sibling, "rules/functions/dates.py", "from . import text"),
        (rooms.sibling, "engine/channels/mail.py", "import engine.channels.inbox"),
    ],
)
def test_rule_refuses(rule, file, source):
    assert len(rule(source, file)) == 1


@pytest.mark.parametrize(
    ("rule", "file", "source"),
    [
        (rooms.climbing, "web/home.py", "from engine.records import query"),
        (rooms.climbing, "app.py", "from admin.views import admin"),
        (rooms.homeless, "engine/config/check.py", "import jsonschema, json"),
        (rooms.homeless, "app.py", "from flask import Flask"),
        (rooms.sibling, "forms/fields/money.py", "from forms.fields._base import FieldType"),
        (rooms.sibling, "forms/fields/__init__.py", "from forms.fields import money"),
        (rooms.sibling, "rules/functions/dates.py", "from rules.types import Type"),
    ],
)
def test_rule_allows(rule, file, source):
    assert rule(source, file) == []
