"""What was searched for, marked in a text: found as the search finds it, whatever the width and the case of letters."""

from __future__ import annotations

from markupsafe import Markup, escape

from engine.records.search import words_in
from forms.text import folded


def marked(text: str, asked: str) -> Markup:
    """Return a text, escaped, with every word that was asked for in a mark element."""
    places: list[int] = []
    plain = ""
    for number, char in enumerate(text):
        bare = folded(char) or " "
        plain += bare
        places += [number] * len(bare)
    hit = [False] * len(text)
    for word in words_in(asked):
        start = plain.find(word)
        while start >= 0:
            for place in places[start : start + len(word)]:
                hit[place] = True
            start = plain.find(word, start + len(word))
    return Markup("").join(_runs(text, hit))


def _runs(text: str, hit: list[bool]) -> list[Markup]:
    runs: list[Markup] = []
    start = 0
    for number in range(1, len(text) + 1):
        if number == len(text) or hit[number] != hit[start]:
            piece = escape(text[start:number])
            runs.append(Markup("<mark>{}</mark>").format(piece) if hit[start] else piece)
            start = number
    return runs
