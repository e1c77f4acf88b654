"""What a new release asks of the records that are there already: steps to take, and what stands against them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from engine.errors import EngineError
from engine.people.users import SYSTEM
from engine.records.unique import unique_groups
from engine.releases.fitting import EXAMPLES, FieldStep, Kept, Misfits, called, misfits, titles_column
from engine.releases.live import Live, past_release
from engine.releases.moves import NO_MOVES, STAGE, Moves, faults_of
from engine.releases.rows import App, Release
from engine.releases.taking_back import lines_since
from engine.sql.compile import Source
from engine.sql.functions import NoSqlForm
from engine.tables import SET_ASIDE, table_name
from forms.defs import FieldDef
from forms.labels import Label
from rules.errors import N_, Fault

FieldKey = tuple[str, str]


@dataclass
class Plan:
    """What publishing will do to the tables, and every fault and warning that the stored records raise."""

    new_forms: list[str] = field(default_factory=list)
    new_fields: list[FieldKey] = field(default_factory=list)
    steps: list[FieldStep] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    #: form -> columns whose values records were moved out of, or back into.
    moved: dict[str, set[str]] = field(default_factory=dict)
    #: form -> the releases whose moves were undone, and the forms whose records this one sends somewhere itself.
    undone: dict[str, set[int]] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    #: Names of tables whose indexes rest until everything is written.
    rested: set[str] = field(default_factory=set)
    #: Forms whose search has no index until one is made after the release.
    unindexed: set[str] = field(default_factory=set)


def make_plan(session: Session, before: Live | None, after: Live, moves: Moves = NO_MOVES) -> Plan:
    """Compare a release with the tables as they are and with the records as they will be moved; nothing is changed."""
    plan = Plan(faults=[*faults_of(moves, after), *_uncompilable(session, after)])
    tables = set(inspect(session.connection()).get_table_names())
    for form in after.app.forms:
        name = table_name(after.key, form)
        if name not in tables:
            plan.new_forms.append(form)
            continue
        columns = {column["name"] for column in inspect(session.connection()).get_columns(name)}
        _plan_form(session, plan, before, after, form, columns, moves)
    return plan


def _uncompilable(session: Session, after: Live) -> Iterator[Fault]:
    """Return a fault for each row permission that this database cannot compute: rights are part of every query."""
    dialect, moment = session.get_bind().dialect.name, datetime(2000, 1, 1, tzinfo=UTC)
    for form in after.app.forms.values():
        for number, permission in enumerate(form.permissions):
            if permission.records is None:
                continue
            try:
                Source(after.app, after.tables, form.key, dialect, moment, SYSTEM).condition(permission.records)
            except NoSqlForm:
                template = N_("The database cannot compute this condition, so it cannot decide who sees a record.")
                place = f"/permissions/{number}/records"
                yield Fault(
                    "release.permission", template, {"form": form.key}, file=f"forms/{form.key}.json", pointer=place
                )


def _plan_form(
    session: Session, plan: Plan, before: Live | None, after: Live, form: str, columns: set[str], moves: Moves
) -> None:
    for new in after.app.forms[form].fields:
        if new.key not in columns:
            plan.new_fields.append((form, new.key))
            continue
        past = before if _has(before, form, new.key) else last_with(session, after, form, new.key)
        if past is not None:
            step = _step(past, after, form, new.key)
            step = step if past is before else replace(step, gone_at=_replaced_at(session, past))
            plan.steps.append(with_kept(session, step, after, columns))
    steps = [step for step in plan.steps if step.form == form]
    title = after.app.forms[form].title
    title = title if title in columns else ""
    plan.faults.extend(_narrowed(session, after, steps, title, moves))
    plan.faults.extend(_stages(session, after, form, title, moves))
    converted = {step.new.key for step in steps if step.converts}
    plan.faults.extend(duplicates(session, after, form, columns - converted))
    plan.warnings.extend(_gaps(session, after, form, columns))


def _has(live: Live | None, form: str, key: str) -> bool:
    return live is not None and form in live.app.forms and key in live.app.forms[form].by_key


def _step(past: Live, after: Live, form: str, key: str) -> FieldStep:
    old, new = (one.app.forms[form].by_key[key] for one in (past, after))
    return FieldStep(form, old, new, past.app.shapes[form][key], after.app.shapes[form][key])


def _replaced_at(session: Session, past: Live) -> datetime | None:
    """Return when a release was replaced by the next."""
    row = sa.select(Release.published_at).join(App).where(App.key == past.key, Release.number == past.number + 1)
    return session.scalar(row)


def with_kept(session: Session, step: FieldStep, after: Live, columns: set[str]) -> FieldStep:
    """Return a step that knows what people entered into columns that earlier releases set aside, if it wants any."""
    if not step.converts or step.new.is_derived:
        return step
    entered = [one for one in kept_columns(session, after, step.form, step.new.key, columns) if not one.old.is_derived]
    if step.old.is_derived:
        last = entered[-1] if entered else None
        return replace(step, old=last.old, old_type=last.old_type, source=last.column) if last else step
    same = [
        one for one in entered if (one.old_type.kind, one.old_type.scale) == (step.new_type.kind, step.new_type.scale)
    ]
    return replace(step, back=same[-1]) if same else step


def kept_columns(session: Session, after: Live, form: str, key: str, columns: set[str]) -> list[Kept]:
    """Return the columns that were set aside of a field, the oldest first."""
    numbers = sorted(int(found[1]) for one in columns if (found := re.fullmatch(rf"{key}{SET_ASIDE}(\d+)", one)))
    steps: dict[int, tuple[FieldStep, Live]] = {}
    for number in numbers:
        made = last_with(session, Live(after.app, after.tables, number + 1), form, key)
        past = last_with(session, Live(after.app, after.tables, number), form, key)
        if made is not None and past is not None:
            steps[number] = (_step(past, made, form, key), made)
    return [
        Kept(
            f"{key}{SET_ASIDE}{number}",
            step.old,
            step.old_type,
            tuple(one for at, one in steps.items() if at >= number),
        )
        for number, (step, _) in steps.items()
    ]


def last_with(session: Session, after: Live, form: str, key: str | None = None) -> Live | None:
    """Return the newest release before this one that had a field which was removed since, or a form: its data is there."""
    for number in range(after.number - 1, 0, -1):
        try:
            past = past_release(session, after.key, number)
        except EngineError:  # this version of the program no longer understands it
            continue
        if _has(past, form, key) if key is not None else form in past.app.forms:
            return past
    return None


def _place(after: Live, form: str, one: FieldDef) -> tuple[str, str]:
    return f"forms/{form}.json", f"/fields/{after.app.forms[form].fields.index(one)}"


def _narrowed(session: Session, after: Live, steps: Sequence[FieldStep], title: str, moves: Moves) -> Iterator[Fault]:
    for step in steps:
        if step.is_same or step.new.is_derived:
            continue
        moved = partial(moves.value, step.form, step.old.key) if moves.of(step.form, step.old.key) else None
        since = lines_since(session, step, after)
        # What nobody changed comes back as it was.
        among = None if since is None else {one.record for one in since if one.in_force and not one.is_untouched}
        found = misfits(session, after, step, title, moved, among)
        if found.count:
            template = N_(
                "{count} records hold a value in “{field}” that would not fit any more: {examples}. "
                "Change these records first, or leave this field as it is and add another."
            )
            file, pointer = _place(after, step.form, step.new)
            yield found.fault("release.narrowed", template, file, pointer, form=step.form, field=step.new.key)


def _stages(session: Session, after: Live, form: str, title: str, moves: Moves) -> Iterator[Fault]:
    pipeline = after.pipeline(form)
    if pipeline is None:
        return
    table = after.tables.current(form)
    known = [*(stage.key for stage in pipeline.stages), *moves.of(form, STAGE)]
    lost = sa.and_(table.c.deleted_at.is_(None), table.c.stage.not_in(known))
    counts = session.execute(sa.select(table.c.stage, sa.func.count()).where(lost).group_by(table.c.stage)).all()
    for stage, count in counts:
        found = Misfits(count)
        where = sa.and_(table.c.deleted_at.is_(None), table.c.stage == stage)
        rows = session.execute(sa.select(table.c.id, titles_column(title)).where(where).limit(EXAMPLES))
        found.examples = [Label({"": called(id_, name)}) for id_, name in rows]
        template = N_(
            "{count} records stand in the stage “{stage}”, which is not there any more: {examples}. "
            "Say where they go, or move them first."
        )
        file = f"pipelines/{pipeline.key}.json"
        yield found.fault("release.stage", template, file, "/stages", form=form, stage=stage)


def duplicates(session: Session, after: Live, form: str, columns: set[str]) -> Iterator[Fault]:
    """Return a fault for each unique field or group whose values stored records share."""
    table = after.tables.current(form)
    for group in unique_groups(after.app.forms[form]):
        if not columns.issuperset(group):
            continue
        keys = [table.c[key] for key in group]
        alive = [table.c.deleted_at.is_(None), *(key.is_not(None) for key in keys)]
        repeated = sa.select(*keys).where(*alive).group_by(*keys).having(sa.func.count() > 1).limit(50)
        found = Misfits()
        for row in session.execute(repeated):
            found.add(" · ".join(str(value) for value in row))
        if found.count:
            file, pointer = _unique_place(after, form, group)
            template = N_("{fields} cannot be unique: {count} values occur more than once, for example {examples}.")
            yield found.fault("release.unique", template, file, pointer, form=form, fields=", ".join(group))


def _unique_place(after: Live, form: str, group: tuple[str, ...]) -> tuple[str, str]:
    found = after.app.forms[form].by_key.get(group[0])
    if len(group) == 1 and found is not None:
        file, pointer = _place(after, form, found)
        return file, f"{pointer}/unique"
    return f"forms/{form}.json", "/unique"


def _gaps(session: Session, after: Live, form: str, columns: set[str]) -> Iterator[Fault]:
    """Return a warning for each required field that is empty in stored records."""
    table = after.tables.current(form)
    for one in after.app.forms[form].fields:
        if not one.required or one.is_derived:
            continue
        empty = table.c[one.key].is_(None) if one.key in columns else sa.true()
        count = session.scalar(sa.select(sa.func.count(table.c.id)).where(table.c.deleted_at.is_(None), empty)) or 0
        if count:
            template = N_(
                "“{field}” must be filled from now on, but is empty in {count} records; they stay as they are."
            )
            file, pointer = _place(after, form, one)
            facts = {"form": form, "field": one.key, "count": count}
            yield Fault("release.required", template, facts, file=file, pointer=f"{pointer}/required", level="warning")
