"""Secrets have no place in a config, which is exported, compared and mailed: what looks like one is a fault that names the place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.config.desk import Desk
from engine.config.spot import Spot
from rules.errors import N_, Fault, Term

#: Letters and digits together, long enough, without blanks: how passwords and tokens look, and words do not.
_TOKEN = r"(?=[^\s'\"]*\d)(?=[^\s'\"]*[A-Za-z])[^\s'\"&,;]{8,}"  # noqa: S105 - a pattern, no password
_NAMES = r"(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|密码|密碼|口令|密钥|密鑰)"
#: What a text looks like, and how that is called. No text may take long to look at: nothing here backtracks far.
_LOOKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (N_("a private key"), re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY")),
    (
        N_("an address with a password"),
        re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"]{1,100}:[^\s/@'\"]{1,100}@", re.IGNORECASE),
    ),
    (
        N_("the address of a webhook"),
        re.compile(
            r"hooks\.slack\.com/services/\w|oapi\.dingtalk\.com/robot/send\?|qyapi\.weixin\.qq\.com/cgi-bin/webhook/"
            r"|open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/|webhook\.office\.com/|outlook\.office\.com/webhook/"
            r"|discord(?:app)?\.com/api/webhooks/|api\.telegram\.org/bot\d",
            re.IGNORECASE,
        ),
    ),
    (
        N_("an address with a token"),
        re.compile(
            rf"://[^\s'\"]{{1,300}}[?&](?:{_NAMES}|access_token|key|sig|signature|sign)={_TOKEN}", re.IGNORECASE
        ),
    ),
    (
        N_("a token"),
        re.compile(
            r"\b(?:gh[pousr]_\w{20}|github_pat_\w{20}|glpat-[\w-]{16}|xox[abeprs]-[\w-]{10}|sk-[\w-]{20}|sk_live_\w{16}"
            r"|AKIA[0-9A-Z]{16}|LTAI[0-9A-Za-z]{12}|AIza[\w-]{35}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.)"
        ),
    ),
    (N_("a token"), re.compile(rf"\bBearer {_TOKEN}", re.IGNORECASE)),
    (
        N_("a password"),
        re.compile(rf"{_NAMES}['\"]?\s{{0,3}}(?:=|:|：|＝|是|为|為)\s{{0,3}}['\"]?{_TOKEN}", re.IGNORECASE),
    ),
)
_SECRET_NAME = re.compile(rf"(?:^|_){_NAMES}$", re.IGNORECASE)
_WHOLE_TOKEN = re.compile(rf"^['\"]?{_TOKEN}['\"]?$")
#: Longer texts are looked at in pieces that overlap.
_PIECE, _OVERLAP = 2_000, 400


def check_secrets(desk: Desk) -> None:
    """Note a fault for every text that looks like a secret; the fault does not repeat it."""
    for file in desk.source.files:
        for name, spot in _texts(file.spot, ""):
            looks = looks_like(spot.text, name)
            if looks:
                desk.add(_fault(spot, looks))


def looks_like(text: str, name: str = "") -> str:
    """Return what kind of secret a text looks like, `name` being the member that holds it; "" for none."""
    if len(text) < 8 or "{{" in text:
        return ""
    if _SECRET_NAME.search(name) and _WHOLE_TOKEN.match(text):
        return N_("a password")
    pieces = [text[start : start + _PIECE] for start in range(0, len(text), _PIECE - _OVERLAP)]
    return next((kind for kind, pattern in _LOOKS if any(pattern.search(piece) for piece in pieces)), "")


def _fault(spot: Spot, looks: str) -> Fault:
    template = N_(
        "This looks like {kind}, and a config is read by many. Keep it in the settings of a channel and name the channel here."
    )
    return spot.fault("config.secret", template, kind=Term(looks))


def _texts(spot: Spot, name: str) -> Iterator[tuple[str, Spot]]:
    """Go through all texts with the name of the member that holds them."""
    if isinstance(spot.value, str):
        yield name, spot
    elif isinstance(spot.value, dict):
        for key, value in spot.members():
            yield from _texts(value, key)
    else:
        for item in spot.items():
            yield from _texts(item, name)
