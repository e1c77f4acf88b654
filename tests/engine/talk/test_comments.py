"""Comments: who may write and read them, who is named and told, what becomes of them; followers."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa

from engine import alerts
from engine.errors import NotFound, Refused
from engine.files.reading import file_for
from engine.files.staging import place_for, receive
from engine.jobs import tick
from engine.talk import follow, followed_by, followers, followers_of, followers_of_many, unfollow
from engine.talk.comments import add, comments, edit, remove
from engine.talk.mentions import mentioned
from engine.talk.rows import Comment
from forms.errors import FormError
from tests.support.papers import PDF, papers_app


class Talk:
    """Short words for what people say about one deal of Alice's."""

    def __init__(self, tiny):
        self.tiny = tiny
        self.account = tiny.create("account", name="Acme", region="north")
        self.deal = tiny.create("deal", name="Boiler", account=self.account.id)

    def say(self, text, by="alice", files=()):
        with self.tiny.db.begin() as session:
            app, user = self.tiny.live(session), self.tiny.user(by)
            return add(session, app, "deal", self.deal.id, text, user, self.tiny.now, files)

    def edit(self, comment_id, text, by="alice"):
        with self.tiny.db.begin() as session:
            return edit(session, self.tiny.live(session), "deal", comment_id, text, self.tiny.user(by), self.tiny.now)

    def remove(self, comment_id, by="alice"):
        with self.tiny.db.begin() as session:
            remove(session, self.tiny.live(session), "deal", comment_id, self.tiny.user(by), self.tiny.now)

    def read(self, by="alice"):
        with self.tiny.db() as session:
            app, user = self.tiny.live(session), self.tiny.user(by)
            return comments(session, app, "deal", self.deal.id, user, self.tiny.now)

    def inbox(self, name, which="open"):
        with self.tiny.db() as session:
            return [(one.subject, one.text) for one in alerts.inbox(session, self.tiny.user(name), which=which)]

    def follow(self, name):
        with self.tiny.db.begin() as session:
            person = self.tiny.user(name).id
            follow(session, "tiny", "record", f"deal/{self.deal.id}", person, self.tiny.now)

    def followers(self):
        with self.tiny.db() as session:
            return followers(session, "tiny", "deal", self.deal.id)


@pytest.fixture
def talk(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("STEERWAY_FILES", str(tmp_path / "kept"))
    tiny.publish(papers_app())
    return Talk(tiny)


def test_comment_is_read_by_who_sees_the_record(talk):
    talk.say("  First\r\nsecond <b>line</b> ")

    assert [(one.person, one.text, one.may_edit, one.may_delete) for one in talk.read()] == [
        ("Alice", "First\nsecond <b>line</b>", True, True)
    ]
    assert [(one.may_edit, one.may_delete) for one in talk.read("mona")] == [(False, False)]
    assert [(one.may_edit, one.may_delete) for one in talk.read("ada")] == [(False, True)]
    with pytest.raises(NotFound):
        talk.read("bob")


def test_comment_needs_sight_of_the_record_and_the_right(talk):
    with pytest.raises(NotFound):
        talk.say("hello", "bob")
    config = papers_app()
    config["forms"][1]["permissions"][0]["actions"].remove("comment")
    talk.tiny.publish(config)

    with pytest.raises(Refused):
        talk.say("hello")
    assert talk.read() == []


@pytest.mark.parametrize(
    ("text", "code"),
    [("  ", "comment.empty"), ("x" * 10_001, "comment.too_long"), ("bell\x07", "comment.character")],
)
def test_comment_that_cannot_be_kept_is_refused(talk, text, code):
    with pytest.raises(FormError) as caught:
        talk.say(text)

    assert [fault.code for fault in caught.value.faults] == [code]


def test_mention_tells_the_person_and_nobody_else(talk):
    kept = talk.say("@mona what do you think?")

    assert kept.untold == ()
    assert talk.inbox("mona") == [("Alice mentioned you", "Alice mentioned you on Boiler: @mona what do you think?")]
    assert [talk.inbox(name) for name in ("alice", "bob", "ada")] == [[], [], []]
    assert talk.read()[0].mentions == {talk.tiny.user("mona").id: "Mona"}


def test_mention_of_somebody_who_may_not_see_the_record_is_said_and_tells_nothing(talk):
    kept = talk.say("@bob and @Charlie, look")

    assert kept.untold == ("Bob", "Charlie")
    assert talk.inbox("bob") == talk.inbox("charlie") == []
    assert talk.read()[0].mentions == {}


def test_comment_tells_followers_but_not_its_author(talk):
    talk.follow("mona")
    talk.follow("bob")  # who may no longer see it
    talk.say("one")
    talk.say("two", "mona")

    assert talk.inbox("mona") == [("Alice commented", "Alice commented on Boiler: one")]
    assert talk.inbox("alice") == [("Mona commented", "Mona commented on Boiler: two")]
    assert talk.inbox("bob") == []
    assert talk.followers() == [talk.tiny.user(name).id for name in ("mona", "bob", "alice")]


def test_message_of_a_comment_names_no_title_that_is_hidden(talk):
    config = papers_app()
    config["forms"][1]["permissions"][1]["fields"] = {"name": "hidden"}
    talk.tiny.publish(config)

    talk.say("@mona look")

    assert talk.inbox("mona") == [("Alice mentioned you", f"Alice mentioned you on Deal #{talk.deal.id}: @mona look")]


def test_message_waits_until_its_reader_is_done_with_it_whoever_else_is(talk):
    talk.follow("ada")
    talk.say("@mona look")
    tick(talk.tiny.db, talk.tiny.now)
    talk.tiny.publish(papers_app(version="2"))
    tick(talk.tiny.db, talk.tiny.now)

    with talk.tiny.db.begin() as session:
        [item] = alerts.inbox(session, talk.tiny.user("mona"))
        alerts.acknowledge(session, item.alert_id, talk.tiny.user("mona"), talk.tiny.now)

    assert talk.inbox("mona") == []
    assert len(talk.inbox("mona", "closed")) == 1
    assert len(talk.inbox("ada")) == 1


def test_comment_is_changed_by_its_author_alone(talk):
    kept = talk.say("draft")
    for name, error in (("mona", Refused), ("ada", Refused), ("bob", NotFound)):
        with pytest.raises(error):
            talk.edit(kept.id, "other", name)

    talk.edit(kept.id, "final @mona")
    talk.edit(kept.id, "final, @mona")

    [said] = talk.read()
    assert (said.text, said.edited_at) == ("final, @mona", talk.tiny.now)
    assert len(talk.inbox("mona")) == 1


def test_comment_is_taken_back_by_its_author_or_an_administrator(talk):
    one, two = talk.say("secret one").id, talk.say("secret two").id
    for name, error in (("mona", Refused), ("bob", NotFound)):
        with pytest.raises(error):
            talk.remove(one, name)

    talk.remove(one)
    talk.remove(two, "ada")

    assert [(said.text, said.deleted, said.may_edit) for said in talk.read()] == [("", True, False)] * 2
    with talk.tiny.db() as session:
        assert session.scalars(sa.select(Comment.text)).all() == ["", ""]
    with pytest.raises(NotFound):
        talk.edit(one, "again")


def test_comment_of_another_form_is_not_reached(talk):
    kept = talk.say("hello")

    with talk.tiny.db.begin() as session, pytest.raises(NotFound):
        remove(session, talk.tiny.live(session), "account", kept.id, talk.tiny.user("ada"), talk.tiny.now)


def test_comment_has_files_that_go_with_it(talk):
    with talk.tiny.db() as session:
        alice = talk.tiny.user("alice")
        place = place_for(talk.tiny.live(session), "deal", "", alice)
        token = receive(session, place, io.BytesIO(PDF), "offer.pdf", alice, talk.tiny.now).token

    with pytest.raises(FormError):
        talk.say("mine now", "mona", [token])
    kept = talk.say("", files=[f"{token}/offer.pdf"])

    assert [one.name for one in talk.read("mona")[0].files] == ["offer.pdf"]
    with talk.tiny.db() as session:
        assert file_for(session, token, talk.tiny.user("mona"), talk.tiny.now).name == "offer.pdf"
        with pytest.raises(NotFound):
            file_for(session, token, talk.tiny.user("bob"), talk.tiny.now)
    talk.remove(kept.id)
    with talk.tiny.db() as session, pytest.raises(NotFound):
        file_for(session, token, talk.tiny.user("mona"), talk.tiny.now)


def test_reading_comments_takes_as_many_statements_for_thirty_as_for_one(talk, statements):
    talk.say("@mona one")
    with statements() as few:
        talk.read("mona")
    for number in range(29):
        talk.say(f"@mona {number}")
    with statements() as many:
        assert len(talk.read("mona")) == 30

    assert len(few) == len(many)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@alice", ["Alice"]),
        ("see @ALICE, @Bob.", ["Alice", "Bob"]),
        ("mail alice@example.com or x@alice", []),
        ("@alicex @alice_2 @nobody", []),
        ("@张三请看，@李四。", ["张三", "李四"]),
        ("(@alice)", ["Alice"]),
        ("@alice @alice", ["Alice"]),
        ("@", []),
        ("@Ann Lee and @ann", ["Ann Lee", "Ann"]),
        ("@Twin", []),
    ],
)
def test_names_behind_an_at_are_found(tiny, text, names):
    from engine.people import create_person, grant

    with tiny.db() as session:
        cast = {"z3": "张三", "l4": "李四", "ann": "Ann", "al": "Ann Lee", "t1": "Twin", "t2": "Twin"}
        for sign_in, name in cast.items():
            grant(session, create_person(session, sign_in, name, now=tiny.now), "tiny", "rep")
        create_person(session, "nobody", "Nobody", now=tiny.now)

        found = mentioned(session, "tiny", text)

    assert [user.name for user in found.people] == names
    assert found.unclear == (("twin",) if "Twin" in text else ())


def test_followers_of_anything(tiny):
    alice, bob = tiny.user("alice").id, tiny.user("bob").id
    with tiny.db() as session:
        assert follow(session, "tiny", "key_result", "sales/win/rate", alice, tiny.now)
        assert not follow(session, "tiny", "key_result", "sales/win/rate", alice, tiny.now)
        follow(session, "tiny", "record", "deal/1", bob, tiny.now)
        follow(session, "tiny", "record", "deal/1", alice, tiny.now)
        follow(session, "tiny", "record", "deal/2", alice, tiny.now)
        follow(session, "other", "record", "deal/1", alice, tiny.now)

        assert followers_of(session, "tiny", "key_result", "sales/win/rate") == [alice]
        assert followers_of_many(session, "tiny", "deal", [1, 2, 3]) == {1: [bob, alice], 2: [alice]}
        assert followed_by(session, "tiny", "record", alice) == {"deal/1", "deal/2"}
        unfollow(session, "tiny", "record", "deal/1", bob)
        assert followers(session, "tiny", "deal", 1) == [alice]
