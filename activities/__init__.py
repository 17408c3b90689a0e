"""One effect each, idempotent by key."""
