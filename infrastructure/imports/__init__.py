"""AKTO's own data from CSV: contacts and establishments, hundreds of thousands of lines at a time."""
