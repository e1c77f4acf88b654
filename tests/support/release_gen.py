"""Random edits of random apps, and random values for whatever fields they have then; all from one seed."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from tests.support.derived_world import Config, computed, field

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_OPTIONS = [{"key": one, "label": one.upper()} for one in ("x", "y", "z")]
STAGES = ("open", "held", "done")
#: Type -> what people type into such a field. Some texts are numbers, dates and options, spelt in ways that are lost.
VALUES: dict[str, tuple[Any, ...]] = {
    "number": (None, -5, 0, 7, 0.5, 1200, 2.675),
    "money": (None, "0", "12.34", "7", "999999.99"),
    "date": (None, "2026-02-27", "2026-03-02", "2026-04-01"),
    "yes_no": (None, True, False),
    "choice": (None, "x", "y", "z"),
    "text": (None, "007", "1,200", "7", "2026-03-02", "x", "ab", "中文", "0.50"),
}


def value_for(chance: Random, type_: str) -> Any:
    """Return what somebody might type into a field of this type."""
    return chance.choice(VALUES[type_])


def edited(chance: Random, config: Config) -> Config:
    """Return a config with one or two random edits; it need not be valid."""
    made = copy.deepcopy(config)
    made.setdefault("pipelines", [])  # a stored config leaves out what is empty
    for _ in range(chance.randint(1, 2)):
        chance.choice(_EDITS)(chance, made)
    return made


def _field(chance: Random, config: Config, types: tuple[str, ...]) -> Config | None:
    found = [one for form in config["forms"] for one in form["fields"] if one["type"] in types]
    return chance.choice(found) if found else None


def _add(chance: Random, config: Config) -> None:
    fields = chance.choice(config["forms"])["fields"]
    key, type_ = f"x{chance.randint(1, 3)}", chance.choice(sorted(VALUES))
    if key not in {one["key"] for one in fields}:
        fields.append(field(key, type_, **({"options": _OPTIONS} if type_ == "choice" else {})))


def _remove(chance: Random, config: Config) -> None:
    fields = chance.choice(config["forms"])["fields"]
    gone = chance.choice(fields)
    if gone["key"] != "t":
        fields.remove(gone)


def _retype(chance: Random, config: Config) -> None:
    one = _field(chance, config, tuple(VALUES))
    if one is not None:
        key, label, type_ = one["key"], one["label"], chance.choice(sorted(VALUES))
        one.clear()
        one |= field(key, type_, **({"options": _OPTIONS} if type_ == "choice" else {})) | {"label": label}


def _compute(chance: Random, config: Config) -> None:
    one = _field(chance, config, tuple(VALUES))
    if one is not None and one["key"] != "t":
        key = one["key"]
        one.clear()
        one |= computed(key, chance.choice(["1 + 1", "days_between(today, today)"]))


def _type_in(chance: Random, config: Config) -> None:
    one = _field(chance, config, ("computed", "rollup", "lookup"))
    if one is not None:
        key, type_ = (
            one["key"],
            {"yes_no": "yes_no", "text": "text", "money": "money"}.get(one.get("result", ""), "number"),
        )
        one.clear()
        one |= field(key, type_)


def _formula(chance: Random, config: Config) -> None:
    one = _field(chance, config, ("computed",))
    if one is not None and one["result"] in ("number", "money"):
        one["expression"] = f"({one['expression']}) * 2 + {chance.randint(0, 3)}"
        one["result"] = chance.choice(["number", "money"])


def _figure(chance: Random, config: Config) -> None:
    one = _field(chance, config, ("rollup",))
    if one is not None:
        one["measure"]["where"] = chance.choice(["not is_empty(t)", "1 == 1", "1 == 2"])


def _narrow(chance: Random, config: Config) -> None:
    one = _field(chance, config, ("number", "choice"))
    if one is not None and one["type"] == "number":
        one["max"] = chance.choice([5, 5000])
    elif one is not None and len(one.get("options", ())) > 1:
        one["options"] = one["options"][:-1]


def _widen(chance: Random, config: Config) -> None:
    one = _field(chance, config, ("number", "choice"))
    if one is not None:
        one.pop("max", None)
        one |= {"options": _OPTIONS} if one["type"] == "choice" else {}


def _relabel(chance: Random, config: Config) -> None:
    chance.choice(chance.choice(config["forms"])["fields"])["label"] = f"Label {chance.randint(1, 9)}"


def _add_form(chance: Random, config: Config) -> None:
    key = f"g{chance.randint(1, 2)}"
    if key not in {one["key"] for one in config["forms"]}:
        config["forms"].append({"key": key, "label": key, "title": "t", "fields": [field("t", "text")]})


def _remove_form(chance: Random, config: Config) -> None:
    if len(config["forms"]) > 1:
        config["forms"].remove(chance.choice(config["forms"]))


def _stage(chance: Random, config: Config) -> None:
    if not config["pipelines"]:
        return
    way, kind = config["pipelines"][0], chance.random()
    keys = [one["key"] for one in way["stages"]]
    if kind < 0.2:
        way["stages"][-1]["label"] = "Over"
    elif kind < 0.7 and len(keys) > 1:
        _set_stages(way, [one for one in keys if one != chance.choice(keys)] or keys)
    else:
        _set_stages(way, list(dict.fromkeys([*keys, chance.choice(STAGES)])))


def _set_stages(way: Config, keys: list[str]) -> None:
    way["stages"] = [{"key": one, "label": one} for one in keys]
    way["transitions"] = [{"key": f"to_{to}", "label": to, "from": "*", "to": to} for to in keys]
    way["initial"] = keys[0]


def _of_stage(chance: Random, config: Config) -> None:
    """Compute something from the stage, where there is one."""
    for way in config["pipelines"]:
        form = next((one for one in config["forms"] if one["key"] == way["form"]), None)
        if form is not None and "at" not in {one["key"] for one in form["fields"]}:
            text = chance.choice(["concat('at ', stage)", "concat(stage, ' since ', to_text(stage_entered_at))"])
            form["fields"].append(computed("at", text, "text"))


def _pipeline(chance: Random, config: Config) -> None:
    if config["pipelines"]:
        config["pipelines"] = []
        return
    form = chance.choice(config["forms"])["key"]
    config["pipelines"] = [{"key": "way", "label": "Way", "form": form}]
    _set_stages(config["pipelines"][0], chance.sample(STAGES, chance.randint(2, len(STAGES))))


_EDITS: list[Callable[[Random, Config], None]] = [
    _add, _remove, _retype, _retype, _compute, _type_in, _formula, _formula, _figure, _narrow, _widen, _relabel,
    _add_form, _remove_form, _stage, _stage, _of_stage, _pipeline,
]  # fmt: skip
