"""Records in a table."""

from __future__ import annotations

from typing import Any

from flask import url_for

from engine.dashboards.answers import (
    ListAnswer,
)  # fmt: skip
from web import i18n
from web.dashboards.drawing._base import Drawer, draws
from web.dashboards.words import (
    how_filter,
)  # fmt: skip
from web.fields import all_fields, look_at
from web.widgets import Display
from web.words import gettext


@draws("list")
def records(draw: Drawer, content: ListAnswer) -> dict[str, Any]:
    """Return what the template of records needs."""
    form = draw.live.form(draw.given.form)
    slots = all_fields(draw.live, form.key)
    fields = [slots[key] for key in content.columns if key in slots]
    look = look_at(draw.live, fields, [record.values for record in content.page.records])
    rows = [
        {
            "url": url_for("records.show", app_key=draw.live.key, form_key=form.key, record_id=record.id),
            "cells": [
                Display(one, record.get(one.key), look, small=True) if one.key in record.values else None
                for one in fields
            ],
        }
        for record in content.page.records
    ]
    lines = [gettext("%(form)s: records that you may see", form=str(i18n.told(form.label)))]
    if draw.given.filter is not None:
        lines += how_filter(draw.live, form.key, draw.given.filter.text)
    return {
        "heads": [(str(i18n.told(one.label)), Display(one, None, look).is_number) for one in fields],
        "rows": rows,
        "count": content.page.count,
        "cap": content.page.cap,
        "all_url": draw.whole(form.key),
        "can_create": draw.may_create(form.key),
        "new_url": url_for("records.new", app_key=draw.live.key, form_key=form.key),
        "how": lines,
    }
