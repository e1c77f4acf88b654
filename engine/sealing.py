"""Secrets at rest: sealed with a key derived from the instance's secret, opened only to be used."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from engine.operator import instance_secret

#: Keeps this key apart from every other use of the instance's secret.
PURPOSE = b"steerway channel secrets 1"


class Unsealable(Exception):  # noqa: N818 - an answer, not an accident
    """What was sealed cannot be opened: the instance's secret is another one now."""


def seal(values: Mapping[str, str]) -> str:
    """Return the values as a text that only this instance can read."""
    return _fernet().encrypt(json.dumps(dict(values), sort_keys=True).encode()).decode()


def unseal(sealed: str | None) -> dict[str, str]:
    """Return the values of a sealed text; Unsealable when the instance's secret has changed."""
    if not sealed:
        return {}
    try:
        found: dict[str, str] = json.loads(_fernet().decrypt(sealed.encode()))
    except InvalidToken:
        raise Unsealable from None
    return found


def _fernet() -> Fernet:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(instance_secret().encode())
    return Fernet(urlsafe_b64encode(key))
