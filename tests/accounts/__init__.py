"""PostgreSQL, accounts, limits, passwords, log-in: against a real PostgreSQL."""
