"""The pages, one module per kind; each brings a blueprint. The generated screens look their form up in the live release."""

from __future__ import annotations

from flask import Flask

from web import security
from web.kinds import kind_links
from web.pages import (
    acts,
    alerts,
    backtests,
    board,
    bundle,
    calendar,
    cards,
    cells,
    dashboards,
    drafts,
    duplicates,
    expression,
    files,
    home,
    imports,
    inbox,
    intake,
    jobs,
    joining,
    leaving,
    links,
    lists,
    live,
    lookup,
    move,
    okr,
    past,
    places,
    preferences,
    pulse,
    records,
    reminders,
    rights,
    sandbox,
    search,
    signin,
    talk,
    timeline,
    tokens,
    views,
)

PAGES = (
    leaving,
    joining,
    signin,
    bundle,
    pulse,
    intake,
    links,
    rights,
    sandbox,
    home,
    inbox,
    alerts,
    backtests,
    jobs,
    preferences,
    reminders,
    tokens,
    search,
    okr,
    dashboards,
    imports,
    expression,
    files,
    places,
    lookup,
    lists,
    views,
    cells,
    board,
    calendar,
    cards,
    timeline,
    live,
    move,
    talk,
    past,
    drafts,
    duplicates,
    acts,
    records,
)


def install(app: Flask) -> None:
    """Register every page."""
    for module in PAGES:
        app.register_blueprint(module.bp)
    live.install(app)
    app.jinja_env.globals["kind_links"] = kind_links
    security.limit_sign_in(app)
