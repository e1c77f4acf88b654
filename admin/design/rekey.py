"""Keys of what is not live yet follow its name: nobody has stored anything under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from admin.design._desk import desk
from engine.design.files import content_of, with_file
from engine.design.keys import key_for
from engine.design.pointers import value_at
from engine.design.things import Thing
from engine.templates.renaming import rename

if TYPE_CHECKING:
    from admin.design._part import Part


def follow_name(part: Part, before: Any, kind: str) -> Any:
    """Return the content with the chosen thing's key made from its new name, where the old one was made from the old name.

    Only of what no release has, and only where no other file names it: everything else keeps its key for good.
    """
    was, now = value_at(before, part.at), part.chosen
    if not isinstance(was, dict) or not isinstance(now, dict) or was.get("key") != now.get("key"):
        return part.content
    key, name = str(now.get("key", "")), desk().label_of({**now, "key": ""})
    taken = [one.get("key", "") for one in value_at(part.content, part.at.rpartition("/")[0]) if isinstance(one, dict)]
    rest = [one for one in taken if one != key]
    made_from_old = key == key_for(desk().label_of({**was, "key": ""}), rest, kind)
    made = key_for(name, rest, kind)
    if not made_from_old or made == key or _is_live(part, key):
        return part.content
    source = with_file(desk().source, part.path, part.content)
    renamed = rename(source, {Thing(kind, key, _form(part)): made})
    alone = all(file.path == part.path or file.content == content_of(source, file.path) for file in renamed.files)
    return content_of(renamed, part.path) if alone else part.content


def _form(part: Part) -> str:
    return part.key if part.path.startswith("forms/") else part.spot["form"].text


def _is_live(part: Part, key: str) -> bool:
    """Tell whether a release that is live has such a key at such a place."""
    live = desk().live
    if live is None:
        return False
    form = live.app.forms.get(_form(part))
    pipeline = live.pipeline(_form(part)) if form else None
    known = set(form.by_key) | set(form.tables_by_key) if form else set()
    stages = {one.key for one in pipeline.stages} if pipeline else set()
    return key in known | stages
