"""A picture of a template, drawn from the config itself: its stages as columns, its forms with their fields, its key results."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from engine.templates.contents import Contents

WIDTH, HEIGHT = 480, 270
_FONT = "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, system-ui, sans-serif"
_TINTS = ("#e0ebfd", "#d7f1ee", "#fbefcb", "#f0e5fb", "#dcf2e5", "#fde8d8")
_INKS = ("#1c4aab", "#0b5f5a", "#744c00", "#67309f", "#13633f", "#8a4109")
_MOST_COLUMNS, _MOST_FORMS, _MOST_RESULTS = 6, 4, 3


def picture(contents: Contents, language: str) -> str:
    """Return the picture as SVG."""
    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#f6f7f9"/>', *_columns(contents, language)]
    parts += [*_forms(contents, language), *_results(contents, language)]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{_FONT}">'
    return head + "".join(parts) + "</svg>"


def _columns(contents: Contents, language: str) -> Iterator[str]:
    """Draw the longest pipeline as a board."""
    longest = max(contents.forms, key=lambda form: len(form.stages), default=None)
    stages = longest.stages[:_MOST_COLUMNS] if longest else ()
    width = (WIDTH - 24) / max(len(stages), 1)
    for number, stage in enumerate(stages):
        x, tint, ink = 12 + number * width, _TINTS[number % 6], _INKS[number % 6]
        yield f'<rect x="{x:.0f}" y="12" width="{width - 6:.0f}" height="112" rx="6" fill="#fff" stroke="#e3e6ea"/>'
        yield f'<rect x="{x + 5:.0f}" y="18" width="{width - 16:.0f}" height="18" rx="9" fill="{tint}"/>'
        yield _text(x + 11, 31, stage.pick(language), 10, ink, (width - 28) / 10)
        for card in range(3 - number % 3):
            yield f'<rect x="{x + 6:.0f}" y="{44 + card * 25}" width="{width - 18:.0f}" height="19" rx="4" fill="#eef0f3"/>'


def _forms(contents: Contents, language: str) -> Iterator[str]:
    has_board = contents.stages > 0
    top, most = (134, _MOST_FORMS) if has_board else (12, _MOST_FORMS * 2)
    rows = 1 if has_board or len(contents.forms) <= _MOST_FORMS else 2
    forms = contents.forms[:most]
    across = min(len(forms), _MOST_FORMS) or 1
    width, height = (WIDTH - 24) / across, (212 - top) / rows
    for number, form in enumerate(forms):
        x, y = 12 + number % across * width, top + number // across * height
        yield f'<rect x="{x:.0f}" y="{y:.0f}" width="{width - 6:.0f}" height="{height - 6:.0f}" rx="6" fill="#fff" stroke="#e3e6ea"/>'
        yield _text(x + 8, y + 17, form.label.pick(language), 11, "#1f2733", (width - 22) / 11)
        for line, field in enumerate(form.fields[: int((height - 26) // 14)]):
            yield _text(x + 8, y + 33 + line * 14, field.pick(language), 9, "#667085", (width - 22) / 9)


def _results(contents: Contents, language: str) -> Iterator[str]:
    results = contents.key_results[:_MOST_RESULTS]
    width = (WIDTH - 24) / max(len(results), 1)
    for number, result in enumerate(results):
        x, room = 12 + number * width, width - 12
        yield _text(x, 232, result.pick(language), 9, "#475467", room / 9)
        yield f'<rect x="{x:.0f}" y="240" width="{room:.0f}" height="8" rx="4" fill="#e3e6ea"/>'
        yield f'<rect x="{x:.0f}" y="240" width="{room * (0.45 + 0.18 * number):.0f}" height="8" rx="4" fill="#2f6fed"/>'


def _text(x: float, y: float, text: str, size: int, ink: str, room: float) -> str:
    """Draw a text in a room of so many wide characters."""
    return f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" fill="{ink}">{escape(_cut(text, room))}</text>'


def _cut(text: str, room: float) -> str:
    """Return as much of a text as fits; a Latin letter takes about half of a Chinese character."""
    used = 0.0
    for number, char in enumerate(text):
        used += 1 if ord(char) > 0x2E7F else 0.56
        if used > room:
            return text[: max(number - 1, 1)] + "…"
    return "".join(char for char in text if char.isprintable())
