"""`make run`: the stack at a terminal, from its first word to its last, whatever ends it."""

import asyncio
import os
import signal
import sys

from devstack.config import StackConfig
from devstack.engine import EngineError
from devstack.keys import KeysError
from devstack.lock import AlreadyRunning
from devstack.ports import PortError
from devstack.postgres import PostgresError
from devstack.processes import ProcessError
from devstack.stack import running
from devstack.voice import Voice, announce

#: What may go wrong for reasons a developer can mend: said as it is, without a traceback.
_SAID = (AlreadyRunning, EngineError, KeysError, PortError, PostgresError, ProcessError)


def main() -> int:
    """Run until Ctrl-C, SIGTERM or the end of the terminal; 0 after an orderly end."""
    try:
        return asyncio.run(_main())
    except _SAID as error:
        print(f"\n{error}", file=sys.stderr)
        return 1


async def _main() -> int:
    config = StackConfig.from_environ(os.environ)
    told = asyncio.Event()
    stack = asyncio.create_task(_stack(config))

    def stop() -> None:
        # Once: a second Ctrl-C must not interrupt the orderly end, of which each step has its limit.
        if not told.is_set():
            told.set()
            stack.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    try:
        await stack
    except asyncio.CancelledError:
        if not told.is_set():
            raise
    return 0


async def _stack(config: StackConfig) -> None:
    say = Voice()
    async with running(config, os.environ, say) as stack:
        say("everything is ready")
        announce(config, stack.addresses)
        await asyncio.Event().wait()
