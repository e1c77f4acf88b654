"""The desk at which a config is checked: what is declared where, the scopes of expressions, and the faults found so far."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import PurePosixPath

from engine.config.shapes import Shapes, as_rows
from engine.config.source import Source
from engine.config.spot import Spot
from engine.config.zones import is_zone
from engine.sql.lint import SetLinter
from forms.currencies import scale_of
from forms.fields import InputContext
from forms.system import PERSON_SHAPE
from rules.calendar import is_calendar
from rules.calls import children
from rules.check import check
from rules.checked import Checked
from rules.errors import N_, Fault, RuleError
from rules.lint import lint, walk
from rules.scope import RecordScope, RuleContext, Scope, Shape, ValueScope
from rules.similar import closest
from rules.tree import Binary, Call, Literal, Node
from rules.types import Kind, Type

#: Expressions that run over many records at once, so that it matters what a database can do with them.
_SET_PLACES = frozenset({"when", "records", "where", "value", "during", "by"})
_WORDS = re.compile(r"\w+")


def _hints(checked: Checked, spot: Spot, scope: Scope, sets: SetLinter) -> list[Fault]:
    """Return what the linters say that matters at this place."""
    place = spot.pointer.rpartition("/")[2]
    hints = lint(checked)
    if place in _SET_PLACES and isinstance(scope, RecordScope):
        hints += sets.hints(checked, scope.form)
    if isinstance(scope, ValueScope):
        # A count of 0 is no slip: a formula without data is meant to show "no value". A divisor that may be empty is one.
        sure = {n.right.start + 1 for n in walk(checked.tree) if isinstance(n, Binary) and not n.right.type.nullable}
        hints = [hint for hint in hints if hint.code != "divisor_may_be_empty" or hint.column not in sure]
    # Measures and permissions look at many records by design; an alert should find the few that it is about.
    return hints if place == "when" else [hint for hint in hints if hint.code != "no_index"]


class Desk:
    """Collects faults; every expression is checked once, however often it is asked for."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Fault] = []
        self._checked: dict[tuple[str, str, int], Checked | None] = {}
        self._scopes: dict[tuple[str, str, int], Scope] = {}

    # -- what is declared ----------------------------------------------------------------------------------------

    @cached_property
    def forms(self) -> Mapping[str, Spot]:
        """Return the forms by key; of two with one key the first counts."""
        return self.by_key("forms")

    @cached_property
    def unread(self) -> frozenset[str]:
        """Return the keys of forms whose files could not be read: what names them is not judged."""
        read = {file.path for file in self.source.files}
        lost = {fault.file for fault in self.source.faults if fault.level == "error"} - read
        return frozenset(PurePosixPath(path).stem for path in lost if path.startswith("forms/")) - self.forms.keys()

    @cached_property
    def pipelines(self) -> Mapping[str, Spot]:
        """Return form key -> its pipeline."""
        found: dict[str, Spot] = {}
        for pipeline in self.source.section("pipelines"):
            found.setdefault(pipeline["form"].text, pipeline)
        return found

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """Return the keys of the roles."""
        return tuple(role["key"].text for role in self.source.app["roles"].items() if role["key"].text)

    def by_key(self, section: str) -> dict[str, Spot]:
        """Return the files of a section by the key they hold."""
        found: dict[str, Spot] = {}
        for spot in self.source.section(section):
            if spot["key"].text:
                found.setdefault(spot["key"].text, spot)
        return found

    # -- context and scopes --------------------------------------------------------------------------------------

    @cached_property
    def currency(self) -> str:
        """Return the app's currency."""
        return self.source.app["currency"].text or "CNY"

    @cached_property
    def context(self) -> RuleContext:
        """Return what the app fixes for its expressions; what is wrong with it is said elsewhere."""
        app = self.source.app
        zone, calendar = app["time_zone"].text or "UTC", app["calendar"].text
        known = is_calendar(calendar)
        return RuleContext(zone if is_zone(zone) else "UTC", calendar if known else "", scale_of(self.currency))

    @cached_property
    def input(self) -> InputContext:
        """Return how defaults are read."""
        return InputContext(time_zone=self.context.time_zone, currency=self.currency)

    @cached_property
    def shapes(self) -> Shapes:
        """Return the names of every form with their types."""
        return Shapes(self.forms, self.pipelines, self.context.money_scale)

    @cached_property
    def _sets(self) -> SetLinter:
        """Return who knows what a database makes of an expression over many records."""
        return SetLinter(self.shapes.promised, self.context)

    def scope(self, form: str, *, draft: bool = False) -> RecordScope:
        """Return the names of a form; of a draft, a record not saved yet, every one may be empty."""
        shapes: dict[str, Shape] = dict(self.shapes.promised)
        if draft and form in shapes:
            shapes[form] = self.shapes.draft(form)
        return RecordScope(shapes, form, PERSON_SHAPE, self.context)

    # -- faults --------------------------------------------------------------------------------------------------

    def add(self, fault: Fault) -> None:
        """Note a fault."""
        self.faults.append(fault)

    def named(self, spot: Spot, known: Iterable[str], code: str, template: str, /, **facts: object) -> bool:
        """Tell whether a place names one of what is declared; note a fault with a suggestion when it does not."""
        names = tuple(known)
        if not spot.text or (code == "form.unknown" and spot.text in self.unread):
            return False
        if spot.text not in names:
            suggestion = closest(spot.text, names)
            found = spot.fault(code, template, suggestion=suggestion)
            self.add(replace(found, facts={"name": spot.text[:60], **facts}))
        return spot.text in names

    # -- expressions ---------------------------------------------------------------------------------------------

    def condition(self, spot: Spot, scope: Scope) -> Checked | None:
        """Check a condition: yes or no."""
        return self.expression(spot, scope, Kind.YES_NO)

    def expression(self, spot: Spot, scope: Scope, expect: Kind | Type | None = None) -> Checked | None:
        """Check an expression of the config; None when there is none, or none that is right."""
        return self.text(spot, spot.text, scope, expect) if spot.text else None

    def text(
        self, spot: Spot, text: str, scope: Scope, expect: Kind | Type | None = None, column: int = 0
    ) -> Checked | None:
        """Check an expression that stands in a text from this column on."""
        place = (spot.file, spot.pointer, column)
        if place not in self._checked:
            self._checked[place] = self._check(spot, text, scope, expect, column)
            self._scopes[place] = scope
        return self._checked[place]

    @property
    def expressions(self) -> Iterator[tuple[Spot, Checked, Scope]]:
        """Go through the expressions that were checked and are right: their place, and the names they could use."""
        for (file, pointer, column), checked in self._checked.items():
            if checked is not None:
                yield Spot(checked.text, file, pointer), checked, self._scopes[file, pointer, column]

    def _check(self, spot: Spot, text: str, scope: Scope, expect: Kind | Type | None, column: int) -> Checked | None:
        try:
            checked = check(text, scope, expect)
        except RuleError as error:
            unsure = self.shapes.unsure & set(_WORDS.findall(text)) or (self.unread and "." in text)
            if not unsure:
                self._place(error.faults, spot, column)
            return None
        self._place(_hints(checked, spot, scope, self._sets), spot, column)
        self._check_roles(checked.tree, spot, column)
        # Hints may trust what the form promises; what is evaluated over rows must not.
        return (
            check(text, replace(scope, shapes=as_rows(scope.shapes)), expect)
            if isinstance(scope, RecordScope)
            else checked
        )

    def _check_roles(self, node: Node, spot: Spot, column: int) -> None:
        """An expression asks for roles of this app only: a misspelt one would silently never hold."""
        role = node.args[0] if isinstance(node, Call) and node.function == "has_role" and node.args else None
        if isinstance(role, Literal) and role.value not in self.roles:
            template = N_("There is no role “{name}”.")
            fault = spot.fault(
                "role.unknown", template, name=role.value, suggestion=closest(str(role.value), self.roles)
            )
            self.add(replace(fault, column=column + role.start + 1))
        for child in children(node):
            self._check_roles(child, spot, column)

    def _place(self, faults: Iterable[Fault], spot: Spot, column: int) -> None:
        for fault in faults:
            moved = fault.column + column if fault.column else 0
            self.add(replace(fault, column=moved, pointer=spot.pointer, file=spot.file))
