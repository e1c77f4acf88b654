"""Two moments of a record side by side; going back as a normal change; the trash and its end."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from engine.changes import Change
from engine.errors import NotFound, Refused, StaleWrite
from engine.files.folder import place_of
from engine.files.rows import StoredFile
from engine.files.staging import place_for, receive
from engine.jobs import tick
from engine.records import timeline
from engine.records.past import Point, compare, record_at, restore_field, restore_record
from engine.records.titles import titles
from engine.records.trash import purge, trash
from engine.talk.comments import add
from engine.talk.rows import Comment, Follower
from forms.errors import FormError
from tests.support.papers import PDF, papers_app


@pytest.fixture
def past(tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("STEERWAY_FILES", str(tmp_path / "kept"))
    tiny.publish(papers_app())
    return tiny


def boiler(past, **values):
    account = past.create("account", name="Acme", region="north")
    return past.create("deal", name="Boiler", account=account.id, **{"amount": "100", **values})


def changes(past, record, by="ada"):
    with past.db() as session:
        found = timeline(session, past.live(session), record.form, record.id, past.user(by), past.now)
        return found[::-1]


def compared(past, record, left, right=None, by="alice"):
    with past.db() as session:
        app, user = past.live(session), past.user(by)
        return dict(compare(session, app, "deal", record.id, left, right or Point(), user, past.now).differing)


def back(past, record, key, point, by="alice", version=None):
    with past.db.begin() as session:
        app, user = past.live(session), past.user(by)
        return restore_field(session, app, "deal", record.id, key, point, user, past.now, version)


def whole(past, record, point, by="alice", version=None):
    with past.db.begin() as session:
        app, user = past.live(session), past.user(by)
        return restore_record(session, app, "deal", record.id, point, user, past.now, version)


def gone(past, by="ada", text=""):
    with past.db() as session:
        found = trash(session, past.live(session), "deal", past.user(by), past.now, text).entries
        return [(one.record.get("name"), one.person) for one in found]


def purged(past, record, by="ada"):
    with past.db.begin() as session:
        purge(session, past.live(session), record.form, record.id, past.user(by), past.now)


def test_points_are_read_as_they_are_written(now):
    for point in (Point(), Point(change=7), Point(at=now)):
        assert Point.read(str(point)) == point
    for text in ("c", "cx", "c²", "2026-13-01", "2026-03-01T10:00:00", "c" + "9" * 40, "\ud800"):
        assert Point.read(text).is_now


def test_two_moments_differ_in_what_was_changed_between_them(past):
    record = boiler(past)
    past.update(record, amount="200", discount="5")
    past.update(record, amount="300", tags=["new"])
    first, second, _ = (Point(change=one.id) for one in changes(past, record))

    assert compared(past, record, first, second) == {
        "amount": (10000, 20000),
        "discount": (None, 5),
        "net_amount": (10000, 19000),
    }
    assert compared(past, record, second) == {
        "amount": (20000, 30000),
        "net_amount": (19000, 28500),
        "tags": (None, ["new"]),
    }
    assert compared(past, record, Point()) == {}


def test_a_moment_may_be_a_time(past):
    record = boiler(past)
    past.update(record, now=past.now + timedelta(hours=2), amount="200")

    assert compared(past, record, Point(at=past.now + timedelta(hours=1)))["amount"] == (10000, 20000)
    with pytest.raises(NotFound):
        compared(past, record, Point(at=past.now - timedelta(hours=1)))


def test_moments_show_nothing_that_is_hidden_or_somebody_else_s(past):
    record = boiler(past)
    past.update(record, "ada", margin="20")
    first, second = (Point(change=one.id) for one in changes(past, record))

    assert compared(past, record, first, second, "ada") == {"margin": (None, 20)}
    assert compared(past, record, first, second) == {}
    with pytest.raises(NotFound):
        compared(past, record, first, second, "bob")
    other = past.create("deal", name="Pump", account=record["account"])
    with past.db() as session, pytest.raises(NotFound):
        record_at(session, past.live(session), "deal", other.id, second, past.user("ada"), past.now)


def test_past_of_a_record_goes_with_the_right_to_it_and_not_with_its_life(past):
    record, lost = boiler(past), past.create("deal", name="Pump", account=1)
    before = past.now
    past.update(lost, "ada", now=before + timedelta(hours=1), owner="charlie")
    past.delete(record, now=before + timedelta(hours=1))
    past.now = before + timedelta(hours=2)

    assert (past.names("deal", at=before), past.query("deal", at=before).count) == (["Boiler"], 1)
    assert past.get(record, at=before)["name"] == "Boiler"
    with pytest.raises(NotFound):
        past.get(lost, at=before)
    with past.db() as session:
        app, alice, ada = past.live(session), past.user("alice"), past.user("ada")
        assert titles(session, app, "deal", [record.id, lost.id], alice, past.now, before) == {record.id: "Boiler"}
        assert len(titles(session, app, "deal", [record.id, lost.id], ada, past.now, before)) == 2


def test_field_goes_back_as_a_normal_change(past):
    record = boiler(past, next_call_at="2026-03-05T10:00", urgent=True, tags=["new", "upsell"], notes="a\nb")
    first = Point(change=changes(past, record)[0].id)
    record = past.update(record, next_call_at="", urgent=False, tags=["renewal"], notes="c", amount="1")
    before = past.get(record, at=past.now)

    for key in ("next_call_at", "urgent", "tags", "notes", "amount"):
        record = back(past, record, key, first)

    assert [record[key] for key in ("urgent", "tags", "notes", "amount", "net_amount")] == [
        True,
        ["new", "upsell"],
        "a\nb",
        10000,
        10000,
    ]
    assert record["next_call_at"] == past.get(record)["next_call_at"] is not None
    assert before["version"] < record["version"]
    assert {(one.via, one.verb) for one in changes(past, record)[2:]} == {("restore", "update")}


def test_going_back_keeps_to_rights_and_rules(past):
    record = boiler(past)
    past.update(record, "ada", margin="20")
    first = Point(change=changes(past, record)[0].id)

    with pytest.raises(NotFound):
        back(past, record, "margin", first)
    with pytest.raises(NotFound):
        back(past, record, "amount", first, "bob")
    with pytest.raises(NotFound):
        back(past, record, "version", first)
    with pytest.raises(Refused):
        back(past, record, "net_amount", first)
    with pytest.raises(StaleWrite):
        back(past, record, "amount", first, version=77)
    taken = past.update(record, name="Boiler 2")
    past.create("deal", name="Boiler", account=record["account"])
    with pytest.raises(FormError):
        back(past, taken, "name", first)


def test_record_goes_back_as_far_as_the_person_may_write_it(past):
    config = papers_app()
    config["forms"][1]["permissions"][0]["fields"] |= {"notes": "read"}
    past.publish(config)
    record = boiler(past)
    first = Point(change=changes(past, record)[0].id)
    past.update(record, "ada", notes="later", margin="20", amount="7", discount="3")

    restored = whole(past, record, first)

    assert restored.left == ("notes",)
    assert (restored.record["amount"], restored.record["discount"], restored.record["notes"]) == (10000, None, "later")
    assert past.get(record, "ada")["margin"] == 20


def test_deleted_record_goes_back_to_an_earlier_moment(past):
    record = boiler(past)
    first = Point(change=changes(past, record)[0].id)
    past.update(record, amount="5")
    past.delete(record)

    with pytest.raises(NotFound):
        whole(past, record, first)
    restored = whole(past, record, first, "ada")

    assert (restored.record["amount"], restored.record.deleted) == (10000, False)


def test_trash_shows_what_a_person_may_bring_back(past):
    record = boiler(past)
    pump = past.create("deal", name="Pump", account=record["account"])
    far = past.create("deal", "charlie", name="Far", account=record["account"])
    for one in (record, pump):
        past.delete(one, "mona")
    past.delete(far)

    assert gone(past) == [("Far", "Ada"), ("Pump", "Mona"), ("Boiler", "Mona")]
    assert gone(past, "mona") == [("Pump", "Mona"), ("Boiler", "Mona")]
    assert gone(past, text="boil") == [("Boiler", "Mona")]
    with pytest.raises(Refused):
        gone(past, "alice")


def test_trash_takes_as_many_statements_for_thirty_as_for_one(past, statements):
    record = boiler(past)
    others = [past.create("deal", name=f"D{number}", account=record["account"]) for number in range(29)]
    past.delete(record)
    with statements() as few:
        gone(past)
    for one in others:
        past.delete(one)
    with statements() as many:
        assert len(gone(past)) == 30

    assert len(few) == len(many)


def test_record_deleted_for_good_leaves_nothing_but_the_word_of_it(past):
    with past.db() as session:
        alice = past.user("alice")
        place = place_for(past.live(session), "deal", "papers", alice)
        token = receive(session, place, io.BytesIO(PDF), "a.pdf", alice, past.now).token
    record = boiler(past, papers=[token], notes="Marker 7")
    with past.db.begin() as session:
        add(session, past.live(session), "deal", record.id, "@mona Marker 7", past.user("alice"), past.now)
    for name in ("mona", "alice"):
        with pytest.raises((NotFound, Refused)):
            purged(past, record, name)
    past.delete(record)
    with pytest.raises(Refused):
        purged(past, record, "mona")

    purged(past, record)

    tick(past.db, past.now)
    with past.db() as session:
        tables = past.live(session).tables
        left = [
            session.scalar(sa.select(sa.func.count()).select_from(tables.at("deal", past=one))) for one in (True, False)
        ]
        rows = [session.scalar(sa.select(sa.func.count()).select_from(one)) for one in (Comment, Follower, StoredFile)]
        mine = sa.select(Change).where(Change.form == "deal", Change.record_id == record.id).order_by(Change.id)
        said = session.scalars(mine).all()
        assert not place_of(session, token).exists()
    assert (left, rows) == ([0, 0], [0, 0, 0])
    assert [one.verb for one in said] == ["create", "delete", "purge"]
    assert [(one.diff, one.note) for one in said] == [(None, None)] * 3
    assert said[-1].person_id == past.user("ada").id


def test_trash_is_emptied_when_its_time_is_over(past):
    past.publish(papers_app(trash_days=7))
    record, kept = boiler(past), past.create("account", name="Kept", region="north")
    past.delete(record)

    early = tick(past.db, past.now + timedelta(days=6, hours=23))
    late = tick(past.db, past.now + timedelta(days=7, hours=1))
    again = tick(past.db, past.now + timedelta(days=7, hours=2))

    assert [one.get("purged") for one in (early, late, again)] == [None, 1, None]
    assert gone(past) == []
    assert past.get(kept)["name"] == "Kept"


def test_emptying_the_trash_takes_as_many_statements_for_many_as_for_one(past, statements):
    record = boiler(past)
    others = [past.create("deal", name=f"D{number}", account=record["account"]) for number in range(20)]
    counts = []
    for some in ([record], others):
        for one in some:
            past.delete(one)
        with statements() as sent, past.db.begin() as session:
            from engine.records.trash import purge_due

            assert purge_due(session, past.live(session), "deal", past.now + timedelta(days=31)) == len(some)
        counts.append(len(sent))

    assert counts[0] == counts[1]
