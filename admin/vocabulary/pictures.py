"""Words for the pictures of forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rules.errors import N_

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Pictures of what forms are mostly about, with a word for each; any other one can be written as JSON.
PICTURES: Mapping[str, str] = {
    "user": N_("one person"), "users": N_("several persons"), "building": N_("a building"), "building-store": N_("a shop"),
    "briefcase": N_("a briefcase"), "calendar": N_("a calendar"), "clipboard-list": N_("a checklist"),
    "file-text": N_("a document"), "folder": N_("a folder"), "receipt": N_("a receipt"), "wallet": N_("a wallet"),
    "cash": N_("cash"), "credit-card": N_("a bank card"), "shopping-cart": N_("a shopping cart"),
    "package": N_("a parcel"), "truck": N_("a lorry"), "tool": N_("a tool"), "map-pin": N_("a place on a map"),
    "phone": N_("a telephone"), "mail": N_("a letter"), "message": N_("a speech bubble"), "headset": N_("a headset"),
    "target": N_("a bull's eye"), "flag": N_("a flag"), "star": N_("a star"), "heart": N_("a heart"),
    "school": N_("a graduate's cap"), "book": N_("a book"), "certificate": N_("a certificate"), "award": N_("a medal"),
    "lifebuoy": N_("a lifebuoy"), "alert-triangle": N_("a warning sign"), "clock": N_("a clock"), "home": N_("a house"),
    "key": N_("a door key"), "lock": N_("a lock"), "device-laptop": N_("a computer"), "camera": N_("a camera"),
    "plane": N_("an aeroplane"), "ticket": N_("a ticket"), "tag": N_("a price tag"), "table": N_("a grid"),
    "list-details": N_("a list of entries"), "chart-bar": N_("a bar chart"), "rocket": N_("a rocket"), "gift": N_("a gift"),
}  # fmt: skip
