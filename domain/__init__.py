"""What a registration is: pure rules, without clock, randomness, I/O or Temporal."""
