"""Field types with a look of their own, from the form to the list and back through a file."""

from __future__ import annotations

import pytest

from tests.support.configs import form_of, tiny_app
from tests.support.site import part, words

MORE = [
    {"key": "seats", "type": "integer", "label": "Seats", "min": 1, "max": 5000, "unit": "台"},
    {"key": "stars", "type": "rating", "label": "Stars", "max": 4},
    {"key": "opens", "type": "time", "label": "Opens", "min": "06:00"},
    {"key": "effort", "type": "duration", "label": "Effort"},
    {"key": "paint", "type": "color", "label": "Paint"},
    {
        "key": "busy",
        "type": "computed",
        "label": "Busy",
        "result": "yes_no",
        "expression": 'opens < "08:30" and effort / 60 >= 1.5 and stars > 2 and paint == "#ff8800" and seats == 12',
    },
]
TYPED = {"seats": "１２台", "stars": "3", "opens": "7:30", "effort": "90 分钟", "paint": "#F80"}
STORED = {"seats": 12.0, "stars": 3.0, "opens": "07:30", "effort": 90.0, "paint": "#ff8800", "busy": True}


@pytest.fixture
def alice(site, tiny):
    config = tiny_app()
    form_of(config, "account")["fields"] += MORE
    form_of(config, "account")["list"]["columns"] = ["name", "seats", "stars", "opens", "effort", "paint"]
    tiny.publish(config)
    return site.visitor("alice")


def make(alice, name="Acme", **typed):
    return alice.post("/a/tiny/account/new", name=name, region="north", **{**TYPED, **typed})


def test_values_are_kept_shown_and_offered_again(alice, tiny):
    assert make(alice).location == "/a/tiny/account/1"

    [record] = tiny.query("account").records
    assert {key: record[key] for key in STORED} == STORED
    page = alice.get("/a/tiny/account/1")
    assert "12 台" in words(page)
    assert "1 h 30 min" in words(page)
    assert 'aria-label="3 of 4 stars"' in page.text
    assert 'fill="#ff8800"' in page.text
    form = alice.get("/a/tiny/account/1/edit").text
    assert 'type="time" id="field-opens" name="opens" value="07:30" min="06:00"' in form
    assert 'value="3" checked aria-label="3 stars"' in form
    assert 'name="effort" value="1h 30m"' in form


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("seats", "1.5", "A whole number is expected."),
        ("seats", "9000", "At most 5000 is expected."),
        ("stars", "5", "From 1 to 4 stars are expected."),
        ("opens", "5:59", "Not before 06:00."),
        ("opens", "25:00", "is not a time of day"),
        ("effort", "soon", "is not a length of time"),
        ("paint", "red", "is not a colour"),
    ],
)
def test_mistake_is_told_beside_the_field(alice, field, typed, sentence):
    answer = make(alice, **{field: typed})

    assert answer.status_code == 422
    assert sentence in part(answer, f'id="wrap-field-{field}"', "</p>")


def test_rating_is_taken_back(alice, tiny):
    make(alice)

    alice.post("/a/tiny/account/1/edit", version="1", name="Acme", region="north", stars="")

    assert tiny.query("account").records[0]["stars"] is None


@pytest.mark.parametrize(
    "asked",
    ["f.seats.min=10", "f.stars.max=3", "f.opens.min=07:00&f.opens.max=7:45", "f.effort.max=2h", "f.paint=ff88"],
)
def test_list_is_filtered(alice, asked):
    make(alice)
    make(alice, name="Other", seats="2", stars="4", opens="9:00", effort="3h", paint="#000")

    page = words(alice.get(f"/a/tiny/account/?{asked}"))

    assert "Acme" in page
    assert "Other" not in page


def test_words_are_said_in_the_reader_s_language(alice, site):
    make(alice)
    site.speak("alice", "zh_Hans")

    assert "1 小时 30 分钟" in words(alice.get("/a/tiny/account/1"))
    assert "不评分" in words(alice.get("/a/tiny/account/1/edit"))
    assert "“soon”不是时长" in words(make(alice, name="B", effort="soon"))


@pytest.fixture
def tagged(site, tiny):
    config = tiny_app()
    form_of(config, "account")["fields"] += [
        {"key": "labels", "type": "tags", "label": "Labels", "max_items": 3},
        {"key": "stay", "type": "date_range", "label": "Stay", "max_days": 7},
    ]
    form_of(config, "account")["permissions"][0]["fields"] = {"tier": "read"}
    tiny.publish(config)
    return site.visitor("alice")


def test_tags_are_kept_shown_and_offered_to_others(tagged, tiny):
    tagged.post("/a/tiny/account/new", name="Acme", region="north", labels=["", "urgent", "<b>展会"])
    tagged.post("/a/tiny/account/new", name="Bolt", region="north", labels="urgent、cold")

    assert [record["labels"] for record in tiny.query("account", sort=["name"]).records] == [
        ["urgent", "<b>展会"],
        ["urgent", "cold"],
    ]
    assert '<span class="pill">&lt;b&gt;展会</span>' in tagged.get("/a/tiny/account/1").text
    offered = tagged.get("/a/tiny/account/tags/labels?q=").json["results"]
    assert [one["id"] for one in offered] == [
        "urgent",
        *sorted(["<b>展会", "cold"], key=[o["id"] for o in offered].index),
    ]
    assert [one["id"] for one in tagged.get("/a/tiny/account/tags/labels?q=co").json["results"]] == ["cold"]
    assert tagged.get("/a/tiny/account/tags/name").status_code == 404
    form = tagged.get("/a/tiny/account/2/edit").text
    assert 'value="urgent; cold"' in form
    assert "data-create" in form


def test_tags_filter_the_list_and_are_taken_off(tagged, tiny):
    tagged.post("/a/tiny/account/new", name="Acme", region="north", labels="urgent")
    tagged.post("/a/tiny/account/new", name="Bolt", region="north", labels="cold")

    page = words(tagged.get("/a/tiny/account/?f.labels=urgent"))
    assert "Acme" in page
    assert "Bolt" not in page
    assert "Labels is urgent" in page
    tagged.post("/a/tiny/account/1/edit", version="1", name="Acme", region="north", labels="")
    assert tiny.query("account", sort=["name"]).records[0]["labels"] is None


def test_too_many_tags_are_told(tagged):
    answer = tagged.post("/a/tiny/account/new", name="Acme", region="north", labels=["a", "b", "c", "d"])

    assert answer.status_code == 422
    assert "Choose at most 3." in part(answer, 'id="wrap-field-labels"', "</p>")
    assert 'value="a; b; c; d"' in answer.text


def test_stay_has_two_days(tagged, tiny):
    wrong = tagged.post("/a/tiny/account/new", name="Acme", region="north", stay=["2026-03-06", ""])
    assert "is not a first and a last day" in part(wrong, 'id="wrap-field-stay"', "</p>")
    assert 'name="stay" aria-invalid="true" aria-describedby="field-stay-error" value="2026-03-06"' in wrong.text

    turned = tagged.post("/a/tiny/account/new", name="Acme", region="north", stay=["2026-03-06", "2026-03-02"])
    assert "The last day comes before the first." in words(turned)
    long = tagged.post("/a/tiny/account/new", name="Acme", region="north", stay=["2026-03-01", "2026-03-08"])
    assert "At most 7 days are expected." in words(long)

    tagged.post("/a/tiny/account/new", name="Acme", region="north", stay=["2026-03-02", "2026-03-06"])
    assert tiny.query("account").records[0]["stay"] == "2026-03-02/2026-03-06"
    assert "Mar 2, 2026 – Mar 6, 2026" in words(tagged.get("/a/tiny/account/1"))


@pytest.fixture
def placed(site, tiny):
    config = tiny_app()
    form_of(config, "account")["fields"] += [
        {"key": "place", "type": "address", "label": "Place"},
        {"key": "extra", "type": "json", "label": "Extra"},
    ]
    tiny.publish(config)
    return site.visitor("alice")


def test_address_has_four_parts(placed, tiny):
    wrong = placed.post("/a/tiny/account/new", name="Acme", region="north", place=["Mars", "", "", "Crater 1"])
    assert "“Mars” is not a province." in part(wrong, 'id="wrap-field-place"', "</p>")
    assert 'value="Crater 1"' in wrong.text

    placed.post("/a/tiny/account/new", name="Acme", region="north", place=["广东省", "深圳市", "", "<b>路 1/2"])
    assert tiny.query("account").records[0]["place"] == "广东省 / 深圳市 / / <b>路 1/2"
    assert "广东省 深圳市 &lt;b&gt;路 1/2" in placed.get("/a/tiny/account/1").text
    form = placed.get("/a/tiny/account/1/edit").text
    assert "<option selected>广东省</option>" in form
    assert 'value="深圳市" aria-label="City"' in form


def test_json_is_checked_and_shown_in_lines(placed, tiny):
    wrong = placed.post("/a/tiny/account/new", name="Acme", region="north", extra='{"a": }')
    assert "something is wrong in line 1, column 7" in part(wrong, 'id="wrap-field-extra"', "</p>")

    placed.post("/a/tiny/account/new", name="Acme", region="north", extra='{"a": ["<b>", 1]}')
    assert tiny.query("account").records[0]["extra"] == '{"a":["<b>",1]}'
    assert "&#34;&lt;b&gt;&#34;,\n    1" in placed.get("/a/tiny/account/1").text
