"""Words for the tests of a config."""

from __future__ import annotations

from admin.vocabulary._words import Words
from rules.errors import N_

PROPERTIES = {
    "now": Words(N_("The test begins"), N_("The day and time at which it begins, whatever day it is run on.")),
    "user": Words(N_("Who acts"), N_("Who acts and looks; an administrator where nobody is named.")),
    "people": Words(N_("Who is there"), N_("The people of this test, with their roles, regions and teams.")),
    "people.*.name": Words(N_("Name"), N_("How they are called here.")),
    "people.*.email": Words(N_("E-mail"), N_("Only where something depends on it.")),
    "people.*.team": Words(N_("Team"), N_("The team they belong to.")),
    "people.*.region": Words(N_("Region"), N_("The region they belong to.")),
    "people.*.manager": Words(N_("Reports to"), N_("Their manager, another of the people.")),
    "people.*.roles": Words(N_("Roles"), N_("What they are in this app.")),
    "people.*.admin": Words(N_("Administers the house"), N_("Administrators may do everything.")),
    "records": Words(N_("What is there"), N_("Records that are there before anything is done.")),
    "as": Words(N_("Name in this test"), N_("By this name the other parts of the test speak of the record.")),
    "form": Words(N_("Form"), N_("What kind of record it is.")),
    "values": Words(N_("Values"), N_("What its fields hold. Leave open what does not matter.")),
    "records.owner": Words(N_("Owner"), N_("Whose record it is.")),
    "records.stage": Words(N_("Stage"), N_("Where it stands; the first stage where none is named.")),
    "records.stage_entered_at": Words(N_("In this stage since"), N_("Since when it stands there.")),
    "records.created_at": Words(N_("Created"), N_("When it was created, if that is not when it was entered.")),
    "records.at": Words(N_("Entered"), N_("When it was entered; when the test begins where nothing is named.")),
    "steps": Words(N_("What happens"), N_("What is done, one after the other.")),
    "steps.do": Words(N_("What is done"), N_("To wait lets the clock run, and everything that is due happen.")),
    "steps.record": Words(N_("Which record"), N_("The record it is done to.")),
    "steps.to": Words(N_("Which move"), N_("The move, or the stage it leads to.")),
    "steps.values": Words(N_("What is filled in"), N_("Leave open what nobody fills in.")),
    "steps.rows": Words(N_("Rows"), N_("Rows of its tables that are filled in together with it.")),
    "steps.user": Words(N_("Who does it"), N_("Whoever acts in this test, where nobody is named.")),
    "steps.at": Words(N_("When"), N_("At the moment before, where nothing is named.")),
    "steps.refused": Words(N_("Does it go through?"), N_("A test can say that something is refused, and why.")),
    "refused.code": Words(N_("Why"), N_("The kind of reason.")),
    "refused.field": Words(N_("Field"), N_("The field at which it is said.")),
    "refused.says": Words(N_("What people read"), N_("A part of the sentence is enough.")),
    "steps.expect": Words(N_("What must be true then"), N_("Looked at right after this step.")),
    "expect": Words(N_("What must be true at the end"), N_("Looked at after the last step.")),
    "expect.records": Words(N_("Records and forms"), N_("What must be true of records, and of forms that are being filled in.")),
    "expect.records.record": Words(N_("Which record"), N_("The record it is about.")),
    "expect.records.form": Words(N_("Form"), N_("The form, while a new record is being filled in.")),
    "expect.records.typed": Words(N_("Typed so far"), N_("What somebody has typed into the form, not saved yet.")),
    "expect.records.user": Words(N_("Who looks"), N_("Whoever acts in this test, where nobody is named.")),
    "expect.records.values": Words(N_("Values that are expected"), N_("As this person sees them. Leave open what does not matter.")),
    "expect.records.visible": Words(N_("Fields that are shown"), N_("Tick those that the form must show.")),
    "expect.records.hidden": Words(N_("Fields that are not shown"), N_("Tick those that the form must not show.")),
    "expect.records.required": Words(N_("Fields that must be filled"), N_("Tick those that may not stay empty.")),
    "expect.records.optional": Words(N_("Fields that may stay empty"), N_("Tick those that nobody has to fill.")),
    "expect.records.read_only": Words(N_("Fields that cannot be changed"), N_("Tick those that are only read.")),
    "expect.records.moves": Words(N_("Moves"), N_("Whether a move is open to this person now, and what stands in its way.")),
    "moves.*.why": Words(N_("Why it is closed"), N_("What stands in its way.")),
    "moves.*.missing": Words(N_("Fields to fill on the way"), N_("Exactly these fields are asked for.")),
    "expect.records.alerts": Words(N_("Alerts"), N_("Whether a rule fires for it, and who was told.")),
    "expect.records.rights": Words(N_("Rights"), N_("What this person may do with it.")),
    "expect.records.access": Words(N_("Rights on fields"), N_("Which fields this person sees and may edit.")),
    "expect.records.deleted": Words(N_("In the trash"), N_("Whether the record is in the trash.")),
    "expect.alerts": Words(N_("Alerts"), N_("Whether a rule that watches no single record fires, and who was told.")),
    "expect.key_results": Words(N_("Key results"), N_("What they are worth then.")),
    "expect.counts": Words(N_("How many records somebody sees"), N_("How many records of a form whoever acts in this test sees.")),
    "value": Words(N_("Value now"), N_("What it is worth.")),
    "target": Words(N_("Target"), N_("What it should reach.")),
    "score": Words(N_("Score"), N_("Share of the way: 0.5 is half of it.")),
    "health": Words(N_("Light"), N_("Its colour.")),
}  # fmt: skip

#: Why a move is closed.
WHY = {
    "stage": N_("It does not lead on from this stage"),
    "right": N_("This person may move nothing"),
    "role": N_("This person has not the role"),
    "guard": N_("Its condition does not hold"),
    "fields": N_("Fields must be filled first"),
}
HEALTHS = {"green": N_("Green"), "yellow": N_("Yellow"), "red": N_("Red"), "none": N_("No light")}
#: Codes of reasons that people meet when something is refused; others can be written as JSON.
REFUSALS = {
    "field.required": N_("A field must be filled"),
    "field.read_only": N_("A field cannot be changed"),
    "field.taken": N_("Another record has this value already"),
    "record.assert": N_("Values do not go together"),
    "record.limit": N_("It goes beyond a limit"),
    "move.guard": N_("The condition of the move does not hold"),
    "move.role": N_("The move is for other roles"),
    "move.none": N_("No such move leads on from this stage"),
    "refused": N_("This person may not do that"),
    "not_found": N_("This person does not see the record"),
}
VALUES = {
    "steps.do": {
        "create": N_("Create a record"),
        "update": N_("Change a record"),
        "move": N_("Move a record"),
        "delete": N_("Delete a record"),
        "wait": N_("Let time go by"),
    },
    "why": WHY,
    "access.*": {"hidden": N_("Hidden"), "read": N_("Only read"), "edit": N_("May be edited")},
    "health": HEALTHS,
}
