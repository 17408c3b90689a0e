"""`python -m tests.fuzz`: anything at all, thrown at a whole stack's API, pages and registrations."""
