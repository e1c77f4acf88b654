"""Words for pipelines."""

from __future__ import annotations

from admin.vocabulary._words import Words
from rules.errors import N_

PROPERTIES = {
    "form": Words(N_("Form"), N_("The form whose records move through these stages.")),
    "initial": Words(N_("First stage"), N_("Where a new record begins.")),
    "stages": Words(N_("Stages"), N_("Where a record can stand, in this order.")),
    "stages.kind": Words(N_("Kind of stage"), N_("Whether a record still moves here, or how it ended.")),
    "stages.owner_role": Words(N_("Who works here"), N_("The role that works on records in this stage.")),
    "stages.probability": Words(N_("Chance in percent"), N_("How likely a record here ends well.")),
    "stages.time_limit_days": Words(
        N_("Time limit, in days"), N_("After so many days in the stage a card turns amber, then red.")
    ),
    "stages.guide": Words(N_("Guide for people"), N_("What to do here, with what, and how one sees that it is done.")),
    "stages.guide.actions": Words(N_("Key actions"), N_("What is to be done in this stage.")),
    "stages.guide.tools": Words(N_("Tools"), N_("What is used for it.")),
    "stages.guide.metric": Words(N_("Target metric"), N_("How one sees that it went well.")),
    "transitions": Words(N_("Transitions"), N_("How a record can go from one stage to another.")),
    "transitions.label": Words(N_("Name of the button"), N_("What people press, such as Approve.")),
    "transitions.from": Words(N_("From stages"), N_("Where the move starts: in any stage, or in these.")),
    "transitions.to": Words(N_("To stage"), N_("Where the move leads.")),
    "transitions.roles": Words(N_("Who may do it"), N_("Roles; without it whoever may move records.")),
    "transitions.guard": Words(N_("Only when"), N_("The move is offered only while this holds for the record.")),
    "transitions.guard_message": Words(N_("What people are told"), N_("Said when the move is not possible yet.")),
    "transitions.required": Words(N_("Must be filled first"), N_("Fields without which the move is refused.")),
    "transitions.set": Words(N_("Written by the move"), N_("Fields that the move fills in, each with an expression.")),
}
