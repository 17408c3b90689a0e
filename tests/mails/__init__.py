"""Mails: what they say, how they are put together, what a relay may answer, and the ledger."""
