"""What the address of a list says: search text, filters, order, page, and the figure whose records are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from web.fields import sure_fields
from web.filters import Filters, filterable, read_filters

if TYPE_CHECKING:
    from engine.releases import Live

PAGE_SIZE = 50
#: Nobody reads so far by hand; beyond it a filter serves better.
LAST_PAGE = 10_000


@dataclass(frozen=True)
class ListQuery:
    """A list's address, read."""

    path: str
    q: str = ""
    sort: str = ""
    page: int = 1
    #: `okr/key_result/measure`.
    measure: str = ""
    filters: Filters = field(default_factory=Filters)

    @property
    def narrowed(self) -> bool:
        """Tell whether anything narrows the list."""
        return bool(self.q or self.filters.items or self.measure)

    @property
    def offset(self) -> int:
        return (self.page - 1) * PAGE_SIZE

    def args(
        self,
        *,
        q: str | None = None,
        sort: str | None = None,
        page: int | None = None,
        measure: str | None = None,
        filters: Sequence[tuple[str, str]] | None = None,
    ) -> list[tuple[str, str]]:
        """Return the arguments of the address, some of them changed; what is empty is left out."""
        number = self.page if page is None else page
        named = [
            ("q", self.q if q is None else q),
            ("measure", self.measure if measure is None else measure),
            *(self.filters.args if filters is None else filters),
            ("sort", self.sort if sort is None else sort),
            ("page", str(number) if number > 1 else ""),
        ]
        return [(name, value) for name, value in named if value]

    def url(self, **changes: object) -> str:
        """Return the address, changed; every change but of the page starts at the first page."""
        changes.setdefault("page", 1)
        args = self.args(**changes)  # type: ignore[arg-type]  # the names are those of args()
        return self.path + ("?" + urlencode(args) if args else "")

    @property
    def kept_args(self) -> list[tuple[str, str]]:
        """Return what the filter panel carries along."""
        return self.args(filters=(), page=1)

    def toggled(self, key: str) -> str:
        """Return the order after a click on a header: up, down, then as the form has it."""
        return {key: f"-{key}", f"-{key}": ""}.get(self.sort, key)


def read_query(
    path: str, args: MultiDict[str, str], live: Live, form_key: str
) -> ListQuery:
    """Read an address; an unknown column or a silly page number falls back to the default."""
    sort, fields = args.get("sort", ""), sure_fields(live, form_key)
    known = sort.lstrip("-") in fields and fields[sort.lstrip("-")].type.sortable
    text = args.get("page", "1")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return ListQuery(
        path=path,
        q=" ".join(args.get("q", "").split())[:200],
        sort=sort if known and not sort.startswith("--") else "",
        page=min(max(page, 1), LAST_PAGE),
        measure=args.get("measure", "")[:200],
        filters=read_filters(args, live, form_key, filterable(fields)),
    )
