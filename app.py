"""The front door: wires the parts together and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask


def create_app(config: Mapping[str, object] | None = None) -> Flask:
    """Return the application; `config` may hold DATABASE_URL, SECRET_KEY, SESSIONS and CLOCK."""
    # Here and not above: most commands need no screens, and should not wait for them.
    from flask import Flask

    from admin import design, site
    from web import (
        addresses,
        api,
        assets,
        drafts_view,
        errors,
        i18n,
        once,
        pages,
        security,
        services,
        shell,
        shown,
        widgets,
    )

    app = Flask("web")
    app.config.update(config or {})
    services.start_services(app)
    security.guard(app)
    for part in (addresses, i18n, assets, errors, shell, widgets, shown, drafts_view, once, pages, api, site, design):
        part.install(app)
    return app


def main() -> None:
    """Run the console command `steerway`."""
    from web.cli import group

    group(create_app)()


if __name__ == "__main__":
    main()
