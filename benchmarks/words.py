"""The words of docs/performance.md: what each measure is, and what dominates its figures."""

HEAD = """\
# Performance

Made by `python -m benchmarks page` from benchmarks/results/; `make bench` takes the figures. Engine,
PostgreSQL (fsync on), worker, web, mail sink and the people themselves share the cores of one machine, so
what the load itself costs is in every figure. Where time is involved the figure that counts is a ratio
within one run: the skeleton (benchmarks/skeleton.py) is played in turn with the product. Rates are not
ratios: they follow the machine, and a rented one is half as fast at some hours as at others. Newer results
say what one argon2id took on theirs."""

#: Found, changed, brought.
CHANGES = (
    (
        "choosing a password computed argon2id twice: once to make the hash, once to see that the "
        "account has it",
        "the very hash just made is compared as text; only another one is computed again",
        "CPU of the web process for a registration 645 → 378 ms",
    ),
    (
        "each registration, and each replay, loaded the workflow's module anew in the SDK's "
        "sandbox, which also walked through itself for each payload",
        "no sandbox; a test refuses clocks, I/O and unknown imports in `workflows/` beforehand",
        "CPU of the worker for a start 48 → 21 ms; memory of a waiting registration 317 → 111 KiB",
    ),
    (
        "opening a link asked for the view, then sent the update that answers the same view",
        "the update alone",
        "one query less for each opening",
    ),
    (
        "5,000 reminders due at once: who began meanwhile was told « try again » (503) until the "
        "measure broke off, their first task standing behind all the others",
        "the engine's fairness (`matching.enableFairness`): those who began in one minute share a turn",
        "no 503; a link mail 0.9 s after the form, p50, while the storm lasts",
    ),
    (
        "the embedded engine read the names of search attributes from its database anew for every "
        "upsert and for every row of a list, which it refused beyond some thousand rows",
        "the setting that made it do so is off; registering an attribute waits until it is known",
        "the engine's CPU for a registration beside the skeleton's 2.09 → 1.94 ×; a list of all of "
        "a soak's registrations is answered",
    ),
    (
        "at six registrations a second the machine was full; profiles showed asyncio's own loop in web "
        "and worker, and the engine's collector at 6 % of its time",
        "uvloop; Python's collector spares what was there at start and looks at the rest less "
        "often; GOGC=300 under a limit of memory",
        "CPU of a registration in all parts 376 → 330 ms, measured with httptools, which was not kept (it "
        "bounds no header); the ladder's highest rate, without it, 4/s → 6/s",
    ),
    (
        "a worker took up to a hundred workflow tasks at once: while thousands were due, who began "
        "stood behind them in the worker's own line, past the engine's fairness",
        "sixteen at once; the rest waits in the engine, where newcomers have their turn",
        "in the storm: link mail p50 909 → 115 to 248 ms in three runs, 34 → 47 to 49 mails a second "
        "(with the two changes above and the next); p95 0.3, 1.4 and 7.5 s, for the reason of the "
        "row after the next two",
    ),
    (
        "what is encrypted was compressed for the way between SDK and engine, at both ends",
        "no compression",
        "with fewer workflow tasks at once and what SQLite keeps in memory (64 MiB in place of 2): CPU of a "
        "registration in all parts 330 → 316 ms",
    ),
    (
        "on a full machine hashes of passwords took the cores from pages",
        "their threads give way (nice 5)",
        "the ladder at eight a second, where all cores are full: step p95 2.86 → 1.91 × the idle "
        "machine's; the line of passwords stays as long as it was",
    ),
    (
        "in some runs of the storm who began waited 7 to 25 s: the measure had reminders fall due within the "
        "minute in which their registrations began, so that these shared a turn with who began "
        "meanwhile; the product's first reminder comes after two hours",
        "the measure leaves a minute between",
        "link mail p95 1.4 → 0.72 s in the storm, no 503, on a machine that was slower by a half",
    ),
    (
        "who began together, as after a relaunch, was reminded in the same second",
        "each registration has its share of ten minutes (`AKTO_REMINDER_SPREAD_MINUTES`), taken from its id",
        "at 8.3 a second: link mail p50 43 ms in place of 291, p95 2.48 × that of the idle machine in "
        "place of 9.74 ×",
    ),
    (
        "the change of Python's collector above went too far: old objects, which a registration is that "
        "the worker's cache has let go, were looked at each ten million; with ten thousand waiting the "
        "worker held 551 MiB, 2.46 × that with a thousand",
        "each quarter of a million; a test counts what is left alive",
        "291 MiB, 1.30 ×",
    ),
    (
        "what operators erase was gone only once the embedded engine's queues said how far they were, every "
        "half minute",
        "every two seconds",
        "`erase` among 500 registrations 3.9 → 0.8 s; three tests 85 s (among all others) → 14 s (alone); "
        "steps as before",
    ),
)
CHANGES_TAKEN = """Taken on a busy machine, as CPU time, which other work on the machine changes little; the
storm and the ladder on a quiet one, as time.

Tried and not kept: four or eight workflow tasks at once, half of the polls at the common queue (storms of
1,500: link mail p50 156 and 221 ms in place of 286; but steps of 16 clients 3.6 and 3.3 × the skeleton's p95
in place of 2.15 ×); fewer timers and transfers at once in the engine, whose one connection to SQLite is given
to whoever draws it (two and four: link mail p95 5.7 s, the newcomers' own transfers standing behind those of
the timers)."""

#: Measure → title, words.
MEASURES = {
    "steps": (
        "Step latency",
        "The POST of a form to its answer, beside the skeleton's bare update. What the product adds"
        " is one HTTP exchange (parsing, cookies, middleware, all in Python), the rules in the "
        "validator and again in the handler, the card for operators, one upsert of search "
        "attributes; for the establishment's form the limiter's transaction too. The engine's round"
        " trip through SQLite dominates both.",
    ),
    "registrations": (
        "Whole registrations",
        "Sixteen people at once, on cores that are all busy: the rates follow CPU time alone, which"
        " is listed. argon2id is the largest single part of it, in the skeleton too. Then the "
        "engine: upserts of search attributes, the mails' activities and the workflow that tells "
        "colleagues are what the skeleton has not.",
    ),
    "first_answer": (
        "First answer",
        "The first form is one round trip to the engine, as the skeleton's; before it the limiter "
        "counts in PostgreSQL, and within it the address is looked up. The mail waits for the "
        "worker to render it, and for two commits of the send ledger.",
    ),
    "history": (
        "History and billable actions",
        "Counted, not timed: the same on any machine. Where they go stands in "
        "[events.md](events.md). Prices are those of [Temporal's "
        "list](https://docs.temporal.io/cloud/pricing), $50 a million actions, before the discounts"
        " of large volumes and without storage; on a server of one's own an action costs nothing.",
    ),
    "waiting": (
        "Waiting registrations",
        "The worker keeps a thousand registrations in memory and forgets the one used least; so its"
        " memory stops growing there, and whoever comes back to one it has forgotten waits for its "
        "history to be read and replayed.",
    ),
    "storm": (
        "Reminder storm",
        "Reminders have the lowest priority on the mail queue, link mails the highest: what a link "
        "mail waits for is the worker, which is at work on the storm, not the queue; on tasks of "
        "workflows, those who began in the same minute share a turn, so that who begins now does "
        "not stand behind all who are due. The ratio is beside an idle machine. The queue's "
        "limit, 50 a second, paces the storm where the machine can keep up with it.",
    ),
    "spread_storm": (
        "The same, spread",
        "Thousands who began in the same minute, as after a relaunch: each registration has its share of "
        "`AKTO_REMINDER_SPREAD_MINUTES`, ten by default, added to its reminders. The pace is theirs, not "
        "the queue's limit.",
    ),
    "ladder": (
        "The highest rate that holds",
        "Rungs of half a minute. A rung holds when everybody ended right, nobody met an error, the "
        "last was done within ten seconds of coming, and step p95 stayed within three times that of"
        " the idle machine. The cores are those of the last rung: where they add up to the "
        "machine's, the machine is what stands in the way, and the part that used most is the one "
        "to give a machine of its own first. On a faster machine "
        "six a second held (step p95 1.32 ×; 0.29 CPU seconds a registration, here 0.45).",
    ),
    "relaunch": (
        "AKTO's relaunch on one machine",
        "Whole registrations for twenty minutes, at the pages, each page looked at: 40"
        " % known contacts, 45 % members with their number, 15 % companies only INSEE knows; a "
        "reminder every two seconds meanwhile. Afterwards PostgreSQL and the mail sink are audited "
        "for every one of them. Four a second is the highest rate that held on this machine (the "
        "ladder above). "
        "On another, faster by a half, six were played before hashes gave way to pages: all 7,200 ended "
        "right, each welcomed by one mail, no errors; but step p95 was 3.99 × that of the idle "
        "machine (goal 3), "
        "password p95 216 ×: half a minute in line for argon2id, which takes two fifths of all there is. A "
        "second machine for the web process is what to add first.",
    ),
    "scale_out": (
        "Scale-out",
        "Processes are added on the same cores: more of them can win only what one process cannot "
        "use. What each part uses says what to add next on machines of their own: a worker or a web"
        " process that uses one whole core is at its limit, Python being what it is; an engine that"
        " uses most of the rest wants PostgreSQL in place of SQLite and a machine to itself.",
    ),
    "desk": (
        "The operators' command line",
        "Every command as an operator types it, from the start of the process to its end, against "
        "500 registrations in eighteen states (`python -m devstack populate`): ten of them paused, "
        "which an acting command tells and leaves alone. Half a second to a second of each is "
        "Python's own start and its imports; acting on many is paced by --per-second.",
    ),
    "start": (
        "Start and tests",
        "From the command to « everything is ready », on a folder that has run before: Python's "
        "imports in eight processes, and the engine, which takes a second before it answers. All tests with "
        "the browser's took 1,290 s on a fresh copy (goal: 600, **short**), before the last of the changes "
        "above. What it is made of was not added up; the slowest were a Go client's build (48 s) "
        "and what the change above has made short.",
    ),
}
