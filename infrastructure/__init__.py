"""Settings, PostgreSQL, Temporal, SMTP and INSEE: how the world is reached."""
