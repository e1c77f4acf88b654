"""The search box: words of any length and script, names by their letters, and only what somebody may see."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine import records
from engine.records.filters import CONTAINS, Filter
from engine.records.narrowing import marks_of, pieces_of
from engine.records.search_all import search_all
from engine.records.search_index import drop_triggers, index_table, make_triggers, rebuild, take_in_earlier
from engine.records.titles import lookup

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.conftest import Tiny


def customers() -> dict[str, Any]:
    verbs = ["read", "create", "update", "delete", "import"]
    return {
        "app": {
            "key": "tiny",
            "label": "Customers",
            "version": "1",
            "time_zone": "Asia/Shanghai",
            "calendar": "CN",
            "currency": "CNY",
            "roles": [{"key": key, "label": key} for key in ("rep", "manager", "admin")],
        },
        "forms": [
            {
                "key": "customer",
                "label": "Customer",
                "title": "name",
                "fields": [
                    {"key": "name", "type": "text", "label": "Name", "required": True},
                    {"key": "secret", "type": "long_text", "label": "Secret"},
                    {"key": "note", "type": "text", "label": "Note"},
                ],
                "permissions": [
                    {"roles": ["rep"], "actions": verbs, "fields": {"secret": "hidden"}},
                    {"roles": ["manager", "admin"], "actions": verbs},
                ],
            }
        ],
    }


NAMES = [
    "张三",
    "李行用",
    "北京星河科技有限公司",
    "Müller & Söhne",
    "曾国藩",
    "ab",
    "50%_off\\x",
    'say "hi"',
    "深圳ABC股份",
]


@pytest.fixture
def crm(tiny: Tiny) -> Tiny:
    tiny.publish(customers())
    for name in NAMES:
        tiny.create("customer", by="mona", name=name, secret=f"暗号{name}", note=None)
    return tiny


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("张三", ["张三"]),
        ("三", ["张三"]),
        ("河科", ["北京星河科技有限公司"]),
        ("星河科技", ["北京星河科技有限公司"]),
        ("zhangsan", ["张三"]),
        ("zs", ["张三"]),
        ("zhang san", ["张三"]),
        ("xhkj", ["北京星河科技有限公司"]),
        ("zengguofan", ["曾国藩"]),
        ("ceng", ["曾国藩"]),
        ("圳abc", ["深圳ABC股份"]),
        ("ＡＢＣ", ["深圳ABC股份"]),
        ("müll", ["Müller & Söhne"]),
        ("0%_o", ["50%_off\\x"]),
        ("f\\x", ["50%_off\\x"]),
        ('y "h', ['say "hi"']),
        ("b s", []),  # a letter alone is no abbreviation of a name
        ("NAM", []),
        ("AND", []),
        ("张 藩", []),
    ],
)
def test_search_finds(crm: Tiny, text: str, found: list[str]) -> None:
    assert crm.names("customer", text=text, sort=["name"]) == found


def test_search_keeps_to_what_somebody_sees(crm: Tiny) -> None:
    assert crm.names("customer", by="mona", text="暗号张三") == ["张三"]
    assert crm.names("customer", by="mona", text="暗号") != []
    for text in ("暗号张三", "暗号", "暗", "号张"):
        assert crm.names("customer", text=text) == []


def test_search_looks_into_a_field_where_it_is_shown(crm: Tiny) -> None:
    config = customers()
    config["forms"][0]["permissions"] = [
        {"roles": ["rep"], "actions": ["read"], "records": "owner == me"},
        {"roles": ["rep"], "actions": ["read"], "records": "owner != me", "fields": {"secret": "hidden"}},
        {"roles": ["manager"], "actions": ["read", "create"]},
    ]
    crm.publish(config)
    crm.create("customer", by="mona", name="Own", secret="Kingfisher", owner=crm.user("alice").id)
    crm.create("customer", by="mona", name="Other", secret="Kingfisher")
    crm.create("customer", by="mona", name="Kingfisher", secret=None)

    def hits(who: str, text: str) -> list[str]:
        with crm.db() as session:
            found = search_all(session, [(crm.live(session), "customer")], text, crm.user(who), crm.now)
        return sorted(hit.title for one in found for hit in one.hits)

    assert crm.names("customer", by="alice", text="kingfish", sort=["name"]) == hits("alice", "kingfish")
    assert hits("alice", "kingfish") == ["Kingfisher", "Own"]
    assert hits("bob", "kingfish") == ["Kingfisher"]
    assert hits("mona", "kingfish") == ["Kingfisher", "Other", "Own"]
    assert crm.query("customer", by="bob", text="kingfish own").records == ()


def test_search_marks_tell_nothing(crm: Tiny) -> None:
    mark = marks_of("暗号").strip("\x1d")
    assert len(mark) == 3
    assert crm.names("customer", text=mark) == []
    assert crm.names("customer", text=mark.lower()) == []


def test_search_filter_takes_no_letters(crm: Tiny) -> None:
    assert crm.names("customer", filters=[Filter("name", CONTAINS, ("zhangsan",))]) == []
    assert crm.names("customer", filters=[Filter("name", CONTAINS, ("张",))]) == ["张三"]


def test_search_follows_changes(crm: Tiny) -> None:
    record = crm.query("customer", text="zhangsan").records[0]
    changed = crm.update(record, name="王五六", by="mona")
    assert crm.names("customer", text="zhangsan") == []
    assert crm.names("customer", text="五六") == ["王五六"]
    gone = crm.delete(changed, by="mona")
    assert crm.names("customer", text="wwl") == []
    crm.restore(gone, by="mona")
    assert crm.names("customer", text="wwl") == ["王五六"]


def test_search_follows_releases(crm: Tiny) -> None:
    config = customers()
    config["forms"][0]["title"] = "note"
    crm.publish(config)
    assert crm.names("customer", text="zhangsan") == []
    crm.publish(customers())
    assert [record["name"] for record in crm.query("customer", text="zhangsan").records] == ["张三"]


def test_search_undone_leaves_no_trace(crm: Tiny) -> None:
    with crm.db() as session:
        records.create(session, crm.live(session), "customer", {"name": "赵钱孙李"}, crm.user("mona"), crm.now, "form")
        session.rollback()
    assert crm.names("customer", text="赵钱孙李") == []


def test_search_uses_its_index(crm: Tiny, statements: Any) -> None:
    with statements() as seen:
        assert crm.names("customer", text="星河科技") == ["北京星河科技有限公司"]
    if crm.db.kw["bind"].dialect.name == "sqlite":
        assert any("MATCH" in one for one in seen)
    with statements() as seen:
        crm.names("customer", text="河")
    assert not any("MATCH" in one for one in seen)


def test_common_words_are_met_in_the_order_of_the_list(crm: Tiny, statements: Any, monkeypatch: Any) -> None:
    for city in ("上海", "广州"):
        crm.create("customer", name=f"{city}有限公司")
    whole = crm.names("customer", text="有限公司")
    assert len(whole) == 3
    monkeypatch.setattr("engine.records.narrowing.PROBED", 1)
    with statements() as seen:
        page = crm.query("customer", text="有限公司", limit=1)
    assert ([page.records[0]["name"]], page.more, page.count) == (whole[:1], True, len(whole))
    if crm.db.kw["bind"].dialect.name == "sqlite":
        asked = [one for one in seen if "LIMIT" in one and "created_at" in one]
        assert [("MATCH" in one) for one in asked] == [False], asked
    assert crm.names("customer", text="有限公司", sort=["name"]) == sorted(whole)


def test_short_words_are_bounded(crm: Tiny, monkeypatch: Any) -> None:
    everything = crm.query("customer", text="国")
    assert (len(everything.records) > 0, everything.latest_only) == (True, False)
    assert crm.names("customer", text="zg") == ["曾国藩"]  # the letters of its first two characters
    monkeypatch.setattr("engine.records.narrowing.LATEST", 1)
    crm.create("customer", name="Last one")
    crm.create("customer", name="Very last")
    few = crm.query("customer", text="国")
    assert (few.records, few.latest_only) == ((), True)
    assert crm.query("customer", text="ry").records[0]["name"] == "Very last"
    assert crm.names("customer", text="zg") == ["曾国藩"]
    assert crm.names("customer", text="st") == ["Very last"]  # “Last” does not begin with it
    assert crm.query("customer", text="曾国藩").latest_only is False


def test_lookups_take_the_latest_hits(crm: Tiny, monkeypatch: Any) -> None:
    for city in ("上海", "广州"):
        crm.create("customer", name=f"{city}有限公司")
    with crm.db() as session:
        every = lookup(session, crm.live(session), "customer", "有限公司", crm.user("ada"), crm.now)
        monkeypatch.setattr("engine.records.narrowing.COMMON", 1)
        few = lookup(session, crm.live(session), "customer", "有限公司", crm.user("ada"), crm.now)
    assert (len(every), few) == (3, [max(every)])


def test_search_takes_in_records_of_earlier_versions(crm: Tiny) -> None:
    engine = crm.db.kw["bind"]
    with engine.begin() as connection:
        old = sa.text("UPDATE tiny__customer SET search_text = substr(search_text, 1, 15) || char(31)")
        if engine.dialect.name == "sqlite":
            drop_triggers(connection, "tiny__customer")
            connection.exec_driver_sql(f'DROP TABLE "{index_table("tiny__customer")}"')
        else:
            old = sa.text("UPDATE tiny__customer SET search_text = substr(search_text, 1, 15) || chr(31)")
        connection.execute(old.bindparams())
        take_in_earlier(connection)
    assert crm.names("customer", text="星河") == ["北京星河科技有限公司"]


def test_search_index_is_built_anew_after_a_great_fill(crm: Tiny) -> None:
    engine = crm.db.kw["bind"]
    if engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL keeps its index by itself")
    with engine.begin() as connection:
        drop_triggers(connection, "tiny__customer")
        connection.execute(sa.text("UPDATE tiny__customer SET search_text = replace(search_text, '三', '四')"))
        make_triggers(connection, "tiny__customer")
        rebuild(connection, "tiny__customer")
    assert crm.names("customer", text="张四") == []  # the text has other marks than its letters: nothing is made up


def test_lookup_finds_by_letters(crm: Tiny) -> None:
    with crm.db() as session:
        found = lookup(session, crm.live(session), "customer", "zgf", crm.user("alice"), crm.now)
    assert [title for _, title in found] == ["曾国藩"]


def test_pieces_are_few() -> None:
    assert len(pieces_of("x" * 300 + "y")) <= 12
    assert pieces_of("ab") == []
    assert len(pieces_of("张三")) == 1


def test_search_finds_real_names(tiny: Tiny, shared_data: Path) -> None:
    tiny.publish(customers())
    lines = [
        line.strip()
        for name in ("cn_company_short_5000.txt", "cn_person_ancient_3000.txt", "jp_person_2000.txt")
        for line in (shared_data / "cjk_names" / name).read_text(encoding="utf-8").splitlines()[:300]
    ]
    names = list(dict.fromkeys(line for line in lines if line))
    with tiny.db.begin() as session:
        app, user = tiny.live(session), tiny.user("mona")
        for name in names:
            records.create(session, app, "customer", {"name": name}, user, tiny.now, "import")
    for name in names[::9]:
        middle = name[1:3] if len(name) > 3 else name[:2]
        assert name in tiny.names("customer", text=middle, limit=500), middle
        letters = records_letters(name)
        if letters:
            assert name in tiny.names("customer", text=letters, limit=500), letters


def records_letters(name: str) -> str:
    """Return the first letters of the syllables, as somebody would type them."""
    from pypinyin import Style, lazy_pinyin

    letters = lazy_pinyin(name, style=Style.FIRST_LETTER, errors="ignore")
    return "".join(letters)


def test_a_search_is_counted_less_far_than_a_list(tiny, monkeypatch):
    monkeypatch.setattr(sys.modules["engine.records.query"], "SEARCH_CAP", 2)  # the package names its function so, too
    for number in range(4):
        tiny.create("account", name=f"Harbour {number}", region="north")
    tiny.create("account", name="Lone", region="north")

    found, alone, listed = (tiny.query("account", text=text, limit=1) for text in ("harbour", "lone", ""))

    assert (found.count, found.cap) == (None, 2)
    assert (alone.count, listed.count) == (1, 5)
