"""`create`: make a record of some form, such as a task, from a template of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actions._base import Acting, Action, Done, check_sets, register, setting_members
from forms.labels import Label
from rules.errors import N_

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot


@register
class Create(Action):
    """Creates through the same verb as a form; what it does not set takes its default."""

    key = "create"
    label = Label({"en": "Create a record", "zh_Hans": "创建记录", "zh_Hant": "建立紀錄"})

    def members(self) -> Mapping[str, Any]:
        """Return the schema of `form`, `set` and `via`."""
        from engine.config.schema_parts import ref

        return {
            "form": ref("name", "Form of the new record."),
            **setting_members("Field of the new record → expression over the record that the alert is about."),
            "via": ref("name", "Reference field of the new record that points back to the alert's record."),
        }

    def required(self) -> tuple[str, ...]:
        """Return what must be there."""
        return ("form", "set")

    def check(self, desk: Desk, form: str, spot: Spot) -> None:
        """Check the form, its fields and the way back."""
        if not desk.named(spot["form"], desk.forms, "form.unknown", N_("There is no form “{name}”.")):
            return
        target = spot["form"].text
        check_sets(desk, form, target, spot["set"])
        if spot["via"].is_given:
            back = [key for (at, key), slot in desk.shapes.places.items() if at == target and slot["to"].text == form]
            template = N_("There is no reference field “{name}” that leads back to the alert's record.")
            desk.named(spot["via"], back, "field.unknown", template)

    def act(self, acting: Acting) -> Done:
        """Create the record."""
        from engine.people import SYSTEM
        from engine.records.verbs import create

        form = acting.action.form
        values = acting.inputs(form, acting.action.sets)
        if acting.action.via:
            values[acting.action.via] = acting.record_id
        made = create(acting.session, acting.live, form, values, SYSTEM, acting.now, via="rule", note=acting.note)
        return {"form": form, "record": made.id}
