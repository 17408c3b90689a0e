"""`make fuzz`: everything is thrown for some minutes (ARGS; 5 unless told); 1 when something was found."""

import asyncio
import sys
import tempfile
import traceback
from pathlib import Path

from tests.fuzz.play import play, prepared, told


async def main(minutes: float) -> int:
    """Play, print the figures, say what was found."""
    with tempfile.TemporaryDirectory() as name:
        async with prepared(Path(name)) as ground:
            try:
                await play(ground, minutes * 60, 3, print)
            except Exception:
                print("\n".join(line[:500] for line in traceback.format_exc().splitlines()[-60:]))
                print(f"FOUND something after {told(ground)}")
                return 1
            print(f"nothing found: {told(ground)}")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 5)))
