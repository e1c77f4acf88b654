"""Alerts: rules on records, the life of each alert, and who is told by which way."""
