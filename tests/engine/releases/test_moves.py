"""Records whose stage or option goes with a release: where they go, in sets, and back when the release is undone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from engine.changes import Change
from engine.errors import ConfigError
from engine.people import SYSTEM
from engine.releases import Moves, Preview, Release, live, preview, preview_back, publish, roll_back
from engine.releases.moves import STAGE
from tests.support.configs import Config, field_of, form_of, tiny_app

if TYPE_CHECKING:
    from engine.records import Record
    from tests.engine.conftest import Tiny

HOUR = timedelta(hours=1)
LINES = ["deal.stage:open=offer", "account.region:north=east", "account.tier:key_account=", "deal.tags:new=upsell"]


def narrowed() -> Config:
    """The small app without the stage `open`, the region `north`, the tier `key_account` and the tag `new`."""
    config = tiny_app()
    pipeline = config["pipelines"][0]
    pipeline["stages"] = [stage for stage in pipeline["stages"] if stage["key"] != "open"]
    pipeline["initial"] = "offer"
    pipeline["transitions"] = [
        {"key": "win", "label": "Win", "from": ["offer"], "to": "won"},
        {"key": "lose", "label": "Lose", "from": ["offer"], "to": "lost"},
    ]
    config["app"]["measures"], config["alerts"] = {}, []
    field_of(config, "account", "region")["options"] = [
        {"key": "south", "label": "South"},
        {"key": "east", "label": "Sunrise"},
    ]
    field_of(config, "account", "tier")["options"].pop(0)
    field_of(config, "deal", "tags")["options"] = [
        {"key": "upsell", "label": "Upsell"},
        {"key": "renewal", "label": "Renewal"},
    ]
    return config


def with_words(config: Config) -> Config:
    """Add a computed field that follows from what is moved."""
    words = {
        "key": "words",
        "type": "computed",
        "label": "Words",
        "expression": "concat(stage, if_empty(account.region, ''))",
    }
    form_of(config, "deal")["fields"].append({**words, "result": "text"})
    return config


pytestmark = pytest.mark.usefixtures("how_many")


@pytest.fixture
def filled(tiny: Tiny) -> Tiny:
    """Two accounts; of three deals one is won and one deleted; a computed field reads stage and region."""
    tiny.publish(with_words(tiny_app()))
    tiny.create("account", name="Acme", region="north", tier="key_account")
    tiny.create("account", name="Other", region="south")
    for name, tags in (("Alpha", "new;renewal;upsell"), ("Beta", "renewal"), ("Gone", "new")):
        tiny.create("deal", name=name, account=1, amount="10", tags=tags)
    tiny.delete(_deal(tiny, 3))
    tiny.move(_deal(tiny, 2), "offer")
    return tiny


def _deal(tiny: Tiny, id_: int, **more: Any) -> Record:
    from engine import records

    with tiny.db() as session:
        return records.get(session, tiny.live(session), "deal", id_, tiny.user("ada"), tiny.now, **more)


def _publish(tiny: Tiny, config: Config, lines: list[str], now_in: timedelta = HOUR) -> Release:
    with tiny.db.begin() as session:
        return publish(session, config, SYSTEM, tiny.now + now_in, "less", moves=Moves.read(lines))


def _rows(tiny: Tiny, form: str, *columns: str, past: bool = False) -> list[tuple[Any, ...]]:
    with tiny.db() as session:
        table = tiny.live(session).tables.at(form, past=past)
        order = table.c["_line"] if past else table.c.id
        return [tuple(row) for row in session.execute(sa.select(*(table.c[one] for one in columns)).order_by(order))]


def test_what_goes_is_told_with_count_examples_and_ways_out(filled: Tiny) -> None:
    with filled.db() as session:
        found = preview(session, with_words(narrowed()), Moves.read(LINES[1:2]))

    told = [(one.place, str(one.label), one.count, one.may_empty, one.to) for one in found.leaving]
    assert told == [
        ("account.region:north=", "North", 1, False, "east"),
        ("account.tier:key_account=", "Key account", 1, True, None),
        ("deal.stage:open=", "Open", 1, False, None),
        ("deal.tags:new=", "New", 1, True, None),
    ]
    assert found.leaving[0].examples == ("“Acme” (#1)",)
    assert [str(label) for _, label in found.leaving[2].targets] == ["Offer", "Won", "Lost"]
    assert [fault.code for fault in found.faults] == ["release.narrowed"] * 2 + ["release.stage"]


def test_records_are_moved_with_history_changes_figures_and_search(filled: Tiny) -> None:
    _publish(filled, with_words(narrowed()), LINES)

    at = filled.now + HOUR
    assert _rows(filled, "account", "region", "tier") == [("east", None), ("south", "standard")]
    assert _rows(filled, "deal", "stage", "tags") == [
        ("offer", ["upsell", "renewal"]),
        ("offer", ["renewal"]),
        ("offer", ["upsell"]),
    ]
    entered = [row[0] for row in _rows(filled, "deal", "stage_entered_at")]
    assert entered == [at, filled.now, at]
    assert [row[0] for row in _rows(filled, "deal", "words")][:2] == ["offereast", "offereast"]
    lines = _rows(filled, "deal", "id", "valid_from", "valid_to", "stage", past=True)
    alpha = [line[1:] for line in lines if line[0] == 1]
    assert alpha[0][1:] == (at, "open")
    assert alpha[-1][1:] == (None, "offer")
    assert [one[1] for one in alpha[:-1]] == [one[0] for one in alpha[1:]]  # without a gap
    with filled.db() as session:
        change = session.scalars(sa.select(Change).where(Change.verb == "map", Change.form == "deal")).first()
        assert change is not None
        assert (change.record_id, change.release, change.note) == (1, 3, "less")
        assert change.diff == {
            "stage": ["open", "offer"],
            "stage_entered_at": ["2026-03-02T01:00:00Z", "2026-03-02T02:00:00Z"],
            "tags": [["new", "renewal", "upsell"], ["upsell", "renewal"]],
        }
    assert filled.names("account", "ada", text="Sunrise") == ["Acme"]


def test_number_of_statements_does_not_follow_the_number_of_records(filled: Tiny, statements: Any) -> None:
    def count() -> int:
        with statements() as seen, filled.db.begin() as session:
            publish(session, with_words(narrowed()), SYSTEM, filled.now + HOUR, moves=Moves.read(LINES))
            session.rollback()
        return len(seen)

    few = count()
    for number in range(40):
        filled.create("deal", name=f"More {number}", account=2, tags="new")

    assert count() <= few + 2  # chunks that found nothing before


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("deal.stage:open", "moves.line"),
        ("deal.nothing:a=b", "moves.place"),
        ("ghost.stage:a=b", "moves.place"),
        ("deal.stage:open=won2", "moves.target"),
        ("deal.stage:open=", "moves.required"),
        ("deal.stage:won=offer", "moves.stays"),
        ("account.region:north=", "moves.required"),
    ],
)
def test_ways_that_lead_nowhere_are_refused(filled: Tiny, line: str, code: str) -> None:
    with pytest.raises(ConfigError) as error:
        _publish(filled, with_words(narrowed()), [line])

    assert error.value.code == code
    with filled.db() as session:
        assert live(session, "tiny").number == 2


def test_undone_release_puts_back_what_nobody_touched(filled: Tiny) -> None:
    filled.create("deal", name="Delta", account=1, tags="new")
    before = _rows(filled, "deal", "stage", "stage_entered_at", "tags", "words")
    _publish(filled, with_words(narrowed()), LINES)
    later = filled.now + 2 * HOUR
    filled.update(_deal(filled, 1), by="ada", now=later, amount="99")  # something else of the record
    filled.move(_deal(filled, 4), "won", by="ada", now=later, amount="5")  # moved on since
    filled.create("deal", name="New", account=2, by="ada", now=later)

    with filled.db.begin() as session:
        roll_back(session, "tiny", 2, SYSTEM, later + HOUR, "as before")

    after = _rows(filled, "deal", "stage", "stage_entered_at", "tags", "words")
    assert after[:3] == before[:3]
    assert after[3] == ("won", later, ["new"], "wonnorth")
    assert after[4][0] == "offer"
    assert _rows(filled, "deal", "amount")[0] == (9900,)
    assert _rows(filled, "account", "region", "tier") == [("north", "key_account"), ("south", "standard")]


def test_release_that_was_undone_may_be_brought_back(filled: Tiny) -> None:
    _publish(filled, with_words(narrowed()), LINES)
    moved = _rows(filled, "deal", "stage", "tags")
    for number in (2, 3):
        with filled.db.begin() as session:
            roll_back(session, "tiny", number, SYSTEM, filled.now + (number + 1) * HOUR)

    assert _rows(filled, "deal", "stage", "tags") == moved


def test_going_back_asks_where_records_of_new_stages_go(filled: Tiny) -> None:
    more = with_words(tiny_app())
    more["pipelines"][0]["stages"].append({"key": "parked", "label": "Parked"})
    more["pipelines"][0]["transitions"].append({"key": "park", "label": "Park", "from": ["open"], "to": "parked"})
    filled.publish(more, filled.now + HOUR)
    filled.move(_deal(filled, 1), "park", by="ada", now=filled.now + 2 * HOUR)

    with filled.db.begin() as session:
        found: Preview = preview_back(session, "tiny", 2, SYSTEM, filled.now + 3 * HOUR)
        assert [(one.place, one.count) for one in found.leaving] == [("deal.stage:parked=", 1)]
        with pytest.raises(ConfigError):
            roll_back(session, "tiny", 2, SYSTEM, filled.now + 3 * HOUR)
        roll_back(session, "tiny", 2, SYSTEM, filled.now + 3 * HOUR, moves=Moves.read([f"deal.{STAGE}:parked=open"]))

    assert _rows(filled, "deal", "stage")[0] == ("open",)


def test_option_is_moved_before_its_field_changes_the_type(filled: Tiny) -> None:
    config = with_words(narrowed())
    field_of(config, "account", "tier")["type"] = "choices"
    field_of(config, "account", "tier").pop("default")

    _publish(filled, config, [*LINES[:2], "account.tier:key_account=standard", LINES[3]])

    assert _rows(filled, "account", "tier") == [(["standard"],), (["standard"],)]
    _back(filled, 2, 2)
    assert _rows(filled, "account", "tier", "region") == [("key_account", "north"), ("standard", "south")]


def test_nobody_is_asked_where_values_go_that_are_computed_from_now_on(filled: Tiny) -> None:
    config = with_words(tiny_app())
    tier = field_of(config, "account", "tier")
    label = tier["label"]
    tier.clear()
    tier |= {"key": "tier", "type": "computed", "label": label, "expression": "1 + 1", "result": "number"}

    with filled.db() as session:
        found = preview(session, config)
    assert found.leaving == ()
    filled.publish(config, filled.now + HOUR)
    _back(filled, 2, 2)

    assert _rows(filled, "account", "tier") == [("key_account",), ("standard",)]


def test_undoing_the_same_again_and_again_is_no_more_work_each_time(filled: Tiny, statements: Any) -> None:
    before, first = _rows(filled, "deal", "stage", "tags", "words"), []
    with filled.db() as session:
        number = filled.live(session).number
    counts = []
    for turn in range(3):
        _publish(filled, narrowed(), LINES, (2 * turn + 1) * HOUR)
        with statements() as seen, filled.db.begin() as session:
            roll_back(session, "tiny", number, SYSTEM, filled.now + (2 * turn + 2) * HOUR)
        counts.append(len(seen))
        first.append(_rows(filled, "deal", "stage", "tags", "words"))

    assert first == [before] * 3
    assert counts[2] <= counts[1]


def _back(tiny: Tiny, number: int, hours: int) -> None:
    with tiny.db.begin() as session:
        roll_back(session, "tiny", number, SYSTEM, tiny.now + hours * HOUR)


def test_going_back_to_where_one_is_moves_nobody(filled: Tiny) -> None:
    before = _rows(filled, "deal", "stage", "stage_entered_at", "tags", "words")
    _publish(filled, narrowed(), LINES)

    lines = []
    for hours in (2, 3):
        _back(filled, 2, hours)
        assert _rows(filled, "deal", "stage", "stage_entered_at", "tags", "words") == before
        lines.append(_rows(filled, "deal", "id", past=True))
    assert lines[0] == lines[1]


def _without(*gone: str) -> Config:
    """The small app without some stages, between which all moves are allowed."""
    config = with_words(tiny_app())
    pipeline = config["pipelines"][0]
    pipeline["stages"] = [stage for stage in pipeline["stages"] if stage["key"] not in gone]
    keys = [stage["key"] for stage in pipeline["stages"]]
    pipeline["initial"] = keys[0]
    pipeline["transitions"] = [
        {"key": f"to_{to}", "label": to, "from": [one for one in keys if one != to], "to": to} for to in keys
    ]
    config["app"]["measures"], config["alerts"] = {}, []
    return config


def test_records_moved_by_one_release_after_another_go_back_all_the_way(filled: Tiny) -> None:
    stages = [_rows(filled, "deal", "stage", "stage_entered_at")]
    _publish(filled, _without("open"), ["deal.stage:open=offer"])
    stages.append(_rows(filled, "deal", "stage", "stage_entered_at"))
    _publish(filled, _without("open", "offer"), ["deal.stage:offer=won"], 2 * HOUR)
    stages.append(_rows(filled, "deal", "stage", "stage_entered_at"))

    for hours, number in enumerate((3, 2, 4, 2, 3), 3):
        _back(filled, number, hours)
        assert _rows(filled, "deal", "stage", "stage_entered_at") == stages[number - 2]


def test_what_an_undone_release_moved_is_left_alone_by_going_further_back(filled: Tiny) -> None:
    with filled.db() as session:
        number = filled.live(session).number
    _publish(filled, narrowed(), LINES)
    with filled.db.begin() as session:
        roll_back(session, "tiny", number, SYSTEM, filled.now + 2 * HOUR)
    filled.move(_deal(filled, 1), "offer")  # by hand, where the undone release had sent it
    with filled.db.begin() as session:
        roll_back(session, "tiny", number, SYSTEM, filled.now + 3 * HOUR)

    assert _rows(filled, "deal", "stage")[0] == ("offer",)


def test_columns_of_moved_records_are_set_aside_and_taken_up_where_rows_are_dear(filled: Tiny, how_many: str) -> None:
    with filled.db() as session:
        number, name = filled.live(session).number, filled.live(session).tables.current("deal").name
        dear = how_many == "many" and session.get_bind().dialect.name == "postgresql"
    before = _rows(filled, "deal", "stage", "stage_entered_at", "version")
    kept = []
    for turn in range(2):
        _publish(filled, _shorter(), LINES[:1], (2 * turn + 1) * HOUR)
        kept.append(_aside(filled, name))
        filled.create("deal", name=f"New {turn}", account=2, by="ada", now=filled.now + (2 * turn + 1) * HOUR)
        with filled.db.begin() as session:
            roll_back(session, "tiny", number, SYSTEM, filled.now + (2 * turn + 2) * HOUR)
        kept.append(_aside(filled, name))

    wanted = [{f"stage__was_{one}", f"stage_entered_at__was_{one}"} if dear else set() for one in range(3, 7)]
    assert kept == wanted
    after = _rows(filled, "deal", "stage", "stage_entered_at", "version")
    assert after[:3] == before
    assert [stage for stage, _, _ in after[3:]] == ["offer", "offer"]


def test_table_without_room_for_more_columns_is_written_in_place(filled: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.releases.kept.MOST_COLUMNS", 5)
    with filled.db() as session:
        name = filled.live(session).tables.current("deal").name
    before = _rows(filled, "deal", "stage")

    _publish(filled, _shorter(), LINES[:1])
    assert _aside(filled, name) == set()
    _back(filled, 2, 2)

    assert _rows(filled, "deal", "stage") == before


def test_view_that_somebody_made_shows_where_moved_records_are(filled: Tiny) -> None:
    with filled.db.begin() as session:
        number, name = filled.live(session).number, filled.live(session).tables.current("deal").name
        session.execute(sa.text(f"CREATE VIEW report AS SELECT id, stage FROM {name}"))
    shown = []
    _publish(filled, _shorter(), LINES[:1])
    shown.append(_report(filled))
    with filled.db.begin() as session:
        roll_back(session, "tiny", number, SYSTEM, filled.now + 2 * HOUR)
    shown.append(_report(filled))

    assert shown == [["offer", "offer", "offer"], ["open", "offer", "open"]]


def _report(tiny: Tiny) -> list[str]:
    with tiny.db() as session:
        return list(session.scalars(sa.text("SELECT stage FROM report ORDER BY id")))


def _aside(tiny: Tiny, name: str) -> set[str]:
    with tiny.db() as session:
        columns = (str(one["name"]) for one in sa.inspect(session.connection()).get_columns(name))
        return {one for one in columns if "__was_" in one and one.startswith("stage")}


def _shorter() -> Config:
    """The small app without the stage `open`, and nothing else."""
    config = with_words(tiny_app())
    config["pipelines"], config["alerts"] = narrowed()["pipelines"], []
    config["app"]["measures"] = {}
    return config


def test_what_reads_the_stage_alone_follows_it_back(filled: Tiny) -> None:
    before = _rows(filled, "deal", "stage", "words")
    with filled.db() as session:
        number = filled.live(session).number
    _publish(filled, _shorter(), LINES[:1])
    moved = _rows(filled, "deal", "stage", "words")
    with filled.db.begin() as session:
        roll_back(session, "tiny", number, SYSTEM, filled.now + 2 * HOUR)
    back = _rows(filled, "deal", "stage", "words")
    with filled.db.begin() as session:  # and forward again, to the release that was undone
        roll_back(session, "tiny", number + 1, SYSTEM, filled.now + 3 * HOUR)

    assert (back, _rows(filled, "deal", "stage", "words")) == (before, moved)
    assert [words for _, words in before] == ["opennorth", "offernorth", "opennorth"]


def _graded(**grade: Any) -> Config:
    """The small app with a choice `grade` of accounts, and what is computed from it."""
    config = tiny_app()
    words = {
        "key": "words",
        "type": "computed",
        "label": "Words",
        "expression": "'empty' if is_empty(grade) else 'is graded'",
    }
    more = [{"key": "grade", "label": "Grade", **grade}, {**words, "result": "text"}]
    form_of(config, "account")["fields"] += more
    return config


@pytest.mark.parametrize(("way", "type_", "between"), [("", "number", None), ("c", "text", "c"), ("b", "text", "b")])
def test_moved_options_go_back_where_the_field_was_given_another_type_since(
    tiny: Tiny, way: str, type_: str, between: object
) -> None:
    letters = [{"key": one, "label": one.upper()} for one in ("a", "b")]
    tiny.publish(_graded(type="choice", options=letters))
    for grade in ("a", "b"):
        tiny.create("account", name=grade, region="north", grade=grade)
    before = _rows(tiny, "account", "grade", "words")
    lines = [f"account.grade:{old}={way}" for old in ("a", "b") if old != way]
    left = letters[1:] if way == "b" else [{"key": "c", "label": "C"}]
    _publish(tiny, _graded(type="choice", options=left), lines)
    _publish(tiny, _graded(type=type_), [], 2 * HOUR)
    retyped = _rows(tiny, "account", "grade")

    with tiny.db.begin() as session:
        roll_back(session, "tiny", 2, SYSTEM, tiny.now + 3 * HOUR)

    assert [grade for (grade,) in retyped] == [between, between]
    assert _rows(tiny, "account", "grade", "words") == before == [("a", "is graded"), ("b", "is graded")]
    with tiny.db() as session:
        wanted = sa.select(Change.diff).where(Change.form == "account", Change.verb == "map").order_by(Change.id.desc())
        assert session.scalars(wanted.limit(1)).one() == {"grade": [way or None, "a" if way == "b" else "b"]}
