"""The embedded default stack; nothing in production imports it."""
