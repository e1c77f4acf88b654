"""Pictures: whether one can be read at all, its small view, and a name written as a signature."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from PIL import Image, ImageDraw, ImageFont, ImageOps

#: A picture with more than this is not unpacked: it may be a bomb, and 160 MB of memory are enough.
MOST_PIXELS = 40_000_000
#: Longest side of a small view.
SMALL_SIDE = 480
FORMATS = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "GIF": "image/gif"}
#: Pictures unpacked at the same time in one process.
_TURN = BoundedSemaphore(2)
#: Our own limit is asked before anything is unpacked; the library's would only warn.
Image.MAX_IMAGE_PIXELS = None
#: Fonts that have Chinese letters, where a system has them.
_FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/System/Library/Fonts/PingFang.ttc",
)


def measured(path: Path) -> tuple[int, int] | None:
    """Return width and height of a picture that can be read, None for anything else and for what is too large."""
    try:
        with Image.open(path, formats=tuple(FORMATS)) as image:
            width, height = image.size
            if not 0 < width * height <= MOST_PIXELS:
                return None
            with _TURN:
                image.draft("RGB", (SMALL_SIDE, SMALL_SIDE))
                image.load()
    except Exception:  # noqa: BLE001 - what a broken or hostile picture makes the library raise is not listed anywhere
        return None
    return width, height


def small_view(path: Path, target: Path) -> bool:
    """Make the small view of a picture: upright, with nothing in it but the picture; False when it cannot be read."""
    waiting = target.with_name(f"{target.name}.{secrets.token_hex(4)}")
    try:
        with _TURN, Image.open(path, formats=tuple(FORMATS)) as image:
            if image.width * image.height > MOST_PIXELS:
                return False
            image.draft("RGB", (SMALL_SIDE * 2, SMALL_SIDE * 2))
            _reduced(image).save(waiting, "PNG" if _is_see_through(image) else "JPEG", quality=82)
        waiting.replace(target)
    except Exception:  # noqa: BLE001 - as above
        waiting.unlink(missing_ok=True)
        return False
    return True


def _reduced(image: Image.Image) -> Image.Image:
    """Return a new picture without what cameras write beside the pixels, such as where it was taken."""
    upright = ImageOps.exif_transpose(image).convert("RGBA" if _is_see_through(image) else "RGB")
    upright.thumbnail((SMALL_SIDE, SMALL_SIDE))
    clean = Image.new(upright.mode, upright.size)
    clean.paste(upright)
    return clean


def _is_see_through(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def type_of_small(path: Path) -> str:
    """Return the media type of a small view."""
    with path.open("rb") as file:
        return "image/png" if file.read(4) == b"\x89PNG" else "image/jpeg"


def written_name(name: str, path: Path) -> bool:
    """Draw a name as a signature; False when no font here has its letters."""
    font = next((one for one in _fonts() if _has_all(one, name)), None)
    if font is None:
        return False
    left, top, right, bottom = font.getbbox(name)
    image = Image.new("RGB", (int(right - left) + 48, max(120, int(bottom - top) + 48)), "white")
    ImageDraw.Draw(image).text((24 - left, (image.height - (bottom - top)) / 2 - top), name, fill="#12306b", font=font)
    image.save(path, "PNG")
    return True


@cache
def _fonts() -> tuple[ImageFont.FreeTypeFont, ...]:
    found = [ImageFont.truetype(path, 44) for path in _FONTS if Path(path).is_file()]
    own = ImageFont.load_default(44)
    return (*([own] if isinstance(own, ImageFont.FreeTypeFont) else []), *found)


def _has_all(font: ImageFont.FreeTypeFont, text: str) -> bool:
    missing = bytes(font.getmask("\U0010fffe"))
    return all(char.isspace() or bytes(font.getmask(char)) != missing for char in text)
