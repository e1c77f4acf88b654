"""A test of a config as a story: the cards of its canvas, each with its place, and what the last run found there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from flask_babel import gettext

from admin.design import story_words as words
from admin.design._desk import desk
from engine.config.spot import Spot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from admin.design._part import Part
    from admin.design.story_words import Line
    from rules.errors import Fault


@dataclass
class Card:
    """One card: what it says, what is wrong with it, and what the run found there."""

    at: str
    title: str
    lines: Sequence[Line] = ()
    #: A word beside the title: the form of a record, the moment of a step.
    tag: str = ""
    #: What is said when a step is refused; an empty text for a refusal whatever is said.
    refused: Sequence[str] = ()
    inner: list[Card] = field(default_factory=list)
    faults: int = 0
    found: list[Fault] = field(default_factory=list)


@dataclass(frozen=True)
class Story:
    """All cards of a test."""

    begin: Card
    people: list[Card]
    records: list[Card]
    steps: list[Card]
    ending: list[Card]

    @property
    def first_found(self) -> Card | None:
        """Return the first card at which a run found something."""
        return next((one for one in self.cards() if one.found), None)

    def cards(self) -> Iterator[Card]:
        """Go through all cards, the inner ones after the one around them."""
        for card in (self.begin, *self.people, *self.records, *self.steps, *self.ending):
            yield card
            yield from card.inner


def story_of(part: Part, findings: Sequence[Fault] = ()) -> Story:
    """Return the story of a test, with what a run found at the cards that it belongs to."""
    test = part.spot
    begin = Card("", desk().said(test), _begin(test))
    people = [
        Card(f"/people/{name}", words.person(test, name), words.about_person(test, one))
        for name, one in test["people"].members()
        if isinstance(one.value, dict)
    ]
    records = [_record(test, one) for one in _objects(test["records"])]
    steps = [_step(test, one) for one in _objects(test["steps"])]
    story = Story(begin, people, records, steps, _expected(test, test["expect"]))
    _place(story, part, findings)
    return story


def _objects(spot: Spot) -> Iterator[Spot]:
    return (one for one in spot.items() if isinstance(one.value, dict))


def _begin(test: Spot) -> list[Line]:
    who = words.person(test, test["user"].text)
    return [(str(gettext("Day")), test["now"].text), (str(gettext("Who acts")), who)]


def _record(test: Spot, one: Spot) -> Card:
    title = words.record(test, one["as"].text) if one["as"].text else words.form(one["form"].text)
    return Card(one.pointer, title, words.about_record(test, one))


def _step(test: Spot, one: Spot) -> Card:
    waits = one["do"].text == "wait"
    return Card(
        one.pointer,
        words.deed(test, one),
        words.about_step(test, one),
        "" if waits else one["at"].text,
        words.refusal(test, one),
        _expected(test, one["expect"]),
    )


def _expected(test: Spot, expect: Spot) -> list[Card]:
    cards = [
        Card(one.pointer, words.subject(test, one), list(words.expected(test, one)))
        for one in _objects(expect["records"])
    ]
    further = list(words.around(test, expect))
    return [*cards, *([Card(expect.pointer, str(gettext("Alerts and numbers")), further)] if further else [])]


def _place(story: Story, part: Part, findings: Sequence[Fault]) -> None:
    """Give each finding, and each fault of the draft, to the innermost card around it."""
    cards = sorted(story.cards(), key=lambda card: -len(card.at))
    for fault in findings:
        next(card for card in cards if f"{fault.pointer}/".startswith(f"{card.at}/")).found.append(fault)
    for fault in desk().faults_in(part.path):
        next(card for card in cards if f"{fault.pointer}/".startswith(f"{card.at}/")).faults += 1
