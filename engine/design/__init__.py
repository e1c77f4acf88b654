"""Designing an app: its draft, what uses what in it, and what a change of it means."""
