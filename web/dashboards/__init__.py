"""Dashboards as the screens show them: figures in words, values by their names, pictures drawn by the server."""
