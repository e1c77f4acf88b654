"""Config drafts: what is edited before it is published."""

from engine.design.files import called, content_of, seen_of, text_of
from engine.design.keeping import (
    Edit,
    StaleDraft,
    begin,
    can,
    discard,
    draft_of,
    draft_source,
    edit_file,
    edits_of,
    faults_of,
    open_draft,
    publish_draft,
    replace_config,
    require,
    source_in_work,
    undo,
)
from engine.design.rows import ConfigDraft, ConfigEdit

__all__ = [
    "ConfigDraft",
    "ConfigEdit",
    "Edit",
    "StaleDraft",
    "begin",
    "called",
    "can",
    "content_of",
    "discard",
    "draft_of",
    "draft_source",
    "edit_file",
    "edits_of",
    "faults_of",
    "open_draft",
    "publish_draft",
    "replace_config",
    "require",
    "seen_of",
    "source_in_work",
    "text_of",
    "undo",
]
