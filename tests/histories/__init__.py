"""Histories of whole registrations, kept to be replayed: `python -m tests.histories` records them anew."""

from pathlib import Path

FOLDER = Path(__file__).parent
