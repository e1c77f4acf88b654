"""Expressions and measures as SQL: the checked tree compiled for SQLite and PostgreSQL, with the same meaning as in rules/."""
