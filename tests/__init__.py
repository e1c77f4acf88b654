"""The tests mirror the rooms; tests.support holds what they share."""
