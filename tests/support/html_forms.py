"""What a browser without script would post from a page: the values that stand in its controls."""

from __future__ import annotations

from collections import defaultdict
from html.parser import HTMLParser


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: dict[str, list[str]] = defaultdict(list)
        self._area = self._select = ""
        self._text: list[str] | None = None
        self._options: list[tuple[str | None, bool]] = []
        self._multiple = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and name and "disabled" not in given:
            kind = given.get("type", "text")
            if kind not in ("checkbox", "radio") or "checked" in given:
                self.found[name].append(given.get("value") or "")
        elif tag == "textarea":
            self._area, self._text = name, []
        elif tag == "select":
            self._select, self._options, self._multiple = name, [], "multiple" in given
        elif tag == "option":
            self._options.append((given.get("value"), "selected" in given))
            self._text = []

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        text = "".join(self._text or ())
        if tag == "textarea":
            self.found[self._area].append(text.removeprefix("\n").replace("\n", "\r\n"))
            self._text = None
        elif tag == "option":
            value, chosen = self._options[-1]
            self._options[-1] = (text if value is None else value, chosen)
            self._text = None
        elif tag == "select" and self._select:
            chosen = [value or "" for value, marked in self._options if marked]
            first = [] if self._multiple or not self._options else [self._options[0][0] or ""]
            self.found[self._select] += chosen or first


def posted_values(page: str, form_class: str = "") -> dict[str, list[str]]:
    """Return name -> values of every control on a page."""
    reader = _Reader()
    reader.feed(page)
    return dict(reader.found)
