"""The words of docs/performance.md: what each measure is, and what dominates its figures."""

HEAD = """\
# Performance

Made by `python -m benchmarks page` from benchmarks/results/; `make bench` takes the figures. Engine,
PostgreSQL (fsync on), worker, web, mail sink and the people themselves share the cores of one machine, so
what the load itself costs is in every figure. Where time is involved the figure that counts is a ratio
within one run: the skeleton (benchmarks/skeleton.py) is played in turn with the product."""

#: Measure → title, words.
MEASURES = {
    "steps": ("Step latency", "TODO"),
    "registrations": ("Whole registrations", "TODO"),
    "first_answer": ("First answer", "TODO"),
    "history": ("History and billable actions", "TODO"),
    "waiting": ("Waiting registrations", "TODO"),
    "storm": ("Reminder storm", "TODO"),
    "ladder": ("The highest rate that holds", "TODO"),
    "relaunch": ("AKTO's relaunch on one machine", "TODO"),
    "scale_out": ("Scale-out", "TODO"),
    "start": ("Start and tests", "TODO"),
}
