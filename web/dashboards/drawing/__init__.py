"""Each type of tile as its template needs it: what a type answers, with names, texts, pictures and addresses."""

from web.dashboards.drawing import numbers, records, results, sets, times
from web.dashboards.drawing._base import DRAWN, Drawer

__all__ = ["DRAWN", "Drawer", "numbers", "records", "results", "sets", "times"]
