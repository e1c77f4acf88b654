"""`Source`: the files of a config as they were read, before anybody asked what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches

from engine.config.canonical import canonical
from engine.config.parse import clean
from engine.config.spot import Spot
from rules.errors import N_, Fault

#: Folder of a config (and member of the whole-app object) -> the noun of one file in it.
SECTIONS: Mapping[str, str] = {
    "forms": "form",
    "pipelines": "pipeline",
    "okrs": "okr",
    "alerts": "alert",
    "dashboards": "dashboard",
    "tests": "test",
}
APP_FILE = "app.json"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One JSON file: `section` is `app`, `forms`, `pipelines` and so on."""

    path: str
    section: str
    content: object

    @property
    def spot(self) -> Spot:
        """Return the whole file as a place."""
        return Spot(self.content, self.path)


@dataclass(frozen=True, slots=True)
class Source:
    """A config as read: its files in a fixed order, and what went wrong while reading."""

    files: tuple[SourceFile, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def app(self) -> Spot:
        """Return app.json."""
        found = next((file.spot for file in self.files if file.section == "app"), None)
        return found or Spot({}, APP_FILE)

    def section(self, name: str) -> Iterator[Spot]:
        """Go through the files of a section."""
        return (file.spot for file in self.files if file.section == name)

    def to_dict(self) -> dict[str, object]:
        """Return the whole app as one JSON object in canonical form: `{"app": …, "forms": […], …}`, sorted by keys."""
        whole: dict[str, object] = {"app": canonical(self.app.value, "app")}
        for section, noun in SECTIONS.items():
            found = [canonical(spot.value, noun) for spot in sorted(self.section(section), key=_key)]
            whole |= {section: found} if found or section == "forms" else {}
        return whole

    @classmethod
    def from_dict(cls, whole: object) -> Source:
        """Read the whole app from one object; faults name the files it would be written to."""
        if not isinstance(whole, Mapping):
            fault = Fault("source.whole", N_("An object with “app” and “forms” is expected."), file=APP_FILE)
            return cls((), (fault,))
        files = [SourceFile(APP_FILE, "app", whole["app"])] if "app" in whole else []
        faults = list(_strangers(whole))
        for section in SECTIONS:
            listed = whole.get(section, [])
            if not isinstance(listed, list | tuple):
                faults.append(Fault("source.list", N_("“{name}” is a list."), {"name": section}, file=APP_FILE))
                continue
            files.extend(_numbered(section, listed))
        return cls(tuple(files), tuple(faults)).cleaned()

    def cleaned(self) -> Source:
        """Return the same source with plain JSON values only, and faults for what had to go."""
        files, faults = [], list(self.faults)
        for file in self.files:
            content, found = clean(file.content, file.path)
            files.append(replace(file, content={} if content is None and found else content))
            faults.extend(found)
        return Source(tuple(files), tuple(faults))


def _key(spot: Spot) -> tuple[str, str]:
    return spot["key"].text, spot.file


def _strangers(whole: Mapping[str, object]) -> Iterator[Fault]:
    for name in whole:
        if name not in {"app", "$schema", *SECTIONS}:
            template = N_("“{name}” is no part of an app; known are: {known}.")
            facts = {"name": str(name)[:40], "known": ", ".join(("app", *SECTIONS))}
            meant = get_close_matches(str(name)[:40], ("app", *SECTIONS), n=1)
            yield Fault("source.unknown", template, facts, file=APP_FILE, suggestion=meant[0] if meant else "")


def _numbered(section: str, listed: list[object] | tuple[object, ...]) -> Iterator[SourceFile]:
    taken: set[str] = set()
    for number, content in enumerate(listed):
        path = file_path(section, content, number)
        if path in taken:
            path = f"{section}/{number}.json"
        taken.add(path)
        yield SourceFile(path, section, content)


def file_path(section: str, content: object, number: int) -> str:
    """Return where a part of an app is written: by its key, or by its number when it has none fit for a file."""
    key = content.get("key") if isinstance(content, Mapping) else None
    fit = isinstance(key, str) and 0 < len(key) <= 50 and key.isascii() and key.replace("_", "a").isalnum()
    return f"{section}/{key if fit else number}.json"
