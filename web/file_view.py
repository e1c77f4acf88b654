"""Files as pages show them, and uploads as forms bring them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request, url_for

from engine.files.binding import file_fields, files_named
from engine.files.staging import MB, Place, place_for, receive, receive_name
from engine.rights import EDIT, field_access
from forms.errors import FormError
from forms.fields._files import FilesType, name_of, token_of
from forms.media import PICTURES, ending_of
from rules.errors import Fault
from web import here, i18n

if TYPE_CHECKING:
    from werkzeug.datastructures import FileStorage

    from engine.files.rows import StoredFile
    from engine.releases import Live
    from forms.defs import FieldDef

#: Behind a field's key: its uploads in a form without script, and a name typed as a signature.
UPLOAD, TYPED = ".file", ".typed"


@dataclass(frozen=True)
class FileView:
    """A file in a list of files; `small_url` for pictures."""

    value: str
    name: str
    ending: str
    size: str = ""
    url: str = ""
    small_url: str = ""


def file_view(value: str, row: StoredFile | None) -> FileView:
    """Return how a file is shown; one that is no longer kept has a name only."""
    token, name = token_of(value), name_of(value) or value
    ending = ending_of(name).lstrip(".")[:5]
    if row is None:
        return FileView(value, name, ending)
    small = url_for("files.small", token=token) if row.width else ""
    return FileView(value, row.name, ending, size_text(row.size), url_for("files.show", token=token), small)


@dataclass(frozen=True)
class UploadView:
    """What a control that adds files needs to know."""

    url: str
    most: int
    most_mb: float
    accept: str


def upload_view(live: Live, field: FieldDef) -> UploadView:
    """Return where a field's uploads go and what may be added."""
    form_key = next((form.key for form in live.app.forms.values() if form.by_key.get(field.key) is field), "")
    most = field.type.most_files(field) if isinstance(field.type, FilesType) else 0
    wanted = field.params.get("types")
    kinds = [str(one) for one in wanted] if isinstance(wanted, list | tuple) else []
    accept = ",".join(PICTURES if field.type.key == "image" else kinds)
    url = url_for("files.add", app_key=live.key, form_key=form_key, field=field.key)
    return UploadView(url, most, Place(live, form_key, field).most_bytes / MB, accept)


def size_text(size: int) -> str:
    """Return a size as people say it."""
    for unit, factor in (("MB", 1024 * 1024), ("KB", 1024)):
        if size >= factor:
            return f"{i18n.number(round(size / factor, 1))} {unit}"
    return f"{i18n.number(size)} B"


def files_in(fields: Iterable[FieldDef], rows: Iterable[Mapping[str, object]]) -> Mapping[str, StoredFile]:
    """Return token -> file for the values of these fields: one query for all of them."""
    keys = [field.key for field in fields if field.type.keeps_files]
    if not keys:
        return {}
    values = [row.get(key) for row in rows for key in keys]
    tokens = {token_of(str(one)) for value in values if isinstance(value, list | tuple) for one in value}
    return files_named(here.db(), tokens)


def take_uploads(
    live: Live, form_key: str, typed: Mapping[str, object], keys: Iterable[str] | None = None
) -> tuple[dict[str, object], list[Fault]]:
    """Stage what a form brought without script; return what was typed with the new files, and what was refused."""
    found, faults = dict(typed), list[Fault]()
    access = field_access(live, form_key, here.viewer())
    wanted = None if keys is None else set(keys)
    for field in file_fields(live.form(form_key)):
        if access.get(field.key) != EDIT or (wanted is not None and field.key not in wanted):
            continue
        added = _added(live, form_key, field, faults)
        if added:
            held = found.get(field.key)
            kept = [one for one in held if one] if isinstance(held, list) and field.type.key != "signature" else []
            found[field.key] = [*kept, *added]
    return found, faults


def _added(live: Live, form_key: str, field: FieldDef, faults: list[Fault]) -> list[str]:
    uploads = [one for one in request.files.getlist(field.key + UPLOAD) if one.filename]
    name = request.form.get(field.key + TYPED, "").strip() if field.type.key == "signature" and not uploads else ""
    if not uploads and not name:
        return []
    place = place_for(live, form_key, field.key, here.viewer())
    added = [_staged(place, one, faults) for one in uploads[:60]]
    if name:
        added.append(_written(place, name, faults))
    return [one for one in added if one]


def _staged(place: Place, upload: FileStorage, faults: list[Fault]) -> str:
    try:
        row = receive(here.db(), place, upload.stream, upload.filename or "", here.viewer(), here.now())
    except FormError as error:
        faults.extend(error.faults)
        return ""
    return f"{row.token}/{row.name}"


def _written(place: Place, name: str, faults: list[Fault]) -> str:
    try:
        row = receive_name(here.db(), place, name, here.viewer(), here.now())
    except FormError as error:
        faults.extend(error.faults)
        return ""
    return f"{row.token}/{row.name}"
