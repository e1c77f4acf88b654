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
    beside = value_at(part.content, part.at.rpartition("/")[0])
    if not isinstance(was, dict) or not isinstance(now, dict) or not isinstance(beside, list):
        return part.content
    if was.get("key") != now.get("key") or _is_live(part, str(now.get("key"))):
        return part.content
    return _renamed(part, Thing(kind, str(now.get("key", "")), _form(part)), was, now, beside)


def follow_options(part: Part, before: Any) -> Any:
    """Return the content with the keys of the chosen field's options made from their new names, in the same way."""
    field, was = part.chosen, value_at(before, f"{part.at}/options")
    listed = field.get("options") if isinstance(field, dict) else None
    if not isinstance(listed, list) or not isinstance(was, list):
        return part.content
    key = str(field.get("key", ""))
    live = desk().live
    form = live.app.forms.get(_form(part)) if live else None
    kept = {one.key for one in form.by_key[key].options} if form and key in form.by_key else set()
    old = {one.get("key"): one for one in was if isinstance(one, dict)}
    for option in listed:
        if isinstance(option, dict) and (known := old.get(option.get("key"))) and option["key"] not in kept:
            beside = value_at(part.content, f"{part.at}/options")
            part.content = _renamed(part, Thing("option", option["key"], _form(part), key), known, option, beside)
    return part.content


def _renamed(part: Part, thing: Thing, was: Any, now: Any, beside: list[Any]) -> Any:
    """Return the content with a thing's key made from its name; as it is, where that is not for the designer to do."""
    rest = [one.get("key", "") for one in beside if isinstance(one, dict) and one.get("key") != thing.key]
    made = key_for(desk().label_of({**now, "key": ""}), rest, thing.kind)
    if thing.key != key_for(desk().label_of({**was, "key": ""}), rest, thing.kind) or made == thing.key:
        return part.content
    source = with_file(desk().source, part.path, part.content)
    renamed = rename(source, {thing: made})
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
