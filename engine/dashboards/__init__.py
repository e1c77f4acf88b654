"""Dashboards: tiles over the records and key results of an app, each answered through the rights of whoever looks."""
