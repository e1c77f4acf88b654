"""Records through the HTTP API: the same verbs, rights and words as on the screens."""

from __future__ import annotations

import pytest

from tests.web.api.conftest import Program


@pytest.fixture
def alice(program) -> Program:
    return program("alice")


@pytest.fixture
def account(alice: Program) -> int:
    made = alice("POST", "/tiny/account", {"name": "Nord", "region": "north"})
    assert made.status_code == 201, made.text
    return made.json["id"]


def deal(alice: Program, account: int, name: str = "Boiler", **values: object) -> dict:
    made = alice("POST", "/tiny/deal", {"name": name, "account": account, **values})
    assert made.status_code == 201, made.text
    return made.json


def test_record_is_created_and_read_back(alice, account):
    values = {
        "amount": 1200.5,
        "tags": ["new"],
        "expected_on": "2026-04-01",
        "next_call_at": "2026-03-03T09:00:00.250Z",
    }
    made = alice("POST", "/tiny/deal", {"name": "Boiler", "account": account, **values})

    assert made.status_code == 201
    assert made.headers["ETag"] == '"1"'
    assert made.headers["Location"].endswith(f"/api/v1/tiny/deal/{made.json['id']}")
    read = alice("GET", f"/tiny/deal/{made.json['id']}")
    assert read.json == made.json
    assert {key: read.json[key] for key in values} == values
    assert read.json["net_amount"] == 1200.5
    assert (read.json["stage"], read.json["created_at"]) == ("open", "2026-03-02T01:00:00Z")
    assert "margin" not in read.json


def test_every_fault_stands_beside_its_field(alice):
    answer = alice("POST", "/tiny/deal", {"account": 999, "amount": "lots", "margin": 5, "colour": "red"})

    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    fields = {one["field"] for one in answer.json["errors"]}
    assert {"account", "amount", "margin", "colour"} <= fields
    unknown = {one["field"]: one["code"] for one in answer.json["errors"]}
    assert unknown["margin"] == unknown["colour"]  # a hidden field is no different from none


def test_list_is_filtered_sorted_and_paged(alice, account):
    for number in range(7):
        deal(alice, account, f"D{number}", amount=number * 100)

    first = alice("GET", "/tiny/deal?filter=amount >= 200&sort=-amount&limit=2&fields=name,amount&count=true").json
    assert [one["name"] for one in first["records"]] == ["D6", "D5"]
    assert set(first["records"][0]) == {"id", "version", "name", "amount"}
    assert first["count"] == 5
    rest, after = [], first["next"]
    while after:
        page = alice("GET", f"/tiny/deal?filter=amount >= 200&sort=-amount&limit=2&after={after}").json
        rest += [one["name"] for one in page["records"]]
        after = page["next"]
    assert rest == ["D4", "D3", "D2"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("filter=margin > 3", None),
        ("filter=amount >", None),
        ("sort=margin", "margin"),
        ("fields=colour", "fields"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("count=1", "count"),
        ("at=yesterday", "at"),
        ("at=2030-01-01T00:00:00Z", "at"),
    ],
)
def test_list_says_what_is_wrong_with_the_question(alice, query, field):
    answer = alice("GET", f"/tiny/deal?{query}")

    assert answer.status_code == 422
    assert next(one.get("field") for one in answer.json["errors"]) == field or field is None


def test_bad_cursor_is_a_clear_answer(alice):
    assert alice("GET", "/tiny/deal?after=garbage").status_code == 400


def test_titles_come_along_when_asked_for(alice, account):
    deal(alice, account)

    page = alice("GET", "/tiny/deal?titles=true").json

    assert page["titles"]["account"] == {str(account): "Nord"}


def test_stale_change_is_refused_with_what_it_is_now(alice, account):
    made = deal(alice, account, amount=1)
    address = f"/tiny/deal/{made['id']}"
    assert alice("PATCH", address, {"amount": 2}, If_Match='"1"').status_code == 200

    late = alice("PATCH", address, {"amount": 3}, If_Match='"1"')

    assert late.status_code == 412
    assert late.headers["ETag"] == '"2"'
    assert late.json["differing"] == ["amount"]
    assert late.json["record"]["amount"] == 2
    assert alice("GET", address).json["amount"] == 2


@pytest.mark.parametrize("sent", ["nonsense", '"x"', '"99999999999999"', 'W/"1"'])
def test_if_match_that_names_no_version_changes_nothing(alice, account, sent):
    made = deal(alice, account, amount=1)

    assert alice("PATCH", f"/tiny/deal/{made['id']}", {"amount": 3}, If_Match=sent).status_code == 412


def test_repeated_request_is_answered_again_and_done_once(alice, account):
    sent = {"name": "Once", "account": account}

    first = alice("POST", "/tiny/deal", sent, Idempotency_Key="k-1")
    second = alice("POST", "/tiny/deal", sent, Idempotency_Key="k-1")

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json == first.json
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert len(alice("GET", "/tiny/deal").json["records"]) == 1


def test_key_of_another_request_is_refused(alice, account):
    alice("POST", "/tiny/deal", {"name": "A", "account": account}, Idempotency_Key="k")

    answer = alice("POST", "/tiny/deal", {"name": "B", "account": account}, Idempotency_Key="k")

    assert answer.status_code == 422
    assert answer.json["errors"][0]["code"] == "key_reused"


def test_failed_request_may_be_repeated_under_its_key(alice, account):
    assert alice("POST", "/tiny/deal", {"account": account}, Idempotency_Key="k").status_code == 422
    assert alice("POST", "/tiny/deal", {"name": "A", "account": account}, Idempotency_Key="k").status_code == 201


def test_record_moves_through_its_gates(alice, account):
    made = deal(alice, account)
    address = f"/tiny/deal/{made['id']}"
    assert next(one["key"] for one in alice("GET", f"{address}/moves").json["moves"]) == "make_offer"

    without = alice("POST", f"{address}/move", {"to": "offer"})
    assert without.status_code in (409, 422)
    moved = alice("POST", f"{address}/move", {"to": "offer", "values": {"amount": 5}, "note": "agreed"})

    assert moved.json["stage"] == "offer"
    assert alice("POST", f"{address}/move", {"to": "nowhere"}).status_code in (404, 409)
    changes = alice("GET", f"{address}/history").json["changes"]
    assert (changes[0]["verb"], changes[0]["via"], changes[0]["note"]) == ("move", "api", "agreed")
    assert changes[0]["fields"]["stage"] == {"before": "open", "after": "offer"}


def test_record_is_deleted_and_restored_by_those_who_may(program, alice, account):
    made, mona = deal(alice, account), program("mona")
    address = f"/tiny/deal/{made['id']}"

    assert alice("DELETE", address).status_code == 403
    assert mona("DELETE", address, If_Match='"1"').status_code == 204
    assert mona("GET", address).status_code == 404
    assert mona("POST", f"{address}/restore", {}).status_code == 200
    assert mona("GET", address).json["name"] == "Boiler"


def test_stranger_finds_nothing(program, alice, account):
    made, charlie = deal(alice, account), program("charlie")
    address = f"/tiny/deal/{made['id']}"

    assert charlie("GET", "/tiny/deal").json["records"] == []
    for method, path, body in [
        ("GET", address, None),
        ("GET", f"{address}/history", None),
        ("GET", f"{address}/moves", None),
        ("PATCH", address, {"amount": 1}),
        ("POST", f"{address}/move", {"to": "offer"}),
    ]:
        assert charlie(method, path, body).status_code == 404


def test_past_is_read_as_it_was(site, alice, account):
    made = deal(alice, account, amount=1)
    then = site.now
    site.later(hours=1)
    alice("PATCH", f"/tiny/deal/{made['id']}", {"amount": 2})

    at = then.isoformat().replace("+00:00", "Z")
    assert alice("GET", f"/tiny/deal/{made['id']}?at={at}").json["amount"] == 1
    assert alice("GET", f"/tiny/deal?at={at}&fields=amount").json["records"][0]["amount"] == 1


BODIES = [
    (b"{", "application/json", 400),
    (b"[]", "application/json", 400),
    (b"", "application/json", 400),
    (b'{"amount": NaN}', "application/json", 400),
    (b'{"amount": ' + b"9" * 5000 + b"}", "application/json", 400),
    (b"[" * 100_000, "application/json", 400),
    (b"\xff", "application/json", 400),
    (b"name=x", "application/x-www-form-urlencoded", 415),
]


def test_body_that_is_no_object_is_refused(site, alice):
    headers = {"Authorization": f"Bearer {alice.secret}"}
    for content, kind, status in BODIES:
        answer = site.app.test_client().post("/api/v1/tiny/deal", data=content, content_type=kind, headers=headers)

        assert (answer.status_code, answer.json["status"]) == (status, status), content[:20]


ODD = (True, {"a": 1}, [1, 2], 1e308, -1, "\x00", "\ud800", "x" * 100_000, 2**70)


def test_odd_values_are_read_or_refused_never_a_failure(alice, account):
    fields = ("name", "account", "amount", "quantity", "expected_on", "tags", "urgent", "reviewer", "notes")
    for number, (field, value) in enumerate((field, value) for field in fields for value in ODD):
        answer = alice("POST", "/tiny/deal", {"name": f"A{number}", "account": account, field: value})

        assert answer.status_code in (201, 422), (field, str(value)[:40], answer.text)
        if answer.status_code == 201:
            assert alice("GET", f"/tiny/deal/{answer.json['id']}").json == answer.json


def test_unknown_addresses_and_methods_are_answered_in_json(alice):
    for method, path, status in [
        ("GET", "/tiny/nothing", 404),
        ("GET", "/nowhere/deal", 404),
        ("GET", "/tiny/deal/1/none", 404),
        ("PUT", "/tiny/deal", 405),
        ("GET", "/tiny/deal/999999999999999999999", 404),
    ]:
        answer = alice(method, path)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")


def test_statements_do_not_grow_with_the_records(site, alice, account):
    from tests.support.site import counted

    def statements() -> int:
        with counted(site.db) as seen:
            assert alice("GET", "/tiny/deal?titles=true").status_code == 200
        return len(seen)

    deal(alice, account, "D")
    one = statements()
    for number in range(29):
        deal(alice, account, f"D{number}")

    assert statements() == one <= 7


def test_past_is_read_within_rights_that_ask_about_people(program, alice, account):
    made, mona = deal(alice, account), program("mona")  # hers by the region of the owner

    for at in ("2026-03-02T01:00:00Z", "1999-12-31T23:59:59.999Z"):
        status = 200 if at.startswith("2026") else 404
        assert mona("GET", f"/tiny/deal/{made['id']}?at={at}").status_code == status
        assert mona("GET", f"/tiny/deal?at={at}").status_code == 200
