"""The registration as one durable workflow."""
