"""What every action is: what a config says of it, how that is checked, and what it does to one record, once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from engine.errors import EngineError
from forms.labels import Label
from rules.checked import Checked
from rules.errors import Fault

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from engine.config.defs import ActionDef, AlertRuleDef
    from engine.config.desk import Desk
    from engine.config.spot import Spot
    from engine.releases.live import Live

#: What an action did, as JSON: shown in the journal and beside the record.
Done = Mapping[str, Any]


class ActionError(EngineError):
    """An action cannot be done, and trying again will not help."""

    def __init__(self, code: str, template: str, /, **facts: object) -> None:
        super().__init__(Fault(f"action.{code}", template, facts))


@dataclass(frozen=True)
class Acting:
    """One action about to be done for one alert, in a transaction that also writes down that it was done."""

    session: Session
    live: Live
    rule: AlertRuleDef
    action: ActionDef
    record_id: int
    now: datetime
    #: The same for every attempt.
    key: str
    #: What the record says now, for the action's expressions.
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def note(self) -> str:
        """Return what history says about who did it."""
        return f"rule {self.rule.key}"

    def value(self, expression: Checked) -> object:
        """Return the value of an expression for the record."""
        from rules.compiled import compiled

        return compiled(expression)(self.facts)

    def inputs(self, form: str, sets: Mapping[str, Checked]) -> dict[str, object]:
        """Return what the action's expressions yield, as the verbs of records take what is typed."""
        return {key: self._input(form, key, expression) for key, expression in sets.items()}

    def _input(self, form: str, key: str, expression: Checked) -> object:
        from engine.records.computing import decimals_of
        from engine.records.env import stored

        slot, shape = self.live.form(form).by_key.get(key), self.live.app.shapes[form]
        value = stored(self.value(expression), shape[key], decimals_of(slot) if slot else None)
        return slot.type.to_json(slot, value) if slot and value is not None else value


class Action:
    """Something an alert does; a subclass is one file and one `@register`."""

    key: ClassVar[str]
    label: ClassVar[Label]
    #: What it does leaves the house: claimed first and noted afterwards, at least once under one key.
    is_external: ClassVar[bool] = False

    def members(self) -> Mapping[str, Any]:
        """Return the JSON Schema of its own members."""
        raise NotImplementedError

    def required(self) -> tuple[str, ...]:
        """Return the members that must be there."""
        return ()

    def check(self, desk: Desk, form: str, spot: Spot) -> None:
        """Note what is wrong with it."""
        raise NotImplementedError

    def expressions(self, action: ActionDef) -> Iterator[Checked]:
        """Yield what it reads of the record."""
        yield from action.sets.values()
        if action.expression is not None:
            yield action.expression

    def act(self, acting: Acting) -> Done:
        """Do it; raise SteerwayError when it cannot be done."""
        raise NotImplementedError


#: Actions by key.
ACTIONS: dict[str, Action] = {}


def register(action: type[Action]) -> type[Action]:
    """Make an action known under its key."""
    ACTIONS[action.key] = action()
    return action


def setting_members(what: str) -> dict[str, Any]:
    """Return the schema of `set`: field → expression."""
    from engine.config.schema_parts import ref

    return {
        "set": {
            "type": "object",
            "additionalProperties": ref("expression"),
            "minProperties": 1,
            "maxProperties": 50,
            "description": what,
        }
    }


def check_sets(desk: Desk, form: str, target: str, sets: Spot) -> None:
    """Check that each field of `target` can be written, with an expression over `form` whose value fits."""
    from engine.config.check_fields import check_fits
    from engine.config.check_pipelines import check_writable, settable
    from engine.config.spot import Spot as Place

    scope = desk.scope(form)
    for key, place in sets.members():
        writable = check_writable(desk, target, Place(key, place.file, place.pointer), place)
        slot = settable(desk, target, key)
        checked = desk.expression(place, scope, slot.type.rule_type(slot) if slot else None)
        refuse_viewer(desk, place, checked)
        if writable and checked and slot:
            check_fits(desk, place, checked, slot)


def refuse_viewer(desk: Desk, place: Spot, checked: Checked | None) -> None:
    """Note a fault for an expression that reads who looks: nobody does."""
    from engine.config.measures import reads_viewer
    from rules.errors import N_

    if checked is not None and reads_viewer(checked):
        desk.add(place.fault("action.viewer", N_("Nobody looks when a rule acts, so it cannot read “me”.")))


def reads_of(actions: Iterable[ActionDef]) -> set[tuple[str, ...]]:
    """Return everything that must be known of a record to act."""
    return {path for one in actions for each in ACTIONS[one.do].expressions(one) for path in each.reads}
