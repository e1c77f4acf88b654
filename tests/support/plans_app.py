"""The small app with plans beside its deals: dates, moments, ranges of days, an area, photos, and what reps do not see."""

from __future__ import annotations

from tests.support.configs import Config, tiny_app

AREAS = [
    {"key": "shop", "label": "Shop", "color": "blue"},
    {"key": "yard", "label": "Yard", "color": "green"},
]


def plans_app() -> Config:
    """Return the app; everybody's plans are seen by reps, `secret_on` is not."""
    config = tiny_app()
    config["forms"].append(
        {
            "key": "plan",
            "label": "Plan",
            "title": "name",
            "fields": [
                {"key": "name", "type": "text", "label": "Name", "required": True},
                {"key": "starts_on", "type": "date", "label": "Starts on"},
                {"key": "ends_on", "type": "date", "label": "Ends on"},
                {"key": "meets_at", "type": "datetime", "label": "Meets at"},
                {"key": "away", "type": "date_range", "label": "Away", "max_days": 40},
                {"key": "area", "type": "choice", "label": "Area", "options": AREAS},
                {"key": "deal", "type": "reference", "to": "deal", "label": "Deal"},
                {"key": "photos", "type": "image", "label": "Photos"},
                {"key": "secret_on", "type": "date", "label": "Secret day"},
            ],
            "assert": [
                {
                    "condition": "is_empty(ends_on) or ends_on >= starts_on",
                    "message": "A plan ends after it starts.",
                    "field": "ends_on",
                }
            ],
            "list": {"columns": ["name", "starts_on", "ends_on", "area"], "sort": ["starts_on"]},
            "views": [
                {"key": "away", "label": "Away", "kind": "calendar", "date": "away"},
                {"key": "shop", "label": "Shop", "kind": "calendar", "date": "starts_on", "filter": "area == 'shop'"},
                {"key": "secret", "label": "Secret", "kind": "calendar", "date": "secret_on"},
                {"key": "by_area", "label": "By area", "kind": "timeline", "start": "starts_on", "end": "ends_on", "lanes": "area", "color": "area"},
            ],
            "permissions": [
                {"roles": ["rep"], "actions": ["read", "create", "update"], "fields": {"secret_on": "hidden"}},
                {"roles": ["manager", "admin"], "actions": ["read", "create", "update", "delete", "configure"]},
            ],
        }
    )  # fmt: skip
    return config
