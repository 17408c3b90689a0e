"""What the processes export, and what ops/ makes of it."""
