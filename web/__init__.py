"""Web: the end users' screens, the API and the command line."""
