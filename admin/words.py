"""Keys of apps, forms and rules said in words, and records as links: how the journals draw their columns."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from flask import g, url_for
from flask_babel import gettext
from markupsafe import Markup

from admin.difference_words import NOUNS
from engine.alerts.inbox import reason_of
from engine.records.titles import titles
from engine.releases import live
from engine.sandboxes import is_sandbox
from rules.errors import SteerwayError
from web import here
from web.channel_names import channel_name
from web.errors import sentence
from web.history_view import via_words
from web.i18n import language
from web.notices import severity_words

if TYPE_CHECKING:
    from engine.config.defs import AppDef
    from forms.labels import Label


def show_app(_view: object, _context: object, row: Any, name: str) -> str:
    """Say an app by its name."""
    return app_label(getattr(row, name))


def app_label(key: str | None) -> str:
    """Say an app by its name, given its key; a sandbox by what it is."""
    app = _app(key)
    said = _said(app.label if app else None, key)
    return str(gettext("Sandbox: %(name)s", name=said)) if key and is_sandbox(key) else said


def form_label(app_key: str, key: str) -> str:
    """Say a form by its name, given its key; nothing for none."""
    app = _app(app_key)
    form = app.forms.get(key) if app and key else None
    return _said(form.label if form else None, key) if key else ""


def field_label(app_key: str, form: str, key: str) -> str:
    """Say a field of a form by its name, given their keys."""
    app = _app(app_key)
    found = app.forms.get(form) if app else None
    field = found.by_key.get(key) if found else None
    return _said(field.label if field else None, key)


def owned_words(app_key: str, detail: str) -> str:
    """Say what of a file somebody owns, given as `okrs/quarter.json: grow, grow/win_rate`: by names, as far as it is live."""
    file, _, keys = detail.partition(": ")
    app, named = _app(app_key), []
    okr = app.okrs.get(file.rpartition("/")[2].removesuffix(".json")) if app else None
    for objective in okr.objectives if okr else ():
        wanted = {objective.key: objective.label}
        wanted |= {f"{objective.key}/{one.key}": one.label for one in objective.key_results}
        named += [_said(wanted[one], one) for one in keys.split(", ") if one in wanted]
    return " › ".join(filter(None, (part_label(app_key, file), str(gettext(", ")).join(named))))


def part_label(app_key: str, path: str) -> str:
    """Say a file of a config by what it is and its name; one of a part that is not live by its key."""
    section, _, name = path.rpartition("/")
    key, app = name.removesuffix(".json"), _app(app_key)
    held = getattr(app, section, None) if app and section in NOUNS else None
    found = held.get(key) if isinstance(held, Mapping) else None
    called = _said(getattr(found, "label", None), key)
    noun = gettext(NOUNS.get(section or "app", NOUNS["app"]))
    return str(gettext("%(noun)s “%(name)s”", noun=noun, name=called) if section in NOUNS else noun)


def show_form(_view: object, _context: object, row: Any, name: str) -> str:
    """Say a form by its name."""
    key, app = getattr(row, name), _app(row.app_key)
    form = app.forms.get(key) if app and key else None
    return _said(form.label if form else None, key)


def show_channel(_view: object, _context: object, row: Any, name: str) -> str:
    """Say a channel by its name."""
    return channel_name(getattr(row, name))


def show_rule(_view: object, _context: object, row: Any, name: str) -> str:
    """Say an alert rule by its name."""
    key, app = getattr(row, name), _app(row.app_key)
    rule = app.alerts.get(key) if app else None
    return _said(rule.label if rule else None, key)


def show_record(_view: object, _context: object, row: Any, name: str) -> Markup | str:
    """Link a record by its title; one that is deleted, or of a form that is gone, by its number."""
    number, app = getattr(row, name), _app(row.app_key)
    if number is None or app is None or row.form not in app.forms:
        return "–" if number is None else f"#{number}"
    address = url_for("records.show", app_key=row.app_key, form_key=row.form, record_id=number)
    said = titles_known().get((row.app_key, row.form, number)) or f"#{number}"
    return Markup('<a href="{}">{}</a>').format(address, said)


def titles_known() -> dict[tuple[str, str, int], str]:
    """Return the titles of records that were looked up in this request, by app, form and number."""
    known: dict[tuple[str, str, int], str] = g.setdefault("admin_titles", {})
    return known


def look_up_titles(rows: Iterable[Any]) -> None:
    """Look up the titles of the records that rows are about: one statement for each form."""
    wanted: dict[tuple[str, str], set[int]] = {}
    for row in rows:
        app = _app(row.app_key)
        if row.record_id is not None and app is not None and row.form in app.forms:
            wanted.setdefault((row.app_key, row.form), set()).add(row.record_id)
    for (app_key, form), ids in wanted.items():
        found = titles(here.db(), live(here.db(), app_key), form, ids, here.viewer(), here.now())
        titles_known().update({(app_key, form, one): title for one, title in found.items()})


def show_verb(_view: object, _context: object, row: Any, name: str) -> str:
    """Say what was done."""
    words = {
        "create": gettext("created"),
        "update": gettext("changed"),
        "move": gettext("moved"),
        "delete": gettext("deleted"),
        "restore": gettext("restored"),
        "derive": gettext("recomputed"),
        "map": gettext("moved it with a new release"),
        "map_ahead": gettext("moved it ahead of a new release"),
        "publish": gettext("published"),
        "clone": gettext("cloned"),
        "roll_back": gettext("rolled back"),
        "refused": gettext("refused"),
    }
    key = str(getattr(row, name))
    found: str = words.get(key, key)
    return found


def show_via(_view: object, _context: object, row: Any, name: str) -> str:
    """Say through what it was done."""
    return via_words(getattr(row, name))


def show_severity(_view: object, _context: object, row: Any, name: str) -> str:
    """Say how grave an alert is."""
    return severity_words(getattr(row, name))


def show_state(_view: object, _context: object, row: Any, name: str) -> str:
    """Say the state of an alert or of a notification."""
    words = {
        "quiet": gettext("quiet"),
        "pending": gettext("pending"),
        "firing": gettext("firing"),
        "acknowledged": gettext("acknowledged"),
        "resolved": gettext("resolved"),
        "queued": gettext("queued"),
        "sending": gettext("sending"),
        "sent": gettext("sent"),
        "failed": gettext("failed"),
    }
    key = str(getattr(row, name))
    found: str = words.get(key, key)
    return found


def show_reason(_view: object, _context: object, row: Any, name: str) -> str:
    """Say why an alert is in its state."""
    return sentence(reason_of(getattr(row, name) or {}))


def show_evidence(_view: object, _context: object, row: Any, name: str) -> Markup | str:
    """List the parts of the condition with the values they had."""
    tree = getattr(row, name)
    return Markup("<pre>{}</pre>").format("\n".join(_lines(tree, 0))) if tree else "–"


def _lines(tree: Mapping[str, Any], depth: int) -> Iterator[str]:
    yield f"{'  ' * depth}{tree.get('text', '')} → {json.dumps(tree.get('value'), ensure_ascii=False)}"
    for child in tree.get("children", ()):
        yield from _lines(child, depth + 1)


def _app(key: str | None) -> AppDef | None:
    """Return an app, looked up once per request."""
    known: dict[str, AppDef | None] = g.setdefault("admin_apps", {})
    if key and key not in known:
        try:
            known[key] = live(here.db(), key).app
        except SteerwayError:
            known[key] = None
    return known.get(key) if key else None


def _said(label: Label | None, key: str | None) -> str:
    return (label.pick(language()) if label else "") or key or "–"
