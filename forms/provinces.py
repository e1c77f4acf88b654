"""The provinces of China, with what they are called for short."""

from __future__ import annotations

#: Full names in the usual order of the statistics.
PROVINCES = (
    "北京市", "天津市", "河北省", "山西省", "内蒙古自治区", "辽宁省", "吉林省", "黑龙江省", "上海市", "江苏省", "浙江省", "安徽省",
    "福建省", "江西省", "山东省", "河南省", "湖北省", "湖南省", "广东省", "广西壮族自治区", "海南省", "重庆市", "四川省", "贵州省",
    "云南省", "西藏自治区", "陕西省", "甘肃省", "青海省", "宁夏回族自治区", "新疆维吾尔自治区", "台湾省", "香港特别行政区", "澳门特别行政区",
)  # fmt: skip
_ENDINGS = ("特别行政区", "维吾尔自治区", "回族自治区", "壮族自治区", "自治区", "省", "市")


def _short(name: str) -> str:
    return next(name.removesuffix(ending) for ending in _ENDINGS if name.endswith(ending))


_BY_NAME = {**{_short(name): name for name in PROVINCES}, **{name: name for name in PROVINCES}}
#: Longest first, so that a text begins with as much of a name as it can.
_NAMES = sorted(_BY_NAME, key=len, reverse=True)


def province(text: str) -> str:
    """Return the full name of a province, or ''."""
    return _BY_NAME.get(text, "")


def split_province(text: str) -> tuple[str, str]:
    """Return the province that an address begins with, and the rest."""
    name = next((name for name in _NAMES if text.startswith(name)), "")
    return _BY_NAME.get(name, ""), text[len(name) :]
