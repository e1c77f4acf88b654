"""Public intake: a link to some fields of a form, which strangers fill in; the record is made by the verbs everybody uses."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from engine.access.once import Answer, keep_answer, kept_answer
from engine.audit import note
from engine.db import start_writing
from engine.errors import NotFound, Refused
from engine.links.rows import Link
from engine.people.rows import Person
from engine.people.users import User, user_of
from engine.records.input import read_inputs
from engine.records.query import query
from engine.records.record import Record
from engine.records.titles import titles
from engine.records.verbs import create
from engine.records.writing import Writing
from engine.releases.live import Live
from engine.rights import may
from forms.defs import FieldDef
from forms.errors import FormError
from rules.errors import N_, Fault
from rules.types import Kind

#: Who makes the records: nobody that signs in. What may be written is limited to the fields of the link.
INTAKE = User(id=None, sign_in="intake", name="Public form", is_admin=True)
#: Records offered where a reference may be chosen.
MOST_CHOICES = 200
#: Types of which strangers cannot fill in the widget, or which are never typed.
UNFIT = frozenset({"attachment", "image", "signature", "sub_table", "references", "people", "team", "serial", "lookup"})
DAY = 24 * 3600


@dataclass(frozen=True)
class Intake:
    """A link that is open, with what it lets a stranger do."""

    link: Link
    fields: tuple[str, ...]
    defaults: Mapping[str, str]
    #: References whose records are offered for choosing.
    lists: tuple[str, ...]
    heading: str = ""
    intro: str = ""
    consent: str = ""
    thanks: str = ""
    min_seconds: int = 3

    @classmethod
    def of(cls, link: Link) -> Intake:
        """Return what a link's settings say."""
        kept: dict[str, Any] = dict(link.settings or {})
        texts = {name: str(kept.get(name) or "") for name in ("heading", "intro", "consent", "thanks")}
        return cls(
            link, tuple(kept.get("fields") or ()), dict(kept.get("defaults") or {}), tuple(kept.get("lists") or ()),
            min_seconds=int(kept.get("min_seconds", 3)), **texts,
        )  # fmt: skip


def hash_of(token: str) -> str:
    """Return what is kept of a token: enough to know it again, too little to make an address of."""
    return hashlib.sha256(token.encode()).hexdigest()


def choosable(live: Live, form: str) -> list[FieldDef]:
    """Return the fields that may stand on a public form.

    A unique field may not: the answer would tell a stranger which values there are.
    """
    return [
        one
        for one in live.form(form).fields
        if not one.is_derived and not one.unique and one.type.key not in UNFIT and one.type.kind is not Kind.PERSON
    ]


def make_intake(
    session: Session, live: Live, form: str, name: str, settings: Mapping[str, Any], user: User, now: datetime, *,
    expires_at: datetime | None = None, most: int | None = None,
) -> tuple[Link, str]:  # fmt: skip
    """Make a link; return it and what stands in its address, which is never to be had again.

    FormError with everything that would leave a stranger stuck: unknown fields, required ones that are missing.
    """
    require_share(live, form, user)
    faults = [
        *_faults(session, live, form, settings, now),
        *([] if name.strip() else [_fault("name", N_("Give the link a name."))]),
    ]
    if expires_at is not None and expires_at <= now:
        faults.append(_fault("expires_on", N_("This day is over.")))
    if faults:
        raise FormError(*faults)
    start_writing(session)
    token = secrets.token_urlsafe(24)
    link = Link(kind="intake", code=hash_of(token), app_key=live.key, form=form, name=name.strip()[:200])
    link.settings, link.expires_at, link.most = dict(settings), expires_at, most
    link.submissions, link.created_at, link.created_by = 0, now, user.id
    session.add(link)
    session.flush()
    _note(session, "link_made", link, user, now)
    return link, token


def _note(session: Session, verb: str, link: Link, user: User, now: datetime) -> None:
    """Tell the audit trail of a link by which strangers may write."""
    facts = {"name": link.name, "form": link.form, "expires_at": link.expires_at}
    subject = f"link:{link.id}"
    note(session, kind="access", verb=verb, user=user, now=now, subject=subject, app_key=link.app_key, facts=facts)


def require_share(live: Live, form: str, user: User) -> None:
    """Refuse who may not share the form; who may not even read it is told that there is none."""
    if not may(user, "read", live, form):
        raise NotFound("form", form)
    if not may(user, "share", live, form):
        raise Refused("share", form)


def _fault(field: str, template: str, **facts: object) -> Fault:
    return Fault("link.settings", template, facts, field=field)


def _faults(session: Session, live: Live, form: str, settings: Mapping[str, Any], now: datetime) -> list[Fault]:
    fit = {one.key: one for one in choosable(live, form)}
    fields, defaults = list(settings.get("fields") or ()), dict(settings.get("defaults") or {})
    found = [
        _fault("fields", N_("“{name}” cannot stand on a public form."), name=key) for key in fields if key not in fit
    ]
    if not fields:
        found.append(_fault("fields", N_("Choose at least one field.")))
    lists = set(settings.get("lists") or ())
    for one in live.form(form).fields:
        if one.type.kind is Kind.REFERENCE and one.key in fields and one.key not in lists:
            template = N_("“{name}” needs a list of records to choose from, or has to be left out.")
            found.append(_fault("fields", template, name=one.label))
        given = one.key in fields or one.key in defaults or one.default is not None or one.default_expression
        if one.required and not one.is_derived and not given:
            template = N_("“{name}” must be filled in every record: put it on the form, or give it a value here.")
            found.append(_fault("fields", template, name=one.label))
    writing = Writing(session, live, live.form(form), INTAKE, now, "link", "create")
    [(_, wrong)] = read_inputs(writing, [defaults])
    return [*found, *wrong]


def renew_intake(session: Session, live: Live, link: Link, user: User) -> str:
    """Give a link another address; the old one is dead at once."""
    require_share(live, link.form, user)
    start_writing(session)
    token = secrets.token_urlsafe(24)
    link.code = hash_of(token)
    session.flush()
    return token


def disable_link(session: Session, live: Live, link: Link, user: User, now: datetime) -> None:
    """Close a link at once and for good."""
    require_share(live, link.form, user)
    start_writing(session)
    if link.disabled_at is None:
        link.disabled_at = now
        _note(session, "link_closed", link, user, now)
    session.flush()


def link_of(session: Session, live: Live, form: str, link_id: int) -> Link:
    """Return one public link of a form."""
    found = session.get(Link, link_id) if 0 < link_id < 2**63 else None
    if found is None or (found.kind, found.app_key, found.form) != ("intake", live.key, form):
        raise NotFound("link", link_id)
    return found


def links_of(session: Session, live: Live, form: str) -> Sequence[Link]:
    """Return the public links of a form, the newest first."""
    wanted = select(Link).where(Link.kind == "intake", Link.app_key == live.key, Link.form == form)
    return session.scalars(wanted.order_by(Link.id.desc())).all()


def intake_at(session: Session, token: str, now: datetime) -> Intake:
    """Return the open link behind a token; NotFound for one that never was, is closed, over, or full."""
    found = session.scalars(select(Link).where(Link.kind == "intake", Link.code == hash_of(token))).one_or_none()
    if found is None or found.disabled_at is not None:
        raise NotFound("link", "")
    over = found.expires_at is not None and found.expires_at <= now
    if over or (found.most is not None and found.submissions >= found.most):
        raise NotFound("link", "")
    return Intake.of(found)


def still_shared(session: Session, live: Live, intake: Intake) -> bool:
    """Tell whether who made the link is still here and may share the form: a link lives no longer than the right to it."""
    maker = intake.link.created_by
    person = session.get(Person, maker) if maker is not None else None
    return person is not None and person.active and may(user_of(person), "share", live, intake.link.form)


def choices_of(session: Session, live: Live, intake: Intake, now: datetime) -> dict[str, list[tuple[int, str]]]:
    """Return, for each reference that offers a list, the records its maker may see, by title."""
    person = session.get(Person, intake.link.created_by)
    maker = user_of(person) if person is not None else None
    found: dict[str, list[tuple[int, str]]] = {}
    for field in live.form(intake.link.form).fields:
        if field.key not in intake.lists or field.key not in intake.fields or not field.to or maker is None:
            continue
        page = query(session, live, field.to, maker, now, sort=["id"], limit=MOST_CHOICES, count=False, titles=())
        named = titles(session, live, field.to, [one.id for one in page.records], maker, now)
        found[field.key] = sorted(named.items(), key=lambda pair: pair[1])
    return found


def sent_before(session: Session, key: str, now: datetime) -> bool:
    """Tell whether the same page was sent before with the same entries."""
    return kept_answer(session, INTAKE, key, "", now) is not None


def submit(
    session: Session, live: Live, intake: Intake, typed: Mapping[str, object], now: datetime, *, key: str = ""
) -> Record | None:
    """Store what a stranger filled in; FormError with every fault, of which none tells about other records.

    The place among the most submissions is taken in the same transaction, so that no two take the last one; it also
    lets submissions pass one by one, so that a page sent twice (the same `key`) finds its twin: then None.
    """
    start_writing(session)
    taken = _take_place(session, intake.link, now)
    if key and sent_before(session, key, now):
        return None
    if not taken or not still_shared(session, live, intake):
        raise NotFound("link", "")
    if key:
        keep_answer(session, INTAKE, key, "", Answer(303, {}, b""), now)
    choices = choices_of(session, live, intake, now)
    faults = [
        Fault("field.unknown", N_("Choose one of the list."), field=key)
        for key, offered in choices.items()
        if typed.get(key) and str(typed[key]) not in {str(id_) for id_, _ in offered}
    ]
    if faults:
        raise FormError(*faults)
    wanted = {**intake.defaults, **{key: value for key, value in typed.items() if key in intake.fields}}
    try:
        return create(session, live, intake.link.form, wanted, INTAKE, now, via="link", note=intake.link.name)
    except FormError as error:
        raise FormError(*_told(intake, error.faults)) from error


def _take_place(session: Session, link: Link, now: datetime) -> bool:
    free = sa.or_(Link.most.is_(None), Link.submissions < Link.most)
    living = sa.or_(Link.expires_at.is_(None), Link.expires_at > now)
    statement = (
        sa.update(Link)
        .where(Link.id == link.id, Link.disabled_at.is_(None), free, living)
        .values(submissions=Link.submissions + 1, last_at=now)
        .execution_options(synchronize_session=False)
    )
    taken: bool = session.execute(statement).rowcount == 1  # type: ignore[attr-defined]  # the result of an UPDATE has one
    session.expire(link)
    return taken


def _told(intake: Intake, faults: Sequence[Fault]) -> list[Fault]:
    """Return faults as a stranger may read them: of fields on the form; of all others only that there are some."""
    shown = [one for one in faults if one.field in intake.fields and not one.code.startswith("field.taken")]
    shown += [one for one in faults if one.code == "record.assert" and one not in shown]
    if len(shown) < len(faults):
        shown.append(Fault("link.refused", N_("This cannot be taken as it stands.")))
    return shown
