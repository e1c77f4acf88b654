"""The interface is attacked along its own description: no failure on our side, no answer that it does not name."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import integers
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from engine.access import SCOPES
from tests.support.everything import everything_app
from tests.support.order_app import order_app

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: Requests per operation; the long run asks for more.
EXAMPLES = int(os.environ.get("API_EXAMPLES", "15"))


#: 0 asks the same every time; the long run counts up.
SEED = int(os.environ.get("API_SEED", "0"))


def _deals(tiny, program):
    """A manager with an account and a few deals, so that some guesses hit."""
    mona = program("mona")
    account = mona("POST", "/tiny/account", {"name": "Nord", "region": "north"}).json["id"]
    for number in range(3):
        assert mona("POST", "/tiny/deal", {"name": f"D{number}", "account": account}).status_code == 201
    return mona


def _orders(tiny, program):
    """A manager with orders and their lines."""
    tiny.publish(order_app())
    mona = program("mona")
    for number in range(2):
        lines = [{"quantity": 2, "price": 10}, {"quantity": 1}]
        assert mona("POST", "/tiny/order_form", {"name": f"O{number}", "lines": lines}).status_code == 201
    return mona


def _things(tiny, program):
    """Somebody with a thing of every type of field."""
    tiny.publish(everything_app())
    alice = program("alice")
    for form, values in (("target", {"name": "Target; one"}), ("home", {"name": "House", "room": 10})):
        alice("POST", f"/tiny/{form}", values)
    made = alice("POST", "/tiny/thing", {"name": "One", "size": 1, "slot_sub_table": [{"what": "a", "count": 1}]})
    assert made.status_code == 201, made.text
    return alice


APPS = {"deals": _deals, "orders": _orders, "things": _things}


@pytest.fixture(params=APPS)
def attacker(request, tiny, program):
    return APPS[request.param](tiny, program)


def test_every_answer_is_in_the_description(site, attacker):
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    headers = {"Authorization": f"Bearer {attacker.secret}"}
    seen: set[int] = set()
    try:
        schema = schemathesis.openapi.from_wsgi("/api/v1/tiny/openapi.json", site.app, headers=headers)
        operations = [found.ok() for found in schema.get_all_operations()]
        for operation in operations:
            seen |= _attack(operation, headers)
    finally:
        site.app.config["PROPAGATE_EXCEPTIONS"] = True
    assert len(operations) > 20
    if not SEED:
        assert {200, 201, 404, 422} <= seen  # guesses that hit, and guesses that miss


def _attack(operation, headers) -> set[int]:
    """Send guesses to one operation, half of them at records that exist, and return the statuses that came back."""
    seen: set[int] = set()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=not SEED,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(), record=integers(0, 5))
    def attack(case, record) -> None:
        if record and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = record
        seen.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    (seed(SEED)(attack) if SEED else attack)()
    return seen


@pytest.mark.parametrize(
    ("person", "scopes", "days", "statuses"),
    [
        ("ada", SCOPES, 0, {200, 201, 204, 404, 409, 412, 415, 422}),
        ("charlie", SCOPES, 0, {200, 201, 403, 404, 415, 422}),
        ("mona", ("read",), 0, {200, 403, 404}),
        ("mona", ("delete",), 0, {204, 403, 404}),
        ("mona", SCOPES, 31, {401}),
    ],
    ids=["administrator", "stranger", "reader", "deleter", "expired"],
)
def test_every_operation_answers_everybody_as_described(site, tiny, program, person, scopes, days, statuses):
    document = _deals(tiny, program)("GET", "/tiny/openapi.json").json
    asked = program(person, *scopes)
    site.now += timedelta(days=days)
    seen: set[int] = set()
    for path, item in document["paths"].items():
        for method, operation in ((name, one) for name, one in item.items() if name != "parameters"):
            status = _try(asked, method, path)
            assert str(status) in operation["responses"], (method, path, status)
            seen.add(status)

    assert seen <= statuses
    assert seen & {200, 204, 401}


def _try(asked, method: str, path: str) -> int:
    """Send the plainest request there is to an operation."""
    place = path.removeprefix("/api/v1").replace("{id}", "1").replace("{token}", "none")
    body = {} if method in ("post", "patch") else None
    return asked(method.upper(), place, body).status_code


def test_description_is_valid_and_names_nothing_hidden(program):
    document = program("alice")("GET", "/tiny/openapi.json").json

    assert document["openapi"] == "3.1.0"
    assert "margin" not in document["components"]["schemas"]["deal"]["properties"]
    assert "margin" in program("mona")("GET", "/tiny/openapi.json").json["components"]["schemas"]["deal"]["properties"]
    assert "delete" not in document["paths"]["/api/v1/tiny/deal/{id}"]
