"""Whole registrations on a real Temporal server, with real PostgreSQL, SMTP and HTTP."""
