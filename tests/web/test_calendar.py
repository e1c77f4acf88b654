from __future__ import annotations

import re

import pytest

from tests.support.plans_app import plans_app
from tests.support.site import part, words


@pytest.fixture
def planned(tiny, site):
    tiny.publish(plans_app())
    return site


def day(answer, iso):
    return part(answer, f'data-day="{iso}"', '<li class="day')


def test_records_stand_on_their_day_of_the_month(planned, tiny):
    tiny.create("plan", name="Fair", starts_on="2026-03-14")

    page = planned.visitor("alice").get("/a/tiny/plan/calendar?date=starts_on")

    assert "March 2026" in words(page)
    assert "Fair" in day(page, "2026-03-14")
    assert page.text.count("Fair") == 1


def test_a_month_shows_whole_weeks(planned):
    page = planned.visitor("alice").get("/a/tiny/plan/calendar?day=2026-05-09")

    days = re.findall(r'data-day="([^"]+)"', page.text)
    assert (days[0], days[-1], len(days)) == ("2026-04-27", "2026-05-31", 35)


@pytest.mark.parametrize("asked", ["banana", "9999-12-31", "0001-01-01", "2026-13-01", ""])
def test_a_silly_day_is_today(planned, asked):
    page = planned.visitor("alice").get(f"/a/tiny/plan/calendar?day={asked}")

    assert "March 2026" in words(page)


def test_moments_stand_on_their_day_in_the_zone_of_the_app(planned, tiny):
    tiny.create("plan", name="Late call", meets_at="2026-03-10 00:30")

    page = planned.visitor("alice").get("/a/tiny/plan/calendar?date=meets_at")

    assert "00:30 Late call" in day(page, "2026-03-10")


def test_a_range_stands_on_all_its_days(planned, tiny):
    tiny.create("plan", name="Leave", away="2026-02-27 ~ 2026-03-03")

    page = planned.visitor("alice").get("/a/tiny/plan/calendar?view=away")

    on = [iso for iso in re.findall(r'data-day="([^"]+)"', page.text)[:-1] if "Leave" in day(page, iso)]
    assert on == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"]


def test_a_full_day_says_how_many_more_and_where(planned, tiny):
    for number in range(9):
        tiny.create("plan", name=f"P{number}", starts_on="2026-03-14")
    alice = planned.visitor("alice")

    page = alice.get("/a/tiny/plan/calendar?date=starts_on")

    assert page.text.count('class="entry-chip') == 4
    assert "5 more" in day(page, "2026-03-14")
    link = re.search(r'href="([^"]+)">5 more', page.text)[1].replace("&amp;", "&")
    assert len(set(re.findall(r">P(\d)<", alice.get(link).text))) == 9


def test_a_view_brings_its_date_and_filter(planned, tiny):
    tiny.create("plan", name="In shop", starts_on="2026-03-14", area="shop")
    tiny.create("plan", name="In yard", starts_on="2026-03-14", area="yard")

    page = planned.visitor("alice").get("/a/tiny/plan/calendar?view=shop")

    assert "In shop" in page.text
    assert "In yard" not in page.text


def test_a_hidden_date_makes_no_calendar(planned, tiny):
    tiny.create("plan", by="mona", name="Fair", secret_on="2026-03-14")

    assert "Fair" in day(planned.visitor("mona").get("/a/tiny/plan/calendar?view=secret"), "2026-03-14")
    for address, said in (("?view=secret", "that you may not see"), ("?date=secret_on", "hidden from you")):
        page = planned.visitor("alice").get(f"/a/tiny/plan/calendar{address}")
        assert "Fair" not in page.text
        assert "Secret day" not in page.text
        assert "by Starts on" in words(page)
        assert said in words(page)


def test_a_form_without_dates_has_no_calendar(planned):
    assert planned.visitor("alice").get("/a/tiny/account/calendar").status_code == 404
    assert "account/calendar" not in planned.visitor("alice").get("/a/tiny/account/").text


def test_dragging_moves_a_date(planned, tiny):
    plan = tiny.create("plan", name="Fair", starts_on="2026-03-14")

    answer = planned.visitor("alice").post(
        f"/a/tiny/plan/{plan.id}/place", date="starts_on", first="2026-03-20", version="1"
    )

    assert answer.status_code == 204
    assert str(tiny.get(plan)["starts_on"]) == "2026-03-20"


def test_dragging_keeps_the_hour_of_a_moment(planned, tiny):
    plan = tiny.create("plan", name="Call", meets_at="2026-03-10 15:45")

    planned.visitor("alice").post(f"/a/tiny/plan/{plan.id}/place", date="meets_at", first="2026-03-12", version="1")

    assert tiny.get(plan)["meets_at"].isoformat() == "2026-03-12T07:45:00+00:00"


def test_dragging_keeps_the_length_of_a_range(planned, tiny):
    plan = tiny.create("plan", name="Leave", away="2026-02-27 ~ 2026-03-03")

    planned.visitor("alice").post(f"/a/tiny/plan/{plan.id}/place", date="away", first="2026-03-27", version="1")

    assert tiny.get(plan)["away"] == "2026-03-27/2026-03-31"


def test_a_bar_is_made_longer(planned, tiny):
    plan = tiny.create("plan", name="Fair", starts_on="2026-03-14", ends_on="2026-03-15")

    planned.visitor("alice").post(
        f"/a/tiny/plan/{plan.id}/place",
        start="starts_on",
        end="ends_on",
        first="2026-03-14",
        last="2026-03-19",
        version="1",
    )

    assert (str(tiny.get(plan)["starts_on"]), str(tiny.get(plan)["ends_on"])) == ("2026-03-14", "2026-03-19")


def test_a_place_that_the_form_refuses_is_refused_in_words(planned, tiny):
    plan = tiny.create("plan", name="Fair", starts_on="2026-03-14", ends_on="2026-03-15")

    answer = planned.visitor("alice").post(
        f"/a/tiny/plan/{plan.id}/place", date="starts_on", first="2026-03-20", version="1"
    )

    assert answer.status_code == 422
    assert "Ends on : A plan ends after it starts." in words(answer)
    assert str(tiny.get(plan)["starts_on"]) == "2026-03-14"


def test_an_old_version_moves_nothing(planned, tiny):
    plan = tiny.create("plan", name="Fair", starts_on="2026-03-14")
    tiny.update(plan, name="Great fair")

    answer = planned.visitor("alice").post(
        f"/a/tiny/plan/{plan.id}/place", date="starts_on", first="2026-03-20", version="1"
    )

    assert answer.status_code == 409
    assert str(tiny.get(plan)["starts_on"]) == "2026-03-14"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"date": "starts_on"}, 400),
        ({"date": "starts_on", "first": "soon"}, 400),
        ({"date": "nothing", "first": "2026-03-20"}, 404),
        ({"date": "secret_on", "first": "2026-03-20"}, 404),
        ({"date": "created_at", "first": "2026-03-20"}, 403),
        ({"date": "name", "first": "2026-03-20"}, 404),
    ],
)
def test_what_makes_no_sense_is_not_done(planned, tiny, values, status):
    plan = tiny.create("plan", name="Fair", starts_on="2026-03-14")

    answer = planned.visitor("alice").post(f"/a/tiny/plan/{plan.id}/place", version="1", **values)

    assert answer.status_code == status
    assert tiny.get(plan).version == 1


def test_a_new_record_begins_on_the_day_that_was_clicked(planned):
    alice = planned.visitor("alice")
    for address, expected in (
        ("?date=starts_on", 'value="2026-03-14"'),
        ("?date=meets_at", 'value="2026-03-14T09:00'),
        ("?view=away", 'value="2026-03-14"'),
    ):
        page = alice.get(f"/a/tiny/plan/calendar{address}")
        link = re.search(r'class="add" href="([^"]+2026-03-14[^"]*)"', page.text)[1].replace("&amp;", "&")
        assert expected in alice.get(link).text


def test_calendar_asks_the_database_equally_often(planned, tiny, statements):
    alice = planned.visitor("alice")
    deal_of = {"account": tiny.create("account", name="Acme", region="north").id}
    tiny.create("plan", name="P", starts_on="2026-03-14")
    alice.get("/a/tiny/plan/calendar?date=starts_on&columns=deal")
    with statements() as few:
        alice.get("/a/tiny/plan/calendar?date=starts_on&columns=deal")
    for number in range(30):
        deal = tiny.create("deal", name=f"D{number}", **deal_of)
        tiny.create("plan", name=f"P{number}", starts_on=f"2026-03-{number + 1:02}", deal=deal.id)

    with statements() as many:
        alice.get("/a/tiny/plan/calendar?date=starts_on&columns=deal")

    assert len(many) - len(few) <= 1  # titles of what is referred to, once there is something
    assert len(many) <= 10
