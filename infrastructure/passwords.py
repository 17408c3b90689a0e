"""Password hashes: argon2id, computed in threads of their own, so many at once and no more.

Invariants:
- At most `argon2_parallel` hashes are computed at once per process, whatever becomes of those who wait:
  a client that goes away frees nothing before its hash is done.
- Checking a password against no account takes as long as against one: `verify(None, …)`.
- A password is hashed in the form it is judged in (NFC), and hashes are never logged nor shown.
"""

import asyncio
import base64
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from domain.passwords import normalised
from infrastructure.settings import Settings

#: One lane: the threads are ours, and a server's cores are better spent on several people at once.
LANES = 1
SALT_BYTES = 16
HASH_BYTES = 32
#: The threads' niceness: a third of the weight of others where they compete, everything where none does.
GIVES_WAY = 5


class PasswordHasher:
    """Makes and checks hashes at the cost the settings name."""

    def __init__(self, settings: Settings) -> None:
        self._argon2 = argon2.PasswordHasher(
            time_cost=settings.argon2_time_cost,
            memory_cost=settings.argon2_memory_kib,
            parallelism=LANES,
            hash_len=HASH_BYTES,
            salt_len=SALT_BYTES,
        )
        self._threads = ThreadPoolExecutor(
            settings.argon2_parallel, thread_name_prefix="argon2", initializer=_give_way
        )
        self._nobody = _hash_of_nothing(settings.argon2_time_cost, settings.argon2_memory_kib)

    async def hash(self, password: str) -> str:
        """The encoded hash, with its parameters and a fresh salt in it."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._argon2.hash, _bytes(password))

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether it is the password of that hash; with None, no, after the same time."""
        loop = asyncio.get_running_loop()
        asked = password_hash or self._nobody
        right = await loop.run_in_executor(self._threads, self._verify, asked, _bytes(password))
        return right and password_hash is not None

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made at another cost than today's."""
        return self._argon2.check_needs_rehash(password_hash)

    def close(self) -> None:
        """End the threads; what is being computed is finished first."""
        self._threads.shutdown()

    def _verify(self, password_hash: str, password: bytes) -> bool:
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


def _give_way() -> None:
    """On a full machine a page goes before a hash, which costs as much as all the rest of a registration."""
    if sys.platform == "linux":  # elsewhere a priority is the whole process's
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), GIVES_WAY)


def _bytes(password: str) -> bytes:
    # A lone surrogate is no character, but must not become an error that quotes the password.
    return normalised(password).encode("utf-8", "surrogatepass")


def _hash_of_nothing(time_cost: int, memory_kib: int) -> str:
    """A hash that no password has, drawn, not computed: the first stranger waits no longer than others."""
    salt, digest = (
        base64.b64encode(os.urandom(size)).rstrip(b"=").decode() for size in (SALT_BYTES, HASH_BYTES)
    )
    return f"$argon2id$v=19$m={memory_kib},t={time_cost},p={LANES}${salt}${digest}"
