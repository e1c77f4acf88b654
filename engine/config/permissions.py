"""What permissions mean: roles, stages and names that exist, the condition of an entry, and what would tell too much."""

from __future__ import annotations

from engine.config.desk import Desk
from engine.config.shapes import as_rows
from engine.config.spot import Spot
from forms.defs import PermissionDef
from rules.check import check
from rules.checked import Checked
from rules.errors import N_, RuleError
from rules.types import Kind

#: What a role may do with a field, the strictest first.
LEVELS = ("hidden", "read", "edit")
_NO_FIELD = N_("There is no field “{name}” in this form.")


def build_permission(desk: Desk, form: str, spot: Spot) -> PermissionDef:
    """Return an entry of a config that was checked."""
    return PermissionDef(
        spot["roles"].texts,
        spot["actions"].texts,
        condition_of(desk, form, spot),
        {key: access.text for key, access in spot["fields"].members() if access.text != "edit"},
        spot["stages"].texts,
    )


def condition_of(desk: Desk, form: str, spot: Spot) -> Checked | None:
    """Return the condition under which an entry holds: its stages and its expression together."""
    written, stages = desk.condition(spot["records"], desk.scope(form)), spot["stages"].texts
    if not stages:
        return written
    text = f"stage in [{', '.join(map(repr, stages))}]"
    whole = f"{text} and ({spot['records'].text})" if spot["records"].text else text
    scope = desk.scope(form)
    try:
        return check(whole, type(scope)(as_rows(scope.shapes), form, scope.person, scope.context), Kind.YES_NO)
    except RuleError:
        return None


def check_permission(desk: Desk, form: Spot, permission: Spot, index: int, names: tuple[str, ...]) -> None:
    """Check one entry; `names` are the form's fields and the system's."""
    for role in permission["roles"].items():
        desk.named(role, desk.roles, "role.unknown", N_("There is no role “{name}”."))
    desk.condition(permission["records"], desk.scope(form["key"].text))
    _check_stages(desk, form, permission)
    for key, access in permission["fields"].members():
        name = Spot(key, access.file, access.pointer)
        if desk.named(name, names, "field.unknown", _NO_FIELD):
            _check_access(desk, form, permission, access, key)
    if (
        permission["actions"].texts
        and "read" not in permission["actions"].texts
        and not _reads_elsewhere(form, permission, index)
    ):
        template = N_("These roles may act on records that they may not read.")
        desk.add(permission["actions"].fault("form.actions", template, level="warning"))


def check_shut(desk: Desk, form: Spot) -> None:
    """Warn of permissions that leave nothing: nobody who reads, roles that see or fill in no field, records without a name."""
    entries = list(form["permissions"].items())
    if not entries:
        return
    if not any("read" in one["actions"].texts for one in entries):
        template = N_(
            "Nobody but administrators may see records of this form: no line of its permissions lets anybody read."
        )
        desk.add(form["permissions"].fault("form.nobody_reads", template, level="warning"))
    fields = desk.shapes.fields(form["key"].text)
    typed = [key for key, field in fields.items() if not (field.is_derived or field.type.assigned)]
    for role in dict.fromkeys(role for one in entries for role in one["roles"].texts):
        own = [one for one in entries if role in one["roles"].texts]
        if fields and _grants(own, "read") and all(_at_best(own, "read", key) == "hidden" for key in fields):
            template = N_("“{name}” may see records, but every field is hidden from this role.")
            desk.add(own[0].fault("form.nothing_seen", template, level="warning", name=role))
        elif typed and _grants(own, "create") and all(_at_best(own, "create", key) != "edit" for key in typed):
            template = N_("“{name}” may create records, but may fill in none of the fields.")
            desk.add(own[0].fault("form.nothing_filled", template, level="warning", name=role))
    _check_title_seen(desk, form, entries)


def _check_title_seen(desk: Desk, form: Spot, entries: list[Spot]) -> None:
    title = form["title"].text
    readers = {role for one in entries if "read" in one["actions"].texts for role in one["roles"].texts}
    own = [[one for one in entries if role in one["roles"].texts] for role in sorted(readers)]
    if title and own and all(_at_best(mine, "read", title) == "hidden" for mine in own):
        template = N_("“{name}” names the records, and is hidden from every role that may see them.")
        desk.add(form["permissions"].fault("form.title_unseen", template, level="warning", name=title))


def _grants(entries: list[Spot], action: str) -> bool:
    return any(action in one["actions"].texts for one in entries)


def _at_best(entries: list[Spot], action: str, key: str) -> str:
    """Return the most that a role's entries let it do with a field of some record on which it may do this."""
    always = [one for one in entries if not one["records"].text and not one["stages"].texts]
    acting = [one for one in entries if action in one["actions"].texts]
    said = [[*always, one] for one in acting]
    return max((min((_level(one, key) for one in some), key=LEVELS.index) for some in said), key=LEVELS.index)


def _level(entry: Spot, key: str) -> str:
    found = entry["fields"][key].text
    return found if found in LEVELS else LEVELS[-1]


def _check_stages(desk: Desk, form: Spot, permission: Spot) -> None:
    if not permission["stages"].texts:
        return
    key = form["key"].text
    stages = desk.shapes.stages(key)
    if not stages:
        template = N_("There is no pipeline for this form, so its records stand in no stage.")
        desk.add(permission["stages"].fault("form.stages", template))
        return
    known = [
        desk.named(one, stages, "stage.unknown", N_("There is no stage “{name}” in the pipeline of this form."))
        for one in permission["stages"].items()
    ]
    right = desk.condition(permission["records"], desk.scope(key)) is not None or not permission["records"].text
    if all(known) and right and condition_of(desk, key, permission) is None:
        template = N_("The condition is too long together with the stages.")
        desk.add(permission["stages"].fault("form.stages", template))


def _check_access(desk: Desk, form: Spot, permission: Spot, access: Spot, key: str) -> None:
    field = desk.shapes.field(form["key"].text, key)
    if access.text == "hidden" and key == form["title"].text:
        template = N_("“{name}” names the records; hidden, they have no name for these roles.")
        desk.add(access.fault("form.hidden_title", template, level="warning", name=key))
    creates = "create" in permission["actions"].texts
    if creates and field and field.required and access.text in {"hidden", "read"} and not _has_default(form, key):
        template = N_("“{name}” is required, but these roles may create records and cannot fill it.")
        desk.add(access.fault("form.locked_out", template, level="warning", name=key))
    if access.text == "hidden":
        _check_told(desk, form, permission, access, key)


def _check_told(desk: Desk, form: Spot, permission: Spot, access: Spot, key: str) -> None:
    """Warn when a computed field that these roles see is worked out from what is hidden from them."""
    hidden = {name for name, level in permission["fields"].members() if level.text == "hidden"}
    scope = desk.scope(form["key"].text, draft=True)
    for field in form["fields"].items():
        name = field["key"].text
        if name in hidden or field["type"].text != "computed":
            continue
        checked = desk.expression(field["expression"], scope, None) if field["expression"].text else None
        if checked is not None and (key,) in checked.reads:
            template = N_("“{computed}” is worked out from “{name}” and is not hidden: it may tell what is.")
            desk.add(access.fault("form.told", template, level="warning", computed=name, name=key))


def _has_default(form: Spot, key: str) -> bool:
    found = next((field for field in form["fields"].items() if field["key"].text == key), None)
    return found is not None and (found["default"].is_given or found["default_expression"].is_given)


def _reads_elsewhere(form: Spot, permission: Spot, index: int) -> bool:
    """Tell whether each of these roles may read by another permission."""
    readers = {
        role
        for number, other in enumerate(form["permissions"].items())
        if number != index and "read" in other["actions"].texts
        for role in other["roles"].texts
    }
    return set(permission["roles"].texts) <= readers
