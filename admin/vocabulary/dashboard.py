"""Words for dashboards, their filters and their tiles."""

from __future__ import annotations

from admin.vocabulary._words import Words
from rules.errors import N_

PROPERTIES = {
    "order": Words(N_("Place in the menu"), N_("Smaller numbers come first.")),
    "roles": Words(N_("Who may open it"), N_("Roles of the app; without it everybody who has a part in the app.")),
    "filters": Words(N_("Filters above it"), N_("What whoever looks can choose; all tiles follow.")),
    "filters.type": Words(N_("What is chosen"), N_("A period, or the value of a field.")),
    "filters.default": Words(
        N_("Chosen at first"), N_("Until somebody chooses another period; the running quarter without it.")
    ),
    "filters.fields": Words(
        N_("Field in each form"), N_("Which field, or expression over a record, must have the chosen value.")
    ),
    "filters.fields.*": Words(N_("Field"), N_("A field of this form, or an expression over its records.")),
    "tiles": Words(N_("Tiles"), N_("What the dashboard shows, in this order.")),
    "tiles.type": Words(N_("Type of tile"), N_("A number, bars, a line, a funnel, a table …")),
    "tiles.width": Words(N_("Width"), N_("How much of the page it takes; on a telephone always all of it.")),
    "tiles.measure": Words(N_("What is shown"), N_("A measure of the app, or one of its own.")),
    "tiles.measures": Words(N_("Measures"), N_("Figures that the formula reads.")),
    "tiles.formula": Words(N_("Formula"), N_("One number worked out from measures, such as 100 * won / closed.")),
    "tiles.filter": Words(
        N_("Which records count"), N_("Only records for which this holds; it may ask who looks: owner == me.")
    ),
    "tiles.compare": Words(N_("Compared with"), N_("How it stood before.")),
    "tiles.better": Words(N_("Good news"), N_("Whether more or less of it is good.")),
    "tiles.target": Words(N_("Should reach"), N_("A number, or a formula over measures.")),
    "tiles.target_measure": Words(
        N_("What each should reach"), N_("A measure that is split by the same, such as the quota of each person.")
    ),
    "tiles.okr": Words(N_("OKR page"), N_("The page whose key results are shown.")),
    "tiles.objective": Words(N_("Objective"), N_("Only its key results; those of the whole page without it.")),
    "tiles.key_result": Words(N_("Key result"), N_("Shown with its own figure, target and light.")),
    "tiles.pipeline": Words(N_("Pipeline"), N_("The pipeline whose stages are shown.")),
    "tiles.by": Words(N_("Split by"), N_("A field, a person, the stage, or the periods of a date.")),
    "tiles.split": Words(N_("Divided further by"), N_("A second split, in colours.")),
    "tiles.rows": Words(N_("Rows"), N_("One row for each value of this.")),
    "tiles.columns": Words(N_("Columns"), N_("Fields of a list; of a cross table, one column for each value of this.")),
    "tiles.sort": Words(N_("Sorted by"), N_("Order of the records; downwards where the field has a minus sign.")),
    "tiles.order": Words(N_("Order"), N_("What comes first.")),
    "tiles.first": Words(N_("Who comes first"), N_("Whoever has the most, or whoever has the least.")),
    "tiles.limit": Words(N_("At most"), N_("How many are shown.")),
    "tiles.every": Words(N_("In steps of"), N_("Days, weeks, months or quarters.")),
    "tiles.last": Words(N_("How many steps"), N_("Up to now, where no period is chosen.")),
    "tiles.history": Words(
        N_("As it stood then"), N_("Read from history at the end of each step, not by the date that counts.")
    ),
    "tiles.cumulative": Words(N_("Adds up"), N_("Each step adds to those before.")),
}
