"""Formatted text: which HTML may be kept, and the words in it without their tags."""

from __future__ import annotations

import html
import re
import unicodedata

import nh3

#: Elements that may be kept; everything else is taken out, its words stay.
TAGS = frozenset(
    {
        "p",
        "br",
        "b",
        "strong",
        "i",
        "em",
        "u",
        "s",
        "h2",
        "h3",
        "ul",
        "ol",
        "li",
        "blockquote",
        "pre",
        "code",
        "a",
        "hr",
    }
)
#: Elements whose words go with them.
_DROPPED = frozenset({"script", "style", "template", "iframe", "noscript", "textarea", "title", "svg", "math"})
#: The star stands for every element, which has title and lang otherwise.
_ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}}
_SCHEMES = frozenset({"http", "https", "mailto"})
#: Where one line of words ends.
_BLOCK_END = re.compile(r"</(?:p|h2|h3|li|blockquote|pre|ul|ol)>|<(?:br|hr)[^>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_LOOKS_FORMATTED = re.compile(rf"</?(?:{'|'.join(sorted(TAGS))})\b[^<>]*>", re.IGNORECASE)


def cleaned(text: str) -> str:
    """Return HTML with nothing in it but the elements that may be kept, in Unicode NFC."""
    safe = nh3.clean(
        unicodedata.normalize("NFC", text),
        tags=set(TAGS),
        clean_content_tags=set(_DROPPED),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        link_rel="noopener noreferrer nofollow",
        strip_comments=True,
    )
    return _without_empty_end(safe.replace("<p></p>", ""))


def _without_empty_end(markup: str) -> str:
    """Return HTML without the empty paragraphs that editors leave at its end."""
    end = len(markup.rstrip())
    while markup.endswith("</p>", 0, end):
        start = markup.rfind("<p>", 0, end)
        inside = markup[start + 3 : end - 4]
        if start < 0 or inside.replace("<br>", "").replace("&nbsp;", "").strip():
            break
        end = len(markup[:start].rstrip()) if markup[start - 1 : start].isspace() else start
    return markup[:end].strip()


def is_formatted(text: str) -> bool:
    """Tell whether a text is meant as HTML; otherwise its signs are just signs."""
    return _LOOKS_FORMATTED.search(text) is not None


def from_plain(text: str) -> str:
    """Return the HTML of a text without formatting: a paragraph for each block, a break for each line."""
    blocks = [block.strip("\n") for block in re.split(r"\n\s*\n", text) if block.strip()]
    return "".join(f"<p>{'<br>'.join(html.escape(block, quote=False).split(chr(10)))}</p>" for block in blocks)


def words(markup: str) -> str:
    """Return the words of kept HTML, one line for each block."""
    lines = html.unescape(_TAG.sub("", _BLOCK_END.sub("\n", markup))).split("\n")
    return "\n".join(line for one in lines if (line := " ".join(one.split())))
