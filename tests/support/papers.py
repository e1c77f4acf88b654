"""The small app with files on its deals, comments allowed; and files of every kind, made on the spot."""

from __future__ import annotations

import io
import zlib
from struct import pack

from PIL import Image

from tests.support.configs import Config, form_of, tiny_app

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
HTML = b"<!doctype html><script>alert(document.cookie)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def papers_app(**app: object) -> Config:
    """Return the small app: deals hold papers, photos and a signature, and secret papers that reps do not see."""
    config = tiny_app()
    config["app"] |= app
    deal, account = form_of(config, "deal"), form_of(config, "account")
    deal["fields"] += [
        {"key": "papers", "type": "attachment", "label": "Papers", "max_files": 3, "max_mb": 1},
        {"key": "offer", "type": "attachment", "label": "Offer", "types": ["application/pdf", ".docx", "image/*"]},
        {"key": "photos", "type": "image", "label": "Photos"},
        {"key": "mark", "type": "signature", "label": "Signature"},
        {"key": "vault", "type": "attachment", "label": "Vault"},
    ]
    deal["permissions"][0]["fields"] |= {"vault": "hidden"}
    for form in (deal, account):
        for permission in form["permissions"]:
            permission["actions"] = [*permission["actions"], "comment"]
    return config


def picture(width: int = 60, height: int = 40, kind: str = "PNG", color: str = "navy", exif: bytes = b"") -> bytes:
    """Return a picture."""
    kept = io.BytesIO()
    Image.new("RGB", (width, height), color).save(kept, kind, **({"exif": exif} if exif else {}))
    return kept.getvalue()


def bomb(side: int = 60_000) -> bytes:
    """Return a PNG of a few kilobytes that would unpack to gigabytes."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return pack(">I", len(content)) + name + content + pack(">I", zlib.crc32(name + content))

    head = pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )
