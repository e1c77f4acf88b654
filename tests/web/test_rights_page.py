from __future__ import annotations

import pytest

from tests.support.configs import form_of, tiny_app
from tests.support.site import words

PAGE = "/a/tiny/rights"


@pytest.fixture
def deal(site, tiny):
    config = tiny_app()
    form_of(config, "deal")["permissions"][1]["actions"].append("configure")
    tiny.publish(config)
    account = tiny.create("account", name="Acme", region="north")
    return tiny.create("deal", name="Alpha", account=account.id, amount="100", notes="hush")


def test_page_names_entry_place_and_condition(site, deal):
    page = words(site.visitor("ada").get(f"{PAGE}?form=deal&record={deal.id}&person=charlie"))

    assert "forms/deal.json /permissions/0" in page
    assert "does not hold" in page
    assert "owner == me" in page
    assert "The person may not see the record at all." in page


def test_page_lists_who_may_see_a_record(site, deal):
    page = site.visitor("ada").get(f"{PAGE}?form=deal&record={deal.id}").text

    assert [name in page.split('id="r-readers"')[1].split("no</span>")[0] for name in ("Alice", "Mona", "Ada")] == [
        True
    ] * 3


def test_only_those_who_configure_the_form_may_ask(site, deal):
    assert site.visitor("alice").get(PAGE).status_code == 404
    assert site.visitor("mona").get(f"{PAGE}?form=deal&person=alice").status_code == 200
    assert site.visitor("mona").get(f"{PAGE}?form=visit&person=alice").status_code == 404


def test_record_out_of_the_configurer_s_sight_stays_so(site, tiny, deal):
    away = tiny.create("deal", "charlie", name="Far", account=deal["account"])

    assert site.visitor("mona").get(f"{PAGE}?form=deal&record={away.id}").status_code == 404
    assert site.visitor("mona").get(f"{PAGE}?form=deal&record=x").status_code == 404
