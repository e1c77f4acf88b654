"""Texts of a config in several languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: The languages of the product, in the order a missing text falls back.
LANGUAGES = ("en", "zh_Hans", "zh_Hant")


@dataclass(frozen=True, slots=True)
class Label:
    """A text by language; a config may give one plain text, which then serves them all."""

    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: object, fallback: str = "") -> Label:
        """Build a label from a config value: a text, a mapping of languages, or nothing."""
        if isinstance(value, str):
            return cls({"": value})
        if isinstance(value, Mapping):
            return cls({str(k): str(v) for k, v in value.items()})
        return cls({"": fallback} if fallback else {})

    def pick(self, language: str) -> str:
        """Return the text for a language; a near relative (the other Chinese) comes before English."""
        near = {"zh_Hans": "zh_Hant", "zh_Hant": "zh_Hans"}.get(language, "")
        for key in (language, "", near, *LANGUAGES):
            if self.texts.get(key):
                return self.texts[key]
        return next(iter(self.texts.values()), "")

    def __str__(self) -> str:
        return self.pick("en")

    def __bool__(self) -> bool:
        return any(self.texts.values())
