"""Every page in each of its states, as a person is brought there.

A state is a coroutine that leaves the browser on it; the registrations behind it are real rules on a played
world (`world.py`), so that nothing is shown that the product would not show.
"""

# Each module adds its states, in the order in which a person meets them.
from devstack.gallery import states_form as states_form  # isort: skip
from devstack.gallery import states_waiting as states_waiting  # isort: skip
from devstack.gallery import states_mailbox as states_mailbox  # isort: skip
from devstack.gallery import states_links as states_links  # isort: skip
from devstack.gallery import states_around as states_around  # isort: skip
from devstack.gallery.registry import SCRIPTED, STATES

__all__ = ["SCRIPTED", "STATES"]
