"""Which column of a file fills which field, and what its values mean: guessed from names, or given as JSON."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from engine.config.defs import PipelineDef
from engine.imports.errors import ImportRefused
from forms.defs import FormDef
from rules.errors import N_, Fault

#: System fields that a column may fill, with the names people give them.
SYSTEM_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "stage": ("stage", "Stage", "阶段", "階段"),
    "stage_entered_at": ("stage entered at", "进入阶段时间", "進入階段時間"),
    "owner": ("owner", "负责人", "負責人", "所有者", "业务员", "業務員"),
    "created_at": ("created at", "创建时间", "建立時間", "创建日期", "建立日期"),
}
UNKNOWN = ("refuse", "empty")
EMPTY = ("allow", "report", "refuse")
MODES = ("upsert", "create", "update")
#: Members of a mapping as JSON.
MEMBERS = ("form", "key", "columns", "mode", "gates", "encoding", "delimiter", "sheet")


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """One column: the field it fills (none: it is left out) and how its values are read."""

    column: str
    field: str = ""
    #: Value in the file -> value to read instead; an empty text leaves the field empty, without a complaint.
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    #: A value that is not among the options or records: "refuse" the row, or leave the field "empty" and report it.
    unknown: str = "refuse"
    #: An empty cell: "allow" it, "report" it in the list of dirt, or "refuse" the row.
    empty: str = "allow"
    #: Field of the referenced form by which the value names a record; by default its title, then its unique fields.
    match: str = ""
    #: "dmy", "mdy" or a pattern of dates such as `%d/%m/%Y`, where the ISO form and the usual Chinese ones do not serve.
    format: str = ""


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """How a file becomes records of one form; as JSON it can be kept and used again."""

    form: str
    columns: tuple[ColumnMap, ...]
    #: Fields by which a row finds its record; without a key every row is a new record.
    key: tuple[str, ...] = ()
    #: "upsert" (create or update), "create" (rows whose record exists are refused) or "update" (the others are).
    mode: str = "upsert"
    #: Stages are taken as they stand; with `gates` a change of stage needs a transition that allows it.
    gates: bool = False
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""

    @property
    def by_field(self) -> Mapping[str, ColumnMap]:
        """Return the columns that fill something, by field."""
        return {c.field: c for c in self.columns if c.field}

    def to_dict(self) -> dict[str, object]:
        """Return the mapping as JSON holds it: what is as usual is left out."""
        found: dict[str, object] = {"form": self.form}
        usual = ImportMapping("", ())
        for name in ("key", "mode", "gates", "encoding", "delimiter", "sheet"):
            value = getattr(self, name)
            if value != getattr(usual, name):
                found[name] = list(value) if isinstance(value, tuple) else value
        found["columns"] = {c.column: _column_json(c) for c in self.columns}
        return found


def _column_json(column: ColumnMap) -> object:
    usual = ColumnMap("")
    more = {
        n: getattr(column, n)
        for n in ("values", "unknown", "empty", "match", "format")
        if getattr(column, n) != getattr(usual, n)
    }
    if not column.field:
        return None
    return {"field": column.field, **more} if more else column.field


def fold(text: str) -> str:
    """Return a name without case, accents, width, spaces and punctuation: `Deal Stage` and `deal_stage` are one."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(c for c in plain if c.isalnum())


def fillable(form: FormDef, pipeline: PipelineDef | None) -> tuple[str, ...]:
    """Return the keys a column may fill: every field that is typed, and the system fields."""
    system = [k for k in SYSTEM_COLUMNS if pipeline is not None or not k.startswith("stage")]
    return (*(f.key for f in form.fields if not f.is_derived), *system)


def guess(form: FormDef, pipeline: PipelineDef | None, header: Sequence[str]) -> ImportMapping:
    """Propose a mapping: columns by key or label in any language, the first unique field as the key."""
    names = _names(form, pipeline)
    taken: dict[str, str] = {}
    for sure in (True, False):
        for column in header:
            if column not in taken:
                found = _best(column, {k: n for k, n in names.items() if k not in taken.values()}, sure=sure)
                taken |= {column: found} if found else {}
    columns = tuple(ColumnMap(c, taken.get(c, "")) for c in header)
    return ImportMapping(form.key, columns, key=_usual_key(form, set(taken.values())))


def _names(form: FormDef, pipeline: PipelineDef | None) -> dict[str, tuple[str, ...]]:
    """Return every name of every field a column may fill."""
    labels = {f.key: tuple(f.label.texts.values()) for f in form.fields}
    return {key: (key, *SYSTEM_COLUMNS.get(key, ()), *labels.get(key, ())) for key in fillable(form, pipeline)}


def _best(column: str, names: Mapping[str, Iterable[str]], *, sure: bool) -> str:
    """Return the field a column surely means (same name), or the one its words point to, if it is the only one."""
    if sure:
        return next((key for key, texts in names.items() if fold(column) in {fold(t) for t in texts}), "")
    words = _words(column)
    near = [key for key, texts in names.items() if any(_words(t) and _words(t) <= words for t in texts)]
    if len(near) != 1:
        folded = {fold(t): key for key, texts in names.items() for t in texts if len(fold(t)) > 3}
        near = [folded[m] for m in get_close_matches(fold(column), folded, n=1, cutoff=0.85)]
    return near[0] if len(near) == 1 else ""


def _words(text: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKC", re.sub(r"([a-z])([A-Z])", r"\1 \2", text)).casefold()
    return frozenset(re.findall(r"[^\W_]+", plain))


def _usual_key(form: FormDef, filled: set[str]) -> tuple[str, ...]:
    """Return the best key among the filled fields: unique ones first, then a group unique together."""
    unique = next((f.key for f in form.fields if f.unique and f.key in filled), "")
    if unique:
        return (unique,)
    return next((group for group in form.unique if set(group) <= filled), ())


def mapping_of(config: Mapping[str, object], form: FormDef, pipeline: PipelineDef | None) -> ImportMapping:
    """Build a mapping from JSON; raises ImportRefused with every fault, each with its pointer."""
    faults: list[Fault] = list(_member_faults(config))
    raw = config.get("columns")
    columns = tuple(_column_of(str(c), v, faults) for c, v in raw.items()) if isinstance(raw, Mapping) else ()
    if not columns:
        faults.append(Fault("no_columns", N_("Say which column fills which field."), pointer="/columns"))
    key = config.get("key", ())
    mapping = ImportMapping(
        form.key,
        columns,
        key=(key,)
        if isinstance(key, str) and key
        else tuple(str(k) for k in key)
        if isinstance(key, (list, tuple))
        else (),
        mode=str(config.get("mode", "upsert")),
        gates=config.get("gates") is True,
        encoding=str(config.get("encoding", "")),
        delimiter=str(config.get("delimiter", "")),
        sheet=str(config.get("sheet", "")),
    )
    faults += check_mapping(mapping, form, pipeline)
    if faults:
        raise ImportRefused(*faults)
    return mapping


def _member_faults(config: Mapping[str, object]) -> Iterable[Fault]:
    """Yield a fault for each member that is misspelt or of the wrong type: left out in silence it would change the import."""
    for name in config:
        if name not in MEMBERS:
            near = get_close_matches(name, MEMBERS, n=1)
            template = N_("A mapping has no {name}; it has {known}.")
            facts = {"name": name, "known": ", ".join(MEMBERS)}
            yield Fault("unknown_member", template, facts, pointer=f"/{name}", suggestion=near[0] if near else "")
    if not isinstance(config.get("gates", False), bool):
        yield Fault("no_flag", N_("{name} is true or false."), {"name": "gates"}, pointer="/gates")


def _column_of(column: str, value: object, faults: list[Fault]) -> ColumnMap:
    if value is None or isinstance(value, str):
        return ColumnMap(column, value or "")
    if not isinstance(value, Mapping) or set(value) - {"field", "values", "unknown", "empty", "match", "format"}:
        template = N_(
            "A column is mapped to a field key, to nothing, or to an object with field, values, unknown, empty, match, format."
        )
        faults.append(Fault("bad_column", template, pointer=_pointer(column)))
        return ColumnMap(column)
    values = value.get("values", {})
    meanings = {str(k): "" if v is None else str(v) for k, v in values.items()} if isinstance(values, Mapping) else {}
    texts = {
        n: str(value.get(n, d))
        for n, d in (("field", ""), ("unknown", "refuse"), ("empty", "allow"), ("match", ""), ("format", ""))
    }
    return ColumnMap(column, values=meanings, **texts)


def _pointer(column: str) -> str:
    return "/columns/" + column.replace("~", "~0").replace("/", "~1")


def check_mapping(mapping: ImportMapping, form: FormDef, pipeline: PipelineDef | None) -> list[Fault]:
    """Return what is wrong with a mapping on this form."""
    allowed = fillable(form, pipeline)
    faults = [f for c in mapping.columns if c.field for f in _column_faults(c, allowed, form)]
    fields = [c.field for c in mapping.columns if c.field]
    template = N_("The field {field} is filled by more than one column.")
    faults += [
        Fault("twice", template, {"field": f}, pointer="/columns") for f in dict.fromkeys(fields) if fields.count(f) > 1
    ]
    template = N_("The key {field} is filled by no column.")
    faults += [Fault("key_missing", template, {"field": k}, pointer="/key") for k in mapping.key if k not in fields]
    if mapping.mode not in MODES:
        faults.append(_one_of("mode", mapping.mode, MODES, "/mode"))
    if mapping.mode == "update" and not mapping.key:
        faults.append(Fault("key_needed", N_("Updating records needs a key."), pointer="/key"))
    return faults


def _column_faults(column: ColumnMap, allowed: Sequence[str], form: FormDef) -> Iterable[Fault]:
    pointer = _pointer(column.column)
    if column.field not in allowed:
        near = get_close_matches(column.field, allowed, n=1)
        template = N_("The form {form} has no field {field} that can be filled.")
        facts = {"form": form.key, "field": column.field}
        yield Fault("unknown_field", template, facts, pointer=pointer, suggestion=near[0] if near else "")
    if column.unknown not in UNKNOWN:
        yield _one_of("unknown", column.unknown, UNKNOWN, pointer)
    if column.empty not in EMPTY:
        yield _one_of("empty", column.empty, EMPTY, pointer)


def _one_of(name: str, value: str, known: Sequence[str], pointer: str) -> Fault:
    facts = {"name": name, "value": value, "known": ", ".join(known)}
    return Fault("not_one_of", N_("{name} is {value}, but must be one of {known}."), facts, pointer=pointer)
