"""An upload on its way in: streamed into the folder within limits, looked at, and staged until something takes it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refused
from engine.files.detect import HEAD, media_type_of
from engine.files.folder import drop, make_room, new_token, place_of
from engine.files.pictures import measured, written_name
from engine.files.rows import StoredFile
from engine.operator import max_upload_bytes
from engine.people import User
from engine.releases.live import Live
from engine.rights import EDIT, field_access, may
from forms.defs import FieldDef
from forms.errors import FormError
from forms.fields._files import FilesType
from forms.media import PICTURES, is_one_of
from rules.errors import N_, Fault

#: Read and written at a time.
PIECE = 64 * 1024
MB = 1024 * 1024
#: Files of one person that wait for a record to take them.
MOST_STAGED = 200
_SEPARATORS = re.compile(r"[/\\]")


class Readable(Protocol):
    """Where an upload comes from."""

    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file is to hang: a field of a form, or (without one) a comment."""

    live: Live
    form: str
    field: FieldDef | None = None

    @property
    def most_bytes(self) -> int:
        """Return the size of the largest file that fits: the field's limit within the installation's."""
        wanted = self.field.params.get("max_mb") if self.field else None
        return min(max_upload_bytes(), int(float(str(wanted)) * MB)) if wanted else max_upload_bytes()

    def refused(self, code: str, template: str, **facts: object) -> FormError:
        """Build the error beside the field."""
        return FormError(Fault(f"field.{code}", template, facts, field=self.field.key if self.field else "files"))


def place_for(live: Live, form: str, key: str, user: User) -> Place:
    """Return where a person may add files: a field they may fill in, or the comments (an empty key) of a form."""
    definition = live.form(form)
    if not may(user, "read", live, form):
        raise NotFound("form", form)
    if not key:
        if not may(user, "comment", live, form):
            raise Refused("comment", form)
        return Place(live, form)
    access = field_access(live, form, user).get(key)
    field = definition.by_key.get(key)
    if field is None or not field.type.keeps_files or access is None or access == "hidden":
        raise NotFound("field", key)
    verbs = ("create", "update", "move")
    if access != EDIT or not any(may(user, verb, live, form) for verb in verbs):
        raise Refused("update", form)
    return Place(live, form, field)


def receive(session: Session, place: Place, source: Readable, name: str, user: User, now: datetime) -> StoredFile:
    """Take a file in and stage it; FormError when it is too large, empty or not of a kind that is wanted.

    It commits twice: the row comes first, so that whatever becomes of the bytes is swept one day, and no lock is held
    while somebody's slow line sends them.
    """
    row = _begin(session, place, name, user, now)
    path = place_of(session, row.token)
    try:
        make_room(path)
        row.size, row.sha256, head = _stream(place, source, path)
        _look_at(place, row, path, head)
    except BaseException:
        _forget(session, row)
        raise
    session.commit()
    return row


def receive_name(session: Session, place: Place, text: str, user: User, now: datetime) -> StoredFile:
    """Stage a typed name as the picture of a signature."""
    typed = " ".join(unicodedata.normalize("NFC", text).split())[:80]
    row = _begin(session, place, f"{typed}.png", user, now)
    path = place_of(session, row.token)
    make_room(path)
    if not written_name(typed, path):
        _forget(session, row)
        template = N_("This name cannot be drawn here, because a letter is missing; add a picture of it instead.")
        raise place.refused("signature", template)
    with path.open("rb") as drawn:
        content = drawn.read()
    row.size, row.sha256 = len(content), hashlib.sha256(content).hexdigest()
    _look_at(place, row, path, content[:HEAD])
    session.commit()
    return row


def _begin(session: Session, place: Place, name: str, user: User, now: datetime) -> StoredFile:
    staged = (StoredFile.bound_at.is_(None), StoredFile.staged_by == user.id)
    if (session.scalar(select(func.count()).select_from(StoredFile).where(*staged)) or 0) >= MOST_STAGED:
        template = N_("You have added many files that no record has taken yet; save those first.")
        raise place.refused("too_many", template)
    row = StoredFile(
        token=new_token(),
        app_key=place.live.key,
        form=place.form,
        field=place.field.key if place.field else "",
        name=clean_name(name),
        size=0,
        media_type="",
        sha256="",
        staged_at=now,
        staged_by=user.id,
    )
    session.add(row)
    session.commit()
    return row


def _forget(session: Session, row: StoredFile) -> None:
    session.rollback()
    drop(session, row.token)
    session.delete(row)
    session.commit()


def _stream(place: Place, source: Readable, path: Path) -> tuple[int, str, bytes]:
    """Write the bytes as they come; return how many they are, their checksum and the first of them."""
    size, checksum, head = 0, hashlib.sha256(), b""
    with path.open("xb") as target:
        for piece in _pieces(source):
            size += len(piece)
            if size > place.most_bytes:
                template = N_("The file is larger than {limit} MB.")
                raise place.refused("too_large", template, limit=f"{place.most_bytes / MB:g}")
            checksum.update(piece)
            head = head if len(head) >= HEAD else (head + piece)[:HEAD]
            target.write(piece)
    if not size:
        raise place.refused("file_empty", N_("The file is empty."))
    return size, checksum.hexdigest(), head


def _pieces(source: Readable) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece


def _look_at(place: Place, row: StoredFile, path: Path, head: bytes) -> None:
    """Find out what it is, and refuse what is not wanted here."""
    row.media_type = media_type_of(head, row.name)
    size = measured(path) if row.media_type in PICTURES else None
    row.width, row.height = size or (None, None)
    if fault := fault_of(place.field, row):
        raise FormError(fault)


def fault_of(field: FieldDef | None, row: StoredFile) -> Fault | None:
    """Return what is wrong with a file in this field."""
    if field is None or not isinstance(field.type, FilesType):
        return None
    if field.type.key in ("image", "signature"):
        if row.media_type not in PICTURES:
            return field.type.fault(field, "file_type", N_("“{name}” is not a picture."), name=row.name)
        if row.width is None:
            template = N_("“{name}” cannot be read as a picture, or it has too many pixels.")
            return field.type.fault(field, "picture", template, name=row.name)
    wanted = field.params.get("types")
    kinds = [str(one) for one in wanted] if isinstance(wanted, list | tuple) else []
    if kinds and not is_one_of(row.name, row.media_type, kinds):
        template = N_("“{name}” cannot be added here; wanted are {kinds}.")
        return field.type.fault(field, "file_type", template, name=row.name, kinds=", ".join(kinds))
    return None


def clean_name(name: str) -> str:
    """Return the name of an upload without folders and without what cannot be shown."""
    last = _SEPARATORS.split(unicodedata.normalize("NFC", name))[-1].strip()
    shown = "".join(char if char.isprintable() else "_" for char in last).strip(". ")
    stem, dot, ending = shown.rpartition(".")
    if not stem or len(ending) > 16:
        return shown[:150] or "file"
    return f"{stem[:130]}{dot}{ending}"
