"""What whoever runs the instance decides outside of it: its secret, its public address, which inner networks may be called."""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

#: Where the instance keeps what it made for itself.
FOLDER = Path("var")
SECRET, PUBLIC_URL, ALLOWED = "STEERWAY_SECRET_KEY", "STEERWAY_PUBLIC_URL", "STEERWAY_ALLOW_NETWORKS"

FILES, MAX_UPLOAD = "STEERWAY_FILES", "STEERWAY_MAX_UPLOAD_MB"
#: Megabytes of the largest file, when nobody says otherwise.
DEFAULT_UPLOAD = 50.0

Network = IPv4Network | IPv6Network


def instance_secret(folder: Path | None = None) -> str:
    """Return the secret of this instance: STEERWAY_SECRET_KEY, or one made once and kept readable by us alone."""
    if given := os.environ.get(SECRET):
        return given
    folder = FOLDER if folder is None else folder
    path = folder / "secret"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(key := secrets.token_hex(32))
    return key


def public_url() -> str:
    """Return the address under which people reach the instance, without a slash at its end; empty when not told."""
    return os.environ.get(PUBLIC_URL, "").strip().rstrip("/")


def allowed_networks() -> Sequence[Network]:
    """Return the inner networks that channels may call: STEERWAY_ALLOW_NETWORKS, divided by commas or spaces."""
    words = os.environ.get(ALLOWED, "").replace(",", " ").split()
    return [ip_network(word, strict=False) for word in words]


def files_folder() -> Path | None:
    """Return the folder for uploaded files that the operator chose: STEERWAY_FILES."""
    told = os.environ.get(FILES, "").strip()
    return Path(told) if told else None


def max_upload_bytes() -> int:
    """Return the size of the largest file that may be added: STEERWAY_MAX_UPLOAD_MB."""
    told = os.environ.get(MAX_UPLOAD, "").strip()
    return int(float(told or DEFAULT_UPLOAD) * 1024 * 1024)
