"""What the JSON editor asks the server: where things stand in a text, what may be written there, and what it means."""
