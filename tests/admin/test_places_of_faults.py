"""The way from a fault to where it is mended: a control, a card, or the line of the JSON."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from flask import g

from admin.design import place_url
from admin.design._desk import Desk
from engine.config.load import load
from engine.people import find_user
from tests.admin.test_designers import BASE
from tests.admin.test_designers_of_broken_configs import BROKEN, keep
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from tests.support.site import Site, Visitor


def ways(site: Site) -> dict[str, str]:
    """Return the place of each fault of the draft, and the address its link leads to."""
    with site.app.test_request_context(), site.db() as session:
        g.session, g.now, g.user = session, site.now, find_user(session, "ada")
        g.desk = Desk("tiny")
        return {f"{one.file}{one.pointer}": place_url(one.file, one.pointer) for one in g.desk.faults}


def shows(ada: Visitor, address: str) -> bool:
    """Tell whether a page has what an address points at: its element, or the line of the JSON."""
    answer = ada.get(address.partition("#")[0])
    anchor = address.partition("#")[2]
    if answer.status_code != 200:
        return False
    if anchor:
        return re.search(rf'id="{re.escape(anchor)}"', answer.text) is not None
    chosen = unquote(address.partition("?at=")[2])
    mark = "data-from=" if "/files/" in address else f'name="at" value="{chosen}"'
    return not chosen or mark in answer.text


def test_every_fault_leads_to_a_page_that_shows_its_place(site: Site) -> None:
    ada, lost, seen = site.visitor("ada"), [], set()
    for folder in BROKEN[:: int(os.environ.get("BROKEN_EVERY", "1"))]:
        keep(site, load(folder).to_dict())
        for place, address in ways(site).items():
            seen.add(address.partition("?")[0].partition("#")[0].split("/")[4])
            if not shows(ada, address):
                lost.append(f"{folder.name}: {place} -> {address}")
    assert not lost, "\n".join(lost)
    assert seen == {"alerts", "dashboards", "files", "forms", "okrs", "permissions", "pipelines", "settings", "tests"}


@pytest.mark.parametrize(
    ("pointer", "address"),
    [
        ("/fields/1/label", "/forms/deal?at=/fields/1#p-label"),
        ("/fields/1/requird", "/files/forms/deal.json?at=/fields/1/requird"),
        ("/fields/1/key", "/files/forms/deal.json?at=/fields/1/key"),
        ("/fields/1", "/forms/deal?at=/fields/1"),
        ("/fields", "/forms/deal#canvas"),
        ("/list/columns/0", "/forms/deal#p-list-columns"),
        ("/permissions", "/permissions/deal#canvas"),
        ("/permissions/0/records", "/permissions/deal?at=/permissions/0#p-records"),
        ("/permissions/9/records", "/files/forms/deal.json?at=/permissions/9/records"),
        ("", "/forms/deal"),
    ],
)
def test_a_place_of_a_form_opens_in_the_designer_that_shows_it(site: Site, pointer: str, address: str) -> None:
    keep(site, tiny_app())
    with site.app.test_request_context(), site.db() as session:
        g.session, g.now, g.user = session, site.now, find_user(session, "ada")
        g.desk = Desk("tiny")
        found = place_url("forms/deal.json", pointer)
    assert unquote(found) == BASE + address
