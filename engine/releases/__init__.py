"""Releases: numbered, immutable, live configs, and the tables that follow them."""
