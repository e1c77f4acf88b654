"""Drafts of configs: begun, edited file by file, undone, dropped. The live release is never touched from here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, undefer

from engine.audit import note as audit
from engine.config.check import check
from engine.config.source import APP_FILE, SECTIONS, Source
from engine.db import start_writing
from engine.design.approvals import (
    APPROVED,
    PUBLISHED,
    VOID,
    WITHDRAWN,
    end_standing,
    is_approved,
    standing,
    still_approved,
    unapproved,
)
from engine.design.files import called, content_of, seen_of, text_of, with_file
from engine.design.may import require
from engine.design.rows import ConfigDraft, ConfigEdit
from engine.errors import ConfigError, EngineError, NotFound, Refused
from engine.people.users import User
from engine.releases.compiling import checksum_of, release_text
from engine.releases.moves import NO_MOVES, Moves
from engine.releases.publishing import publish, source_of
from engine.releases.rows import App, Release
from engine.rights.config import may_create
from forms.labels import Label
from rules.errors import N_, Fault

#: Edits kept per draft, the newest.
MOST_EDITS = 500


class StaleDraft(EngineError):  # noqa: N818 - an answer, not an accident
    """Somebody else changed the same file meanwhile; `theirs` is what it holds now."""

    def __init__(self, path: str, theirs: object | None) -> None:
        template = N_(
            "Somebody changed {path} while you edited it. Nothing was overwritten: look at both and save again."
        )
        super().__init__(Fault("stale_draft", template, {"path": path}, file=path))
        self.theirs = theirs


@dataclass(frozen=True)
class Edit:
    """Who did what to which file of a draft."""

    id: int
    at: datetime
    person: str
    path: str
    note: str


def draft_of(session: Session, app_key: str) -> ConfigDraft | None:
    """Return the draft of an app with its config, if somebody began one."""
    found = sa.select(ConfigDraft).where(ConfigDraft.app_key == app_key).options(undefer(ConfigDraft.config))
    return session.scalar(found.execution_options(populate_existing=True))


def draft_source(draft: ConfigDraft) -> Source:
    """Return the config of a draft as files."""
    return Source.from_dict(json.loads(draft.config))


def source_in_work(session: Session, app_key: str) -> Source:
    """Return what designers show: the draft, or the live config where there is none."""
    draft = draft_of(session, app_key)
    return source_of(session, app_key) if draft is None else draft_source(draft)


def open_draft(session: Session, app_key: str, user: User, now: datetime) -> ConfigDraft:
    """Return the draft of an app, begun from the live release when there is none; Refused for who may not design."""
    require(session, app_key, user, "design")
    start_writing(session)
    draft = draft_of(session, app_key)
    if draft is not None:
        return draft
    return _add(session, app_key, source_of(session, app_key), _live_number(session, app_key), user, now)


def begin(session: Session, source: Source, user: User, now: datetime) -> ConfigDraft:
    """Begin the draft of an app that does not exist yet; EngineError when its key is taken."""
    if not may_create(user):
        raise Refused("create", source.app["key"].text)
    start_writing(session)
    key = source.app["key"].text
    if not key or _live_number(session, key) or draft_of(session, key):
        template = N_("There is an app with the key “{key}” already; choose another one.")
        raise EngineError(Fault("app.exists", template, {"key": key}, file=APP_FILE, pointer="/key", field="key"))
    return _add(session, key, source, 0, user, now)


def taken_keys(session: Session) -> set[str]:
    """Return the keys of all apps and drafts, those of removed apps included."""
    return {*session.scalars(sa.select(App.key)), *session.scalars(sa.select(ConfigDraft.app_key))}


def unborn(session: Session, user: User) -> list[tuple[str, str]]:
    """Return (key, name) of the drafts that a person may go on with and that no release came from yet."""
    made_by = () if user.is_admin else (ConfigDraft.created_by == user.id,)
    wanted = sa.select(ConfigDraft).where(ConfigDraft.base_number == 0, *made_by).options(undefer(ConfigDraft.config))
    apps = ((draft.app_key, draft_source(draft).app) for draft in session.scalars(wanted.order_by(ConfigDraft.app_key)))
    return [(key, str(Label.of(app["label"].value, key))) for key, app in apps]


def edit_file(
    session: Session,
    app_key: str,
    path: str,
    content: Mapping[str, object] | None,
    user: User,
    now: datetime,
    *,
    seen: str | None = None,
    note: str = "",
) -> ConfigDraft | None:
    """Put a file into the draft, or (None) take it out, and return the draft, begun where there was none.

    Nothing is begun, and None returned, where nothing changes and there was no draft. EngineError when another file of
    the same section has the key that this one would get. `seen` is what `seen_of` said of the file when it was read; StaleDraft when it holds something else by now.
    Without it the last writer wins. The content may be faulty: faults are shown, and stop publishing, not editing.
    """
    _known_path(path)
    require(session, app_key, user, "design")
    start_writing(session)
    before = source_in_work(session, app_key)
    if seen is not None and seen != seen_of(before, path):
        raise StaleDraft(path, content_of(before, path))
    put = _keyed(app_key, path, content)
    _free(before, path, put)
    after = with_file(before, path, put)
    if release_text(after) == release_text(before):
        return draft_of(session, app_key)
    draft = open_draft(session, app_key, user, now)
    return _store(session, draft, after, user, now, path, note, (content_of(before, path), content))


def replace_config(
    session: Session, app_key: str, source: Source, user: User, now: datetime, note: str = ""
) -> ConfigDraft:
    """Put a whole config into the draft: from a file, a merge, an older release."""
    draft = open_draft(session, app_key, user, now)
    app = source.app.value
    own = with_file(source, APP_FILE, {**app, "key": app_key} if isinstance(app, dict) else {"key": app_key})
    return _store(session, draft, own, user, now, "", note, (None, None))


def undo(session: Session, app_key: str, edit_id: int, user: User, now: datetime) -> ConfigDraft | None:
    """Take one edit of a file back; StaleDraft when the file was edited since."""
    require(session, app_key, user, "design")
    mine = sa.select(ConfigDraft.id).where(ConfigDraft.app_key == app_key)
    wanted = sa.select(ConfigEdit).where(ConfigEdit.id == edit_id, ConfigEdit.draft_id.in_(mine), ConfigEdit.path != "")
    edit = session.scalar(wanted.options(undefer(ConfigEdit.before), undefer(ConfigEdit.after)))
    if edit is None:
        raise NotFound("edit", edit_id)
    seen = checksum_of(edit.after) if edit.after else ""
    content = json.loads(edit.before) if edit.before else None
    path = called(edit.path, json.loads(edit.after) if edit.after else None)
    return edit_file(session, app_key, path, content, user, now, seen=seen)


def discard(session: Session, app_key: str, user: User, now: datetime) -> None:
    """Drop the draft with its edits; the live release stays as it is."""
    require(session, app_key, user, "design")
    draft = draft_of(session, app_key)
    if draft is None:
        raise NotFound("draft", app_key)
    _drop(session, draft, WITHDRAWN, user, now)
    audit(session, kind="config", verb="draft_discarded", user=user, now=now, app_key=app_key)


def publish_draft(
    session: Session, app_key: str, user: User, now: datetime, reason: str = "", moves: Moves = NO_MOVES
) -> Release:
    """Make the draft the live release and drop it; ConfigError with every fault, and the draft stays as it is.

    An approval counts for exactly the draft, the reason and the moves that were asked for. EngineError when somebody edited it meanwhile: roll the transaction back.
    """
    require(session, app_key, user, "publish")
    draft = draft_of(session, app_key)
    if draft is None:
        raise NotFound("draft", app_key)
    version, source = draft.version, draft_source(draft)
    approved = is_approved(session, draft, user, moves, reason)
    release = publish(session, source, user, now, reason, moves=moves, approved=approved)
    draft = draft_of(session, app_key)
    if draft is None or draft.version != version:
        raise EngineError(Fault("draft.edited", N_("Somebody edited the draft meanwhile. Look at it again.")))
    if approved and not still_approved(session, draft):
        raise EngineError(
            Fault("approval.over", N_("This request is over, or another one took its place. Look again."))
        )
    _drop(session, draft, PUBLISHED, user, now)
    return release


def publish_approved(
    session: Session, app_key: str, source: Source, user: User, now: datetime, reason: str = "", moves: Moves = NO_MOVES
) -> Release:
    """Publish a config that comes from elsewhere, if it is the draft that somebody else approved; else ConfigError.

    Without a reason and moves those count that were approved.
    """
    draft, request = draft_of(session, app_key), standing(session, app_key)
    own = release_text(source)
    if draft is None or request is None or request.state != APPROVED or draft.config != own:
        template = N_(
            "This app goes live only from a draft that somebody else approved, and this is none. Put it into the draft and "
            "ask (steerway publish … --ask --as PERSON), or go past the gate (--past-the-gate), which the release says."
        )
        raise ConfigError(Fault("gate.approval", template))
    told = (reason or request.reason, moves if moves.by_place else Moves.read(request.moves))
    if faults := unapproved(session, draft, request, *told):
        raise ConfigError(*faults)
    return publish_draft(session, app_key, user, now, *told)


def edits_of(session: Session, draft: ConfigDraft, limit: int = 50) -> list[Edit]:
    """Return who edited what, the newest first."""
    wanted = sa.select(ConfigEdit).where(ConfigEdit.draft_id == draft.id).order_by(ConfigEdit.id.desc()).limit(limit)
    rows = session.scalars(wanted.options(joinedload(ConfigEdit.person)))
    return [Edit(row.id, row.at, row.person.name if row.person else "", row.path, row.note) for row in rows]


def faults_of(source: Source) -> tuple[Fault, ...]:
    """Return every fault and hint of a config as it stands."""
    return tuple(check(source))


def _drop(session: Session, draft: ConfigDraft, ends: str, user: User, now: datetime) -> None:
    end_standing(session, draft.app_key, ends, user, now)
    session.execute(sa.delete(ConfigEdit).where(ConfigEdit.draft_id == draft.id))
    session.execute(sa.delete(ConfigDraft).where(ConfigDraft.id == draft.id))
    session.expunge(draft)


def _add(session: Session, key: str, source: Source, base: int, user: User, now: datetime) -> ConfigDraft:
    text = release_text(source)
    draft = ConfigDraft(app_key=key, config=text, base_number=base, version=1, created_at=now, updated_at=now)
    draft.created_by = user.id
    session.add(draft)
    session.flush()
    audit(session, kind="config", verb="draft_opened", user=user, now=now, app_key=key, facts={"release": base})
    return draft


def _store(
    session: Session,
    draft: ConfigDraft,
    after: Source,
    user: User,
    now: datetime,
    path: str,
    note: str,
    sides: tuple[object | None, object | None],
) -> ConfigDraft:
    text = release_text(after)
    if text == draft.config:
        return draft
    end_standing(session, draft.app_key, VOID, user, now)
    before, put = (text_of(path, side) for side in sides)
    edit = ConfigEdit(draft_id=draft.id, at=now, person_id=user.id, path=path, note=note[:500])
    edit.before, edit.after = before, put
    session.add(edit)
    draft.config, draft.version, draft.updated_at = text, draft.version + 1, now
    session.flush()
    facts = {"file": path, "edit": edit.id}
    audit(session, kind="config", verb="draft_edited", user=user, now=now, app_key=draft.app_key, facts=facts)
    old = sa.select(ConfigEdit.id).where(ConfigEdit.draft_id == draft.id).order_by(ConfigEdit.id.desc())
    kept = list(session.scalars(old.offset(MOST_EDITS)))
    if kept:
        session.execute(sa.delete(ConfigEdit).where(ConfigEdit.id.in_(kept)))
    return draft


def _known_path(path: str) -> None:
    section, _, name = path.partition("/")
    if path != APP_FILE and (section not in SECTIONS or not name.endswith(".json")):
        raise NotFound("file", path)


def _free(before: Source, path: str, content: Mapping[str, object] | None) -> None:
    """Refuse a key that another file of the section has: one of the two would be lost."""
    section = path.partition("/")[0]
    key = content.get("key") if content is not None and path != APP_FILE else None
    for other in before.files:
        if isinstance(key, str) and other.section == section and other.path != path and other.spot["key"].text == key:
            template = N_("{other} has the key “{key}” already; choose another one.")
            facts = {"other": other.path, "key": key}
            raise EngineError(Fault("draft.key_taken", template, facts, file=path, pointer="/key", field="key"))


def _keyed(app_key: str, path: str, content: Mapping[str, object] | None) -> Mapping[str, object] | None:
    """Return the content of a file; an app keeps its key, whatever is written there."""
    return {**content, "key": app_key} if path == APP_FILE and content is not None else content


def _live_number(session: Session, app_key: str) -> int:
    return session.scalar(sa.select(App.live_number).where(App.key == app_key)) or 0


def last_editor(session: Session, draft: ConfigDraft) -> int | None:
    """Return who edited a draft last, or began it."""
    newest = sa.select(ConfigEdit.person_id).where(ConfigEdit.draft_id == draft.id).order_by(ConfigEdit.id.desc())
    found = session.execute(newest.limit(1)).one_or_none()
    return draft.created_by if found is None else found[0]
