"""The alert designer: what starts a rule is chosen whole, steps are cards, and the draft says who would be told now."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from engine import design
from engine.config.check import examine
from engine.config.source import Source
from engine.design.beginnings import BEGINNINGS, beginning_of, begun, offered
from engine.people import find_user
from tests.admin.test_designers import BASE, content, post, sheet
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site

PATH = "alerts/stale_deal.json"
RULE = f"{BASE}/alerts/stale_deal"


def words(page: str) -> str:
    """Return the text of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.parametrize("wanted", BEGINNINGS)
def test_every_beginning_is_whole_and_keeps_what_fits(wanted: str) -> None:
    config = tiny_app()
    config["alerts"][0]["until"] = "stage == 'won'"
    _, desk = examine(Source.from_dict(config))
    rule = config["alerts"][0]

    made = begun(desk, rule, wanted)

    assert beginning_of(made) == wanted
    assert wanted in offered(desk, rule)
    assert [made[key] for key in ("label", "severity", "every")] == [
        rule[key] for key in ("label", "severity", "every")
    ]
    assert ("when" in made and made["when"] == rule["when"]) == (wanted not in ("figure", "okr_changed"))
    faults, _ = examine(Source.from_dict({**config, "alerts": [made]}))
    assert [one for one in faults if one.file == PATH and one.level == "error"] == []


def test_a_button_starts_the_rule_in_another_way_and_only_its_controls_stand_first(site: Site) -> None:
    ada = site.visitor("ada")

    post(ada, site, "/alerts/stale_deal", PATH, **{"-act": "begin:in_stage"})

    assert content(site, PATH)["in_stage"] == {"stages": ["open", "offer"], "longer_than": {"days": 7}}
    page = ada.get(RULE).text
    first, _, more = page[page.index('id="sheet"') :].partition('<details class="sheet-group"')
    assert 'name="/in_stage~"' in first
    assert 'name="/schedule~"' not in first
    assert 'name="/schedule~"' in more
    assert "It has stood in Open, Offer for 7 days." in words(page)
    assert post(ada, site, "/alerts/stale_deal", PATH, **{"-act": "begin:magic"}).status_code == 404


def test_steps_are_added_filled_in_and_taken_away(site: Site) -> None:
    ada = site.visitor("ada")

    post(ada, site, "/alerts/stale_deal", PATH, **{"-act": "step"})
    posted = sheet(ada.get(f"{RULE}?at=/notify/2").text)
    posted |= {"/to": ["owner", "role:admin"], "-act": ["save"]}
    ada.post(RULE, **posted)
    post(ada, site, "/alerts/stale_deal", PATH, **{"-act": "earlier", "at": "/notify/2"})
    post(ada, site, "/alerts/stale_deal", PATH, **{"-act": "take", "at": "/notify/2"})

    assert content(site, PATH)["notify"] == [{"to": ["owner"]}, {"to": ["owner", "role:admin"], "after": {"days": 2}}]
    said = words(ada.get(RULE).text)
    assert "at once Owner of the record" in said
    assert "after 2 days Owner of the record, Everybody with the role Administrator" in said


def test_the_message_offers_the_names_it_may_insert(site: Site) -> None:
    ada = site.visitor("ada")
    page = ada.get(RULE).text

    offered_names = re.findall(r"<dt><code>{(\w+)}</code>", page)

    assert {"name", "stage", "days_in_stage", "amount"} <= set(offered_names)
    assert re.findall(r'data-insert-box hidden><select[^>]*><option value="(\w+)"', page) == offered_names[:1]
    post(ada, site, "/alerts/stale_deal", PATH, **{"-act": "begin:figure"})
    assert "health_before" in re.findall(r"<dt><code>{(\w+)}</code>", ada.get(RULE).text)


def edit(site: Site, path: str, by: str = "ada", **members: Any) -> None:
    """Change members of a file in the draft."""
    with site.db.begin() as session:
        design.edit_file(session, "tiny", path, {**content(site, path), **members}, find_user(session, by), site.now)


def deals(tiny: Tiny, *names: str, **more: Any) -> None:
    account = tiny.create("account", name="Mill", region="north", tier="standard")
    for name in names:
        tiny.create("deal", name=name, account=account.id, **more)


def test_who_would_be_told_now_is_said_by_the_draft_on_the_live_records(site: Site, tiny: Tiny) -> None:
    deals(tiny, "Old mill", "New mill")
    ada = site.visitor("ada")
    nobody = words(ada.get(f"{RULE}/now").text)

    edit(site, PATH, when="name == 'Old mill' and days_in_stage >= 0")
    said = words(ada.htmx(f"{RULE}/now").text)

    assert "0 records" in nobody
    assert "1 record It fires when: Name is “Old mill” and Days in stage is at least 0" in said
    assert "Old mill Alice the owner at once Inbox" in said
    assert "New mill" not in said


def test_a_field_that_only_the_draft_has_is_empty_in_the_records(site: Site, tiny: Tiny) -> None:
    deals(tiny, "Old mill")
    form = content(site, "forms/deal.json")
    due = {"key": "due_at", "type": "datetime", "label": "Due"}
    letter = {
        "key": "letter",
        "label": "Letter",
        "title": "subject",
        "fields": [{"key": "subject", "type": "text", "label": "Subject"}],
    }

    edit(site, "forms/deal.json", fields=[*form["fields"], due])
    with site.db.begin() as session:
        design.edit_file(session, "tiny", "forms/letter.json", letter, find_user(session, "ada"), site.now)
    edit(site, PATH, when="is_empty(due_at)")

    ada = site.visitor("ada")
    assert "1 record " in words(ada.htmx(f"{RULE}/now").text)
    edit(site, PATH, form="letter", when="subject != 'x'", message="Read it", notify=[{"to": ["role:admin"]}])
    assert "0 records" in words(ada.htmx(f"{RULE}/now").text)


def test_a_draft_that_gives_its_author_more_sight_gives_none_before_it_is_published(site: Site, tiny: Tiny) -> None:
    config = tiny_app()
    rights = next(one for one in config["forms"] if one["key"] == "deal")["permissions"]
    rights[1] |= {"actions": ["read", "configure"], "fields": {"margin": "hidden"}}
    tiny.publish(config)
    deals(tiny, "Old mill", by="ada", margin=12.5)
    edit(
        site,
        PATH,
        "mona",
        when="name == 'Old mill'",
        message="Margin of {name}: {margin}.",
        notify=[{"to": ["role:rep"]}],
    )
    mona = site.visitor("mona")
    before = words(mona.htmx(f"{RULE}/now").text)

    edit(
        site, "forms/deal.json", "mona", permissions=[rights[0], {"roles": ["manager"], "actions": ["read"]}, rights[2]]
    )
    after = words(mona.htmx(f"{RULE}/now").text)

    assert "12.5" not in before
    assert "1 record " in after
    assert "12.5" not in after
    assert "12.5" in words(site.visitor("ada").htmx(f"{RULE}/now").text)


def test_the_editor_completes_the_names_of_a_figure(site: Site) -> None:
    ada = site.visitor("ada")
    post(ada, site, "/alerts/stale_deal", PATH, **{"-act": "begin:figure"})

    found = ada.post(f"{RULE}/names/complete", text="heal", position="4").get_json()
    wrong = ada.post(f"{RULE}/names/check", text="healt == 'red'").get_json()

    assert [one["label"] for one in found["options"]][:2] == ["health", "health_before"]
    assert [one["suggestion"] for one in wrong["faults"]] == ["health"]


def test_another_rhythm_takes_the_days_that_do_not_go_with_it(site: Site) -> None:
    key, ada = tiny_app()["alerts"][0]["key"], site.visitor("ada")
    path = f"alerts/{key}.json"
    post(ada, site, f"/alerts/{key}", path, **{"-act": "begin:schedule"})
    assert content(site, path)["schedule"]["on"] == ["monday"]

    shown = sheet(ada.get(f"{BASE}/alerts/{key}").text)
    post(ada, site, f"/alerts/{key}", path, **{**shown, "/schedule/every": "day", "-act": "save"})

    assert "on" not in content(site, path)["schedule"]
