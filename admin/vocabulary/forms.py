"""Words for forms beside their fields: layout, rules, views, permissions."""

from __future__ import annotations

from admin.vocabulary._words import Words
from rules.errors import N_

PROPERTIES = {
    "sections": Words(N_("Sections"), N_("Fields under a common heading.")),
    "sections.columns": Words(N_("Columns side by side"), N_("On a wide screen; two without it.")),
    "sections.collapsed": Words(N_("Closed at first"), N_("Until somebody opens it.")),
    "sections.fields": Words(N_("Fields in it"), N_("In this order.")),
    "tabs": Words(N_("Tabs"), N_("Groups of sections, one of which is seen at a time.")),
    "tabs.sections": Words(N_("Sections on it"), N_("In this order.")),
    "steps": Words(N_("Steps of filling in"), N_("Groups of sections that are filled in one after the other.")),
    "steps.sections": Words(N_("Sections in it"), N_("In this order.")),
    "when_hidden": Words(
        N_("When fields are hidden"), N_("Whether what was entered is kept or cleared when a field is not shown.")
    ),
    "assert": Words(N_("Rules across fields"), N_("What must hold between fields when a record is saved.")),
    "assert.condition": Words(N_("Must hold"), N_("The record is refused when this does not hold.")),
    "assert.message": Words(N_("What people are told"), N_("Said when it does not hold.")),
    "assert.field": Words(N_("Shown beside"), N_("The field beside which the message stands.")),
    "unique": Words(N_("Unique together"), N_("No two records may have the same values in all of these fields.")),
    "duplicates": Words(
        N_("Likely duplicates"), N_("Records that look alike are shown while one is typed, and can be merged.")
    ),
    "duplicates.fields": Words(
        N_("Fields that tell"), N_("By which records are compared, such as name, phone or e-mail.")
    ),
    "limits": Words(N_("Limits over records"), N_("What records that share a link may add up to.")),
    "limits.via": Words(
        N_("Records that share"), N_("The link: records that name the same one are looked at together.")
    ),
    "limits.measure": Words(N_("What is added up"), N_("Over the records that share the link.")),
    "limits.at_most": Words(N_("At most"), N_("A number, or an expression over the record that is shared.")),
    "limits.at_least": Words(N_("At least"), N_("A number, or an expression over the record that is shared.")),
    "limits.message": Words(N_("What people are told"), N_("Said when a record would break the limit.")),
    "list": Words(N_("List"), N_("How the list looks at first.")),
    "list.columns": Words(N_("Columns of the list"), N_("Which fields are shown, in this order.")),
    "board": Words(N_("Board"), N_("How cards of the board look.")),
    "board.card": Words(N_("Lines of a card"), N_("Which fields a card shows.")),
    "views": Words(N_("Views"), N_("Other ways to look at the records.")),
    "views.kind": Words(N_("Shown as"), N_("A table, a board, cards, a calendar or a timeline.")),
    "views.roles": Words(
        N_("Who sees it"), N_("Roles that are offered the view; without it whoever may read the form.")
    ),
    "views.columns": Words(N_("Columns shown"), N_("Fields in this order; on a card, its lines.")),
    "views.widths": Words(N_("Column widths"), N_("In pixels.")),
    "views.pinned": Words(N_("Columns that stay"), N_("How many at the beginning stay in sight.")),
    "views.group": Words(N_("Grouped by"), N_("A field; of a date a month or another period too.")),
    "views.totals": Words(N_("Totals"), N_("What columns are added up to, for each group and in all.")),
    "views.filter": Words(N_("Which records"), N_("Only records for which this holds; all of them without it.")),
    "views.date": Words(N_("Date on the calendar"), N_("The date that places a record.")),
    "views.start": Words(N_("Bar begins on"), N_("The first date of a bar, or a range of dates.")),
    "views.end": Words(N_("Bar ends on"), N_("The last date of a bar.")),
    "views.lanes": Words(N_("Lanes"), N_("The field whose values make the lanes or groups.")),
    "views.cover": Words(N_("Cover picture"), N_("The field whose first picture tops a card.")),
    "views.color": Words(N_("Coloured by"), N_("The choice whose colour is shown.")),
    "permissions": Words(N_("Permissions"), N_("Who may do what with which records.")),
    "permissions.roles": Words(N_("Granted to"), N_("The roles that this line is for.")),
    "permissions.actions": Words(N_("May do"), N_("What they may do with these records.")),
    "permissions.records": Words(
        N_("With which records"), N_("Only records for which this holds, such as their own; all of them without it.")
    ),
    "permissions.stages": Words(N_("In which stages"), N_("Only while the record stands in one of these stages.")),
    "permissions.fields": Words(
        N_("Fields apart"), N_("Fields that are hidden or only read; all others may be edited.")
    ),
}
