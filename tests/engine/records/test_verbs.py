from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from engine import records
from engine.changes import Change
from engine.errors import NotFound, Refused, StaleWrite
from forms.errors import FormError

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny

DAY = timedelta(days=1)


def faults_of(error: pytest.ExceptionInfo[FormError]) -> list[tuple[str, str]]:
    return [(fault.field, fault.code) for fault in error.value.faults]


def test_create_stores_what_was_typed(tiny: Tiny) -> None:
    acme = tiny.create("account", name="  Acme ", region="北区", phone="+86 10 1234 5678")

    assert (acme["name"], acme["region"], acme["tier"]) == ("Acme", "north", "standard")


def test_create_fills_system_names(tiny: Tiny, now: datetime) -> None:
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Big", account=account.id)

    alice = tiny.user("alice").id
    assert [deal[key] for key in ("version", "stage", "stage_entered_at", "owner", "created_at", "created_by")] == [
        1,
        "open",
        now,
        alice,
        now,
        alice,
    ]


def test_create_tells_every_fault_beside_its_field(tiny: Tiny) -> None:
    with pytest.raises(FormError) as error:
        tiny.create("deal", amount="-5", discount="120", expected_on="soon", account="77")

    assert sorted(faults_of(error)) == [
        ("account", "field.unknown"),
        ("amount", "field.too_small"),
        ("discount", "field.too_large"),
        ("expected_on", "field.date"),
        ("name", "field.required"),
    ]


def test_create_with_faults_stores_nothing(tiny: Tiny) -> None:
    with pytest.raises(FormError):
        tiny.create("account", name="Acme")

    assert tiny.names("account") == []


def test_create_refuses_names_that_are_no_fields(tiny: Tiny) -> None:
    with pytest.raises(FormError) as error:
        tiny.create("account", name="Acme", region="north", search_text="x", id="7", version="3", nonsense="1")

    assert sorted(faults_of(error)) == [
        (key, "field.unknown_field") for key in ("id", "nonsense", "search_text", "version")
    ]


def test_create_refuses_system_names_that_only_happen(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")

    with pytest.raises(FormError) as error:
        tiny.create("deal", name="Big", account=account.id, stage="won", created_at="2020-01-01 00:00")

    assert sorted(faults_of(error)) == [("created_at", "field.read_only"), ("stage", "field.read_only")]


def test_default_expression_serves_what_was_not_typed(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")

    first = tiny.create("visit", subject="Hello", account=account.id)
    second = tiny.create("visit", subject="Again", account=account.id, visited_on="2026-02-01")

    assert (first["visited_on"], second["visited_on"]) == (date(2026, 3, 2), date(2026, 2, 1))


def test_computed_field_is_exact_money(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")

    deal = tiny.create("deal", name="Big", account=account.id, amount="1200.05", discount="33")

    assert (deal["amount"], deal["net_amount"]) == (120005, 80403)


def test_unseen_field_of_a_screen_is_not_taken(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")

    deal = tiny.create("deal", name="Big", account=account.id, lost_reason="price")

    assert deal["lost_reason"] is None


def test_unseen_field_keeps_what_an_import_brings(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")

    deal = tiny.create("deal", name="Big", account="Acme", lost_reason="price", stage="lost", via="import")

    assert (deal["account"], deal["lost_reason"], deal["stage"]) == (account.id, "price", "lost")


def test_cross_field_rule_speaks_beside_its_field(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")

    with pytest.raises(FormError) as error:
        tiny.create("deal", name="Big", account=account.id, amount="0", closed_on="2026-01-01", via="api")

    assert [(fault.field, str(fault.facts["message"])) for fault in error.value.faults] == [
        ("amount", "A closed deal has an amount.")
    ]


def test_update_changes_only_what_is_named(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north", phone="010-12345678")

    changed = tiny.update(account, region="south")

    assert (changed["region"], changed["phone"], changed.version) == ("south", account["phone"], 2)


def test_update_can_empty_a_field(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north", phone="010-12345678")

    assert tiny.update(account, phone="")["phone"] is None


def test_update_without_a_difference_writes_nothing(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")

    again = tiny.update(account, name="Acme")

    with tiny.db() as session:
        changes = session.scalar(sa.select(sa.func.count(Change.id)).where(Change.form == "account"))
    assert (again.version, changes) == (1, 1)


def test_stale_update_shows_both_sides(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north", phone="010-12345678")
    tiny.update(account, by="bob", name="Acme Ltd", version=1)

    with pytest.raises(StaleWrite) as error:
        tiny.update(account, name="Acme Inc", phone="010-87654321", version=1)

    stale = error.value
    assert stale.theirs is not None
    assert (stale.theirs["name"], stale.theirs.version, stale.yours["name"]) == ("Acme Ltd", 2, "Acme Inc")
    assert stale.differing == ("name", "phone")
    assert tiny.get(account)["name"] == "Acme Ltd"


def test_two_sessions_cannot_overwrite_each_other(tiny: Tiny, now: datetime) -> None:
    account = tiny.create("account", name="Acme", region="north")
    with tiny.db() as first, tiny.db() as second:
        app, alice, bob = tiny.live(first), tiny.user("alice"), tiny.user("bob")
        records.get(first, app, "account", account.id, alice, now)
        records.get(second, app, "account", account.id, bob, now)
        records.update(second, app, "account", account.id, {"name": "Bob's"}, bob, now, version=1)
        second.commit()

        with pytest.raises(StaleWrite):
            records.update(first, app, "account", account.id, {"name": "Alice's"}, alice, now, version=1)


def test_unique_field_refuses_a_second_value(tiny: Tiny) -> None:
    tiny.create("account", name="Acme", region="north")

    with pytest.raises(FormError) as error:
        tiny.create("account", name="Acme", region="south")

    assert faults_of(error) == [("name", "field.taken")]


def test_unique_group_refuses_only_the_same_combination(tiny: Tiny) -> None:
    acme = tiny.create("account", name="Acme", region="north")
    other = tiny.create("account", name="Other", region="north")
    tiny.create("deal", name="Big", account=acme.id)

    tiny.create("deal", name="Big", account=other.id)
    with pytest.raises(FormError) as error:
        tiny.create("deal", name="Big", account=acme.id)

    assert faults_of(error) == [("name", "field.taken_together")]


def test_unique_value_of_a_deleted_record_is_free(tiny: Tiny) -> None:
    first = tiny.create("account", name="Acme", region="north")
    tiny.delete(first)

    second = tiny.create("account", name="Acme", region="north")
    with pytest.raises(FormError) as error:
        tiny.restore(first)

    assert second["name"] == "Acme"
    assert faults_of(error) == [("name", "field.taken")]


def test_the_database_itself_refuses_a_second_unique_value(tiny: Tiny, now: datetime) -> None:
    tiny.create("account", name="Acme", region="north")

    with tiny.db() as session:
        table = tiny.live(session).tables.current("account")
        with pytest.raises(sa.exc.IntegrityError):
            session.execute(sa.insert(table).values(name="Acme", version=1, created_at=now, updated_at=now))


def test_deleted_record_is_gone_until_restored(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")

    tiny.delete(account)
    with pytest.raises(NotFound):
        tiny.get(account)
    gone = tiny.get(account, "ada", deleted=True)
    tiny.restore(account)

    assert (gone.deleted, tiny.get(account).deleted, tiny.names("account")) == (True, False, ["Acme"])


def test_deleted_records_are_listed_for_those_who_may_delete(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    tiny.delete(account)

    assert tiny.names("account", "ada", deleted=True) == ["Acme"]
    assert tiny.names("account", "alice", deleted=True) == []


def test_delete_is_refused_without_the_right(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")

    with pytest.raises(Refused):
        tiny.delete(account, by="alice")


def test_unknown_record_is_not_found(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    for wrong in (0, -1, 99, 2**63, 10**30):
        with pytest.raises(NotFound), tiny.db() as session:
            records.get(session, tiny.live(session), "account", wrong, tiny.user("ada"), tiny.now)
        with pytest.raises(NotFound), tiny.db() as session:
            records.update(session, tiny.live(session), "account", wrong, {}, tiny.user("ada"), tiny.now)
    assert account.id == 1


def test_reference_to_a_deleted_record_is_refused(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    tiny.delete(account)

    with pytest.raises(FormError) as error:
        tiny.create("deal", name="Big", account=account.id)

    assert faults_of(error) == [("account", "field.unknown")]


def test_a_record_may_keep_a_reference_that_was_deleted_since(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Big", account=account.id)
    tiny.delete(account)

    assert tiny.update(deal, amount="5")["amount"] == 500


def test_person_who_left_cannot_be_chosen(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    with tiny.db.begin() as session:
        from engine.people import Person

        session.get_one(Person, tiny.user("bob").id).active = False

    with pytest.raises(FormError) as error:
        tiny.create("deal", name="Big", account=account.id, reviewer=str(_id_of(tiny, "bob")))

    assert faults_of(error) == [("reviewer", "field.unknown")]


def _id_of(tiny: Tiny, name: str) -> int:
    from engine.people import Person

    with tiny.db() as session:
        return session.scalars(sa.select(Person.id).where(Person.sign_in == name)).one()


def test_history_keeps_every_moment(tiny: Tiny, now: datetime) -> None:
    account = tiny.create("account", name="First", region="north")
    tiny.update(account, now=now + DAY, name="Second")
    tiny.delete(account, now=now + 2 * DAY)
    tiny.restore(account, now=now + 3 * DAY)

    found = []
    for days in (-1, 0, 1, 2, 3):
        try:
            found.append(tiny.get(account, at=now + days * DAY)["name"])
        except NotFound:
            found.append(None)
    assert found == [None, "First", "Second", None, "Second"]


def test_history_lines_of_one_record_never_overlap(tiny: Tiny, now: datetime) -> None:
    account = tiny.create("account", name="First", region="north")
    tiny.update(account, now=now, name="Second")
    tiny.update(account, now=now - DAY, name="Third")

    with tiny.db() as session:
        history = tiny.live(session).tables.history("account")
        lines = session.execute(
            sa.select(history.c.name, history.c.valid_from, history.c.valid_to).order_by(history.c["_line"])
        ).all()
    assert [tuple(line) for line in lines] == [
        ("First", now, now),
        ("Second", now, now),
        ("Third", now, None),
    ]


def test_history_says_who_and_how(tiny: Tiny) -> None:
    account = tiny.create("account", name="First", region="north")
    tiny.update(account, by="bob", name="Second", via="api")

    with tiny.db() as session:
        history = tiny.live(session).tables.history("account")
        lines = session.execute(
            sa.select(history.c.changed_by, history.c.changed_via).order_by(history.c["_line"])
        ).all()
    assert [tuple(line) for line in lines] == [(tiny.user("alice").id, "form"), (tiny.user("bob").id, "api")]


def test_timeline_tells_each_change_before_and_after(tiny: Tiny) -> None:
    account = tiny.create("account", name="First", region="north")
    tiny.update(account, by="bob", name="Second", region="south")

    with tiny.db() as session:
        entries = records.timeline(session, tiny.live(session), "account", account.id, tiny.user("alice"), tiny.now)

    newest = entries[0]
    assert (newest.person, newest.verb, newest.version, newest.fields) == (
        "Bob",
        "update",
        2,
        {"name": ("First", "Second"), "region": ("north", "south")},
    )
    assert [entry.verb for entry in entries] == ["update", "create"]


def test_dates_of_a_timeline_are_dates(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Big", account=account.id)
    tiny.update(deal, expected_on="2026-05-01", next_call_at="2026-03-03 09:30")

    with tiny.db() as session:
        entries = records.timeline(session, tiny.live(session), "deal", deal.id, tiny.user("alice"), tiny.now)

    assert entries[0].fields == {
        "expected_on": (None, date(2026, 5, 1)),
        "next_call_at": (None, datetime(2026, 3, 3, 1, 30, tzinfo=UTC)),
    }


def test_choices_are_kept_as_a_list_and_empty_as_nothing(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Big", account=account.id, tags=["new", "upsell"])

    emptied = tiny.update(deal, tags=[])

    assert (deal["tags"], emptied["tags"]) == (["new", "upsell"], None)


def test_two_writers_of_one_unique_value_are_told_apart(tiny: Tiny) -> None:
    outcomes: list[str] = []
    ready = threading.Barrier(3, timeout=20)

    def write(who: str) -> None:
        ready.wait()
        try:
            tiny.create("account", who, name="Acme", region="north")
            outcomes.append("stored")
        except FormError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=write, args=(who,)) for who in ("alice", "bob", "charlie")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["field.taken", "field.taken", "stored"]


def test_a_value_taken_meanwhile_is_the_same_fault(tiny: Tiny, now: datetime) -> None:
    if tiny.db.kw["bind"].dialect.name == "sqlite":
        pytest.skip("one writer at a time: nothing happens meanwhile")
    started = threading.Event()
    outcome: list[str] = []

    def wait_and_write() -> None:
        with tiny.db() as session:
            app, bob = tiny.live(session), tiny.user("bob")
            started.set()
            try:
                records.create(session, app, "account", {"name": "Acme", "region": "north"}, bob, now)
            except FormError as error:
                outcome.append(f"{error.code} {error.faults[0].field}")
            session.commit()

    with tiny.db() as session:
        records.create(
            session, tiny.live(session), "account", {"name": "Acme", "region": "north"}, tiny.user("alice"), now
        )
        other = threading.Thread(target=wait_and_write)
        other.start()
        started.wait(10)
        other.join(0.5)  # it waits for the index entry
        session.commit()
    other.join(10)

    assert outcome == ["field.taken name"]


def test_a_refused_write_leaves_the_session_usable(tiny: Tiny, now: datetime) -> None:
    with tiny.db.begin() as session:
        app, alice = tiny.live(session), tiny.user("alice")
        records.create(session, app, "account", {"name": "First", "region": "north"}, alice, now)
        with pytest.raises(FormError):
            records.create(session, app, "account", {"name": "First", "region": "north"}, alice, now)
        records.create(session, app, "account", {"name": "Second", "region": "north"}, alice, now)

    assert tiny.names("account", sort=["name"]) == ["First", "Second"]
