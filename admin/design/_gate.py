"""What the live release demands of a draft, and how far the draft is with it: asked once for each request."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flask import g, request

from admin.design._desk import desk
from engine import design
from engine.config.defs import GateDef
from engine.design.approvals import APPROVED, OPEN, REFUSED, STANDING, VOID, approvers_of
from engine.releases import Moves
from web import here
from web.errors import sentence

if TYPE_CHECKING:
    from engine.design import ApprovalRequest
    from engine.people import User


@dataclass(frozen=True)
class Gate:
    """The gate of the live release, and the newest request for approval while that says something."""

    demands: GateDef
    request: ApprovalRequest | None

    @property
    def is_open(self) -> bool:
        """Tell whether somebody is asked, and did not answer yet."""
        return self.request is not None and self.request.state == OPEN

    @property
    def is_refused(self) -> bool:
        """Tell whether the last answer was no."""
        return self.request is not None and self.request.state == REFUSED

    @property
    def is_void(self) -> bool:
        """Tell whether what was asked for, or approved, is no more what would go live."""
        return self.request is not None and (self.request.state == VOID or bool(self.broken))

    @property
    def is_approved(self) -> bool:
        """Tell whether the draft may go live as it was asked for."""
        return self.request is not None and self.request.state == APPROVED and not self.broken

    @property
    def is_fixed(self) -> bool:
        """Tell whether the reason and the moves stand fast: asked for, and nobody wants to ask anew."""
        return (self.is_open or self.is_approved) and not self.is_void and "anew" not in request.values

    @cached_property
    def broken(self) -> tuple[str, ...]:
        """Return why a request that counts does not hold any more."""
        if self.request is None or self.request.state not in STANDING:
            return ()
        faults = design.broken_by(here.db(), self.request, desk().draft, self.moves, self.reason)
        if self.request.state == APPROVED and self.request.decided_by not in self._publishers:
            faults += design.lost_right()
        return tuple(sentence(fault) for fault in faults)

    @cached_property
    def _publishers(self) -> set[int | None]:
        return {one.id for one in design.publishers(here.db(), desk().app_key)}

    @cached_property
    def approvers(self) -> list[str]:
        """Return who may say yes to the request, by name."""
        return [one.name for one in self._approvers.values()]

    @cached_property
    def _approvers(self) -> dict[int, User]:
        return approvers_of(here.db(), self.request) if self.request else {}

    @property
    def waits_for_me(self) -> bool:
        """Tell whether the viewer is asked."""
        return self.is_open and not self.is_void and here.viewer().id in self._approvers

    @property
    def may_refuse(self) -> bool:
        """Tell whether the viewer may say no, or take back a yes."""
        mine = self.request is not None and self.request.asked_by == here.viewer().id
        return desk().may_publish and (self.is_open or self.is_approved) and not mine

    @property
    def is_mine(self) -> bool:
        """Tell whether the viewer asked."""
        return self.request is not None and self.request.asked_by == here.viewer().id

    @property
    def moves(self) -> Moves:
        """Return where records go by the request."""
        return Moves.read(self.request.moves) if self.request else Moves()

    @property
    def reason(self) -> str:
        """Return the reason that was asked with."""
        return self.request.reason if self.request else ""


def gate_of(app_key: str) -> Gate:
    """Return the gate of an app; without one, or without a draft, nobody is asked."""
    if "gate" not in g:
        demands = live.app.publishing if (live := desk().live) else GateDef()
        asked = desk().draft is not None and demands.approval
        g.gate = Gate(demands, design.latest(here.db(), app_key) if asked else None)
    found: Gate = g.gate
    return found
