"""`python -m tests.threats`: each mitigation switched off in turn, and the test that must notice."""
