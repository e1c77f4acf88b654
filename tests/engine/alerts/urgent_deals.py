"""What tests of telling share: a rule that fires of urgent deals, such a deal, and what somebody wishes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from engine.alerts.wishes import Wishes, keep_wishes
from tests.engine.alerts.conftest import rule
from tests.support.house import NINE, House

Open = Callable[..., House]


def at(**later: float) -> datetime:
    return NINE + timedelta(**later)


def urgent(*to: str, **members: object) -> dict[str, object]:
    return rule(when="urgent", message="{name}", notify=[{"to": list(to or ("owner",))}], **members)


def deal(house: House, now: datetime = NINE, **values: object) -> int:
    account = house.create("account", now, name=f"Account {now} {values.get('name')}", region="north")
    given = {"name": "Pump", "account": account, "amount": 1000, "owner": house.users["alice"].id, "urgent": True}
    return house.create("deal", now, **{**given, **values})


def wish(house: House, who: str, **wanted: object) -> None:
    with house.maker.begin() as session:
        keep_wishes(session, house.users[who].id or 0, Wishes(**wanted))  # type: ignore[arg-type]  # as a form gives them
