"""What a file is, by its bytes; its name is only asked where several kinds begin alike."""

from __future__ import annotations

import re

from forms.media import TOLD_BY_ENDING, ending_of

#: Bytes looked at.
HEAD = 4096
OTHER = "application/octet-stream"
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"MZ", "application/x-msdownload"),
    (b"\x7fELF", "application/x-executable"),
)
_MARKUP = re.compile(
    rb"\s*<(!doctype|html|head|body|script|svg|\?xml|!--|iframe|math|style|title|a |p>|div)", re.IGNORECASE
)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")


def media_type_of(head: bytes, name: str) -> str:
    """Return the media type of a file that begins like this."""
    found = _by_bytes(head)
    return TOLD_BY_ENDING.get(found, {}).get(ending_of(name), found)


def _by_bytes(head: bytes) -> str:
    for beginning, found in _BEGINNINGS:
        if head.startswith(beginning):
            return found
    if b"%PDF-" in head[:1024]:
        return "application/pdf"
    if head[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(head[8:12], OTHER)
    if head[4:8] == b"ftyp":
        return "video/mp4"
    return _by_text(head)


def _by_text(head: bytes) -> str:
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        return "image/svg+xml" if b"<svg" in head.lower() else "text/html"
    if _CONTROL.search(head):
        return OTHER
    return "text/plain"
