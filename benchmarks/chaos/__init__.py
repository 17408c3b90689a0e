"""What a registration survives: every step of every branch under every fault, and a soak.

    python -m benchmarks.chaos                      the whole matrix; writes results and docs/reliability.md
    python -m benchmarks.chaos worker_kill smtp_451 --branches known,insee
    python -m benchmarks.chaos --soak 30m           mixed registrations, random faults, then an audit

Real processes of a private copy of the stack are killed, by their process ids, and started again by its
supervisor. People are frontends at the public API that never give up: the same submission until it is
answered. What became of each is then asked of Temporal, PostgreSQL and the mailbox.
"""
