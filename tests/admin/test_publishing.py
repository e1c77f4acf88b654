"""The page before publishing: what changes in words, what the records say, and that only a sound draft goes live."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from engine import design
from engine.config.source import Source
from engine.people import SYSTEM, Person, load_user
from engine.releases import live, releases, roll_back
from forms.labels import Label
from tests.support.configs import tiny_app

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny
    from tests.support.site import Site

BASE = "/admin/design/tiny"
PAGE = f"{BASE}/publish"


def _edit(site: Site, path: str, **changes: Any) -> int:
    with site.db.begin() as session:
        content = design.content_of(design.source_in_work(session, "tiny"), path)
        assert isinstance(content, dict)
        return design.edit_file(session, "tiny", path, {**content, **changes}, SYSTEM, site.now).version


def test_without_a_draft_there_is_nothing_to_publish(site: Site) -> None:
    assert "There is no draft" in site.visitor("ada").get(PAGE).text
    assert site.visitor("mona").get(PAGE).status_code == 403


def test_draft_is_shown_in_words_and_published_with_a_reason(site: Site) -> None:
    ada = site.visitor("ada")
    version = str(_edit(site, "forms/deal.json", label={"en": "Bargain", "zh_Hans": "买卖", "zh_Hant": "買賣"}))
    page = ada.get(PAGE).text
    assert "Bargain" in page
    assert "changed" in page
    assert "Every record fits as it is." in ada.get(f"{PAGE}/impact").text

    assert ada.post(PAGE, reason=" ", version=version).status_code == 422
    assert ada.post(PAGE, reason="clearer", version="1").status_code == 409
    assert ada.post(PAGE, reason="clearer", version=version).status_code == 303

    with site.db() as session:
        assert live(session, "tiny").app.forms["deal"].label.pick("en") == "Bargain"
        assert releases(session, "tiny")[0].reason == "clearer"
        assert design.draft_of(session, "tiny") is None


def test_faulty_draft_is_refused_and_kept(site: Site) -> None:
    ada = site.visitor("ada")
    version = str(_edit(site, "forms/deal.json", title="nmae"))

    answer = ada.post(PAGE, reason="broken", version=version)

    assert answer.status_code == 422
    with site.db() as session:
        assert live(session, "tiny").number == 1
        assert design.draft_of(session, "tiny") is not None
    assert "nmae" in answer.text


def test_hints_are_shown_apart_and_stop_nothing(site: Site) -> None:
    ada = site.visitor("ada")
    version = str(_edit(site, "forms/deal.json", label={"en": "Bargain"}))  # in one of three languages

    page = ada.get(PAGE).text

    assert "They do not stop publishing." in page
    assert "alert-danger" not in page
    assert ada.post(PAGE, reason="English first", version=version).status_code == 303


def test_who_designs_may_look_but_not_publish(site: Site, tiny: Tiny) -> None:
    config = tiny_app()
    config["app"]["roles"][0]["may"], config["app"]["roles"][1]["may"] = ["design"], ["publish"]
    tiny.publish(config)
    version = str(_edit(site, "forms/deal.json", label="Bargain"))
    alice, mona = site.visitor("alice"), site.visitor("mona")

    page = alice.get(PAGE).text

    assert "Bargain" in page
    assert 'id="publish"' not in page
    for address in (PAGE, f"{PAGE}/approve", f"{BASE}/undo-release"):
        assert alice.post(address, reason="mine", version=version, number="2").status_code in (403, 404, 409, 422)
    assert alice.get(f"{BASE}/undo-release").status_code == 404
    with site.db() as session:
        assert live(session, "tiny").number == 2
    assert mona.post(PAGE, reason="as Alice wrote it", version=version).status_code == 303


def test_app_that_was_never_live_goes_live_from_its_draft(site: Site) -> None:
    config = tiny_app()
    config["app"]["key"] = "fresh"
    with site.db.begin() as session:
        user = load_user(session, session.scalars(sa.select(Person.id).where(Person.sign_in == "ada")).one())
        design.begin(session, Source.from_dict(config), user, site.now)
    ada = site.visitor("ada")
    address = "/admin/design/fresh/publish"

    page = ada.get(address).text

    assert "added" in page
    assert "Undo this release" not in ada.get("/admin/design/fresh/").text
    assert ada.get("/admin/design/fresh/undo-release").status_code == 404
    assert ada.post(address, reason="begin", version="1").status_code == 303
    with site.db() as session:
        assert live(session, "fresh").number == 1


def _without_open(site: Site, *more: dict[str, object]) -> str:
    """Let the draft lose the stage `open`, and have more others; return its version."""
    without_open = tiny_app()
    pipeline = without_open["pipelines"][0]
    pipeline["stages"], pipeline["initial"] = [*pipeline["stages"][1:], *more], "offer"
    targets = ["won", "lost", *(one["key"] for one in more)]
    pipeline["transitions"] = [{"key": to, "label": to, "from": ["offer"], "to": to} for to in targets]
    without_open["app"]["measures"], without_open["alerts"] = {}, []
    with site.db.begin() as session:
        return str(design.replace_config(session, "tiny", Source.from_dict(without_open), SYSTEM, site.now).version)


def test_stage_goes_with_its_records_and_comes_back_with_one_click(site: Site, tiny: Tiny) -> None:
    tiny.create("account", name="Acme", region="north")
    tiny.create("deal", name="Alpha", account=1)
    version = _without_open(site)
    ada = site.visitor("ada")

    page, moved = ada.get(PAGE).text, ada.get(f"{PAGE}/impact?map=deal.stage:open=offer").text
    refused = ada.post(PAGE, reason="shorter", version=version)

    assert "“Open”: one record goes to" in page
    assert '<option value="deal.stage:open=offer">Offer</option>' in page
    assert "1 record moves from “Open” to “Offer”: “Alpha” (#1)" in moved
    unsaid = ada.get(f"{PAGE}/impact").text
    assert "choose above where it goes" not in moved
    assert (
        "1 record is in “Open” (Deal › Deal pipeline), which goes: choose above where it goes. “Alpha” (#1)" in unsaid
    )
    assert "stand in the stage" not in unsaid
    assert refused.status_code == 422
    assert ada.post(PAGE, reason="shorter", version=version, map="deal.stage:open=offer").status_code == 303
    assert _stage(tiny) == "offer"

    overview = ada.get(f"{BASE}/").text
    assert "Release 2 is undone: shorter" in overview
    assert ada.post(f"{BASE}/undo-release", number="1", reason="late").status_code == 409
    assert ada.post(f"{BASE}/undo-release", number="2", reason="").status_code == 303
    with site.db() as session:
        newest = releases(session, "tiny")[0]
        assert (newest.number, newest.reason) == (3, "Release 2 is undone: shorter")
    assert _stage(tiny) == "open"


def test_records_are_sent_ahead_of_the_release_and_come_back_with_it(site: Site, tiny: Tiny) -> None:
    tiny.create("account", name="Acme", region="north")
    alpha = tiny.create("deal", name="Alpha", account=1)
    ada, mona = site.visitor("ada"), site.visitor("mona")
    version = _without_open(site, {"key": "new", "label": "New"})
    page = ada.get(PAGE).text
    assert "Move them now, ahead of the release" in page
    assert "Moved ahead of the release" not in page

    refused = ada.post(f"{PAGE}/ahead", map="deal.stage:open=new")
    assert (refused.status_code, _stage(tiny)) == (422, "open")
    assert "“New” of Deal pipeline is not live yet: its records go there with the release" in refused.text
    assert mona.post(f"{PAGE}/ahead", map="deal.stage:open=offer").status_code == 403
    assert ada.post(f"{PAGE}/ahead", map="deal.stage:open=offer").status_code == 303

    page, trail = ada.get(PAGE).text, ada.get("/admin/audit/").text
    assert "moved records ahead of a release" in trail
    assert "“Open” → “Offer”" in trail
    assert _stage(tiny) == "offer"
    assert "Moved ahead of the release" in page
    assert "Open → Offer" in page
    assert 'name="map" value="deal.stage:open=offer"' in page  # whoever is left goes the same way
    assert "Open → Offer" in ada.get(f"{PAGE}/ahead").text
    late = tiny.create("deal", name="Late", account=1)
    assert '<option value="deal.stage:open=offer" selected>' in ada.get(PAGE).text

    reason = {"reason": "shorter", "version": version, "map": "deal.stage:open=offer"}
    assert ada.post(PAGE, **reason).status_code == 303
    assert tiny.get(late)["stage"] == "offer"
    assert "1 record that was moved ahead goes back, too" in ada.get(f"{BASE}/undo-release").text
    assert ada.post(f"{BASE}/undo-release", number="2").status_code == 303
    assert [tiny.get(one)["stage"] for one in (alpha, late)] == ["open", "open"]


def test_undoing_a_stage_that_is_in_use_asks_where_its_records_go(site: Site, tiny: Tiny) -> None:
    config = tiny_app()
    config["pipelines"][0]["stages"].append({"key": "parked", "label": "Parked"})
    config["pipelines"][0]["transitions"].append({"key": "park", "label": "Park", "from": ["open"], "to": "parked"})
    tiny.publish(config)
    tiny.create("account", name="Acme", region="north")
    tiny.move(tiny.create("deal", name="Alpha", account=1), "park")
    ada = site.visitor("ada")

    refused = ada.post(f"{BASE}/undo-release", number="2")

    assert refused.status_code == 422
    assert "“Parked”: one record goes to" in refused.text
    answer = ada.post(f"{BASE}/undo-release", number="2", reason="no parking", map="deal.stage:parked=open")
    assert answer.status_code == 303
    assert _stage(tiny) == "open"


def test_approval_is_asked_given_and_used_on_the_page(site: Site, tiny: Tiny) -> None:
    config = tiny_app()
    config["app"]["publishing"] = {"tests": True, "approval": True}
    config["app"]["roles"][0]["may"], config["app"]["roles"][1]["may"] = ["design"], ["publish"]
    tiny.publish(config)
    with site.db.begin() as session:
        content = design.content_of(design.source_in_work(session, "tiny"), "forms/deal.json")
        assert isinstance(content, dict)
        changed, alices = {**content, "label": "Bargain"}, tiny.user("alice")
        draft = design.edit_file(session, "tiny", "forms/deal.json", changed, alices, site.now)
        assert draft is not None
        version = str(draft.version)
    alice, mona, ada = (site.visitor(name) for name in ("alice", "mona", "ada"))

    assert "Ask for approval" in alice.get(PAGE).text
    assert alice.post(f"{PAGE}/ask", version=version).status_code == 409  # without a reason
    assert alice.post(f"{PAGE}/ask", version=version, reason="clearer").status_code == 303
    assert "Withdraw the request" in alice.get(PAGE).text
    assert "Alice asks you to approve the draft of “Tiny sales”: clearer" in mona.get("/").text
    assert "Alice asks you to approve" in ada.get("/admin/").text
    assert "Alice asks you to approve" not in alice.get("/").text
    assert f'href="{PAGE}"' in mona.get("/inbox").text
    assert 'title="Waits for your approval">1' in mona.get(f"{BASE}/").text

    request = _request(mona.get(PAGE).text)
    assert alice.post(f"{PAGE}/approve", request=request).status_code == 403
    assert mona.post(f"{PAGE}/refuse", request=request, why=" ").status_code == 409
    assert mona.post(f"{PAGE}/refuse", request=request, why="not now").status_code == 303
    assert "not now" in alice.get(PAGE).text

    alice.post(f"{PAGE}/ask", version=version, reason="clearer")
    request = _request(ada.get(PAGE).text)
    assert mona.post(PAGE, reason="clearer", version=version).status_code == 422
    assert mona.post(f"{PAGE}/approve", request=request).status_code == 303
    page = mona.get(PAGE).text
    assert "It goes live exactly as it was approved." in page
    assert 'name="reason" value="clearer"' in page
    other = mona.post(PAGE, reason="other", version=version)
    assert (other.status_code, "The reason is not the one that was asked for: “clearer”" in other.text) == (422, True)
    assert mona.post(PAGE, reason="clearer", version=version).status_code == 303
    assert "Mona published the draft of “Tiny sales”: clearer" in alice.get("/inbox").text


def test_page_says_why_an_approval_no_longer_holds(site: Site, tiny: Tiny) -> None:
    config = tiny_app()
    config["app"]["publishing"] = {"approval": True}
    config["app"]["roles"][1]["may"] = ["publish"]
    tiny.publish(config)
    version = str(_edit(site, "forms/deal.json", label="Bargain"))
    mona, ada = site.visitor("mona"), site.visitor("ada")
    assert ada.post(f"{PAGE}/ask", version=version, reason="clearer").status_code == 303
    request = _request(mona.get(PAGE).text)
    assert ada.post(f"{PAGE}/withdraw", request="77").status_code == 409
    assert mona.post(f"{PAGE}/approve", request=request).status_code == 303

    _edit(site, "forms/deal.json", label="Bargains")

    page = ada.get(PAGE).text
    assert "No longer holds" in page
    assert "the system changed the draft after that" in page
    assert "Ask for approval" in page
    with site.db.begin() as session:
        roll_back(session, "tiny", 2, SYSTEM, site.now)
        draft = design.draft_of(session, "tiny")
        assert draft is not None
        version = str(draft.version)
    ada.post(f"{PAGE}/ask", version=version, reason="clearer")
    with site.db.begin() as session:
        roll_back(session, "tiny", 2, SYSTEM, site.now)
    assert "Another release went live after the approval was asked for." in mona.get(PAGE).text


def test_order_of_things_is_said_in_words(site: Site) -> None:
    with site.db.begin() as session:
        content = design.content_of(design.source_in_work(session, "tiny"), "forms/deal.json")
        assert isinstance(content, dict)
        fields = content["fields"]
        turned = {**content, "fields": [*fields[1:], fields[0]]}
        design.edit_file(session, "tiny", "forms/deal.json", turned, SYSTEM, site.now)
        names = [Label.of(one.get("label"), one["key"]).pick("en") for one in fields]

    page = site.visitor("ada").get(PAGE).text

    assert f"“{names[0]}” stands behind “{names[-1]}”" in page
    assert "Nothing: the draft" not in page


def _request(page: str) -> str:
    found = re.search(r'name="request" value="(\d+)"', page)
    assert found is not None
    return found[1]


def _stage(tiny: Tiny) -> object:
    with tiny.db() as session:
        return session.scalar(sa.select(tiny.live(session).tables.current("deal").c.stage))
