"""What one field means: its key, its parameters, its default, its expressions, where it points."""

from __future__ import annotations

from engine.config.check_app import check_unique_keys
from engine.config.desk import Desk
from engine.config.fits import fits
from engine.config.lookups import check_lookup
from engine.config.measures import check_measure, reads_viewer
from engine.config.spot import Spot
from forms.defs import FieldDef
from forms.errors import FormError
from forms.system import RESERVED_KEYS
from forms.text import folded
from rules.checked import Checked
from rules.errors import N_
from rules.faults import KINDS
from rules.types import Kind


def check_field(desk: Desk, form: Spot, spot: Spot) -> None:
    """Check one field."""
    key = spot["key"]
    if key.text in RESERVED_KEYS:
        template = N_("“{name}” has a meaning of its own; choose another key.")
        desk.add(key.fault("key.reserved", template, suggestion=f"{key.text}_field", name=key.text))
    _check_options(desk, spot)
    if spot["type"].text == "lookup" and desk.shapes.places.get((form["key"].text, key.text)) == spot:
        check_lookup(desk, form, spot)
    field = desk.shapes.field(form["key"].text, key.text)
    if field is None or desk.shapes.places[form["key"].text, key.text].pointer != spot.pointer:
        return
    for name, fault in field.type.param_faults(field):
        desk.add(fault.at(file=spot.file, pointer=spot[name].pointer if name in spot else spot.pointer))
    desk.named(spot["to"], desk.forms, "form.unknown", N_("There is no form “{name}”."))
    desk.named(spot["role"], desk.roles, "role.unknown", N_("There is no role “{name}”."))
    _check_conditions(desk, form, spot)
    _check_default(desk, form, spot, field)
    if field.type.key == "computed":
        _check_computed(desk, form, spot, field)
    elif field.type.key == "rollup":
        _check_rollup(desk, form, spot, field)


def _check_options(desk: Desk, spot: Spot) -> None:
    check_unique_keys(desk, spot["options"], N_("Two options are called “{name}”."))
    seen: dict[str, str] = {}
    for option in spot["options"].items():
        label = option["label"]
        texts = [label.text] if label.text else [text.text for _, text in label.members()]
        for text in dict.fromkeys(folded(text) for text in texts if text):
            if seen.setdefault(text, option["key"].text) != option["key"].text:
                template = N_(
                    "The options “{one}” and “{other}” have the same label; a text in a file could mean both."
                )
                desk.add(
                    label.fault("option.label", template, level="warning", one=seen[text], other=option["key"].text)
                )


def _check_conditions(desk: Desk, form: Spot, spot: Spot) -> None:
    scope = desk.scope(form["key"].text, draft=True)
    for name in ("visible_if", "required_if", "read_only_if"):
        desk.condition(spot[name], scope)
    if spot["required"].is_true and spot["required_if"].is_given:
        template = N_("The field is always required; “required_if” changes nothing.")
        desk.add(spot["required_if"].fault("field.required", template, level="warning"))


def _check_default(desk: Desk, form: Spot, spot: Spot, field: FieldDef) -> None:
    if spot["default"].is_given and spot["default_expression"].is_given:
        desk.add(
            spot["default_expression"].fault("field.default", N_("Give a default or a default expression, not both."))
        )
    if spot["default"].is_given and field.type.can_default:
        try:
            field.type.read(field, spot["default"].value, desk.input)
        except FormError as error:
            for fault in error.faults:
                desk.add(fault.at(file=spot.file, pointer=spot["default"].pointer))
    if spot["default_expression"].is_given and field.type.keeps_files:
        desk.add(spot["default_expression"].fault("field.default", N_("A field of files has no default.")))
    wanted = field.type.rule_type(field)
    checked = desk.expression(spot["default_expression"], desk.scope(form["key"].text, draft=True), wanted)
    if checked:
        check_fits(desk, spot["default_expression"], checked, field)


def check_fits(desk: Desk, spot: Spot, checked: Checked, field: FieldDef) -> None:
    """Note a fault when the value of an expression cannot be kept in a field."""
    if fits(checked, field):
        return
    wanted, found = field.type.rule_type(field), checked.type
    if wanted.kind in {Kind.CHOICE, Kind.CHOICES}:
        template = N_("This does not yield an option of “{field}”: {options}.")
        desk.add(spot.fault("type.option", template, field=field.key, options=", ".join(wanted.options)))
    else:
        template = N_("This yields {found}, but “{field}” holds {wanted}.")
        facts = {"found": KINDS[found.kind], "wanted": KINDS[wanted.kind], "field": field.key}
        desk.add(spot.fault("type.clash", template, **facts))


def _check_computed(desk: Desk, form: Spot, spot: Spot, field: FieldDef) -> None:
    place = spot["expression"]
    if spot["result"].text == "reference" and not spot["to"].is_given:
        desk.add(spot.fault("field.to", N_("A computed reference needs “to”: the form it points to.")))
    if spot["result"].text == "choice" and not spot["options"].is_given:
        desk.add(spot.fault("field.options", N_("A computed choice needs its “options”.")))
        return
    checked = desk.expression(place, desk.scope(form["key"].text, draft=True), field.type.rule_type(field))
    if checked is None:
        return
    check_fits(desk, place, checked, field)
    if reads_viewer(checked):
        desk.add(place.fault("field.viewer", N_("A computed value is the same for everybody, so it cannot read “me”.")))
    _check_clock(desk, place, checked)


def _check_clock(desk: Desk, place: Spot, checked: Checked) -> None:
    """Stored values are brought to each new day; they cannot follow every second."""
    if any(path[-1] == "now" for path in checked.reads):
        template = N_("A stored value cannot follow “now”; read “today”: it is brought up to date every midnight.")
        desk.add(place.fault("field.clock", template, suggestion="today"))


def _check_rollup(desk: Desk, form: Spot, spot: Spot, field: FieldDef) -> None:
    measure = spot["measure"]
    check_measure(desk, measure)
    of, via = measure["of"].text, measure["via"]
    if of not in desk.forms:
        return
    names = desk.shapes.keys.get(of, ())
    template = N_("There is no field “{name}” in the form “{form}”.")
    if desk.named(via, names, "field.unknown", template, form=of):
        target = desk.shapes.field(of, via.text)
        if target and (target.type.key != "reference" or target.to != form["key"].text):
            template = N_("“{name}” does not point to this form; “via” is a reference from “{form}” back to it.")
            desk.add(via.fault("rollup.via", template, name=via.text, form=of))
    scope = desk.scope(of)
    for name in ("where", "value"):
        checked = desk.expression(measure[name], scope)
        if checked and reads_viewer(checked):
            desk.add(
                measure[name].fault("field.viewer", N_("A rollup is the same for everybody, so it cannot read “me”."))
            )
        elif checked:
            _check_clock(desk, measure[name], checked)
    _check_figure(desk, spot, field, desk.expression(measure["value"], scope))


def _check_figure(desk: Desk, spot: Spot, field: FieldDef, value: Checked | None) -> None:
    """A figure that is a date fits into no column of numbers, and the other way round."""
    counts = spot["measure"]["agg"].text in {"count", "count_distinct"}
    if value is None and not counts:
        return
    wanted = field.type.rule_type(field).kind
    found = value.type.kind if value and not counts else Kind.NUMBER
    if found is not wanted and not {found, wanted} <= {Kind.NUMBER, Kind.MONEY}:
        place = spot["result"] if spot["result"].is_given else spot["measure"]
        template = N_("This yields {found}, but “{field}” holds {wanted}.")
        desk.add(place.fault("type.clash", template, found=KINDS[found], wanted=KINDS[wanted], field=field.key))
