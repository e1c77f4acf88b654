"""Accessibility of a page as axe-core sees it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

#: The success criteria that a page must meet: WCAG 2.2, levels A and AA.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@cache
def _source() -> str:
    (path,) = Path(__file__).parent.glob("vendor/axe-*.min.js")
    return path.read_text(encoding="utf-8")


def violations(page: Page, *, only: str = "") -> list[str]:
    """One line per broken rule and element; an empty list is what a test wants. `only` names a single rule to ask for."""
    # Evaluated by the debugger and not as a script of the page, so that its policy may stay strict.
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    asked = {"type": "rule", "values": [only]} if only else {"type": "tag", "values": RULES}
    found = page.evaluate("asked => axe.run(document, {runOnly: asked})", asked)
    return [
        f"{rule['id']}: {rule['help']} at {' '.join(map(str, node['target']))}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]
