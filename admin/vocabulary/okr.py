"""Words for OKR pages."""

from __future__ import annotations

from admin.vocabulary._words import Words
from rules.errors import N_

PROPERTIES = {
    "cycle": Words(N_("Cycle"), N_("The running month, quarter or year, or fixed dates.")),
    "cycle.every": Words(N_("Runs by"), N_("The month, quarter or year around today.")),
    "cycle.from": Words(N_("First day"), N_("Such as 2026-01-01.")),
    "cycle.to": Words(N_("Last day"), N_("Such as 2026-12-31.")),
    "objectives": Words(N_("Objectives"), N_("What is to be reached.")),
    "objectives.level": Words(N_("Whose objective"), N_("Of the company, a team or a person.")),
    "objectives.owner": Words(N_("Answers for it"), N_("Role or sign-in name of whoever answers for it.")),
    "objectives.key_results": Words(N_("Key results"), N_("How one sees that the objective is reached.")),
    "key_results.type": Words(N_("How it should move"), N_("Upwards, downwards, past a limit, or simply done.")),
    "key_results.baseline": Words(N_("Starts at"), N_("A number, or a formula.")),
    "key_results.target": Words(N_("Should reach"), N_("A number, or a formula.")),
    "key_results.weight": Words(N_("Weight in the objective"), N_("Its share in the objective's score.")),
    "key_results.formula": Words(
        N_("Current value"), N_("How it is worked out from the measures, such as won / offers.")
    ),
    "key_results.health": Words(N_("Colours"), N_("From which share of the expected progress it is green or yellow.")),
    "key_results.health.on_track": Words(N_("Green from"), N_("Share of the expected progress: 0.9 is nine tenths.")),
    "key_results.health.at_risk": Words(N_("Yellow from"), N_("Share of the expected progress; less is red.")),
}
