"""Words for members that mean the same in every noun."""

from __future__ import annotations

from admin.vocabulary._words import Words
from rules.errors import N_

PROPERTIES = {
    "$schema": Words(N_("Address of the schema"), N_("Lets other editors check the file; nothing depends on it.")),
    "key": Words(
        N_("Key"),
        N_(
            "Short name that rules and other parts use: small letters, digits and single underscores. It never changes afterwards."
        ),
    ),
    "label": Words(N_("Title"), N_("What people read: one text, or one for each language.")),
    "en": Words(N_("English"), N_("The text in English.")),
    "zh_Hans": Words(N_("Simplified Chinese"), N_("The text in simplified Chinese.")),
    "zh_Hant": Words(N_("Traditional Chinese"), N_("The text in traditional Chinese.")),
    "description": Words(N_("Description"), N_("What it is for, in a sentence or two.")),
    "help": Words(N_("Hint for people"), N_("Said below it in small letters.")),
    "form": Words(N_("Form"), N_("The form whose records this is about.")),
    "message": Words(N_("Message"), N_("What people read then.")),
    "roles": Words(N_("Roles"), N_("Who this is for; without it everybody.")),
    "color": Words(N_("Colour"), N_("Quiet colour in which it is drawn.")),
    "weight": Words(N_("Weight"), N_("Its share in the whole: 2 counts twice as much as 1.")),
    "owner": Words(N_("Answers for it"), N_("Role or sign-in name of whoever answers for it.")),
    "unit": Words(N_("Unit"), N_("Shown behind the number, such as days.")),
    "decimals": Words(N_("Decimal places"), N_("How many digits behind the decimal point are kept or shown.")),
    "measures": Words(N_("Measures"), N_("Figures worked out from records, each with a name that formulas use.")),
    "agg": Words(N_("What is worked out"), N_("A number of records, or a sum, average, smallest or largest value.")),
    "of": Words(N_("Records of"), N_("The form whose records are looked at.")),
    "value": Words(
        N_("Value"), N_("What is added up, averaged or compared: a field, or an expression over one record.")
    ),
    "where": Words(N_("Which records count"), N_("Only records for which this holds; all of them without it.")),
    "during": Words(N_("Date that counts"), N_("The date that must lie in the period, such as the day of signing.")),
    "window": Words(
        N_("Time span"), N_("The running cycle, the one before, all up to today, or the last days, weeks, months.")
    ),
    "window.last": Words(N_("How many of them"), N_("The last so many days, weeks or months.")),
    "window.unit": Words(N_("Days, weeks or months"), N_("What the time span is counted in.")),
    "by": Words(N_("Split by"), N_("One figure for each of these, such as for each month or each team.")),
    "by.expression": Words(N_("Split by value"), N_("A field or expression whose values make the groups.")),
    "by.period": Words(N_("Split by period"), N_("The date that counts is cut into days, weeks, months …")),
    "period": Words(N_("Split by period"), N_("The date that counts is cut into days, weeks, months …")),
    "expression": Words(N_("Expression"), N_("A calculation over the record, such as price * amount.")),
    "minutes": Words(N_("Minutes"), N_("So many minutes.")),
    "hours": Words(N_("Hours"), N_("So many hours.")),
    "days": Words(N_("Days"), N_("So many days.")),
    "weeks": Words(N_("Weeks"), N_("So many weeks.")),
    "working_hours": Words(
        N_("Working hours"), N_("So many hours of working time; nights, weekends and holidays do not count.")
    ),
    "working_days": Words(N_("Working days"), N_("So many working days; weekends and holidays do not count.")),
    "via": Words(N_("Link between them"), N_("The field that links one record to the other.")),
    "visible_if": Words(N_("Shown only when"), N_("It is shown while this holds, and hidden otherwise.")),
    "when_hidden": Words(
        N_("When it is hidden"), N_("Whether what was entered is kept or cleared when it is not shown.")
    ),
    "columns": Words(N_("Columns shown"), N_("What is shown, in this order.")),
    "sort": Words(N_("Sorted by"), N_("Order of the records; downwards where the field has a minus sign.")),
    "min": Words(N_("Smallest value"), N_("Less than this is refused.")),
    "max": Words(N_("Largest value"), N_("More than this is refused.")),
    "fields": Words(N_("Fields"), N_("The fields it is about.")),
    "team": Words(N_("Team"), N_("The team it is about.")),
}
