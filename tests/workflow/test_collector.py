"""What the worker's cache lets go leaves its memory before long."""

import subprocess
import sys

PROGRAM = """
from collections import deque
from infrastructure.collector import spare_what_stays

class One:
    alive = 0
    def __init__(self):
        One.alive += 1
    def __del__(self):
        One.alive -= 1

def ring():
    ones = [One() for _ in range(100)]
    for one, other in zip(ones, ones[1:] + ones[:1]):
        one.other = other
    return ones[0]

spare_what_stays()
cache, most = deque(maxlen=1_000), 0
for _ in range(20_000):
    cache.append(ring())
    most = max(most, One.alive)
print(most)
"""


def test_rings_that_were_let_go_are_collected_before_long() -> None:
    """A thousand kept, twenty thousand made, each of a hundred objects that point in a circle."""
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert int(ran.stdout) < 100_000 + 400_000
