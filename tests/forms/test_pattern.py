from __future__ import annotations

import re
import time

import pytest

from forms.pattern import Pattern, PatternError

TEXTS = [
    "",
    "a",
    "ab",
    "abc",
    "aab",
    "b",
    "A1",
    "AB-1234",
    "2026",
    "x-1",
    "客户",
    "a.b",
    "]",
    "-",
    "a|b",
    "(a)",
    "aaa",
    "ababab",
    "\n",
]


@pytest.mark.parametrize(
    "pattern",
    [
        "abc", "a|b", "a*", "a+b?", "[A-Z]{2}-\\d{4}", "\\d{2,4}", "(ab)+", "(a|ab)(c|bcd)?", "[^a]", ".", "..", "a.b", "a\\.b",
        "[]a]", "[a-]", "\\w+", "\\s", "(?:ab){0,2}", "a{2}", "a{1,}", "", "(|a)b", "[\\d-]", "\\W", "\\S+", "\\D",
    ],
)  # fmt: skip
@pytest.mark.parametrize("text", TEXTS)
def test_pattern_means_what_a_regular_expression_means(pattern: str, text: str) -> None:
    assert Pattern(pattern).matches(text) == bool(re.fullmatch(pattern, text, re.DOTALL))


@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "a)", "[a", "*a", "a{", "a{2", "a{3,1}", "^a$", "\\", "(?=a)", "\\b", "[z-a]", "(?P<x>a)", "a{x}"],
)
def test_pattern_that_cannot_be_read_says_where(pattern: str) -> None:
    with pytest.raises(PatternError) as caught:
        Pattern(pattern)

    assert 0 <= caught.value.column <= len(pattern) + 1


@pytest.mark.parametrize("pattern", ["(a{90}){90}", "(" * 100 + "a" + ")" * 100, "a{99999}"])
def test_pattern_bombs_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        Pattern(pattern)


def test_pattern_takes_time_linear_in_the_text() -> None:
    began = time.perf_counter()

    assert not Pattern("(a*)*(a|a)*b").matches("a" * 2000)
    assert time.perf_counter() - began < 1
