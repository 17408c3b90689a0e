"""`python -m devstack.mailbox --folder F --smtp-port N --http-port N`: the mailbox on its own."""

import argparse
import asyncio
from pathlib import Path

from devstack.mailbox import serve


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m devstack.mailbox", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where the mails are kept")
    parser.add_argument("--smtp-port", type=int, default=1025)
    parser.add_argument("--http-port", type=int, default=8025)
    given = parser.parse_args()
    asyncio.run(serve(given.folder, given.smtp_port, given.http_port))


if __name__ == "__main__":
    main()
