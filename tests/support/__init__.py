"""What the tests stand on: a PostgreSQL server, a browser, a web server, golden files."""
