"""What a field may hold, and the definitions of forms: no database, no web."""
