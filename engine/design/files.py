"""The files of a draft: found by path, told apart by a checksum, put in, replaced and taken out. Nothing is stored here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from engine.config.canonical import canonical, canonical_text
from engine.config.source import APP_FILE, SECTIONS, Source, SourceFile, file_path
from engine.releases.compiling import checksum_of


def content_of(source: Source, path: str) -> object | None:
    """Return what a file holds, or None when there is no such file."""
    return next((file.content for file in source.files if file.path == path), None)


def text_of(path: str, content: object | None) -> str:
    """Return a file as canonical JSON text; nothing for no file."""
    return "" if content is None else canonical_text(canonical(content, noun_of(path)))


def seen_of(source: Source, path: str) -> str:
    """Return what stands for a file as it is now: whoever edits sends it back, so that no edit overwrites another."""
    text = text_of(path, content_of(source, path))
    return checksum_of(text) if text else ""


def noun_of(path: str) -> str:
    """Return the noun of a file: `forms/leave.json` holds a form."""
    return "app" if path == APP_FILE else SECTIONS.get(path.partition("/")[0], "form")


def called(path: str, content: object) -> str:
    """Return the path that a file gets once it holds this: parts of an app are named by their keys."""
    key = content.get("key") if isinstance(content, Mapping) else None
    named = isinstance(key, str) and path != APP_FILE
    return file_path(path.partition("/")[0], content, 0) if named else path


def with_file(source: Source, path: str, content: Mapping[str, object] | None) -> Source:
    """Return the source with one file put in, replaced, or (None) taken out; the file is named by its key again."""
    section = "app" if path == APP_FILE else path.partition("/")[0]
    files = [file for file in source.files if content is not None or file.path != path]
    place = next((number for number, file in enumerate(files) if file.path == path), len(files))
    if content is not None:
        named = APP_FILE if section == "app" else file_path(section, content, place)
        files[place : place + 1] = [SourceFile(named, section, dict(content))]
    return Source.from_dict(replace(source, files=tuple(files)).to_dict())
