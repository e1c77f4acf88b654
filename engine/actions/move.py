"""`move`: bring the record into another stage, by a transition of its pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.actions._base import Acting, Action, Done, register
from forms.labels import Label
from rules.errors import N_

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot


@register
class Move(Action):
    """Moves through the same gates as a person: guards and required fields hold."""

    key = "move"
    label = Label({"en": "Move to a stage", "zh_Hans": "移动阶段", "zh_Hant": "移動階段"})

    def members(self) -> Mapping[str, Any]:
        """Return the schema of `to`."""
        from engine.config.schema_parts import ref

        return {"to": ref("name", "Stage, or transition, of the form's pipeline.")}

    def required(self) -> tuple[str, ...]:
        """Return that `to` must be there."""
        return ("to",)

    def check(self, desk: Desk, form: str, spot: Spot) -> None:
        """Check that the stage or transition exists."""
        pipeline = desk.pipelines.get(form)
        if pipeline is None:
            template = N_("The form {form} has no pipeline, so its records cannot be moved.")
            desk.add(spot["to"].fault("action.pipeline", template, form=form))
            return
        names = [one["key"].text for part in ("stages", "transitions") for one in pipeline[part].items()]
        desk.named(spot["to"], names, "action.stage", N_("There is no stage or transition “{name}”."))

    def act(self, acting: Acting) -> Done:
        """Move the record; nothing to do when it is there already."""
        from engine.people import SYSTEM
        from engine.pipeline import move
        from engine.records.read import get

        live, form, to = acting.live, acting.rule.form, acting.action.to
        record = get(acting.session, live, form, acting.record_id, SYSTEM, acting.now)
        if record.values.get("stage") == to:
            return {"stage": to, "already": True}
        where = (acting.session, live, form, acting.record_id)
        moved = move(*where, to, {}, SYSTEM, acting.now, via="rule", note=acting.note)
        return {"stage": moved.values.get("stage")}
