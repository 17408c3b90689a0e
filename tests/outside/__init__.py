"""The outside world over real connections: INSEE, its stand-in, what is remembered of it."""
