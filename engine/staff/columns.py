"""The columns of a sheet of people: what they are called in three languages, and how a cell is read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from engine.channels.email import MAILBOX
from engine.errors import EngineError
from engine.imports.errors import refuse
from engine.people import fold_sign_in
from forms.labels import LANGUAGES
from rules.errors import N_, Fault

COLUMNS = ("name", "sign_in", "email", "region", "team", "manager", "roles", "locale", "active")
#: What people call the columns; each of these names may head one.
NAMES: Mapping[str, str] = {
    "name": N_("Name"), "sign_in": N_("Sign-in name"), "email": N_("E-mail"), "region": N_("Region"), "team": N_("Team"),
    "manager": N_("Manager"), "roles": N_("Roles"), "locale": N_("Language"), "active": N_("May sign in"),
}  # fmt: skip
#: Other names of the columns, folded.
ALSO: Mapping[str, str] = {
    "姓名": "name", "登录名": "sign_in", "登入名稱": "sign_in", "sign-in name": "sign_in", "sign in": "sign_in",
    "e-mail": "email", "电子邮件": "email", "電子郵件": "email", "邮箱": "email", "区域": "region", "區域": "region",
    "团队": "team", "團隊": "team", "部门": "team", "部門": "team", "经理": "manager", "上级": "manager",
    "主管": "manager", "上級": "manager", "角色": "roles", "语言": "locale", "語言": "locale", "language": "locale",
    "可以登录": "active", "允许登录": "active", "允許登入": "active", "經理": "manager", "可以登入": "active", "may sign in": "active", "启用": "active", "啟用": "active",
}  # fmt: skip
YES, NO = ("yes", "true", "1", "y", "是", "启用", "啟用"), ("no", "false", "0", "n", "否", "停用")
#: Languages by what they are called, folded.
LOCALES: Mapping[str, str] = {
    **{one.casefold(): one for one in LANGUAGES}, "english": "en", "英文": "en", "英语": "en", "英語": "en",
    "简体中文": "zh_Hans", "簡體中文": "zh_Hans", "中文": "zh_Hans", "繁體中文": "zh_Hant", "繁体中文": "zh_Hant",
}  # fmt: skip
#: Characters of a cell, and of the cell that lists roles.
LONGEST, LONGEST_ROLES = 100, 2000
_SEPARATORS = re.compile(r"[;,\n；，、]")


def places_of(header: Sequence[str]) -> dict[str, int]:
    """Return column -> its place; ImportRefused without the one that says who is meant, or when one stands twice."""
    found: dict[str, int] = {}
    for place, name in enumerate(header):
        folded = unicodedata.normalize("NFKC", name).strip().casefold()
        key = ALSO.get(folded, folded)
        if key not in COLUMNS:
            continue
        if key in found:
            refuse("column_twice", N_("The file has the column {column} twice."), column=key)
        found[key] = place
    if "sign_in" not in found:
        refuse("no_column", N_("The file has no column {column}."), column="sign_in")
    return found


def unread(header: Sequence[str], places: Mapping[str, int]) -> tuple[str, ...]:
    """Return the heads of columns that nothing is read from."""
    return tuple(name for place, name in enumerate(header) if place not in places.values() and name.strip())


def read_cell(column: str, text: str) -> object:
    """Return what a cell says; EngineError when it cannot be kept. Nothing stays None."""
    cell = unicodedata.normalize("NFC", text).strip()
    limit = LONGEST_ROLES if column == "roles" else LONGEST
    if len(cell) > limit:
        _refuse(column, "too_long", N_("At most {limit} characters fit here."), limit=limit)
    if not cell.replace("\n", " ").isprintable():
        _refuse(column, "character", N_("The cell holds a character that cannot be kept."))
    if column == "roles":
        return _roles(cell)
    if column == "active":
        return _yes_no(cell)
    if not cell:
        return None
    return _said(column, cell)


def _said(column: str, cell: str) -> str:
    if column == "sign_in":
        folded = fold_sign_in(cell)
        if any(char.isspace() for char in folded):
            _refuse(column, "sign_in_odd", N_("A sign-in name has no blanks."))
        return folded
    if column == "email" and not MAILBOX.fullmatch(cell):
        _refuse(column, "email", N_("This is no e-mail address."))
    if column == "locale":
        if cell.casefold() not in LOCALES:
            _refuse(column, "locale", N_("Languages are {known}."), known="English, 简体中文, 繁體中文")
        return LOCALES[cell.casefold()]
    return " ".join(cell.split())


def _yes_no(cell: str) -> bool | None:
    word = cell.casefold()
    if word and word not in (*YES, *NO):
        _refuse("active", "yes_no", N_("Write yes or no here."))
    return word in YES if word else None


def _roles(cell: str) -> frozenset[tuple[str, str]]:
    found = set()
    for part in filter(None, (one.strip() for one in _SEPARATORS.split(cell))):
        app_key, colon, role = part.replace("：", ":").partition(":")
        if not colon:
            _refuse("roles", "role_odd", N_("“{value}” is not app:role."), value=part[:LONGEST])
        found.add((app_key.strip(), role.strip()))
    return frozenset(found)


def _refuse(column: str, code: str, template: str, **facts: object) -> None:
    raise EngineError(Fault(code, template, facts, field=column))
