"""Reading a config from a folder, a zip file, a text or an object. Nothing is ever fetched; `$schema` is text for editors."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from engine.config import limits
from engine.config.parse import parse
from engine.config.source import APP_FILE, SECTIONS, Source, SourceFile
from rules.errors import N_, Fault


def load(what: Path | bytes | str | Mapping[str, object]) -> Source:
    """Read a config from a folder or file (a path), a zip file or JSON text, or the whole-app object."""
    if isinstance(what, Path):
        return load_folder(what) if what.is_dir() else _load_file(what)
    if isinstance(what, Mapping):
        return Source.from_dict(what)
    data = what.encode("utf-8", "surrogatepass") if isinstance(what, str) else what
    return load_zip(data) if data[:4] == b"PK\x03\x04" else load_text(data)


def load_text(data: bytes) -> Source:
    """Read the whole app from one JSON text."""
    whole, faults = parse(data, APP_FILE)
    if whole is None:
        return Source((), tuple(faults))
    source = Source.from_dict(whole)
    return Source(source.files, (*(_in_file(fault, source) for fault in faults), *source.faults))


def _in_file(fault: Fault, source: Source) -> Fault:
    """Return a fault of a whole-app text at the place it has in its own file."""
    _, section, *rest = [*fault.pointer.split("/"), "", ""]
    rest = rest[:-2] if fault.pointer else []
    if section == "app":
        return fault.at(pointer="".join(f"/{step}" for step in rest))
    files = [file for file in source.files if file.section == section]
    if not rest or not rest[0].isdigit() or int(rest[0]) >= len(files):
        return fault
    return fault.at(file=files[int(rest[0])].path, pointer="".join(f"/{step}" for step in rest[1:]))


def load_folder(folder: Path) -> Source:
    """Read a folder as design.md draws it: app.json and one folder per noun."""
    if not folder.is_dir():
        return Source(
            (), (Fault("source.folder", N_("There is no folder {name}."), {"name": folder.name}, file=APP_FILE),)
        )
    return _assembled(_folder_files(folder))


def load_zip(data: bytes) -> Source:
    """Read a zip file of such a folder; a single folder around everything is taken off."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _assembled(_zip_files(archive))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError, OSError, zipfile.LargeZipFile):
        return Source((), (Fault("zip.broken", N_("The zip file cannot be read."), file=APP_FILE),))


def _load_file(path: Path) -> Source:
    if not path.is_file() or path.stat().st_size > limits.TOTAL_BYTES:
        template = N_("There is no folder or readable file {name}.")
        return Source((), (Fault("source.folder", template, {"name": path.name}, file=APP_FILE),))
    return load(path.read_bytes())


#: A file as it was found: its path inside the config and its bytes, or a fault instead of them.
_Found = tuple[str, bytes | Fault]


def _folder_files(folder: Path) -> Iterator[_Found]:
    """Yield the JSON files of a folder, sorted; links are not followed."""
    total = 0
    places = [folder, *(folder / name for name in SECTIONS)]
    for place in places:
        if place.is_symlink() or not place.is_dir():
            if place.is_symlink():
                yield place.name, _refused(N_("Links are not followed."), "source.link")
            continue
        for path in sorted(place.iterdir()):
            name = path.relative_to(folder).as_posix()
            if path.suffix.lower() != ".json" or path.name.startswith((".", "~$")):
                continue
            if path.is_symlink() or not path.is_file():
                yield name, _refused(N_("Links are not followed."), "source.link")
                continue
            total += path.stat().st_size
            too_much = path.stat().st_size > limits.FILE_BYTES or total > limits.TOTAL_BYTES
            yield name, _too_large() if too_much else path.read_bytes()


def _zip_files(archive: zipfile.ZipFile) -> Iterator[_Found]:
    entries = archive.infolist()
    if len(entries) > limits.FILES:
        yield APP_FILE, _refused(N_("The zip file holds too many files."), "zip.files")
        return
    files = [entry for entry in entries if not entry.is_dir()]
    around = _around([entry.filename for entry in files])
    left = limits.TOTAL_BYTES
    for entry in sorted(files, key=lambda entry: entry.filename):
        name = entry.filename.removeprefix(around)
        if not _is_inside(entry.filename):
            yield entry.filename[:80], _refused(N_("The zip file holds a path that leads outside."), "zip.path")
        elif stat.S_ISLNK(entry.external_attr >> 16):
            yield name, _refused(N_("Links are not followed."), "source.link")
        elif _is_wanted(name):
            content = _unpacked(archive, entry, left)
            left -= len(content) if isinstance(content, bytes) else 0
            yield name, content


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: int) -> bytes | Fault:
    """Read an entry, but no further than allowed, whatever its header claims."""
    limit = min(limits.FILE_BYTES, left)
    with archive.open(entry) as stream:
        content = stream.read(limit + 1)
    return _too_large() if len(content) > limit else content


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name and "\0" not in name
    )


def _around(names: list[str]) -> str:
    """Return the one folder that stands around all files, with its slash, or ''."""
    if APP_FILE in names:
        return ""
    folders = {name.partition("/")[0] + "/" for name in names if not name.startswith("__MACOSX/")}
    return folders.pop() if len(folders) == 1 else ""


def _is_wanted(name: str) -> bool:
    path = PurePosixPath(name)
    hidden = any(part.startswith((".", "__", "~$")) for part in path.parts)
    return (
        path.suffix.lower() == ".json"
        and len(path.parts) <= 2
        and not hidden
        and path.parts[0] not in {"data", "schemas"}
    )


def _assembled(found: Iterable[_Found]) -> Source:
    files, faults = [], []
    for name, data in found:
        section = _section(name)
        if isinstance(data, Fault):
            faults.append(data.at(file=name))
        elif section is None:
            faults.append(_stranger(name))
        else:
            content, wrong = parse(data, name)
            faults.extend(wrong)
            if content is not None:
                files.append(SourceFile(name, section, content))
    if not any(name in {file.path for file in files} | {f.file for f in faults} for name in (APP_FILE,)):
        faults.append(Fault("source.no_app", N_("There is no app.json here."), file=APP_FILE))
    return Source(tuple(files), tuple(faults))


def _section(name: str) -> str | None:
    if name == APP_FILE:
        return "app"
    folder, slash, _ = name.partition("/")
    return folder if slash and folder in SECTIONS else None


def _stranger(name: str) -> Fault:
    folder, slash, _ = name.partition("/")
    meant = get_close_matches(folder, SECTIONS, n=1) if slash else get_close_matches(name, [APP_FILE], n=1)
    template = N_("This file is no part of an app; JSON files stand in app.json or in the folders {folders}.")
    return Fault(
        "source.unknown_file",
        template,
        {"folders": ", ".join(SECTIONS)},
        file=name,
        suggestion=meant[0] if meant else "",
        level="warning",
    )


def _refused(template: str, code: str) -> Fault:
    return Fault(code, template)


def _too_large() -> Fault:
    template = N_("The file is too large: at most {limit} bytes, {total} for all together.")
    return Fault("json.size", template, {"limit": limits.FILE_BYTES, "total": limits.TOTAL_BYTES})
