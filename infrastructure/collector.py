"""Python's garbage collector, told what kind of process this is.

Both long-lived processes load some hundred thousand objects at start that live as long as they do, and each
message makes and drops a few thousand more, nearly all of them without it. By default the collector walks
through the young ones every 700, and through everything it knows again and again. What it brought, together
with `uvloop`, stands in docs/performance.md.
"""

import gc

#: Young objects before a look at them; looks before one at those that stayed; and so on. A registration that
#: the worker's cache has let go is a ring of objects: all of them are looked at each quarter of a million.
THRESHOLDS = (10_000, 5, 3)


def spare_what_stays() -> None:
    """Call once everything is imported: what is there now is never looked at again, the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
