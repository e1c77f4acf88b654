"""Files that people add to records and comments: kept outside the database, read only by who may see where they hang."""
