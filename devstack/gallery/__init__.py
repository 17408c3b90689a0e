"""The gallery: every page in each of its states and every mail, by the product's own code and templates.

Pages are those of the real application, over registrations that go by the real rules on a played world
(`world.py`, `doors.py`); the tests of the pages use the same world and the same list of states.
"""
