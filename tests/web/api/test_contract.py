"""The interface is attacked along its own description: no failure on our side, no answer that it does not name."""

from __future__ import annotations

import os

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import integers
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: Requests per operation; the long run asks for more.
EXAMPLES = int(os.environ.get("API_EXAMPLES", "15"))


@pytest.fixture
def mona(site, program):
    """A manager with an account and a few deals, so that some guesses hit."""
    mona = program("mona")
    account = mona("POST", "/tiny/account", {"name": "Nord", "region": "north"}).json["id"]
    for number in range(3):
        assert mona("POST", "/tiny/deal", {"name": f"D{number}", "account": account}).status_code == 201
    return mona


def test_every_answer_is_in_the_description(site, mona):
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    headers = {"Authorization": f"Bearer {mona.secret}"}
    seen: set[int] = set()
    try:
        schema = schemathesis.openapi.from_wsgi("/api/v1/tiny/openapi.json", site.app, headers=headers)
        operations = [found.ok() for found in schema.get_all_operations()]
        for operation in operations:
            seen |= _attack(operation, headers)
    finally:
        site.app.config["PROPAGATE_EXCEPTIONS"] = True
    assert len(operations) > 20
    assert {200, 201, 204, 404, 422} <= seen  # guesses that hit, and guesses that miss


def _attack(operation, headers) -> set[int]:
    """Send guesses to one operation, half of them at records that exist, and return the statuses that came back."""
    seen: set[int] = set()

    @given(case=operation.as_strategy(), record=integers(0, 5))
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def attack(case, record) -> None:
        if record and "id" in (case.path_parameters or {}):
            case.path_parameters["id"] = record
        seen.add(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    attack()
    return seen


def test_description_is_valid_and_names_nothing_hidden(program):
    document = program("alice")("GET", "/tiny/openapi.json").json

    assert document["openapi"] == "3.1.0"
    assert "margin" not in document["components"]["schemas"]["deal"]["properties"]
    assert "margin" in program("mona")("GET", "/tiny/openapi.json").json["components"]["schemas"]["deal"]["properties"]
    assert "delete" not in document["paths"]["/api/v1/tiny/deal/{id}"]
