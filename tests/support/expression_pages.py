"""Writes docs/reference/functions.md and expressions.md from the registry, the limits and the golden tables."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from rules.calendar import calendar_of
from rules.check import faults_of
from rules.limits import LIMITS
from rules.registry import FUNCTIONS, GROUPS, Function
from tests.support.golden_table import Case, Refusal, cases, refusals, world

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
_HOW = "This page is generated; `pytest tests/rules/test_pages.py --update-golden` writes it anew."
_GROUPS = {
    "numbers": "Numbers / 数字",
    "text": "Text / 文本",
    "dates": "Dates and times / 日期与时间",
    "lists": "Lists / 多选",
    "empties": "Empty values / 空值",
    "people": "People / 人员",
}
_SHOWN = 14


def chinese() -> dict[str, str]:
    """Return the Chinese sentence of each function."""
    found: dict[str, str] = json.loads((REFERENCE / "functions.zh_Hans.json").read_text(encoding="utf-8"))
    return found


def functions_page() -> str:
    """Return docs/reference/functions.md."""
    return "\n".join(_functions()) + "\n"


def _functions() -> Iterator[str]:
    yield "# Reference: functions of expressions / 表达式函数\n"
    yield f"{_HOW}\n"
    yield f"{len(FUNCTIONS)} functions. An argument marked `?` may be left out, one marked `*` may be given any number of times. Where a date is asked"
    yield "for, a date with time counts as its date in the app's time zone. Unless its sentence says otherwise, a function with an"
    yield "empty argument gives an empty result, and a condition gives no. *Databases*: whether SQLite and PostgreSQL evaluate it"
    yield "themselves; otherwise a rule over many records runs record by record, and the linter says so.\n"
    calendar = calendar_of("CN")
    yield f"Working days follow the app's calendar. That of China (`CN`) knows statutory holidays and make-up working days of {calendar.first} to"
    yield f"{calendar.last}; later years are covered when their arrangement is announced and the `holidays` library is updated. 工作日按应用的日历计算；中国日历含法定节假日与调休，覆盖"
    yield f"{calendar.first} 至 {calendar.last} 年。\n"
    for group in GROUPS:
        yield f"## {_GROUPS[group]}\n"
        yield "| function | what it gives | 说明 | example | databases |"
        yield "|---|---|---|---|---|"
        for function in sorted((f for f in FUNCTIONS.values() if f.group == group), key=lambda f: f.name):
            yield _row(function)
        yield ""


def _row(function: Function) -> str:
    usage = "<br>".join(f"`{_signature(s.text)}`" for s in function.signatures)
    examples = "<br>".join(f"`{call}` → `{value}`" for call, value in function.examples)
    databases = "yes" if function.sql else "no"
    return f"| {usage} | {function.sentence} | {chinese()[function.name]} | {_cell(examples)} | {databases} |"


def _signature(text: str) -> str:
    """Write `round(number: number, digits?: digits) -> number` without the words a reader can guess."""
    name, _, rest = text.partition("(")
    parameters, _, result = rest.rpartition(") -> ")
    shown = []
    for parameter in filter(None, parameters.split(", ")):
        label, _, kind = parameter.partition(": ")
        shown.append(label if label.strip("*?") == kind else f"{label}: {kind}")
    return f"{name}({', '.join(shown)}) -> {result}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def expressions_page() -> str:
    """Return docs/reference/expressions.md."""
    introduction = (REFERENCE / "expressions.intro.md").read_text(encoding="utf-8")
    return introduction.replace("{{how}}", _HOW) + "\n" + "\n".join(_tables()) + "\n"


def _tables() -> Iterator[str]:
    yield "## Ceilings / 上限\n"
    yield "| what | ceiling | why |"
    yield "|---|---|---|"
    for name, limit in LIMITS.items():
        yield f"| {name.replace('_', ' ')} | {limit.value:,g} | {limit.reason} |"
    yield "\n## Examples, all of them tested / 示例（均经测试）\n"
    yield "Today is 2026-03-02 in China and you are Ada, a sales representative of region north; fields that are not given are empty."
    for heading, group in groupby(cases(), key=lambda c: c.heading):
        yield f"\n### {heading}\n"
        yield "| expression | record | value |"
        yield "|---|---|---|"
        yield from (_example(case) for case in list(group)[:_SHOWN])
    yield "\n## What is refused, and how / 拒绝的写法\n"
    yield "| code | example | what is said | suggestion |"
    yield "|---|---|---|---|"
    yield from _refused()


def _example(case: Case) -> str:
    record = ", ".join(f"{k}: {_json(v)}" for k, v in case.record.items())
    value = {"true": "yes", "false": "no", "null": "empty"}.get(_json(case.value), _json(case.value))
    return f"| `{_cell(case.expression.strip())}` | {_cell(record)} | {_cell(value)} |"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _refused() -> Iterator[str]:
    scope, shown = world().scope, set()
    for refusal in refusals():
        if refusal.code in shown or not _is_short(refusal):
            continue
        shown.add(refusal.code)
        fault = faults_of(refusal.expression, scope)[0]
        hint = f"`{_cell(fault.suggestion)}`" if fault.suggestion else ""
        yield f"| {fault.code} | `{_cell(refusal.expression)}` | {_cell(fault.text)} | {hint} |"


def _is_short(refusal: Refusal) -> bool:
    text = refusal.expression
    return len(text) < 60 and text.isprintable() and "`" not in text
