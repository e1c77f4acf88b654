"""Who gains or loses sight of what between the live release and a draft: people by name, forms, records, fields, verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from engine import rights
from engine.design.impact.krs import steps
from engine.design.impact.sight_counts import Counts, Who
from engine.people.users import User, everybody, user_of
from engine.releases.live import Live
from forms.defs import Option
from forms.labels import Label
from forms.system import system_fields
from rules.errors import Fault

if TYPE_CHECKING:
    from engine.design.impact.ahead import Ahead
    from engine.rights import RowCondition

#: Changes listed, and people named in one of them.
MOST, NAMED = 60, 12
#: What becomes of a field: seen only now, or no longer; edited only now, or no longer; the same, but on other records.
WORDS = ("seen", "unseen", "editable", "locked", "partly")
#: What a change is about when it is about the config itself and no form.
CONFIG = ""


@dataclass(frozen=True)
class Delta:
    """What differs for somebody on a form; `records` is how many they may read before and after, None when all the same."""

    records: tuple[int, int] | None = None
    verbs_gained: tuple[str, ...] = ()
    verbs_lost: tuple[str, ...] = ()
    #: (what becomes of it, key) of fields: see `WORDS`.
    fields: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return self != Delta()


@dataclass(frozen=True)
class SightChange:
    """People to whom the same happens on a form (without one: to the config)."""

    form: str
    label: Label
    delta: Delta
    #: What becomes of fields (see `WORDS`) -> which.
    fields: Mapping[str, tuple[Label, ...]]
    people: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True)
class Sight:
    """All changes, the first of them at most; `people` counts everybody whose sight changes."""

    changes: tuple[SightChange, ...] = ()
    more: int = 0
    people: int = 0
    #: (form, why): what could not be counted.
    failed: tuple[tuple[Label, Fault], ...] = ()
    #: (form, people) whose records were not counted because they are too many.
    uncounted: tuple[tuple[Label, int], ...] = ()


def sight(session: Session, before: Live | None, ahead: Ahead, now: datetime) -> Sight:
    """Compare what everybody with a role in the app may do; administrators may do everything before and after."""
    people = [user_of(one) for one in everybody(session) if one.active and not one.is_admin]
    asked = [one for one in people if one.roles_in(ahead.live.key)]
    found = _Comparison(session, before, ahead, now, asked)
    found.run()
    return found.result()


@dataclass
class _Comparison:
    session: Session
    before: Live | None
    ahead: Ahead
    now: datetime
    people: Sequence[User]
    #: (form, delta) -> who.
    grouped: dict[tuple[str, Delta], list[str]] = field(default_factory=dict)
    touched: set[int | None] = field(default_factory=set)
    failed: list[tuple[Label, Fault]] = field(default_factory=list)
    uncounted: list[tuple[Label, int]] = field(default_factory=list)

    @property
    def after(self) -> Live:
        return self.ahead.live

    def run(self) -> None:
        """Go through the config's own verbs, then form by form."""
        for user in self.people:
            self._note(
                CONFIG, user, _verbs(self._config_verbs(self.before, user), self._config_verbs(self.after, user))
            )
        for form in dict.fromkeys((*(self.before.app.forms if self.before else ()), *self.after.app.forms)):
            self._form(form)

    def result(self) -> Sight:
        """Return the changes, those of most people first within each form."""
        listed = [
            SightChange(
                form, self._label(form), delta, self._fields(form, delta), tuple(names[:NAMED]), len(names[NAMED:])
            )
            for (form, delta), names in self.grouped.items()
        ]
        more = max(0, len(listed) - MOST)
        return Sight(tuple(listed[:MOST]), more, len(self.touched), tuple(self.failed), tuple(self.uncounted))

    def _form(self, form: str) -> None:
        plain = {roles: self._plain(form, user) for roles, user in self._by_roles().items()}
        counted = self._counted(form)
        for user in self.people:
            delta = plain[user.roles_in(self.after.key)]
            records = counted.get(user.id)
            if records is not None and records[0] != records[1]:
                delta = replace(delta, records=records)
            self._note(form, user, delta)

    def _by_roles(self) -> Mapping[frozenset[str], User]:
        """Return one person for each set of roles: verbs and fields follow from them alone."""
        return {user.roles_in(self.after.key): user for user in self.people}

    def _note(self, form: str, user: User, delta: Delta) -> None:
        if delta:
            self.grouped.setdefault((form, delta), []).append(user.name)
            self.touched.add(user.id)

    # -- verbs and fields ----------------------------------------------------------------------------------------------

    def _config_verbs(self, live: Live | None, user: User) -> set[str]:
        may = (("design", rights.may_design), ("publish", rights.may_publish))
        return {verb for verb, asked in may if live is not None and asked(user, live)}

    def _plain(self, form: str, user: User) -> Delta:
        old, new = _has(self.before, form), _has(self.after, form)
        verbs = _verbs(
            {one for one in rights.VERBS if old and rights.may(user, one, old, form)},
            {one for one in rights.VERBS if new and rights.may(user, one, new, form)},
        )
        if not (old and new and rights.may(user, "read", old, form) and rights.may(user, "read", new, form)):
            return verbs
        most = rights.field_access(old, form, user), rights.field_access(new, form, user)
        least = rights.least_access(old, form, user), rights.least_access(new, form, user)
        words = [
            (word, key)
            for key in most[0]
            if key in most[1] and (word := _word(most[0][key], most[1][key], least[0].get(key), least[1].get(key)))
        ]
        return replace(verbs, fields=tuple(words))

    # -- records -------------------------------------------------------------------------------------------------------

    def _counted(self, form: str) -> dict[int | None, tuple[int, int]]:
        """Return how many records each person may read before and after, for those whose conditions differ."""
        asked = [user for user in self.people if self._differs(form, user)]
        if not asked:
            return {}
        old, new = Counts(self.session, self.before, form, self.now), Counts(self.session, self.after, form, self.now)
        for user in asked:
            old.ask(user)
            new.ask(user)
        known = old.answer(), new.answer()
        for counts in (old, new):
            self.failed += [(self._label(form), counts.why)] if counts.why else []
        if left := max(old.left_out, new.left_out):
            self.uncounted.append((self._label(form), left))
        pairs = {user.id: (known[0].get(Who.of(user, old)), known[1].get(Who.of(user, new))) for user in asked}
        return {id_: (a, b) for id_, (a, b) in pairs.items() if a is not None and b is not None}

    def _differs(self, form: str, user: User) -> bool:
        old, new = _conditions(self.before, form, user), _conditions(self.after, form, user)
        if old != new:
            return True
        reads = {pair for one in new if one for path in one.reads for pair in steps(self.after, form, path)}
        return not self.ahead.touched.isdisjoint(reads)

    def _fields(self, form: str, delta: Delta) -> Mapping[str, tuple[Label, ...]]:
        listed = (
            (word, [_field_label(self.after, form, key) for said, key in delta.fields if said == word])
            for word in WORDS
        )
        return {word: tuple(labels) for word, labels in listed if labels}

    def _label(self, form: str) -> Label:
        live = _has(self.after, form) or _has(self.before, form)
        return live.form(form).label if live else Label()


def _has(live: Live | None, form: str) -> Live | None:
    return live if live is not None and form in live.app.forms else None


def _conditions(live: Live | None, form: str, user: User) -> RowCondition:
    return rights.row_condition(live, form, user, "read") if live is not None and form in live.app.forms else ()


def _verbs(old: set[str], new: set[str]) -> Delta:
    order = (*rights.VERBS, *rights.CONFIG_VERBS)
    return Delta(
        verbs_gained=tuple(one for one in order if one in new - old),
        verbs_lost=tuple(one for one in order if one in old - new),
    )


def _word(old: str, new: str, least_old: str | None, least_new: str | None) -> str:
    """Say what becomes of a field: by the most that any record allows, else by what every record allows."""
    if old == new:
        return "" if least_old == least_new else "partly"
    if rights.HIDDEN in (old, new):
        return "seen" if old == rights.HIDDEN else "unseen"
    return "editable" if new == rights.EDIT else "locked"


def _field_label(live: Live, form: str, key: str) -> Label:
    found = live.form(form).by_key.get(key) or system_fields([Option("any", Label())]).get(key)
    return found.label if found is not None else Label.of(key)
