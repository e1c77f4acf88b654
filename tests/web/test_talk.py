"""Comments on the page of a record, followers, two moments, the trash: what is shown to whom, and what a post does."""

from __future__ import annotations

import io
import re

import pytest

from tests.support.papers import PDF, papers_app
from tests.support.site import words


@pytest.fixture
def talk(site, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("STEERWAY_FILES", str(tmp_path / "kept"))
    tiny.publish(papers_app())
    site.account = tiny.create("account", name="Acme", region="north")
    site.deal = tiny.create("deal", name="Boiler", account=site.account.id, amount="100")
    site.page = f"/a/tiny/deal/{site.deal.id}"
    return site


def first_of(visitor, page):
    """Return the moment right after the record was made, as its history links to it."""
    return re.findall(r"compare\?left=(c\d+)", visitor.get(page).text)[-1]


def test_comment_is_shown_as_text_with_safe_links(talk):
    alice = talk.visitor("alice")
    text = "<script>alert(1)</script> see https://example.com/a?b=1&c=2. javascript:alert(1) @mona @nobody\nnext"

    answer = alice.post(f"{talk.page}/comments", text=text)
    page = alice.get(talk.page)

    assert answer.location.endswith(f"{talk.page}#comments")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; see" in page.text
    link = '<a href="https://example.com/a?b=1&amp;c=2" rel="noopener noreferrer nofollow" target="_blank">'
    assert link in page.text
    assert '<span class="mention">@mona</span> @nobody' in page.text
    assert 'href="javascript:' not in page.text
    assert "Alice mentioned you on Boiler" in words(talk.visitor("mona").get("/inbox"))


def test_comment_that_names_somebody_out_of_sight_says_so(talk):
    alice = talk.visitor("alice")

    alice.client.get("/inbox")
    alice.get(talk.page)
    answer = alice.client.post(f"{talk.page}/comments", data={"csrf_token": alice.token, "text": "@bob look"})

    page = alice.client.get(answer.location)
    assert "Not told, because they may not see this record: Bob" in words(page.text)
    assert "Boiler" not in words(talk.visitor("bob").get("/inbox"))


def test_refused_comment_keeps_its_words_and_files(talk):
    alice = talk.visitor("alice")

    answer = alice.post(f"{talk.page}/comments", text="x" * 10_001, **{"files.file": (io.BytesIO(PDF), "a.pdf")})

    assert answer.status_code == 422
    assert "A comment has at most 10000 characters." in words(answer)
    assert "x" * 10_001 in answer.text
    [kept] = re.findall(r'name="files" value="([0-9a-f]{32}/a\.pdf)" checked', answer.text)
    alice.post(f"{talk.page}/comments", text="now", files=["", kept])
    page = alice.get(talk.page)
    file = alice.client.get(f"/files/{kept[:32]}")
    assert file.get_data() == PDF
    file.close()
    assert "a.pdf" in words(page)
    assert talk.visitor("bob").get(f"/files/{kept[:32]}").status_code == 404


def test_comments_are_changed_and_deleted_from_the_page(talk):
    alice, mona = talk.visitor("alice"), talk.visitor("mona")
    alice.post(f"{talk.page}/comments", text="first")
    [change] = re.findall(r'action="(/a/tiny/deal/comments/\d+)"', alice.get(talk.page).text)

    assert change not in mona.get(talk.page).text
    assert mona.post(change, text="mine").status_code == 403
    assert talk.visitor("bob").post(change, text="mine").status_code == 404
    alice.post(change, text="second")
    assert "second" in words(mona.get(talk.page))
    assert "edited" in words(mona.get(talk.page))
    alice.post(f"{change}/delete")
    page = words(mona.get(talk.page))
    assert "This comment was deleted." in page
    assert "second" not in page


def test_people_offered_behind_an_at_are_those_who_may_see_the_record(talk):
    alice = talk.visitor("alice")

    found = alice.get(f"{talk.page}/people?q=").json["results"]

    assert sorted(one["sign_in"] for one in found) == ["ada", "alice", "mona"]
    assert alice.get(f"{talk.page}/people?q=MO").json["results"] == [{"sign_in": "mona", "name": "Mona"}]
    assert talk.visitor("bob").get(f"{talk.page}/people?q=").status_code == 404


def test_record_is_followed_and_left(talk):
    mona, alice = talk.visitor("mona"), talk.visitor("alice")

    mona.post(f"{talk.page}/follow", follow="yes")
    assert "Followed by: Mona" in words(mona.get(talk.page))
    alice.post(f"{talk.page}/comments", text="news")
    assert "Alice commented on Boiler: news" in words(mona.get("/inbox"))
    mona.post(f"{talk.page}/follow", follow="no")
    alice.post(f"{talk.page}/comments", text="more")
    assert "more" not in words(mona.get("/inbox"))
    assert talk.visitor("bob").post(f"{talk.page}/follow", follow="yes").status_code == 404


def test_key_result_is_followed(talk, tiny):
    from engine.talk import followers_of

    mona = talk.visitor("mona")

    with tiny.db() as session:
        okr = tiny.live(session).app.okrs["sales"]
        objective = okr.objectives[0]
        thing = f"{objective.key}/{objective.key_results[0].key}"
    assert mona.post("/a/tiny/okr/sales/follow", thing=thing).status_code == 303
    assert mona.post("/a/tiny/okr/sales/follow", thing="nothing").status_code == 404
    with tiny.db() as session:
        assert followers_of(session, "tiny", "key_result", f"sales/{thing}") == [tiny.user("mona").id]


def test_page_takes_as_many_statements_for_thirty_comments_as_for_one(talk, statements):
    alice = talk.visitor("alice")
    alice.post(f"{talk.page}/comments", text="@mona one")
    alice.get(talk.page)
    with statements() as few:
        alice.get(talk.page)
    for number in range(29):
        alice.post(f"{talk.page}/comments", text=f"@mona {number}")
    alice.get(talk.page)
    with statements() as many:
        page = alice.get(talk.page)

    assert page.text.count('id="comment-') > 30
    assert len(few) == len(many)


def test_two_moments_are_compared_and_a_field_restored(talk, tiny):
    tiny.update(talk.deal, amount="250", discount="5")
    tiny.update(talk.deal, "ada", margin="20")
    alice = talk.visitor("alice")
    first = first_of(alice, talk.page)

    page = alice.get(f"{talk.page}/compare?left={first}")
    said = words(page)

    assert re.search(r"Amount \S*100\S* \S*250", said)
    assert "Margin" not in said
    assert "Margin" in words(talk.visitor("ada").get(f"{talk.page}/compare?left={first}"))
    alice.post(f"{talk.page}/back", left=first, key="amount", version="3")
    assert tiny.get(talk.deal)["amount"] == 10000
    assert "by going back" in words(alice.get(talk.page))
    assert talk.visitor("bob").get(f"{talk.page}/compare?left={first}").status_code == 404
    assert talk.visitor("bob").post(f"{talk.page}/back", left=first, key="amount").status_code == 404
    assert alice.post(f"{talk.page}/back", left=first, key="margin").status_code == 404


def test_record_is_restored_and_seen_as_it_was(talk, tiny):
    tiny.update(talk.deal, amount="250", notes="later")
    alice = talk.visitor("alice")
    first = first_of(alice, talk.page)

    was = words(alice.get(f"{talk.page}/past?left={first}"))
    assert "later" not in was
    assert re.search(r"Amount \S*100\b", was)
    alice.post(f"{talk.page}/back", left=first, version="1")
    assert tiny.get(talk.deal)["amount"] == 25000
    alice.post(f"{talk.page}/back", left=first, version="2")
    assert (tiny.get(talk.deal)["amount"], tiny.get(talk.deal)["notes"]) == (10000, None)


@pytest.mark.parametrize(
    "asked", ["left=c99999999", "left=x&right=y", "left_at=9999-99-99", "left_at=1900-01-01T00:00"]
)
def test_moments_that_never_were_are_no_trouble(talk, asked):
    assert talk.visitor("alice").get(f"{talk.page}/compare?{asked}").status_code == 200


def test_trash_is_for_those_who_may_delete(talk, tiny):
    tiny.delete(talk.deal)
    mona, ada = talk.visitor("mona"), talk.visitor("ada")

    assert talk.visitor("alice").get("/a/tiny/deal/trash").status_code == 403
    page = mona.get("/a/tiny/deal/trash")
    assert "Boiler" in words(page)
    assert "Delete for good" not in words(page)
    assert mona.post(f"{talk.page}/purge", sure="yes").status_code == 403
    assert "Delete for good" in words(ada.get("/a/tiny/deal/trash?q=boil"))
    assert "The trash is empty" in words(ada.get("/a/tiny/deal/trash?q=zzz"))
    mona.post(f"{talk.page}/restore")
    assert tiny.get(talk.deal)["name"] == "Boiler"
    assert ada.post(f"{talk.page}/purge", sure="yes").status_code == 404
    tiny.delete(talk.deal)
    ada.post(f"{talk.page}/purge")
    assert "Boiler" in words(ada.get("/a/tiny/deal/trash"))
    ada.post(f"{talk.page}/purge", sure="yes")
    assert "The trash is empty" in words(ada.get("/a/tiny/deal/trash"))
    assert ada.get(f"{talk.page}/compare").status_code == 404
