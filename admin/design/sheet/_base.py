"""What every control answers: whether it fits a schema, how it is drawn, and how it is read back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from admin.vocabulary import property_help, property_label, value_label
from engine.design import candidates as names
from engine.design.pointers import ABSENT, value_at
from engine.design.schema_at import pieces_of, reference_name, words_of

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from admin.design._desk import Desk


@dataclass(frozen=True)
class Place:
    """A place of a file that is edited: the whole file as it is being changed, and where in it one stands."""

    desk: Desk
    path: str
    noun: str
    section: str
    content: Any
    pointer: str
    schema: Mapping[str, Any]
    required: bool = False
    #: The name of its input: the way from the object that the sheet shows.
    name: str = ""

    def inside(self, step: str, schema: Mapping[str, Any], *, required: bool = False) -> Place:
        """Return a place one step deeper."""
        deeper = step.replace("~", "~0").replace("/", "~1")
        return replace(
            self, pointer=f"{self.pointer}/{deeper}", name=f"{self.name}/{deeper}", schema=schema, required=required
        )

    def called(self, name: str) -> Place:
        """Return the same place with another name for its input."""
        return replace(self, name=name)

    @property
    def step(self) -> str:
        """Return the last step of the pointer."""
        return self.pointer.rpartition("/")[2]

    @property
    def words(self) -> tuple[str, ...]:
        """Return the way to it, without the places in lists."""
        return words_of(self.pointer)

    @property
    def piece(self) -> str:
        """Return the shared piece that its schema is: label, name, expression …; empty for none."""
        return reference_name(self.schema)

    @cached_property
    def whole(self) -> Mapping[str, Any]:
        """Return its schema with the shared piece filled in; the schema's own description stays."""
        pieces: Mapping[str, Any] = pieces_of(self.noun)
        return {**pieces.get(self.piece, {}), **self.schema} if self.piece else self.schema

    @property
    def label(self) -> str:
        """Return how a person calls it."""
        return property_label(self.noun, self.words, self._field_type)

    @property
    def help(self) -> str:
        """Return a sentence on it."""
        return property_help(self.noun, self.words, self._field_type)

    @property
    def _field_type(self) -> str:
        """Return the type of the field that it is a member of: what `max` means depends on it."""
        found = value_at(self.content, f"{self.pointer.rpartition('/')[0]}/type") if self.noun == "form" else ""
        return found if isinstance(found, str) else ""

    def word(self, value: object) -> str:
        """Return how one of its values is called."""
        return value_label(self.noun, self.words, value)

    def named(self) -> names.Named | None:
        """Return what a name at this place is the name of."""
        return names.named_at(self.section, self.content, self.pointer)

    def candidates(self, pointer: str = "") -> list[tuple[str, str]]:
        """Return (name, label) of what may be named here."""
        found = names.candidates(self.desk.examined, self.section, self.content, pointer or self.pointer)
        return [(one.value, self.desk.told(one.label) or one.value) for one in found]


@dataclass(frozen=True)
class Control:
    """One control, ready to be drawn: `kind` names its macro, `name` its input."""

    kind: str
    name: str
    label: str
    help: str = ""
    value: Any = ""
    required: bool = False
    #: (value, label, chosen)
    options: Sequence[tuple[str, str, bool]] = ()
    #: Controls inside, or a list of them per row.
    inner: Sequence[Any] = ()
    #: Whether anything stands here.
    given: bool = False
    faults: Sequence[str] = ()
    #: What else a kind wants to say.
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def input_id(self) -> str:
        """Return the id of its input."""
        return id_of(self.name)


def id_of(name: str) -> str:
    """Return the id of the input with a name."""
    return "p" + name.replace("/", "-").replace("@", "")


class ControlType:
    """One kind of control. Instances are stateless."""

    kind: ClassVar[str]
    #: Those with a lower rank are asked first.
    rank: ClassVar[int] = 10

    def fits(self, place: Place) -> bool:
        """Tell whether it draws what stands at such a place."""
        raise NotImplementedError

    def draw(self, place: Place, value: Any) -> Control:
        """Return the control for a value; ABSENT for none."""
        raise NotImplementedError

    def read(self, place: Place, data: MultiDict[str, str], old: Any) -> Any:
        """Return what was posted, ABSENT where nothing stands; `old` is what stands there now."""
        raise NotImplementedError

    def within(self, place: Place, way: Sequence[str]) -> str | None:
        """Return the name of what shows a place further inside (`way` empty: this one); None where it is not shown."""
        return place.name

    def control(self, place: Place, held: Any, /, **more: Any) -> Control:
        """Return a control with what all have."""
        return Control(
            self.kind,
            place.name,
            place.label,
            place.help,
            required=place.required,
            given=held is not ABSENT,
            faults=place.desk.sentences_at(place.path, place.pointer, inside=self.kind not in NESTED),
            **more,
        )


#: Kinds with controls inside, which show the faults of their own places.
NESTED = frozenset({"group", "rows", "map", "groups", "measure", "each"})
#: Kinds of names that are written out, as they are more than the name of one thing.
WRITTEN = frozenset({"path", "default", "recipient", "changed", "way"})
#: In the order in which they are asked; the last one takes whatever is left.
TYPES: list[ControlType] = []


def register(cls: type[ControlType]) -> type[ControlType]:
    """Register a kind of control."""
    TYPES.append(cls())
    TYPES.sort(key=lambda one: one.rank)
    return cls


def type_at(place: Place) -> ControlType:
    """Return the kind of control for a place."""
    return next(one for one in TYPES if one.fits(place))


def draw(place: Place, value: Any) -> Control:
    """Return the control of a place."""
    return type_at(place).draw(place, value)


def read(place: Place, data: MultiDict[str, str], old: Any) -> Any:
    """Return what was posted for a place; what the form did not bring stays as it was."""
    return type_at(place).read(place, data, old)
