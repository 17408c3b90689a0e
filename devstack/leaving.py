"""Leaving the interpreter after Temporal's client was used in it.

A Rust thread of the SDK may still hold a Python object while the interpreter ends, which then aborts: one
exit in ten, after all work was done, with a wrong exit code. So the interpreter is left without ending it.
"""

import gc
import os
import sys
import time
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Exit at once with this code; call it last."""
    gc.collect()
    time.sleep(0.1)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
