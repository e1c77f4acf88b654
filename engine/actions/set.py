"""`set`: write fields of the record that the alert is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actions._base import Acting, Action, Done, check_sets, register, setting_members
from forms.labels import Label

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot


@register
class SetFields(Action):
    """Writes fields through the same verb as a form: checked, kept in history, seen by other rules."""

    key = "set"
    label = Label({"en": "Set fields", "zh_Hans": "设置字段", "zh_Hant": "設定欄位"})

    def members(self) -> Mapping[str, Any]:
        """Return the schema of `set`."""
        return setting_members("Field key → expression over the record: what is written.")

    def required(self) -> tuple[str, ...]:
        """Return that `set` must be there."""
        return ("set",)

    def check(self, desk: Desk, form: str, spot: Spot) -> None:
        """Check the fields and their expressions."""
        check_sets(desk, form, form, spot["set"])

    def act(self, acting: Acting) -> Done:
        """Write the fields."""
        from engine.people import SYSTEM
        from engine.records.verbs import update

        values = acting.inputs(acting.rule.form, acting.action.sets)
        where = (acting.session, acting.live, acting.rule.form, acting.record_id)
        update(*where, values, SYSTEM, acting.now, via="rule", note=acting.note)
        return {"fields": sorted(values)}
