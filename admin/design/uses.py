"""What uses a thing of an app, inside its config and outside: a page, and a small piece for designers to show before removing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request
from flask_babel import gettext, lazy_gettext

from admin.design._desk import Tab, desk
from engine.design.outside import uses_outside
from engine.design.things import KINDS, Thing
from engine.design.usage import Use, usage
from engine.errors import NotFound
from web import here
from web.i18n import language
from web.render import render

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.datastructures import MultiDict
    from werkzeug.wrappers import Response

TABS = (Tab("design.uses", lazy_gettext("Uses")),)


def install(pages: Blueprint) -> None:
    """Add the pages."""
    pages.add_url_rule("/uses", "uses", show)


def show(app_key: str) -> Response:
    """Show what uses a thing; htmx gets the line “used in N places”. Without a thing, offer forms with fields and stages, and roles."""
    thing = thing_of(request.args)
    if thing is None:
        source = desk().source
        return render(
            "design/uses.html", app_key=app_key, thing=None, forms=list(source.section("forms")),
            pipelines=list(source.section("pipelines")), roles=list(source.app["roles"].items()),
        )  # fmt: skip
    inside = list(usage(desk().source).of(thing))
    live = desk().live
    outside = list(uses_outside(here.db(), live, thing)) if live else []
    return render(
        "design/uses.html", "design/_used.html", app_key=app_key, thing=thing, inside=inside, outside=outside,
        said=said, forms=[], kind=_KINDS[thing.kind], names=names_of(thing), args=request.args.to_dict(),
    )  # fmt: skip


def thing_of(args: MultiDict[str, str]) -> Thing | None:
    """Return the thing that a query names, the innermost first: option, field, stage, transition, role …, form."""
    form, field = args.get("form", ""), args.get("field", "")
    if args.get("option"):
        return Thing("option", args["option"], form, field)
    if field:
        return Thing("field", field, form)
    for kind in KINDS:
        if kind != "form" and args.get(kind):
            named = kind in ("stage", "transition")
            okr = args.get("okr", "") if kind in ("objective", "key_result") else ""
            return Thing(kind, args[kind], form if named else okr, args.get("of", "") if kind == "measure" else "")
    if form:
        return Thing("form", form)
    if args:
        raise NotFound("thing")
    return None


def names_of(thing: Thing) -> list[str]:
    """Return how a thing is called, after the form that it belongs to; by its key where it is not declared."""
    source = desk().source
    form = next((one for one in source.section("forms") if one["key"].text == thing.form), None)
    if form is None:
        section = {
            "form": "forms",
            "rule": "alerts",
            "okr": "okrs",
            "pipeline": "pipelines",
            "dashboard": "dashboards",
        }.get(thing.kind, "")
        listed = source.app["roles"].items() if thing.kind == "role" else source.section(section)
        return [next((desk().said(one) for one in listed if one["key"].text == thing.key), thing.key)]
    flow = next((one for one in source.section("pipelines") if one["form"].text == thing.form), form)
    parts = {"field": form["fields"], "stage": flow["stages"], "transition": flow["transitions"]}
    fields = [one for one in form["fields"].items() if one["key"].text == (thing.field or thing.key)]
    names = [desk().said(form)]
    if thing.kind == "option" and fields:
        names.append(desk().said(fields[0]))
    declared = fields[0]["options"] if thing.kind == "option" and fields else parts.get(thing.kind, form["fields"])
    return [*names, next((desk().said(one) for one in declared.items() if one["key"].text == thing.key), thing.key)]


def said(use: Use) -> str:
    """Say a use in the viewer's language."""
    part = gettext(use.part).replace("{count}", str(use.count))
    return " › ".join([*(label.pick(language()) for label in use.crumbs), part])


_KINDS = {
    "form": lazy_gettext("Form"),
    "field": lazy_gettext("Field"),
    "option": lazy_gettext("Option"),
    "stage": lazy_gettext("Stage"),
    "transition": lazy_gettext("Transition"),
    "role": lazy_gettext("Role"),
    "parameter": lazy_gettext("Parameter"),
    "measure": lazy_gettext("Measure"),
    "rule": lazy_gettext("Alert rule"),
    "okr": lazy_gettext("OKR"),
    "objective": lazy_gettext("Objective"),
    "key_result": lazy_gettext("Key result"),
    "pipeline": lazy_gettext("Pipeline"),
    "dashboard": lazy_gettext("Dashboard"),
}
