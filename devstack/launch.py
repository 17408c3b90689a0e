"""Becomes the program it is given, after tying that program to the life of its parent.

Run as a file, by path and with nothing but the standard library, because it must start in a few
milliseconds: `launch.py --parent PID --signal N [--uid U --gid G] [--capability C] -- program args…`.
- The program gets the signal when its parent dies, however the parent dies: no process is left behind.
- PostgreSQL refuses to run as root: with --uid it runs as another user. A capability lets that user read
  through folders it could not enter otherwise (a checkout below a private home), without changing a mode.
"""

import argparse
import ctypes
import os
import struct
import sys

_SET_PARENT_DEATH_SIGNAL, _KEEP_CAPABILITIES, _AMBIENT, _AMBIENT_RAISE = 1, 8, 47, 2
_CAPABILITY_VERSION_3 = 0x20080522


def _prctl(*numbers: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    arguments = [ctypes.c_ulong(number) for number in (*numbers, 0, 0, 0, 0)][:5]
    if libc.prctl(*arguments) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _become(uid: int, gid: int, capability: int | None) -> None:
    if capability is not None:
        _prctl(_KEEP_CAPABILITIES, 1)
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)
    if capability is None:
        return
    mask = 1 << capability
    header = ctypes.create_string_buffer(struct.pack("Ii", _CAPABILITY_VERSION_3, 0))
    # effective, permitted, inheritable, for capabilities 0–31 and 32–63
    data = ctypes.create_string_buffer(struct.pack("6I", mask, mask, mask, 0, 0, 0))
    if ctypes.CDLL(None, use_errno=True).capset(header, data) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    _prctl(_AMBIENT, _AMBIENT_RAISE, capability)


def main() -> None:
    """Prepare the process, then exec."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--signal", type=int, required=True)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--gid", type=int)
    parser.add_argument("--capability", type=int)
    parser.add_argument("program", nargs="+")
    given = parser.parse_args()
    if given.uid is not None:
        _become(given.uid, given.gid, given.capability)
    if sys.platform == "linux":
        _prctl(_SET_PARENT_DEATH_SIGNAL, given.signal)  # after _become: a change of user clears it
    if os.getppid() != given.parent:
        sys.exit("the parent is gone")
    os.execvp(given.program[0], given.program)  # noqa: S606 - becoming that program is the purpose


if __name__ == "__main__":
    main()
