"""The embedded stack's command line.

python -m devstack run          the whole product on this machine, until Ctrl-C
python -m devstack test [ARGS]  every test; further arguments go to pytest
python -m devstack demo         the five stories, played on a fresh copy
python -m devstack populate     registrations in every state, on the running copy (--count 500)
python -m devstack demo-data    load what there is to try into AKTO_DATABASE_URL
python -m devstack gallery DIR  a picture of every page in every state and of every mail
"""

import asyncio
import os
import sys
from collections.abc import Callable, Sequence

from devstack.leaving import leave


def _run(arguments: Sequence[str]) -> int:
    from devstack.running import main

    return main()


def _test(arguments: Sequence[str]) -> int:
    from devstack.testing import main

    return main(list(arguments))


def _demo(arguments: Sequence[str]) -> int:
    from devstack.demo import main

    return asyncio.run(main(list(arguments)))


def _demo_data(arguments: Sequence[str]) -> int:
    from devstack.demo_data import load

    url = os.environ.get("AKTO_DATABASE_URL")
    if not url:
        print("AKTO_DATABASE_URL is not set", file=sys.stderr)
        return 2
    asyncio.run(load(url))
    return 0


def _populate(arguments: Sequence[str]) -> int:
    from devstack.populate import main

    return asyncio.run(main(list(arguments)))


def _gallery(arguments: Sequence[str]) -> int:
    from devstack.gallery.shots import main

    return asyncio.run(main(arguments))


_COMMANDS: dict[str, Callable[[Sequence[str]], int]] = {
    "run": _run,
    "test": _test,
    "demo": _demo,
    "populate": _populate,
    "demo-data": _demo_data,
    "gallery": _gallery,
}


def main() -> int:
    """Run one command."""
    name, *arguments = sys.argv[1:] or [""]
    command = _COMMANDS.get(name)
    if command is None:
        print(__doc__, file=sys.stderr)
        return 0 if name in {"-h", "--help", "help"} else 2
    return command(arguments)


if __name__ == "__main__":
    leave(main())
