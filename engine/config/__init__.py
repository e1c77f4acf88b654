"""Configs: read, checked with every fault at once, and built into frozen definitions."""
