"""Comments as a record shows them: plain text with safe links, who was named, what may be done; and who follows."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import url_for
from markupsafe import Markup, escape

from engine.files.staging import MB
from engine.operator import max_upload_bytes
from engine.people import names_of
from engine.rights import may
from engine.talk import followers
from engine.talk.comments import LONGEST, MOST_FILES, comments, may_comment
from web import here
from web.file_view import FileView, UploadView, file_view

if TYPE_CHECKING:
    from engine.records.record import Record
    from engine.releases import Live
    from engine.talk.comments import Said
    from rules.errors import Fault

_MARKS = re.compile(r"https?://[^\s<>\"'`{}|\\^]+|@[^\s@]{1,80}")
#: What follows an address in a sentence and is no part of it.
_BEHIND = ".,;:!?)]}，。；：！？）】》"


@dataclass(frozen=True)
class CommentView:
    """One comment."""

    id: int
    who: str
    at: datetime
    html: Markup
    text: str
    edited: bool
    deleted: bool
    files: Sequence[FileView]
    edit_url: str
    remove_url: str


@dataclass(frozen=True)
class TalkView:
    """All comments of a record, and what the viewer may add."""

    comments: Sequence[CommentView]
    can_add: bool
    add_url: str
    people_url: str
    upload: UploadView
    longest: int
    follow_url: str
    follows: bool
    followers: Sequence[str]
    #: What was typed and refused, with what is wrong.
    draft: str = ""
    draft_files: Sequence[FileView] = ()
    faults: Sequence[Fault] = ()


def talk_view(
    live: Live, record: Record, draft: str = "", files: Sequence[FileView] = (), faults: Sequence[Fault] = ()
) -> TalkView:
    """Return the comments of a record as the viewer sees them."""
    session, user, now = here.db(), here.viewer(), here.now()
    names: dict[str, Any] = {"app_key": live.key, "form_key": record.form, "record_id": record.id}
    said = comments(session, live, record.form, record.id, user, now)
    following = followers(session, live.key, record.form, record.id)
    known = names_of(session, following)
    allowed = may(user, "comment", live, record.form) and may_comment(session, live, record.form, record.id, user, now)
    upload = url_for("files.add", app_key=live.key, form_key=record.form)
    return TalkView(
        comments=[_comment_view(one, names) for one in said],
        can_add=allowed,
        add_url=url_for("talk.add", **names),
        people_url=url_for("talk.people", **names),
        upload=UploadView(upload, MOST_FILES, max_upload_bytes() / MB, ""),
        longest=LONGEST,
        follow_url=url_for("talk.follow_record", **names),
        follows=user.id in following,
        followers=[known[one] for one in following if one in known],
        draft=draft,
        draft_files=files,
        faults=faults,
    )


def _comment_view(one: Said, names: dict[str, Any]) -> CommentView:
    where = {"app_key": names["app_key"], "form_key": names["form_key"], "comment_id": one.id}
    return CommentView(
        id=one.id,
        who=one.person or "Steerway",
        at=one.at,
        html=said_html(one.text, one.names),
        text=one.text,
        edited=one.edited_at is not None,
        deleted=one.deleted,
        files=[file_view(f"{row.token}/{row.name}", row) for row in one.files],
        edit_url=url_for("talk.change", **where) if one.may_edit else "",
        remove_url=url_for("talk.take_back", **where) if one.may_delete else "",
    )


def said_html(text: str, names: frozenset[str]) -> Markup:
    """Return a text with its web addresses as links and the people it names set apart; all else as it was typed."""
    parts, place = [], 0
    for found in _MARKS.finditer(text):
        parts.append(escape(text[place : found.start()]))
        marked = found[0].rstrip(_BEHIND)
        parts.append(_link(marked) if marked[:1] != "@" else _named(marked, names))
        parts.append(escape(found[0][len(marked) :]))
        place = found.end()
    return Markup("").join([*parts, escape(text[place:])])


def _link(address: str) -> Markup:
    return Markup('<a href="{0}" rel="noopener noreferrer nofollow" target="_blank">{0}</a>').format(address)


def _named(marked: str, names: frozenset[str]) -> Markup:
    folded = unicodedata.normalize("NFKC", marked[1:]).casefold()
    length = next((size for size in range(len(folded), 0, -1) if folded[:size] in names), 0)
    if not length:
        return escape(marked)
    return Markup('<span class="mention">{}</span>{}').format(marked[: length + 1], marked[length + 1 :])
