"""The page before publishing: what changes in words, what the records say, and that only a sound draft goes live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from engine import design
from engine.people import SYSTEM
from engine.releases import live, releases

if TYPE_CHECKING:
    from tests.support.site import Site

PAGE = "/admin/design/tiny/publish"


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
