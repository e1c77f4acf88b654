"""Words for app.json."""

from __future__ import annotations

from admin.vocabulary._words import Words
from rules.errors import N_

PROPERTIES = {
    "version": Words(N_("Version of the template"), N_("As its author counts, such as 1.2.")),
    "languages": Words(N_("Languages"), N_("In which every title is given.")),
    "time_zone": Words(N_("Time zone"), N_("What “today” and all times go by, such as Asia/Shanghai.")),
    "calendar": Words(N_("Calendar of working days"), N_("Country whose public holidays count, such as CN.")),
    "currency": Words(N_("Currency"), N_("In which all amounts of money are kept, such as CNY.")),
    "trash_days": Words(
        N_("Days in the trash"), N_("How long deleted records and files can be brought back; 30 days without it.")
    ),
    "publishing": Words(N_("Before a release"), N_("What a draft must have passed before it may go live.")),
    "publishing.tests": Words(N_("Tests must pass"), N_("Goes live only while every test of the config passes.")),
    "publishing.approval": Words(
        N_("Somebody else approves"), N_("Goes live only after another person who may publish approved it as it is.")
    ),
    "order": Words(N_("Order in the menu"), N_("The forms as the menu lists them.")),
    "teams": Words(
        N_("Teams to choose from"), N_("What fields for a team offer; without it the teams that people are in.")
    ),
    "roles": Words(N_("Roles"), N_("What people can be in this app, such as manager or applicant.")),
    "roles.may": Words(
        N_("May change the app"), N_("Whether people with this role may edit the draft, or publish it.")
    ),
    "parameters": Words(N_("Questions when cloning"), N_("What is asked of whoever makes an app from this template.")),
    "parameters.label": Words(N_("Question"), N_("What is asked.")),
    "parameters.key": Words(N_("Key"), N_("The answer takes the place of {{key}} wherever it is written.")),
    "parameters.type": Words(N_("Kind of answer"), N_("What may be answered.")),
    "parameters.options": Words(N_("Answers to choose from"), N_("Each has a title, and what is put in for it.")),
    "parameters.options.key": Words(N_("What is put in"), N_("What takes the place of {{key}} when this is chosen.")),
    "parameters.min": Words(N_("Smallest answer"), N_("A number, or a date such as 2026-01-31.")),
    "parameters.max": Words(N_("Largest answer"), N_("A number, or a date such as 2026-01-31.")),
    "parameters.default": Words(N_("Answer to start with"), N_("Taken when nothing else is answered.")),
    "reminders": Words(N_("Reminders"), N_("What all alert rules of the app share.")),
    "reminders.from": Words(N_("Working day begins"), N_("Such as 09:00, which it is without it.")),
    "reminders.to": Words(N_("Working day ends"), N_("Such as 18:00, which it is without it.")),
    "reminders.fallback": Words(N_("Told instead"), N_("Who is told when nobody that a rule names can be.")),
    "reminders.most_per_hour": Words(
        N_("Most messages per hour"), N_("More than this to one person are put together in a digest.")
    ),
    "reminders.group": Words(
        N_("Put together within"), N_("Messages to one person within this time become one with a list.")
    ),
}
