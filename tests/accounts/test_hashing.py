"""Hashes: argon2id at the cost of the settings, bounded, the same time for nobody."""

import asyncio
import threading
import time
import unicodedata
from collections.abc import Iterator

import pytest

from infrastructure.passwords import PasswordHasher
from tests.conftest import make_settings

SETTINGS = make_settings("postgresql://nobody@127.0.0.1:1/nothing")
PASSWORD = "Vélo-caillou-7"


@pytest.fixture
def hasher() -> Iterator[PasswordHasher]:
    one = PasswordHasher(SETTINGS)
    yield one
    one.close()


async def test_a_hash_is_argon2id_with_a_fresh_salt(hasher: PasswordHasher) -> None:
    first, second = await hasher.hash(PASSWORD), await hasher.hash(PASSWORD)
    assert first.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert first != second
    assert "caillou" not in first
    assert await hasher.verify(first, PASSWORD)
    assert await hasher.verify(second, PASSWORD)


@pytest.mark.parametrize(
    "other", ["vélo-caillou-7", "Vélo-caillou-7 ", "Vélo-caillou-", "Velo-caillou-7", "", "\0", PASSWORD * 50]
)
async def test_another_password_is_wrong(hasher: PasswordHasher, other: str) -> None:
    assert not await hasher.verify(await hasher.hash(PASSWORD), other)


async def test_keyboards_that_compose_accents_differently_agree(hasher: PasswordHasher) -> None:
    hashed = await hasher.hash(unicodedata.normalize("NFD", PASSWORD))
    assert await hasher.verify(hashed, unicodedata.normalize("NFC", PASSWORD))


@pytest.mark.parametrize("password", ["é" * 128, "🚲" * 128, "a\ud800b", "a\0b", "x" * 10_000])
async def test_nothing_is_cut_and_nothing_breaks(hasher: PasswordHasher, password: str) -> None:
    hashed = await hasher.hash(password)
    assert await hasher.verify(hashed, password)
    assert not await hasher.verify(hashed, password + "x")
    assert not await hasher.verify(hashed, password[:-1])


@pytest.mark.parametrize(
    "broken", ["", "hash", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v=19$m=1$x$y"]
)
async def test_what_is_no_hash_of_ours_is_wrong_for_everybody(hasher: PasswordHasher, broken: str) -> None:
    assert not await hasher.verify(broken, PASSWORD)


async def test_nobody_has_no_password(hasher: PasswordHasher) -> None:
    for password in (PASSWORD, ""):
        assert not await hasher.verify(None, password)


async def test_a_hash_of_another_cost_still_holds_and_is_due_for_renewal(hasher: PasswordHasher) -> None:
    dearer = PasswordHasher(SETTINGS.model_copy(update={"argon2_memory_kib": 128}))
    hashed = await hasher.hash(PASSWORD)
    assert not hasher.needs_rehash(hashed)
    assert dearer.needs_rehash(hashed)
    assert await dearer.verify(hashed, PASSWORD)
    dearer.close()


async def test_nobody_takes_as_long_as_somebody() -> None:
    """Time itself, at a cost at which it shows; the best of some, since others use the machine too."""
    hasher = PasswordHasher(SETTINGS.model_copy(update={"argon2_memory_kib": 8_192, "argon2_time_cost": 3}))
    somebody = await hasher.hash(PASSWORD)

    async def best(password_hash: str | None) -> float:
        times = []
        for _ in range(15):
            start = time.perf_counter()
            await hasher.verify(password_hash, "wrong")
            times.append(time.perf_counter() - start)
        return min(times)

    ratio = await best(None) / await best(somebody)
    hasher.close()
    assert 0.6 < ratio < 1.7


class Slow(PasswordHasher):
    """Notes how many hashes are computed at once."""

    running = most = 0
    lock = threading.Lock()

    def _verify(self, password_hash: str, password: bytes) -> bool:
        with self.lock:
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.02)
        with self.lock:
            self.running -= 1
        return True


async def test_no_more_at_once_than_the_setting_even_when_those_who_wait_go_away() -> None:
    hasher = Slow(SETTINGS)
    waiting = [asyncio.ensure_future(hasher.verify("hash", PASSWORD)) for _ in range(12)]
    await asyncio.sleep(0.01)
    for one in waiting[:6]:
        one.cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    hasher.close()
    assert hasher.most == SETTINGS.argon2_parallel
    assert done[6:] == [True] * 6
