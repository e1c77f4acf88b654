"""A release beside another config: a release, the draft, a template; what differs is told in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_babel import gettext

from admin.design.changes import changes
from engine.config.parameters import with_defaults
from engine.design import draft_of, source_in_work
from engine.design.examining import examined
from engine.errors import NotFound
from engine.releases import releases, source_of
from engine.templates.gallery import gallery, template_named
from web import here
from web.i18n import language

if TYPE_CHECKING:
    from admin.design.changes import Changes
    from engine.config.source import Source

#: How the choices begin: a release by its number, a template by its key.
RELEASE, TEMPLATE, DRAFT = "release:", "template:", "draft"


def choices(app_key: str, number: int) -> list[tuple[str, str]]:
    """Return what a release can be compared with, as (choice, name): the releases first, the newest on top."""
    numbers = [row.number for row in releases(here.db(), app_key) if row.number != number]
    found = [(f"{RELEASE}{one}", gettext("Release %(number)s", number=one)) for one in numbers]
    if draft_of(here.db(), app_key) is not None:
        found.append((DRAFT, gettext("the draft")))
    named = ((one.key, one.label.pick(language())) for one in gallery(here.db()))
    return [*found, *((f"{TEMPLATE}{key}", gettext("Template “%(name)s”", name=name)) for key, name in named)]


def usual(number: int) -> str:
    """Return what a release is compared with at first: the one before it; nothing for the first one."""
    return f"{RELEASE}{number - 1}" if number > 1 else ""


def compared(app_key: str, number: int, choice: str) -> Changes:
    """Return what a release says otherwise than what was chosen; NotFound for what there is not."""
    after = source_of(here.db(), app_key, number)
    return changes(examined(after)[1], _chosen(app_key, choice), after)


def _chosen(app_key: str, choice: str) -> Source:
    if choice == DRAFT:
        return source_in_work(here.db(), app_key)
    if choice.startswith(TEMPLATE):
        template = template_named(here.db(), choice.removeprefix(TEMPLATE))
        if template is None:
            raise NotFound("template", choice[:60])
        return with_defaults(template.source)
    text = choice.removeprefix(RELEASE)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound("release", choice[:60])
    return source_of(here.db(), app_key, int(text))
