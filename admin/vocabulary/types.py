"""The field types in words: what the palette calls them, and where and with which picture it shows them."""

from __future__ import annotations

from typing import NamedTuple

from rules.errors import N_


class FieldTypeWords(NamedTuple):
    """A field type as a person reads it; its texts are translated where they are shown."""

    label: str
    description: str
    #: One of `GROUPS`.
    group: str
    #: An icon of web/vendor_src/icons.txt.
    icon: str


#: In the order of the palette.
GROUPS = (
    N_("Texts"),
    N_("Numbers"),
    N_("Choices"),
    N_("Dates"),
    N_("People and teams"),
    N_("Links to other records"),
    N_("Files and media"),
    N_("Computed"),
    N_("Others"),
)
(_TEXTS, _NUMBERS, _CHOICES, _DATES, _PEOPLE, _LINKS, _FILES, _COMPUTED, _OTHERS) = GROUPS

#: In the order of the palette.
FIELD_TYPE_WORDS = {
    "text": FieldTypeWords(N_("Short text"), N_("One line: a name, a subject."), _TEXTS, "pencil"),
    "long_text": FieldTypeWords(N_("Long text"), N_("Several lines: a reason, a note."), _TEXTS, "notes"),
    "rich_text": FieldTypeWords(N_("Formatted text"), N_("With headings, lists, bold and links."), _TEXTS, "file-text"),
    "email": FieldTypeWords(
        N_("E-mail address"), N_("Checked, and opened in the mail program with a click."), _TEXTS, "mail"
    ),
    "phone": FieldTypeWords(N_("Telephone number"), N_("Found again however it was typed."), _TEXTS, "phone"),
    "url": FieldTypeWords(N_("Web address"), N_("Opened with a click."), _TEXTS, "world"),
    "address": FieldTypeWords(N_("Postal address"), N_("Province, city, district and street."), _TEXTS, "map"),
    "number": FieldTypeWords(
        N_("Number with decimals"), N_("With decimal places, a unit and limits."), _NUMBERS, "hash"
    ),
    "integer": FieldTypeWords(N_("Whole number"), N_("A count: days, pieces, people."), _NUMBERS, "list-details"),
    "money": FieldTypeWords(N_("Amount of money"), N_("Exact, in the app's currency."), _NUMBERS, "cash"),
    "percent": FieldTypeWords(N_("Percentage"), N_("15 means 15 %."), _NUMBERS, "percentage"),
    "rating": FieldTypeWords(N_("Stars"), N_("A judgement from one star upwards."), _NUMBERS, "star"),
    "choice": FieldTypeWords(N_("One of several"), N_("Exactly one option, with its colour."), _CHOICES, "circle-dot"),
    "choices": FieldTypeWords(N_("Several of several"), N_("Any number of options."), _CHOICES, "list-check"),
    "yes_no": FieldTypeWords(N_("Yes or no"), N_("A box to tick."), _CHOICES, "checkbox"),
    "tags": FieldTypeWords(N_("Tags"), N_("Short words that people think up."), _CHOICES, "tags"),
    "date": FieldTypeWords(N_("Date"), N_("A day of the calendar."), _DATES, "calendar"),
    "datetime": FieldTypeWords(
        N_("Date and time"), N_("A moment, in everybody's own time zone."), _DATES, "calendar-event"
    ),
    "time": FieldTypeWords(N_("Time"), N_("A time of day, such as 09:30."), _DATES, "clock"),
    "date_range": FieldTypeWords(
        N_("From day to day"), N_("A first and a last day: a leave, a journey."), _DATES, "calendar-due"
    ),
    "duration": FieldTypeWords(
        N_("Length of time"), N_("Hours and minutes that something takes."), _DATES, "hourglass"
    ),
    "person": FieldTypeWords(N_("One person"), N_("Somebody with an account."), _PEOPLE, "user"),
    "people": FieldTypeWords(N_("Several people"), N_("Any number of people."), _PEOPLE, "users"),
    "team": FieldTypeWords(N_("Team"), N_("A team of the company."), _PEOPLE, "users-group"),
    "reference": FieldTypeWords(
        N_("Link to a record"), N_("One record of another form: the customer of an order."), _LINKS, "link"
    ),
    "references": FieldTypeWords(
        N_("Links to several records"), N_("Any number of records of another form."), _LINKS, "stack"
    ),
    "sub_table": FieldTypeWords(
        N_("Table of rows"), N_("Rows filled in with the record: items of an order."), _LINKS, "table"
    ),
    "lookup": FieldTypeWords(
        N_("Copy from a linked record"), N_("A field of the linked record, shown here."), _LINKS, "eye"
    ),
    "attachment": FieldTypeWords(N_("Files"), N_("Documents of any kind."), _FILES, "paperclip"),
    "image": FieldTypeWords(N_("Pictures"), N_("Photos, taken with the phone too."), _FILES, "photo"),
    "signature": FieldTypeWords(N_("Signature"), N_("Drawn with a finger, or typed."), _FILES, "edit"),
    "computed": FieldTypeWords(
        N_("Calculated value"), N_("Worked out from the other fields; nobody types it."), _COMPUTED, "calculator"
    ),
    "rollup": FieldTypeWords(
        N_("Figure over linked records"), N_("Number or sum of records that point here."), _COMPUTED, "math-function"
    ),
    "serial": FieldTypeWords(
        N_("Running number"), N_("Given to each new record, such as QT-202603-001."), _COMPUTED, "receipt"
    ),
    "location": FieldTypeWords(
        N_("Place on the map"), N_("Where the phone is, or a point on the map."), _OTHERS, "map-pin"
    ),
    "barcode": FieldTypeWords(N_("Barcode"), N_("A code to print or scan."), _OTHERS, "qrcode"),
    "color": FieldTypeWords(N_("Colour"), N_("Such as #ff8800."), _OTHERS, "wand"),
    "json": FieldTypeWords(N_("Free data (JSON)"), N_("For programs; people rarely need it."), _OTHERS, "code"),
}
