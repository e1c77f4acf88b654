"""Comments on a record: said, changed and taken back by who may; seen by everybody who may see the record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from engine.errors import NotFound, Refused
from engine.files.binding import locked_files
from engine.files.rows import StoredFile
from engine.people import Person, User
from engine.records.read import get
from engine.records.verbs import meets, own_row
from engine.records.writing import Writing, open_writing
from engine.releases.live import Live
from engine.rights import may
from engine.talk.followers import RECORD, follow, followers, record_thing
from engine.talk.mentions import Mentioned, folded, mentioned
from engine.talk.rows import Comment
from engine.talk.telling import FOLLOWER, MENTION, tell
from forms.errors import FormError
from forms.fields._files import token_of
from forms.text import forbidden, normal
from rules.errors import N_, Fault

LONGEST = 10_000
MOST_FILES = 10
#: Comments shown of one record.
MOST = 500


@dataclass(frozen=True)
class Said:
    """A comment as it is shown: a deleted one without its words."""

    id: int
    person_id: int | None
    person: str
    text: str
    at: datetime
    edited_at: datetime | None
    deleted: bool
    #: Person id -> name, of those who were named.
    mentions: dict[int, str]
    files: tuple[StoredFile, ...]
    #: How those people are written behind an @, folded: their names and sign-in names.
    names: frozenset[str] = frozenset()
    may_edit: bool = False
    may_delete: bool = False


@dataclass(frozen=True)
class Kept:
    """What became of a comment: who was not told, because they may not see the record, or could not be told apart."""

    id: int
    untold: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


def may_comment(session: Session, live: Live, form: str, record_id: int, user: User, now: datetime) -> bool:
    """Tell whether a person may comment on a record that they can see."""
    if not may(user, "comment", live, form):
        return False
    writing = Writing(session, live, live.form(form), user, now, "form", "comment")
    table = writing.table
    row = (
        session.execute(sa.select(table).where(table.c.id == record_id, table.c.deleted_at.is_(None)))
        .mappings()
        .first()
    )
    return row is not None and meets(writing, dict(row), "comment")


def comments(session: Session, live: Live, form: str, record_id: int, user: User, now: datetime) -> list[Said]:
    """Return the comments on a record in order; NotFound when this person may not see it."""
    get(session, live, form, record_id, user, now, deleted=True)
    mine = (Comment.app_key == live.key, Comment.form == form, Comment.record_id == record_id)
    query = sa.select(Comment, Person.name).outerjoin(Person, Person.id == Comment.person_id).where(*mine)
    rows = session.execute(query.order_by(Comment.id.desc()).limit(MOST)).all()[::-1]
    files = _files_of(session, [comment.id for comment, _ in rows])
    named = _people(session, {id_ for comment, _ in rows for id_ in comment.mentions or ()})
    allowed = bool(rows) and may_comment(session, live, form, record_id, user, now)
    moderates = user.is_admin or may(user, "configure", live, form)
    return [_said(one, name, files.get(one.id, ()), named, user, allowed, moderates) for one, name in rows]


def _said(
    one: Comment,
    name: str | None,
    files: Sequence[StoredFile],
    named: dict[int, tuple[str, str]],
    user: User,
    allowed: bool,
    moderates: bool,
) -> Said:
    gone = one.deleted_at is not None
    own = allowed and one.person_id == user.id and not gone
    people = {id_: named[id_] for id_ in one.mentions or () if id_ in named}
    return Said(
        id=one.id,
        person_id=one.person_id,
        person=name or "",
        text="" if gone else one.text,
        at=one.created_at,
        edited_at=one.edited_at,
        deleted=gone,
        mentions={id_: names[0] for id_, names in people.items()},
        files=() if gone else tuple(files),
        names=frozenset(folded(written) for names in people.values() for written in names),
        may_edit=own,
        may_delete=own or (moderates and not gone),
    )


def _people(session: Session, ids: set[int]) -> dict[int, tuple[str, str]]:
    """Return id -> name and sign-in name."""
    query = sa.select(Person.id, Person.name, Person.sign_in).where(Person.id.in_(sorted(ids)))
    return {id_: (name, sign_in) for id_, name, sign_in in session.execute(query)} if ids else {}


def _files_of(session: Session, ids: Sequence[int]) -> dict[int, list[StoredFile]]:
    found: dict[int, list[StoredFile]] = {}
    if ids:
        mine = (StoredFile.comment_id.in_(ids), StoredFile.removed_at.is_(None))
        for row in session.scalars(sa.select(StoredFile).where(*mine).order_by(StoredFile.id)):
            found.setdefault(row.comment_id or 0, []).append(row)
    return found


def add(
    session: Session,
    live: Live,
    form: str,
    record_id: int,
    text: str,
    user: User,
    now: datetime,
    files: Iterable[str] = (),
) -> Kept:
    """Keep a comment; Refused or NotFound when this person may not, FormError when there is nothing to keep.

    1. Check. 2. Write it, with its files. 3. Its author follows the record from now on. 4. Tell those it names and
    those who follow.
    """
    writing = open_writing(session, live, form, user, now, "form", "comment")
    own_row(writing, record_id)
    tokens = list(dict.fromkeys(token_of(one) for one in files if one))
    words = _words(text, needed=not tokens)
    comment = Comment(
        app_key=live.key, form=form, record_id=record_id, person_id=user.id, text=words, created_at=writing.now
    )
    session.add(comment)
    session.flush()
    _take_files(writing, comment, tokens)
    named = mentioned(session, live.key, words)
    told = _tell(session, live, comment, named, user, writing.now)
    if user.id is not None:
        follow(session, live.key, RECORD, record_thing(form, record_id), user.id, writing.now)
    return _kept(comment, named, told, user)


def edit(session: Session, live: Live, form: str, comment_id: int, text: str, user: User, now: datetime) -> Kept:
    """Change the words of one's own comment; people who are named for the first time are told."""
    writing, comment = _open(session, live, form, comment_id, user, now)
    if comment.person_id != user.id:
        raise Refused("update", form)
    has_files = bool(_files_of(session, [comment.id]))
    words = _words(text, needed=not has_files)
    if words == comment.text:
        return Kept(comment.id)
    comment.text, comment.edited_at = words, writing.now
    named, known = mentioned(session, live.key, words), set(comment.mentions or ())
    fresh = Mentioned(tuple(one for one in named.people if one.id not in known), named.unclear)
    told = _tell(session, live, comment, fresh, user, writing.now, followers_too=False)
    comment.mentions = sorted(told | (known & {one.id for one in named.people if one.id})) or None
    session.flush()
    return _kept(comment, fresh, told, user)


def remove(session: Session, live: Live, form: str, comment_id: int, user: User, now: datetime) -> None:
    """Take a comment back: one's own, or anybody's for those who look after the form."""
    moderates = user.is_admin or may(user, "configure", live, form)
    writing, comment = _open(session, live, form, comment_id, user, now, verb="read" if moderates else "comment")
    if comment.person_id != user.id and not moderates:
        raise Refused("delete", form)
    comment.deleted_at, comment.deleted_by, comment.text, comment.mentions = writing.now, user.id, "", None
    mine = (StoredFile.comment_id == comment.id, StoredFile.removed_at.is_(None))
    session.execute(sa.update(StoredFile).where(*mine).values(removed_at=writing.now))
    session.flush()


def _open(
    session: Session, live: Live, form: str, comment_id: int, user: User, now: datetime, verb: str = "comment"
) -> tuple[Writing, Comment]:
    writing = open_writing(session, live, form, user, now, "form", verb)
    comment = session.get(Comment, comment_id) if 0 < comment_id < 2**63 else None
    if comment is None or (comment.app_key, comment.form) != (live.key, form) or comment.deleted_at is not None:
        raise NotFound("comment", comment_id)
    own_row(writing, comment.record_id)
    return writing, comment


def _words(text: str, *, needed: bool) -> str:
    words = normal(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if bad := forbidden(words):
        template = N_("The text holds a character that cannot be kept ({code}).")
        raise FormError(Fault("comment.character", template, {"code": f"U+{ord(bad):04X}"}, field="text"))
    if len(words) > LONGEST:
        template = N_("A comment has at most {limit} characters.")
        raise FormError(Fault("comment.too_long", template, {"limit": LONGEST}, field="text"))
    if needed and not words:
        raise FormError(Fault("comment.empty", N_("Write something first."), field="text"))
    return words


def _take_files(writing: Writing, comment: Comment, tokens: Sequence[str]) -> None:
    if len(tokens) > MOST_FILES:
        template = N_("At most {limit} files fit here.")
        raise FormError(Fault("field.too_many", template, {"limit": MOST_FILES}, field="files"))
    rows = locked_files(writing.session, tokens)
    for token in tokens:
        row = rows.get(token)
        place = (writing.live.key, writing.key, "")
        if row is None or not row.sha256 or row.bound_at or row.staged_by != writing.user.id:
            raise FormError(Fault("field.file", N_("A file is not there (any more); add it again."), field="files"))
        if (row.app_key, row.form, row.field) != place:
            raise FormError(Fault("field.file", N_("A file is not there (any more); add it again."), field="files"))
        row.record_id, row.comment_id, row.bound_at = comment.record_id, comment.id, writing.now


def _tell(
    session: Session,
    live: Live,
    comment: Comment,
    named: Mentioned,
    author: User,
    now: datetime,
    *,
    followers_too: bool = True,
) -> set[int]:
    """Tell people and note on the comment who was named; return the ids of those who were named and may know."""
    following = followers(session, live.key, comment.form, comment.record_id) if followers_too else []
    wanted = dict.fromkeys(following, FOLLOWER) | {one.id: MENTION for one in named.people if one.id is not None}
    told = tell(session, live, comment, wanted, author, now)
    reached = {id_ for id_ in told if wanted[id_] == MENTION}
    reached |= {one.id for one in named.people if one.id is not None and one.id == author.id}
    comment.mentions = sorted(reached) or None
    session.flush()
    return reached


def _kept(comment: Comment, named: Mentioned, told: set[int], author: User) -> Kept:
    untold = tuple(one.name for one in named.people if one.id not in told and one.id != author.id)
    return Kept(comment.id, untold, named.unclear)
