"""A designer of one kind of file: a page with its canvas and the sheet of what is chosen; each post is one edit of the draft.

Every designer is one module with a `Designer`: what its canvas shows, and which buttons it has beyond those of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext

from admin.design._desk import desk
from admin.design._part import ADDING, COMMON, INSIDE, SHEET, Act, Part, label_of
from admin.design.editor.stale import Row, sides
from admin.design.sheet import (
    act_on,
    controls_of,
    id_of,
    place_of,
    read_sheet,
    shown_member,
    without_blank_rows,
)
from engine import design
from engine.config.canonical import canonical_text
from engine.config.parse import parse
from engine.config.source import APP_FILE
from engine.design.pointers import ABSENT, steps, value_at
from engine.design.schema_at import words_of
from rules.errors import SteerwayError
from web import here
from web.errors import sentence
from web.render import go, render

if TYPE_CHECKING:
    from flask import Blueprint
    from werkzeug.wrappers import Response


@dataclass(frozen=True)
class Designer:
    """A designer: `name` is its endpoint and address, `section` the folder of its files (app for app.json)."""

    name: str
    section: str
    template: str
    #: `new_title` and `nothing`: the words of the page that lists its parts.
    words: Mapping[str, Any]
    #: Part → what its template draws beyond the sheet.
    context: Callable[[Part], Mapping[str, Any]] = lambda _part: {}
    #: The word before the colon of `-act` → what it does.
    acts: Mapping[str, Act] = field(default_factory=dict)
    #: Words of a pointer → members that its sheet leaves out, as the canvas shows them.
    skip: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: Words of the pointers of what can be chosen beside the file itself: "fields", "objectives/key_results".
    sheets: frozenset[str] = frozenset()
    #: The same of what is no item of a list; `*` stands for a key of the author's own: "people/*".
    objects: frozenset[str] = frozenset()
    #: Members that the sheet of what is chosen leaves out as they mean nothing there.
    unfit: Callable[[Any, str], frozenset[str]] = lambda _content, _at: frozenset()
    #: How what is chosen is called in the list of edits.
    name_of: Callable[[Part], str] = label_of

    def install(self, pages: Blueprint) -> None:
        """Add its pages."""
        address = f"/{self.name}" if self.section == "app" else f"/{self.name}/<part_key>"
        pages.add_url_rule(address, self.name, self.show)
        pages.add_url_rule(address, f"{self.name}_edit", self.edit, methods=["POST"])
        if self.section != "app":
            pages.add_url_rule(f"/{self.name}", f"{self.name}_home", self.home)

    def home(self, app_key: str) -> Response:
        """List the parts, and ask for the name of a new one."""
        forms = [] if self.section == "forms" else desk().parts("forms")
        return render(
            "design/home.html", app_key=app_key, section=self.section, endpoint=self.name, forms=forms, **self.words
        )

    def path(self, part_key: str) -> str:
        """Return the file that a key of the address stands for."""
        return APP_FILE if self.section == "app" else f"{self.section}/{part_key}.json"

    def url(self, part: Part, at: str | None = None) -> str:
        """Return the address of a part with a place chosen."""
        chosen = part.at if at is None else at
        args: dict[str, Any] = {"app_key": desk().app_key, **({"at": chosen} if chosen else {})}
        args |= {} if self.section == "app" else {"part_key": part.key}
        return url_for(f"design.{self.name}", **args)

    def url_at(self, part: Part, pointer: str) -> str | None:
        """Return the address that shows what stands at a pointer, for changing it; None where no page of it does."""
        at = pointer
        while at and not self._has_sheet(part, at, items_only=True):
            at = at.rpartition("/")[0]
        way = steps(pointer.removeprefix(at))
        if not way:
            return self.url(part, at)
        if self.on_canvas(part, at, way):
            return f"{self.url(part, at)}#canvas"
        name = shown_member(place_of(desk(), part.path, part.content, at), way, self._skipped(part, at))
        return None if name is None else f"{self.url(part, at)}#{id_of(name)}"

    def on_canvas(self, part: Part, at: str, way: tuple[str, ...]) -> bool:
        """Tell whether the canvas shows what stands at a way from the chosen thing: a list whose items are its cards."""
        listed = isinstance(value_at(part.content, f"{at}/{way[0]}"), list)
        return len(way) == 1 and (listed or way[0] in self.objects) and way[0] in self._skipped(part, at)

    def _has_sheet(self, part: Part, at: str, *, items_only: bool = False) -> bool:
        words, last = words_of(at), at.rpartition("/")[2]
        of_list = "/".join(words) in self.sheets and (last.isdigit() or not items_only)
        of_object = not last.isdigit() and any(_matches(one.split("/"), words) for one in self.objects)
        return (of_list or of_object) and isinstance(value_at(part.content, at), dict)

    def show(self, app_key: str, part_key: str = "") -> Response:
        """Show a part with what the address chose."""
        path = self.path(part_key)
        part = Part(path, desk().content(path), request.args.get("at", ""), name_of=self.name_of)
        if part.at and not self._has_sheet(part, part.at):
            part.at = ""
        return self.page(app_key, part)

    def edit(self, app_key: str, part_key: str = "") -> Response:
        """Carry out a button and store the draft; buttons inside the sheet only draw it anew."""
        path = self.path(part_key)
        content = _unsaved(path) or deepcopy(desk().content(path))
        part = Part(path, content, request.form.get("at", ""), name_of=self.name_of)
        part.at = _followed(part)
        if part.chosen is ABSENT:
            return self._gone(app_key, part)
        verb, at = request.form.get("-act", "save").partition(":")[0], part.at
        try:
            if verb in INSIDE:
                return self._inside(app_key, part)
            self._change(part, verb)
            part.content = without_blank_rows(part.content)
            self._save(app_key, part, compared=verb not in ADDING)
        except design.StaleDraft:
            here.db().rollback()
            return self._stale(app_key, part, at, verb)
        except SteerwayError as error:
            here.db().rollback()
            flash(sentence(error.faults[0]), "error")
            return self.page(app_key, part, status=409)
        except KeyError:
            abort(404)
        flash(gettext("Saved in the draft."), "success")
        # Another page has scripts of its own: the browser goes there whole.
        return go(part.onward) if part.onward else redirect(self.url(part), 303)

    def _change(self, part: Part, verb: str) -> None:
        act = {**COMMON, **self.acts}.get(verb)
        if act is None:
            abort(400)
        if verb not in self.acts and "-sheet" in request.form:
            self.read(part)
        act(part)

    def _gone(self, app_key: str, part: Part) -> Response:
        """Say that what was chosen is not there any more."""
        if "-key" not in request.form:
            abort(404)
        flash(gettext("Somebody took it away while you edited it."), "error")
        return self.page(app_key, Part(part.path, desk().content(part.path)), status=409)

    def _stale(self, app_key: str, part: Part, at: str, verb: str) -> Response:
        """Show both sides where a sheet was to be stored, which another press of its button does; else the file as it is now."""
        flash(gettext("Somebody changed this while you edited it. Nothing was overwritten."), "error")
        seen = desk().seen(part.path)
        if verb not in SHEET or not isinstance(part.content, dict):
            fresh = Part(part.path, desk().content(part.path), at)
            return self.page(app_key, fresh, status=409, seen=seen)
        return self.page(app_key, part, status=409, seen=seen, stale=sides(desk().source, part.path, part.content))

    def _save(self, app_key: str, part: Part, *, compared: bool = True) -> None:
        seen = request.form.get("seen") if compared else desk().seen(part.path)
        removed = part.content is ABSENT
        desk().save(part.path, None if removed else part.content, part.note, seen=seen)
        if removed:
            part.onward = part.onward or url_for("design.overview", app_key=app_key)

    def read(self, part: Part) -> None:
        """Take what the sheet holds into the part."""
        place = place_of(desk(), part.path, part.content, part.at)
        part.content = read_sheet(place, request.form, self._skipped(part, part.at))

    def _inside(self, app_key: str, part: Part) -> Response:
        """Draw the sheet again after a button inside it; nothing is stored."""
        self.read(part)
        place = place_of(desk(), part.path, part.content, part.at)
        part.content = act_on(place, part.content, request.form["-act"])
        return self.page(app_key, part, unsaved=True)

    def _skipped(self, part: Part, at: str) -> frozenset[str]:
        return self.skip.get("/".join(words_of(at)), frozenset()) | self.unfit(part.content, at)

    def page(
        self,
        app_key: str,
        part: Part,
        *,
        status: int = 200,
        unsaved: bool = False,
        seen: str = "",
        stale: Sequence[Row] | None = None,
    ) -> Response:
        """Draw the page; `seen` is what it was read as where that is not what was posted, `stale` what differs from theirs."""
        place = place_of(desk(), part.path, part.content, part.at)
        return render(
            self.template,
            app_key=app_key,
            designer=self,
            part=part,
            groups=controls_of(place, self._skipped(part, part.at)),
            seen=seen or request.form.get("seen") or desk().seen(part.path),
            stale=stale,
            unsaved=canonical_text(part.content) if unsaved else "",
            faults=desk().faults_in(part.path),
            latest=next((one for one in desk().edits if one.path == part.path), None),
            status=status,
            **self.context(part),
        )


def _matches(pattern: Sequence[str], words: Sequence[str]) -> bool:
    return len(pattern) == len(words) and all(a in ("*", b) for a, b in zip(pattern, words, strict=True))


def _unsaved(path: str) -> Any:
    """Return the file as buttons inside the sheet left it, which was drawn but not stored; None for none."""
    text = request.form.get("-content", "")
    content, _faults = parse(text.encode("utf-8", "surrogatepass"), path) if text else (None, ())
    return content if isinstance(content, dict) else None


def _followed(part: Part) -> str:
    """Return where the chosen thing stands now: others may have moved it since its sheet was drawn."""
    key, chosen = request.form.get("-key", ""), part.chosen
    above, _, _ = part.at.rpartition("/")
    listed = value_at(part.content, above) if part.at else None
    if not key or not isinstance(listed, list) or (isinstance(chosen, dict) and chosen.get("key") == key):
        return part.at
    found = (n for n, one in enumerate(listed) if isinstance(one, dict) and one.get("key") == key)
    return next((f"{above}/{n}" for n in found), part.at)
