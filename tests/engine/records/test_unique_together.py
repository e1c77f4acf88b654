from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from forms.errors import FormError
from tests.support.derived_world import derived_world, form_of

if TYPE_CHECKING:
    from tests.engine.conftest import Tiny


@pytest.fixture
def world(tiny: Tiny) -> Tiny:
    config = derived_world()
    form_of(config, "booking")["unique"] = [["name", "task"]]
    tiny.publish(config)
    return tiny


def test_fields_that_are_unique_together_are_named(world: Tiny) -> None:
    task = world.create("task", name="Tiles")
    world.create("booking", name="Crane", task=task.id)

    with pytest.raises(FormError) as caught:
        world.create("booking", name="Crane", task=task.id)

    assert [str(fault.text) for fault in caught.value.faults] == [
        "Another record already has the same values in Name, Task."
    ]


def test_gap_is_not_compared_and_deleted_records_are_out(world: Tiny) -> None:
    task = world.create("task", name="Tiles")
    first, second = (world.create("booking", name="Crane") for _ in range(2))
    world.update(first, task=task.id)
    world.delete(first)
    world.update(second, task=task.id)

    with pytest.raises(FormError) as caught:
        world.restore(first)

    assert [fault.code for fault in caught.value.faults] == ["field.taken_together"]


def test_two_writers_of_one_combination_are_told_apart(world: Tiny) -> None:
    task = world.create("task", name="Tiles")
    outcomes: list[str] = []
    ready = threading.Barrier(3, timeout=20)

    def write(who: str) -> None:
        ready.wait()
        try:
            world.create("booking", who, name="Crane", task=task.id)
            outcomes.append("stored")
        except FormError as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=write, args=(who,)) for who in ("alice", "bob", "charlie")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(outcomes) == ["field.taken_together", "field.taken_together", "stored"]
