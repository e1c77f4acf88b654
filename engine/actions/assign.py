"""`assign`: give the record to one of several people: in turn, to who has least, or by an expression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.actions._base import Acting, Action, ActionError, Done, refuse_viewer, register
from forms.labels import Label
from rules.errors import N_
from rules.types import Kind

if TYPE_CHECKING:
    from engine.config.desk import Desk
    from engine.config.spot import Spot

IN_TURN, LEAST, BY_EXPRESSION = "round_robin", "least_loaded", "expression"
#: What `among` may begin with.
KINDS = ("role", "team", "region", "person")


@register
class Assign(Action):
    """Whoever has left or is absent is passed over; two workers never give the same turn twice."""

    key = "assign"
    label = Label({"en": "Assign", "zh_Hans": "分配", "zh_Hant": "分配"})

    def members(self) -> Mapping[str, Any]:
        """Return the schema of its members."""
        from engine.config.schema_parts import array, enum, flag, ref, text

        return {
            "field": ref("name", "Person field that is written; the owner without it."),
            "by": enum((IN_TURN, LEAST, BY_EXPRESSION), "How the person is found; in turn without it."),
            "among": array(text("role:KEY, team:NAME, region:NAME or person:SIGN_IN.", 100), "Who may get it.", 50, 1),
            "expression": ref("expression", "Person over the record, for “expression”."),
            "load": ref("expression", "Which records count as load, for “least_loaded”; open ones without it."),
            "others": flag("Whether whoever has it now is passed over."),
        }

    def check(self, desk: Desk, form: str, spot: Spot) -> None:
        """Check field, people and expressions."""
        people = [key for key, field in desk.shapes.fields(form).items() if field.type.shown_as(field).key == "person"]
        if spot["field"].is_given:
            template = N_("There is no person field “{name}” in this form.")
            desk.named(spot["field"], ("owner", *people), "field.unknown", template)
        if spot["by"].text == BY_EXPRESSION:
            _check_expression(desk, form, spot)
        elif not spot["among"].texts:
            desk.add(spot.fault("action.among", N_("Say in “among” who may get it.")))
        for item in spot["among"].items():
            _check_among(desk, item)
        if spot["load"].is_given:
            refuse_viewer(desk, spot["load"], desk.condition(spot["load"], desk.scope(form)))

    def act(self, acting: Acting) -> Done:
        """Find the person and write the field."""
        from engine.alerts import turns
        from engine.people import SYSTEM
        from engine.records.verbs import update

        action, field = acting.action, acting.action.field or "owner"
        now_with = acting.facts.get(field)
        if action.by == BY_EXPRESSION:
            assert action.expression is not None
            chosen = turns.present(acting.session, acting.live, [acting.value(action.expression)], acting.now)
        else:
            able = turns.able(acting.session, acting.live, action.among, acting.now)
            chosen = _in_order(acting, [one for one in able if not (action.others and one == now_with)])
        if not chosen:
            raise ActionError("nobody", N_("Nobody is there to assign it to: all have left or are absent."))
        where = (acting.session, acting.live, acting.rule.form, acting.record_id)
        update(*where, {field: chosen[0]}, SYSTEM, acting.now, via="rule", note=acting.note)
        return {"field": field, "person": chosen[0], "before": now_with}


def _in_order(acting: Acting, able: Sequence[int]) -> list[int]:
    """Return people by whose turn it is; the turn of the first is taken, in this transaction."""
    from engine.alerts import turns

    turn = turns.taken(acting.session, acting.live.key, acting.rule.key, acting.action.name)
    order = turn.order(able)
    if acting.action.by == LEAST and order:
        field = acting.action.field or "owner"
        load = turns.loads(acting.session, acting.live, acting.rule.form, field, acting.action.load, acting.now)
        order.sort(key=lambda one: load.get(one, 0))
    if order:
        turn.give(order[0], acting.now)
    return order


def _check_expression(desk: Desk, form: str, spot: Spot) -> None:
    if not spot["expression"].is_given:
        desk.add(spot.fault("action.expression", N_("Say in “expression” who gets it.")))
        return
    checked = desk.expression(spot["expression"], desk.scope(form), Kind.PERSON)
    refuse_viewer(desk, spot["expression"], checked)


def _check_among(desk: Desk, item: Spot) -> None:
    from engine.config.spot import Spot as Place

    kind, _, name = item.text.partition(":")
    if kind == "role":
        desk.named(Place(name, item.file, item.pointer), desk.roles, "role.unknown", N_("There is no role “{name}”."))
    elif kind not in KINDS or not name.strip():
        template = N_("“{name}” is nobody to assign to: write role:…, team:…, region:… or person:….")
        desk.add(item.fault("action.among", template, name=item.text))
