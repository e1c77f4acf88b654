"""Words for fields and what their kinds can be told."""

from __future__ import annotations

from admin.vocabulary._words import Words
from rules.errors import N_

PROPERTIES = {
    "icon": Words(N_("Icon"), N_("Picture in the menu.")),
    "title": Words(N_("Names a record"), N_("The field by which people know a record, such as its subject.")),
    "fields": Words(N_("Fields"), N_("What is filled in, in this order.")),
    "fields.type": Words(
        N_("Kind of field"), N_("What can be entered; a kind that does not fit what is stored is refused.")
    ),
    "fields.required": Words(N_("Must be filled"), N_("A record cannot be saved while it is empty.")),
    "fields.required_if": Words(N_("Must be filled when"), N_("A record cannot be saved without it while this holds.")),
    "fields.read_only_if": Words(N_("Locked when"), N_("Nobody can change it while this holds.")),
    "fields.unique": Words(N_("No two the same"), N_("No two records may have the same value here.")),
    "fields.default": Words(N_("Filled in at first"), N_("What a new record has here.")),
    "fields.default_expression": Words(
        N_("Filled in at first, computed"), N_("What a new record has here, worked out from an expression.")
    ),
    "fields.width": Words(N_("Width"), N_("How many columns of its section it takes.")),
    "fields.options": Words(N_("Options"), N_("What can be chosen, in this order.")),
    "fields.options.key": Words(N_("Key"), N_("What is stored. It never changes afterwards; the title may.")),
    "fields.country": Words(
        N_("Country of addresses"), N_("China offers provinces, cities and districts to choose from.")
    ),
    "fields.max_files": Words(N_("Most files"), N_("How many files one record may have here.")),
    "fields.max_mb": Words(N_("Largest file, in megabytes"), N_("Bigger files are refused.")),
    "fields.types": Words(
        N_("Kinds of files"), N_("What may be added, such as image/* or .docx; any kind without it.")
    ),
    "fields.symbology": Words(N_("Kind of code"), N_("QR and Code 128 hold any text; the others are article numbers.")),
    "fields.max_items": Words(N_("Most at once"), N_("How many can be chosen at once.")),
    "fields.expression": Words(
        N_("Calculation"), N_("How the value is worked out from the other fields of the record.")
    ),
    "fields.result": Words(N_("Kind of result"), N_("As what the result is shown and compared.")),
    "fields.to": Words(N_("Chosen from"), N_("The form whose records can be chosen.")),
    "fields.max_days": Words(N_("Most days"), N_("From the first day to the last, both counted.")),
    "fields.map": Words(N_("Map"), N_("What a click on the place opens.")),
    "fields.max_length": Words(N_("Most characters"), N_("Longer texts are refused.")),
    "fields.from": Words(N_("Copied from"), N_("The link, a dot, and the field behind it, such as account.phone.")),
    "fields.discloses": Words(
        N_("Shown to everybody"), N_("Also to people who may not read the record it is copied from.")
    ),
    "fields.role": Words(N_("Only people with the role"), N_("Nobody else is offered.")),
    "fields.team": Words(N_("Only people of the team"), N_("Nobody else is offered.")),
    "fields.measure": Words(N_("What is counted"), N_("What is counted or added up, over which records.")),
    "fields.measure.via": Words(N_("Field that points here"), N_("The link in those records that leads to this one.")),
    "fields.pattern": Words(N_("Must look like"), N_("A pattern that the whole text must follow.")),
    "fields.reset": Words(N_("Counting starts anew"), N_("When the counter begins with the first number again.")),
    "fields.gap_free": Words(
        N_("Without gaps"),
        N_("No number is ever left out; people who create records at the same time wait for each other."),
    ),
    "fields.start": Words(N_("First number"), N_("What counting begins with.")),
    "fields.of": Words(N_("Rows are records of"), N_("The form that the rows of the table belong to.")),
    "fields.via": Words(
        N_("Field that points here"),
        N_("The link in the rows that leads to this record; needed only where there are several."),
    ),
    "fields.columns": Words(N_("Columns of the table"), N_("Which fields of the rows are shown, in this order.")),
    "fields.columns.field": Words(N_("Field of the rows"), N_("Which field the column shows.")),
    "fields.columns.total": Words(N_("Below the column"), N_("What is worked out over all rows.")),
    "fields.min_rows": Words(N_("Fewest rows"), N_("A record cannot be saved with less.")),
    "fields.max_rows": Words(N_("Most rows"), N_("More cannot be added; 1000 without it.")),
    "fields.on_delete": Words(
        N_("When this record is deleted"),
        N_("Whether its rows go with it, or it cannot be deleted while there are any."),
    ),
    "fields.order": Words(
        N_("Order of the rows"), N_("A number field of the rows that keeps their order; with it rows can be moved.")
    ),
}

#: Members that mean something else for one kind of field.
KINDS = {
    "rating.max": Words(N_("Number of stars"), N_("From one star to so many.")),
    "date.min": Words(N_("Earliest day"), N_("Such as 2026-03-02.")),
    "date.max": Words(N_("Latest day"), N_("Such as 2026-03-02.")),
    "time.min": Words(N_("Earliest time"), N_("Such as 09:00.")),
    "time.max": Words(N_("Latest time"), N_("Such as 18:00.")),
    "duration.min": Words(N_("Shortest, in minutes"), N_("Less is refused.")),
    "duration.max": Words(N_("Longest, in minutes"), N_("More is refused.")),
    "money.min": Words(N_("Smallest amount"), N_("Less is refused.")),
    "money.max": Words(N_("Largest amount"), N_("More is refused.")),
    "serial.pattern": Words(
        N_("Numbers look like"), N_("{yyyy} {MM} {dd} are the day, {000} is the counter: QT-{yyyy}{MM}-{000}.")
    ),
    "computed.to": Words(N_("Form of the result"), N_("Needed only when the result is a record.")),
    "image.max_files": Words(N_("Most pictures"), N_("How many pictures one record may have; 10 without it.")),
    "choices.max_items": Words(N_("Most options"), N_("How many can be chosen at once.")),
    "people.max_items": Words(N_("Most people"), N_("How many can be chosen at once.")),
    "references.max_items": Words(N_("Most records"), N_("How many can be chosen at once.")),
    "tags.max_items": Words(N_("Most tags"), N_("How many one record may have.")),
}
