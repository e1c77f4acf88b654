"""Words for alert rules."""

from __future__ import annotations

from admin.vocabulary._words import Words
from rules.errors import N_

PROPERTIES = {
    "form": Words(N_("Form"), N_("The form whose records are watched; none for a figure or the calendar alone.")),
    "when": Words(N_("When this holds"), N_("The condition on a record or figure, such as amount > 1000.")),
    "at": Words(
        N_("On a date of the record"), N_("A time before, on or after a date, such as three days before the end.")
    ),
    "at.field": Words(N_("Which date"), N_("A date of the record, or behind a link.")),
    "at.after": Words(N_("So long after"), N_("How long after the date.")),
    "at.before": Words(N_("So long before"), N_("How long before the date.")),
    "at.time": Words(N_("Time of day"), N_("Such as 09:00; midnight for a date without a time.")),
    "at.keep": Words(N_("Stays open for"), N_("Then it closes by itself; without it the condition decides.")),
    "changed": Words(N_("When a field changes"), N_("Fires whenever somebody or something changes it.")),
    "changed.field": Words(N_("Which field"), N_("One field, or several of which any; the stage and the owner too.")),
    "changed.from": Words(N_("Only if it was"), N_("One of these values; empty counts as a value.")),
    "changed.to": Words(N_("Only if it became"), N_("One of these values.")),
    "changed.by": Words(N_("Only if changed by"), N_("Somebody with one of these roles.")),
    "created": Words(N_("When a record is new"), N_("Fires once for each new record.")),
    "figure": Words(N_("When a figure is so"), N_("A measure or key result instead of records.")),
    "figure.measure": Words(N_("Measure"), N_("A measure of the app.")),
    "figure.okr": Words(N_("OKR page"), N_("Where the key result is.")),
    "figure.key_result": Words(N_("Key result"), N_("Which one is watched.")),
    "figure.ago": Words(
        N_("Compared with how long ago"), N_("What “before” means in the condition; one week without it.")
    ),
    "in_stage": Words(N_("When it stays in a stage"), N_("A record that stands in a stage for long.")),
    "in_stage.stages": Words(N_("Which stages"), N_("In one of these; in any without it.")),
    "in_stage.longer_than": Words(N_("Longer than"), N_("Since it entered the stage.")),
    "missing": Words(N_("When something is missing"), N_("Such as no visit to an account for 30 days.")),
    "missing.form": Words(N_("What may be missing"), N_("The form of what is missing.")),
    "missing.via": Words(
        N_("Link to what is watched"), N_("The field there that leads to the watched record or person.")
    ),
    "missing.date": Words(N_("Date that counts"), N_("A date of those records; the day they were created without it.")),
    "missing.for": Words(N_("Missing for"), N_("So long without one.")),
    "missing.in": Words(N_("Missing in this"), N_("The running week, month, quarter or year.")),
    "missing.since": Words(
        N_("Counted from"), N_("A date of the watched record from which it counts at the earliest.")
    ),
    "missing.people": Words(N_("Watched people"), N_("These people one by one, instead of records.")),
    "okr_changed": Words(N_("When an OKR page changes"), N_("A release that changes this page is told of.")),
    "schedule": Words(N_("By the calendar"), N_("The rule is looked at on these days.")),
    "schedule.every": Words(N_("How often"), N_("Every day, week, month …")),
    "schedule.on": Words(N_("On which days"), N_("Days of the week or of the month.")),
    "schedule.at": Words(N_("At what time"), N_("Midnight without it.")),
    "schedule.cron": Words(
        N_("Cron line"), N_("For experts, instead of the others: minute, hour, day, month, weekday.")
    ),
    "schedule.fires": Words(N_("Fires"), N_("Each time the condition holds then, or once until it no longer does.")),
    "until": Words(N_("Ends when"), N_("Without it, when the condition no longer holds.")),
    "for": Words(N_("Must hold for"), N_("How long the condition must hold before anybody is told.")),
    "every": Words(N_("Looked at every"), N_("One hour without it.")),
    "on_change": Words(
        N_("Also at each change"), N_("Whether the rule is looked at when a record changes; yes without it.")
    ),
    "severity": Words(N_("How bad it is"), N_("Decides colour and order; a warning without it.")),
    "message": Words(N_("What people read"), N_("A text in which {expression} is replaced by its value.")),
    "notify": Words(N_("Whom to tell"), N_("Step by step: first these, later others.")),
    "notify.to": Words(N_("Whom"), N_("The owner, a manager, people with a role, a team …")),
    "notify.after": Words(N_("How long later"), N_("After the alert has been firing for so long.")),
    "notify.channels": Words(N_("By which ways"), N_("The inbox without it.")),
    "notify.actions": Words(N_("Done at the same time"), N_("Besides telling people.")),
    "notify.actions.do": Words(N_("What is done"), N_("Assign, create, move, fill in, or tell another system.")),
    "notify.actions.field": Words(N_("Person field"), N_("The field that is written; the owner without it.")),
    "notify.actions.by": Words(N_("How somebody is chosen"), N_("In turn without it.")),
    "notify.actions.among": Words(N_("Among whom"), N_("Who may get it.")),
    "notify.actions.expression": Words(N_("Which person"), N_("An expression over the record that gives a person.")),
    "notify.actions.load": Words(
        N_("What counts as load"), N_("Which of their records are counted; the open ones without it.")
    ),
    "notify.actions.others": Words(N_("Somebody else"), N_("Whoever has it now is passed over.")),
    "notify.actions.form": Words(N_("Form of the new record"), N_("Where the record is created.")),
    "notify.actions.set": Words(N_("Fields filled in"), N_("Each with an expression over the record.")),
    "notify.actions.via": Words(N_("Link back"), N_("The field of the new record that points to this one.")),
    "notify.actions.to": Words(N_("Stage or move"), N_("Where the record goes.")),
    "notify.actions.channel": Words(N_("Webhook"), N_("A way to another system, set up by an administrator.")),
    "notify.actions.send": Words(N_("Values sent along"), N_("Each with a name and an expression over the record.")),
    "repeat": Words(N_("Remind again every"), N_("While it fires; never without it.")),
    "fallback": Words(N_("Told instead"), N_("Who is told when nobody that a step names can be.")),
    "catch_up": Words(N_("After a standstill"), N_("What becomes of times that were missed while nothing ran.")),
    "group": Words(N_("Put together within"), N_("Messages to one person within this time become one with a list.")),
    "tell": Words(N_("When people are told"), N_("At any time but their quiet hours, in working hours, or at once.")),
    "muted_by": Words(N_("Silent while"), N_("These rules keep this one silent for a record while they fire for it.")),
}
