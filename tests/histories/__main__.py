"""Record every scenario anew: `python -m tests.histories [NAME …]`.

Free until the first release; afterwards only the scenarios of the release being made are (see
docs/changing-the-workflow.md). Needs the engine with time skipping and some minutes.
"""

import asyncio
import gc
import os
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from devstack import engine, postgres
from infrastructure.database import migrate
from tests.histories import FOLDER, journeys, mailbox_first, weeks
from tests.histories.compact import compact
from tests.histories.recording import SCENARIOS
from tests.workflow import opening

assert journeys
assert mailbox_first
assert weeks


async def record(names: list[str]) -> None:
    """Play the scenarios one by one in a world of their own; write each history."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("postgres", "engine", "mailbox"):
            (folder / part).mkdir()
        async with (
            postgres.private(folder / "postgres") as server,
            engine.private(folder / "engine", need_time_skipping=True) as temporal,
            opening.sirene() as sirene_url,
        ):
            url = await server.create_database("histories")
            await migrate(url)
            async with opening.opened(temporal, url, sirene_url, folder / "mailbox") as world:
                for scenario in names:
                    world.now = lambda: datetime.now(UTC)
                    played = await SCENARIOS[scenario](world)
                    await world.fault("none")
                    handle = (
                        world.client.get_workflow_handle(played)
                        if isinstance(played, str)
                        else world.handle(played)
                    )
                    history = await handle.fetch_history()
                    text = compact(history)
                    (FOLDER / f"{scenario}.json").write_text(text, encoding="utf-8")
                    sys.stdout.write(f"{scenario}: {len(history.events)} events, {len(text)} bytes\n")
                    sys.stdout.flush()


def main() -> int:
    """Record the scenarios named on the command line, or all; files of scenarios that are gone go too."""
    names = sys.argv[1:] or list(SCENARIOS)
    if unknown := [name for name in names if name not in SCENARIOS]:
        sys.stderr.write(f"no such scenario: {', '.join(unknown)}\n")
        return 2
    asyncio.run(record(names))
    for path in FOLDER.glob("*.json"):
        if path.stem not in SCENARIOS:
            path.unlink()
    return 0


if __name__ == "__main__":
    code = main()
    # A Rust thread of the SDK may still hold a Python object while the interpreter ends: leave without it.
    gc.collect()
    time.sleep(0.1)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
