from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine import records
from engine.changes import Change
from engine.db import make_engine, sessions
from engine.errors import ConfigError, NotFound, Refused, StaleRelease
from engine.people import SYSTEM
from engine.records.search_all import search_all
from engine.records.sweep import sweep
from engine.releases import Release, live, preview, publish, releases, roll_back, source_of
from engine.releases.indexes import PREFIX
from tests.support.configs import Config, field_of, form_of, tiny_app

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.conftest import Tiny

DAY = timedelta(days=1)


def changed(change: Callable[[Config], object]) -> Config:
    config = tiny_app()
    change(config)
    return config


def faults(error: pytest.ExceptionInfo[ConfigError]) -> list[tuple[str, str, str, Any]]:
    return [(one.code, one.file, one.pointer, one.facts.get("count")) for one in error.value.faults]


def columns(tiny: Tiny, table: str) -> set[str]:
    with tiny.db() as session:
        return {one["name"] for one in sa.inspect(session.connection()).get_columns(table)}


def indexes(tiny: Tiny, table: str) -> dict[tuple[str, ...], bool]:
    with tiny.db() as session:
        found = sa.inspect(session.connection()).get_indexes(table)
    return {
        tuple(name or "" for name in one["column_names"] if name != "deleted_at"): bool(one["unique"])
        for one in found
        if str(one["name"]).startswith(PREFIX)
    }


def field(key: str, type_: str = "text", **more: Any) -> Config:
    return {"key": key, "type": type_, "label": key, **more}


# -- what publishing makes ---------------------------------------------------------------------------------------------


def test_every_form_has_a_table_and_its_history(tiny: Tiny) -> None:
    plain, history = columns(tiny, "tiny__deal"), columns(tiny, "tiny__deal__history")

    assert {"id", "version", "stage", "owner", "amount", "account", "deleted_at", "search_text"} <= plain
    assert history - plain == {"_line", "valid_from", "valid_to", "changed_by", "changed_via", "change_id"}


def test_columns_are_native(tiny: Tiny) -> None:
    with tiny.db() as session:
        found = sa.inspect(session.connection()).get_columns("tiny__deal")
    types = {one["name"]: type(one["type"]).__name__ for one in found}
    wanted = {
        "sqlite": ["BIGINT", "DOUBLE", "DATE", "DATETIME", "BOOLEAN", "JSON", "TEXT", "INTEGER"],
        "postgresql": ["BIGINT", "DOUBLE_PRECISION", "DATE", "TIMESTAMP", "BOOLEAN", "JSONB", "TEXT", "BIGINT"],
    }[tiny.db.kw["bind"].dialect.name]

    keys = ("amount", "discount", "expected_on", "next_call_at", "urgent", "tags", "name", "account")
    # SQLite's INTEGER holds 64 bits, whatever it is called.
    assert [types[key].replace("BIGINT", "INTEGER") for key in keys] == [
        one.replace("BIGINT", "INTEGER") for one in wanted
    ]


def test_indexes_follow_the_config(tiny: Tiny) -> None:
    # The references of the unique group serve as an index of `account`, too.
    assert indexes(tiny, "tiny__deal") == {
        ("account", "name"): True,
        ("closed_on",): False,
        ("created_at", "id"): False,
        ("owner",): False,
        ("owner", "created_at", "id"): False,
        ("reviewer",): False,
        ("stage", "stage_entered_at", "id", "amount"): False,
        ("updated_at", "id"): False,
    }


def test_index_goes_when_nothing_reads_its_field_any_more(tiny: Tiny) -> None:
    def sort_by_name(config: Config) -> None:
        form_of(config, "visit")["list"]["sort"] = ["subject"]

    before = indexes(tiny, "tiny__visit")
    tiny.publish(changed(sort_by_name))
    after = indexes(tiny, "tiny__visit")

    by_day, by_name = ("visited_on", "id"), ("subject", "id")
    assert (by_day in before, by_day in after, by_name in after) == (True, False, True)


def test_releases_are_numbered_and_kept(tiny: Tiny) -> None:
    tiny.publish(tiny_app())

    with tiny.db() as session:
        kept = releases(session, "tiny")
        assert [(one.number, one.reason, one.checksum == kept[0].checksum) for one in kept] == [
            (2, "for a test", True),
            (1, "for a test", True),
        ]
        assert source_of(session, "tiny", 1).to_dict() == tiny_app()
        noted = session.scalars(sa.select(Change).where(Change.verb == "publish").order_by(Change.id)).all()
        assert [one.diff for one in noted] == [{"live_number": [None, 1]}, {"live_number": [1, 2]}]


def test_app_without_a_release_is_not_found(tiny: Tiny) -> None:
    with tiny.db() as session, pytest.raises(NotFound):
        live(session, "nowhere")


def test_faulty_config_never_touches_the_live_release(tiny: Tiny) -> None:
    def spoil(config: Config) -> None:
        field_of(config, "deal", "net_amount")["expression"] = "nonsense + 1"
        form_of(config, "account")["title"] = "nothing"

    with pytest.raises(ConfigError) as error:
        tiny.publish(changed(spoil))

    with tiny.db() as session:
        assert (len(error.value.faults) >= 2, live(session, "tiny").number) == (True, 1)


def test_only_those_who_may_configure_publish(tiny: Tiny) -> None:
    from engine.people import User

    administrator = User(id=None, sign_in="x", name="X", roles=frozenset({("tiny", "admin")}))
    with tiny.db() as session:
        with pytest.raises(Refused):
            publish(session, tiny_app(), tiny.user("alice"), tiny.now)
        with pytest.raises(Refused):
            publish(session, {**tiny_app(), "app": {**tiny_app()["app"], "key": "other"}}, administrator, tiny.now)
        assert publish(session, tiny_app(), administrator, tiny.now).number == 2


def test_row_permission_that_the_database_cannot_compute_is_refused(tiny: Tiny) -> None:
    too_much = {"sqlite": "max(" * 30 + "amount" + ", 1)" * 30 + " > 0", "postgresql": "text(discount) == '5'"}
    config = tiny_app()
    form_of(config, "deal")["permissions"][0]["records"] = too_much[tiny.db.kw["bind"].dialect.name]

    with pytest.raises(ConfigError) as error:
        tiny.publish(config)

    assert faults(error)[0][:3] == ("release.permission", "forms/deal.json", "/permissions/0/records")


# -- a second release ------------------------------------------------------------------------------------------------


def grow(config: Config) -> None:
    form_of(config, "deal")["fields"].append(field("competitor"))
    config["forms"].append(
        {
            "key": "ticket",
            "label": "Ticket",
            "title": "subject",
            "fields": [field("subject", required=True), field("deal", "reference", to="deal")],
        }
    )
    stages = config["pipelines"][0]["stages"]
    stages.insert(1, {"key": "contacted", "label": "Contacted"})
    config["pipelines"][0]["transitions"].insert(
        0, {"key": "contact", "label": "Contact", "from": ["open"], "to": "contacted"}
    )


def test_second_release_adds_form_field_and_stage(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Alpha", account=account.id, amount="5")

    tiny.publish(changed(grow))
    deal = tiny.update(deal, competitor="Bravo")
    ticket = tiny.create("ticket", subject="Help", deal=deal.id)

    assert (tiny.move(deal, "contacted")["stage"], deal["amount"], ticket["deal"]) == ("contacted", 500, deal.id)


def test_another_process_sees_the_new_release_at_its_next_request(tiny: Tiny) -> None:
    engine = make_engine(tiny.db.kw["bind"].url)
    elsewhere = sessions(engine)
    with elsewhere() as session:
        before = live(session, "tiny")
    tiny.publish(changed(grow))
    with elsewhere() as session:
        after = live(session, "tiny")
        again = live(session, "tiny")
    engine.dispose()

    assert (before.number, after.number, "ticket" in after.app.forms, after is again) == (1, 2, True, True)


def test_live_release_costs_one_read(tiny: Tiny, statements: Any) -> None:
    with tiny.db() as session:
        live(session, "tiny")
        with statements() as seen:
            live(session, "tiny")

    assert len(seen) == 1


def test_write_of_an_older_release_is_refused(tiny: Tiny) -> None:
    with tiny.db() as session:
        old = live(session, "tiny")
    tiny.publish(changed(grow))

    with tiny.db() as session, pytest.raises(StaleRelease):
        records.create(session, old, "account", {"name": "Acme", "region": "north"}, SYSTEM, tiny.now)


def test_rolled_back_publishing_leaves_nothing(tiny: Tiny) -> None:
    with tiny.db() as session:
        publish(session, changed(grow), SYSTEM, tiny.now)
        assert live(session, "tiny").number == 2
        session.rollback()
        assert live(session, "tiny").number == 1
        assert not sa.inspect(session.connection()).has_table("tiny__ticket")

    tiny.publish(tiny_app())
    with tiny.db() as session:
        again = live(session, "tiny")
    assert (again.number, "ticket" in again.app.forms) == (2, False)


def test_two_publishers_at_once_make_two_whole_releases(tiny: Tiny) -> None:
    failures: list[BaseException] = []

    def run(number: int) -> None:
        def add(config: Config) -> None:
            form_of(config, "deal")["fields"].append(field(f"extra_{number}"))

        try:
            tiny.publish(changed(add))
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with tiny.db() as session:
        numbers = session.scalars(sa.select(Release.number).order_by(Release.number)).all()
    assert (failures, numbers) == ([], [1, 2, 3, 4])
    assert {"extra_0", "extra_1", "extra_2"} <= columns(tiny, "tiny__deal")


def test_a_writer_and_a_publisher_wait_for_each_other(tiny: Tiny) -> None:
    failures: list[BaseException] = []
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                tiny.create("account", name=f"A{number}", region="north")
            except StaleRelease:
                continue
            except BaseException as error:  # noqa: BLE001 - whatever it is, the test shows it
                failures.append(error)
                return

    writer = threading.Thread(target=write)
    writer.start()
    for number in range(4):
        tiny.publish(
            changed(lambda config, number=number: form_of(config, "account")["fields"].append(field(f"x{number}")))
        )
    stop.set()
    writer.join()

    assert failures == []


def test_adding_a_field_does_not_rewrite_the_table(tiny: Tiny, statements: Any) -> None:
    tiny.create("account", name="Acme", region="north")

    with statements() as seen:
        tiny.publish(changed(lambda config: form_of(config, "account")["fields"].append(field("extra"))))

    altered = [one.split() for one in seen if one.split()[0] in ("ALTER", "CREATE", "DROP")]
    assert [" ".join(words[:6]) for words in altered] == [
        "ALTER TABLE tiny__account ADD COLUMN extra",
        "ALTER TABLE tiny__account__history ADD COLUMN extra",
    ]


# -- removing and coming back ----------------------------------------------------------------------------------------


def test_removed_field_is_hidden_and_comes_back_with_its_data(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north", phone="010-12345678")
    without = tiny_app()
    form_of(without, "account")["fields"] = [
        one for one in form_of(without, "account")["fields"] if one["key"] != "phone"
    ]
    form_of(without, "account")["sections"][1]["fields"].remove("phone")

    tiny.publish(without)
    hidden = "phone" in tiny.get(account).values, tiny.names("account", text="12345678")
    tiny.update(account, name="Acme Ltd")
    tiny.publish(tiny_app())

    assert hidden == (False, [])
    assert (tiny.get(account)["phone"], tiny.names("account", text="12345678")) == (account["phone"], ["Acme Ltd"])


def test_history_knows_what_a_hidden_field_held(tiny: Tiny) -> None:
    tiny.publish(changed(grow))
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Alpha", account=account.id, competitor="Bravo")
    tiny.publish(tiny_app(), tiny.now + DAY)
    tiny.update(tiny.get(deal), name="Beta", now=tiny.now + 2 * DAY)
    tiny.update(tiny.get(deal), name="Gamma", now=tiny.now + 3 * DAY)

    tiny.publish(changed(grow), tiny.now + 4 * DAY)

    seen = [tiny.get(deal, at=tiny.now + days * DAY) for days in (0, 2, 3, 5)]
    assert [(one["name"], one["competitor"]) for one in seen] == [
        ("Alpha", "Bravo"),
        ("Beta", "Bravo"),
        ("Gamma", "Bravo"),
        ("Gamma", "Bravo"),
    ]


def test_figure_that_its_column_cannot_hold_is_refused(tiny: Tiny) -> None:
    measure = {"of": "deal", "agg": "max", "via": "account", "value": "amount"}
    wrong = field("latest", "rollup", measure=measure, result="date")

    with pytest.raises(ConfigError) as error:
        tiny.publish(changed(lambda config: form_of(config, "account")["fields"].append(wrong)))

    assert [one[0] for one in faults(error)] == ["type.clash"]


def test_removed_form_comes_back_with_its_records(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    tiny.create("visit", subject="Hello", account=account.id)
    without = changed(lambda config: config["forms"].pop(2))

    tiny.publish(without)
    with pytest.raises(NotFound):
        tiny.query("visit")
    tiny.publish(tiny_app())

    assert tiny.names("visit") == ["Hello"]


def test_removed_field_comes_back_only_if_its_data_fits(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north", phone="010-12345678")
    without = tiny_app()
    form_of(without, "account")["fields"] = [
        one for one in form_of(without, "account")["fields"] if one["key"] != "phone"
    ]
    form_of(without, "account")["sections"][1]["fields"].remove("phone")
    tiny.publish(without)
    as_date = tiny_app()
    field_of(as_date, "account", "phone")["type"] = "date"

    with pytest.raises(ConfigError) as error:
        tiny.publish(as_date)

    assert [one[0] for one in faults(error)] == ["release.narrowed"]
    assert account.id == 1


# -- narrowing -------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(tiny: Tiny) -> Tiny:
    """Two accounts and three deals, one of them deleted."""
    tiny.create("account", name="Acme", region="north", tier="key_account", phone="010-12345678")
    tiny.create("account", name="A long name of many words", region="south")
    for number, (name, amount, notes) in enumerate(
        (("Alpha", "12.50", "7"), ("Beta", "100", "many"), ("Gone", "5", None))
    ):
        made = tiny.create("deal", name=name, account=1, amount=amount, notes=notes, quantity=str(number))
        if name == "Gone":
            tiny.delete(made)
    return tiny


@pytest.mark.parametrize(
    ("form", "key", "change", "count", "example"),
    [
        ("account", "tier", {"options": [{"key": "standard", "label": "Standard"}]}, 1, "“Acme” (#1): Key account"),
        ("account", "name", {"max_length": 10}, 1, "“A long name of many words” (#2)"),
        ("deal", "amount", {"max": 50}, 1, "“Beta” (#2): 100.00"),
        ("deal", "notes", {"type": "number"}, 1, "“Beta” (#2): many"),
        ("deal", "account", {"to": "visit"}, 2, "“Alpha” (#1): 1"),
        ("deal", "name", {"type": "date"}, 2, "#1: Alpha; #2: Beta"),
    ],
)
def test_narrowed_field_is_refused_with_count_and_examples(
    filled: Tiny, form: str, key: str, change: Config, count: int, example: str
) -> None:
    config = tiny_app()
    config["okrs"], config["alerts"] = [], []
    one = field_of(config, form, key)
    for name in ("max_length", "min", "default"):
        one.pop(name, None)
    one.update(change)
    if one.get("type") == "date":
        form_of(config, "deal")["title"] = "lost_reason"
    if change.get("to"):
        form_of(config, "account")["fields"].pop()
        form_of(config, "account")["list"]["columns"].remove("won_value")
        config["pipelines"][0]["transitions"][1]["guard"] = "amount > 0"

    with pytest.raises(ConfigError) as error:
        filled.publish(config)

    place = next(number for number, each in enumerate(form_of(config, form)["fields"]) if each["key"] == key)
    assert faults(error)[:1] == [("release.narrowed", f"forms/{form}.json", f"/fields/{place}", count)]
    shown = str(error.value.faults[0].facts["examples"])
    assert example in shown


def test_refused_release_leaves_data_and_session_as_they_were(filled: Tiny) -> None:
    config = tiny_app()
    field_of(config, "deal", "amount")["max"] = 50

    with filled.db() as session:
        with pytest.raises(ConfigError):
            publish(session, config, SYSTEM, filled.now)
        assert live(session, "tiny").number == 1
        session.commit()

    assert filled.names("deal", sort=["name"]) == ["Alpha", "Beta"]


def test_removed_stage_with_records_in_it_is_refused(filled: Tiny) -> None:
    config = tiny_app()
    pipeline = config["pipelines"][0]
    pipeline["stages"] = [stage for stage in pipeline["stages"] if stage["key"] != "open"]
    pipeline["initial"] = "offer"
    pipeline["transitions"] = [
        {"key": "win", "label": "Win", "from": ["offer"], "to": "won"},
        {"key": "lose", "label": "Lose", "from": ["offer"], "to": "lost"},
    ]
    config["app"]["measures"], config["alerts"] = {}, []

    with pytest.raises(ConfigError) as error:
        filled.publish(config)

    assert faults(error) == [("release.stage", "pipelines/deal_pipeline.json", "/stages", 2)]
    assert "“Alpha” (#1)" in str(error.value.faults[0].facts["examples"])


def test_new_unique_field_is_refused_while_values_repeat(filled: Tiny) -> None:
    filled.create("deal", name="Alpha", account=2)
    config = tiny_app()
    field_of(config, "deal", "name")["unique"] = True

    with pytest.raises(ConfigError) as error:
        filled.publish(config)

    assert faults(error) == [("release.unique", "forms/deal.json", "/fields/0/unique", 1)]
    assert str(error.value.faults[0].facts["examples"]) == "Alpha"


def test_newly_required_field_warns_with_the_number_of_gaps(filled: Tiny) -> None:
    config = tiny_app()
    field_of(config, "account", "phone")["required"] = True

    release = filled.publish(config)

    assert [(one["code"], one["facts"]["count"]) for one in release.warnings or []] == [("release.required", 1)]


def test_record_with_an_old_gap_may_still_be_changed_elsewhere(filled: Tiny) -> None:
    config = tiny_app()
    field_of(config, "account", "phone")["required"] = True
    filled.publish(config)
    [gap] = filled.query("account", text="long").records

    assert filled.update(gap, website="https://example.com", via="api").version == 2
    from forms.errors import FormError

    with pytest.raises(FormError):
        filled.update(gap, phone="", website="https://example.org")


# -- other types -----------------------------------------------------------------------------------------------------


def test_field_may_change_its_type_when_every_value_fits(filled: Tiny) -> None:
    [beta] = filled.query("deal", text="beta").records
    filled.update(beta, notes="1,200")
    config = tiny_app()
    field_of(config, "deal", "notes")["type"] = "number"

    filled.publish(config)

    found = {one["name"]: one["notes"] for one in filled.query("deal").records}
    assert found == {"Alpha": 7.0, "Beta": 1200.0}
    assert "notes__until_2" in columns(filled, "tiny__deal")


def test_changed_type_converts_history_too(filled: Tiny) -> None:
    [beta] = filled.query("deal", text="beta").records
    filled.update(beta, now=filled.now + DAY, notes="8")
    config = tiny_app()
    field_of(config, "deal", "notes")["type"] = "number"

    filled.publish(config, filled.now + 2 * DAY)

    # "many" never was a number; the column that was set aside still has it.
    assert [filled.get(beta, at=filled.now + days * DAY)["notes"] for days in (0, 1)] == [None, 8.0]


@pytest.mark.parametrize(
    ("key", "type_", "expected"),
    [
        ("quantity", "money", [0, 100]),
        ("amount", "number", [12.5, 100.0]),
        ("amount", "text", ["12.50", "100.00"]),
        ("quantity", "percent", [0.0, 1.0]),
    ],
)
def test_types_that_fit_are_converted(filled: Tiny, key: str, type_: str, expected: list[object]) -> None:
    config = tiny_app()
    config["okrs"], config["alerts"] = [], []
    form_of(config, "account")["fields"].pop()
    form_of(config, "account")["list"]["columns"].remove("won_value")
    one = field_of(config, "deal", key)
    one.pop("min")
    one.pop("decimals", None)
    one["type"] = type_
    if type_ == "text":
        field_of(config, "deal", "net_amount")["expression"] = "1"
        field_of(config, "deal", "net_amount")["result"] = "number"
        form_of(config, "deal")["assert"] = []
        config["pipelines"][0]["transitions"][1]["guard"] = "account.region == 'north'"

    filled.publish(config)

    assert [one[key] for one in filled.query("deal", sort=["name"]).records] == expected


def as_number(config: Config) -> None:
    field_of(config, "deal", "notes")["type"] = "number"


def test_type_that_is_gone_back_to_gives_back_what_was_typed(filled: Tiny) -> None:
    alpha, beta = filled.query("deal", sort=["name"]).records
    filled.update(alpha, notes="007")
    filled.update(beta, notes="1,200")
    filled.publish(changed(as_number), filled.now + DAY)
    gamma = filled.create("deal", name="Gamma", account=alpha["account"], notes=5)
    filled.update(filled.get(beta), notes=3.5, now=filled.now + 2 * DAY)
    filled.update(filled.get(alpha), quantity=9, now=filled.now + 2 * DAY)

    filled.publish(tiny_app(), filled.now + 3 * DAY)

    assert [filled.get(one)["notes"] for one in (alpha, beta, gamma)] == ["007", "3.5", "5"]
    assert [filled.get(alpha, at=filled.now + days * DAY)["notes"] for days in (1, 2, 4)] == ["007"] * 3
    assert filled.get(beta, at=filled.now + DAY)["notes"] == "1,200"


def test_value_of_a_deleted_record_that_did_not_fit_comes_back(filled: Tiny) -> None:
    alpha, beta = filled.query("deal", sort=["name"]).records
    filled.update(beta, notes="many")
    filled.update(alpha, notes="7")
    filled.delete(beta)
    filled.publish(changed(as_number), filled.now + DAY)
    filled.restore(beta)

    filled.publish(tiny_app(), filled.now + 2 * DAY)

    assert filled.get(beta)["notes"] == "many"


def test_field_that_was_computed_for_a_while_has_what_was_typed(filled: Tiny) -> None:
    alpha, beta = filled.query("deal", sort=["name"]).records
    kept = [one["quantity"] for one in (alpha, beta)]

    def computed(config: Config) -> None:
        one = field_of(config, "deal", "quantity")
        for name in set(one) - {"key", "label"}:
            del one[name]
        one |= {"type": "computed", "expression": "1 + 1", "result": "number"}

    filled.publish(changed(computed), filled.now + DAY)
    meanwhile = [filled.get(one)["quantity"] for one in (alpha, beta)]
    filled.publish(tiny_app(), filled.now + 2 * DAY)

    assert (meanwhile, [filled.get(one)["quantity"] for one in (alpha, beta)]) == ([2, 2], kept)


def test_date_becomes_datetime_in_the_apps_zone(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Alpha", account=account.id, expected_on="2026-05-01")
    config = tiny_app()
    field_of(config, "deal", "expected_on")["type"] = "datetime"

    tiny.publish(config)

    assert tiny.get(deal)["expected_on"] == datetime(2026, 4, 30, 16, tzinfo=UTC)
    assert deal["expected_on"] == date(2026, 5, 1)


def test_currency_with_other_digits_is_refused_unless_it_fits(filled: Tiny) -> None:
    config = changed(lambda config: config["app"].update(currency="JPY"))

    with pytest.raises(ConfigError) as error:
        filled.publish(config)

    assert ("release.narrowed", 1) in [(code, count) for code, _, _, count in faults(error)]


# -- what follows for records ----------------------------------------------------------------------------------------


def test_form_that_gets_a_pipeline_starts_everybody_in_the_first_stage(tiny: Tiny) -> None:
    account = tiny.create("account", name="Acme", region="north")
    later = tiny.now + DAY

    def add(config: Config) -> None:
        stages = [{"key": "new", "label": "New"}, {"key": "old", "label": "Old"}]
        transitions = [{"key": "age", "label": "Age", "from": ["new"], "to": "old"}]
        config["pipelines"].append(
            {
                "key": "life",
                "label": "Life",
                "form": "account",
                "initial": "new",
                "stages": stages,
                "transitions": transitions,
            }
        )

    tiny.publish(changed(add), later)

    found = tiny.get(account)
    assert (found["stage"], found["stage_entered_at"]) == ("new", later)
    with tiny.db() as session:
        history = tiny.live(session).tables.history("account")
        stages = session.scalars(sa.select(history.c.stage).order_by(history.c["_line"])).all()
    assert stages == [None, "new"]


def test_new_computed_and_rollup_fields_are_worked_out_at_once(filled: Tiny) -> None:
    def add(config: Config) -> None:
        form_of(config, "account")["fields"].append(
            field("deals", "rollup", measure={"of": "deal", "agg": "count", "via": "account"})
        )
        form_of(config, "deal")["fields"].append(field("doubled", "computed", expression="2 * amount", result="money"))

    filled.publish(changed(add))

    assert [one["deals"] for one in filled.query("account", sort=["name"]).records] == [0, 2]
    assert [one["doubled"] for one in filled.query("deal", sort=["name"]).records] == [2500, 20000]


def test_changed_formula_is_worked_out_anew(filled: Tiny) -> None:
    config = tiny_app()
    field_of(config, "deal", "net_amount")["expression"] = "amount * 3"

    filled.publish(config)

    assert [one["net_amount"] for one in filled.query("deal", sort=["name"]).records] == [3750, 30000]


def test_changed_formula_reaches_what_reads_it_with_history(filled: Tiny) -> None:
    def tripled(config: Config) -> None:
        field_of(config, "deal", "net_amount")["expression"] = "amount * 3"
        added = field("twice", "computed", expression="net_amount * 2", result="money")
        form_of(config, "deal")["fields"].append(added)

    def doubled(config: Config) -> None:
        tripled(config)
        field_of(config, "deal", "net_amount")["expression"] = "amount * 2"

    filled.publish(changed(tripled), filled.now + DAY)
    filled.publish(changed(doubled), filled.now + 2 * DAY)

    deal = filled.query("deal", sort=["name"]).records[0]
    assert [(deal["net_amount"], deal["twice"], deal["version"])] == [(2500, 5000, 1)]
    assert filled.get(deal, at=filled.now + DAY)["twice"] == 7500
    with filled.db() as session:
        told = session.scalars(
            sa.select(Change).where(Change.record_id == deal.id, Change.form == "deal").order_by(Change.id)
        ).all()
    assert (told[-1].verb, told[-1].via, told[-1].person_id) == ("derive", "rule", None)
    assert told[-1].diff == {"net_amount": [3750, 2500], "twice": [7500, 5000]}


def test_record_that_was_deleted_meanwhile_is_worked_out_when_it_comes_back(filled: Tiny) -> None:
    deal = filled.query("deal", sort=["name"]).records[0]
    filled.delete(deal)
    filled.publish(changed(lambda config: field_of(config, "deal", "net_amount").update(expression="amount * 3")))

    filled.restore(deal)

    assert filled.get(deal)["net_amount"] == 3750


def test_renamed_option_is_found_under_its_new_name(filled: Tiny) -> None:
    config = tiny_app()
    field_of(config, "account", "tier")["options"][0]["label"] = "Strategic"

    before = filled.names("account", text="strategic")
    filled.publish(config)

    assert (before, filled.names("account", text="strategic")) == ([], ["Acme"])


# -- going back, looking ahead, another app --------------------------------------------------------------------------


def test_rolling_back_keeps_what_was_entered_since(tiny: Tiny) -> None:
    tiny.publish(changed(grow))
    account = tiny.create("account", name="Acme", region="north")
    deal = tiny.create("deal", name="Alpha", account=account.id, competitor="Bravo")

    with tiny.db.begin() as session:
        roll_back(session, "tiny", 1, SYSTEM, tiny.now, "too early")
    gone = "competitor" in tiny.get(deal).values
    tiny.publish(changed(grow))

    assert (gone, tiny.get(deal)["competitor"]) == (False, "Bravo")


def test_preview_tells_what_would_happen_and_changes_nothing(filled: Tiny) -> None:
    def mixed(config: Config) -> None:
        grow(config)
        field_of(config, "deal", "amount")["max"] = 50
        field_of(config, "account", "phone")["required"] = True

    with filled.db() as session:
        found = preview(session, changed(mixed))

    assert ([one.code for one in found.faults], [one.code for one in found.warnings]) == (
        ["release.narrowed"],
        ["release.required"],
    )
    assert (found.new_forms, found.new_fields) == (("ticket",), (("deal", "competitor"),))
    assert "competitor" not in columns(filled, "tiny__deal")


def test_apps_live_side_by_side(tiny: Tiny) -> None:
    other = changed(lambda config: config["app"].update(key="other"))
    tiny.publish(other)
    tiny.create("account", name="Acme", region="north")

    with tiny.db() as session:
        page = records.query(session, live(session, "other"), "account", SYSTEM, tiny.now)
    assert (page.count, tiny.names("account")) == (0, ["Acme"])


def test_search_follows_fields_that_come_and_go(tiny: Tiny) -> None:
    record = tiny.create("account", name="Boiler", region="north")
    plain, more = tiny_app(), tiny_app()
    next(form for form in more["forms"] if form["key"] == "account")["fields"].append(
        {"key": "slogan", "type": "text", "label": "Slogan"}
    )
    tiny.publish(more)
    tiny.update(record, slogan="zephyr")

    def hits(text: str) -> int:
        with tiny.db() as session:
            found = search_all(session, [(tiny.live(session), "account")], text, SYSTEM, tiny.now)
        return sum(len(one.hits) for one in found)

    assert (hits("zephyr"), hits("boiler")) == (1, 1)
    tiny.publish(plain)
    assert (hits("zephyr"), hits("boiler")) == (0, 1)
    tiny.publish(more)
    assert (hits("zephyr"), hits("boiler")) == (1, 1)


def test_form_that_comes_back_without_a_field_is_not_found_by_it(tiny: Tiny) -> None:
    more, plain, without = tiny_app(), tiny_app(), changed(lambda config: config["forms"].pop(2))
    for config in (more, plain):
        field_of(config, "visit", "subject").pop("required", None)
    form_of(more, "visit")["fields"].append({"key": "slogan", "type": "text", "label": "Slogan"})
    tiny.publish(more)
    account = tiny.create("account", name="Acme", region="north")
    made = tiny.create("visit", subject="Hello", account=account.id, slogan="zephyr")
    tiny.update(made, subject=None)  # nothing else is found of it

    tiny.publish(without)
    tiny.publish(plain)

    with tiny.db() as session:
        app = tiny.live(session)
        assert search_all(session, [(app, "visit")], "zephyr", SYSTEM, tiny.now) == []
        assert [one for one in sweep(session, app, tiny.now) if one.stale] == []


def test_search_forgets_what_was_typed_into_a_field_that_is_computed_and_empty_now(tiny: Tiny) -> None:
    def with_slogan(**more: Any) -> Config:
        config = tiny_app()
        form = next(form for form in config["forms"] if form["key"] == "account")
        form["fields"] += [field("motto"), {"key": "slogan", "label": "Slogan", **more}]
        return config

    tiny.publish(with_slogan(type="text"))
    record = tiny.create("account", name="Boiler", region="north", slogan="zephyr")

    tiny.publish(with_slogan(type="computed", expression="upper(motto)", result="text"))

    with tiny.db() as session:
        app = tiny.live(session)
        assert [one for one in sweep(session, app, tiny.now) if one.stale] == []
        assert search_all(session, [(app, "account")], "zephyr", SYSTEM, tiny.now) == []
    assert tiny.get(record)["slogan"] is None
