"""Does time or the answer tell whether an address has an account: `python -m benchmarks.existence [SAMPLES]`.

A whole private stack. Addresses with and without an account are asked about in turn, each once, in random
order, so that whatever else the machine does weighs on both. The figure is the share of pairs (one of each
kind) in which the one with an account took longer: 0.5 says nothing, 0 and 1 tell all; beside it the bound
within which chance alone keeps 99 of 100 runs. The answers are compared too, without what is drawn at each.
The last row is of a stack where the mailbox comes first: contacts against addresses that AKTO does not know.
"""

import asyncio
import math
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from unittest.mock import patch
from uuid import uuid4

import asyncpg
import httpx2

from devstack import stack
from devstack.drawn_form import drawn
from infrastructure.passwords import PasswordHasher
from infrastructure.settings import load_settings

#: Accounts, contacts of which half have one: in the journey an account must look like any other contact.
ADDRESSES = """
INSERT INTO contacts (email_key, email)
SELECT address, address FROM unnest($1::text[]) AS address
"""
ACCOUNTS = """
WITH made AS (
    INSERT INTO accounts (registration_id, email, email_key, civility, last_name, first_name, created_at)
    SELECT gen_random_uuid(), address, address, 'madame', 'N', 'P', now() FROM unnest($1::text[]) AS address
    RETURNING id)
INSERT INTO credentials (account_id, password_hash, changed_at) SELECT id, $2, now() FROM made
"""
#: Drawn at each answer: ids, tokens, times, and the address itself.
_DRAWN = re.compile(r"[0-9a-f-]{32,36}|k\d+\.[\w.-]+|[0-9T:.+-]{16,}Z?|personne-\w+@exemple\.example")
_SAME_SITE = {"Sec-Fetch-Site": "same-origin"}

#: The limits per client would answer in our place.
ALL = "1000000"

Ask = Callable[[httpx2.AsyncClient, str, str], Awaitable[str]]


async def log_in(http: httpx2.AsyncClient, address: str, token: str) -> str:
    """The login page, with a wrong password."""
    form = {"email": address, "password": "Peuplier-8-ravine", **_once(token)}
    return _seen(await http.post("/connexion", data=form, headers=_SAME_SITE))


async def forgotten(http: httpx2.AsyncClient, address: str, token: str) -> str:
    """« Mot de passe oublié »."""
    form = {"email": address, **_once(token)}
    return _seen(await http.post("/mot-de-passe-oublie", data=form, headers=_SAME_SITE))


async def resume(http: httpx2.AsyncClient, address: str, token: str) -> str:
    """« Reprendre mon inscription »."""
    form = {"email": address, **_once(token)}
    return _seen(await http.post("/reprendre", data=form, headers=_SAME_SITE))


async def identify(http: httpx2.AsyncClient, address: str, _: str) -> str:
    """The first form of a registration, of a contact."""
    body = {"civility": "madame", "last_name": "PETIT", "first_name": "Anne", "email": address}
    headers = {"Idempotency-Key": uuid4().hex, **_SAME_SITE}
    return _seen(await http.post("/api/v1/registrations", json=body, headers=headers))


def _once(token: str) -> dict[str, str]:
    """Another form each time; its page was opened before, for only the sending is measured."""
    return {"submission": uuid4().hex, "form_token": token}


async def first_form(http: httpx2.AsyncClient, address: str, token: str) -> str:
    """The same where the mailbox comes first, of a contact or of nobody."""
    return await identify(http, address, token)


def _seen(answer: httpx2.Response) -> str:
    assert answer.status_code in {201, 303, 422}, (answer.status_code, answer.text[:300])
    return _DRAWN.sub("…", f"{answer.status_code} {answer.headers.get('location', '')} {answer.text}")


def told(with_account: list[float], without: list[float]) -> tuple[float, float]:
    """The share of pairs in which the first took longer (Mann and Whitney), and 99 % of chance around 0.5."""
    longer = sum((a > b) + (a == b) / 2 for a in with_account for b in without)
    n, m = len(with_account), len(without)
    return longer / (n * m), 2.576 * math.sqrt((n + m + 1) / (12 * n * m))


HEAD = f"{'question':<12}{'with, ms':>10}{'without, ms':>13}{'ratio':>8}{'told':>8}{'chance':>14}  answers"


async def measure(samples: int) -> int:
    """Print one row a question; 1 when an answer differs or time tells more than chance would."""
    print(HEAD)
    return await _accounts(samples) | await _contacts(samples)


def _addresses(samples: int) -> list[str]:
    return [f"personne-{uuid4().hex[:12]}@exemple.example" for _ in range(samples)]


async def _contacts(samples: int) -> int:
    known, strange = _addresses(samples), _addresses(samples)
    with tempfile.TemporaryDirectory() as name:
        async with stack.private(
            Path(name),
            AKTO_STARTS_PER_MINUTE=ALL,
            AKTO_STARTS_PER_HOUR=ALL,
            AKTO_CONFIRM_EMAIL_FIRST="true",
        ) as product:
            connection = await asyncpg.connect(product.database_url)
            await connection.execute(ADDRESSES, known)
            await connection.close()
            async with httpx2.AsyncClient(
                base_url=str(product.addresses["portal"]), timeout=30, trust_env=False
            ) as http:
                return await _row(first_form, http, known, strange)


async def _accounts(samples: int) -> int:
    known, strange = _addresses(samples), _addresses(samples)
    worst = 0
    with tempfile.TemporaryDirectory() as name:
        async with stack.private(
            Path(name),
            AKTO_STARTS_PER_MINUTE=ALL,
            AKTO_STARTS_PER_HOUR=ALL,
            AKTO_LOGINS_PER_ADDRESS=ALL,
        ) as product:
            with patch.dict(os.environ, product.environ):
                hasher = PasswordHasher(load_settings())
            connection = await asyncpg.connect(product.database_url)
            await connection.execute(ADDRESSES, known + strange)
            await connection.execute(ACCOUNTS, known, await hasher.hash("Tilleul-7-cascade"))
            await connection.close()
            async with httpx2.AsyncClient(
                base_url=str(product.addresses["portal"]), timeout=30, trust_env=False
            ) as http:
                for ask in (log_in, forgotten, resume, identify):
                    worst |= await _row(ask, http, known, strange)
    return worst


async def _row(ask: Ask, http: httpx2.AsyncClient, known: list[str], strange: list[str]) -> int:
    order = [(True, one) for one in known] + [(False, one) for one in strange]
    random.shuffle(order)
    took: dict[bool, list[float]] = {True: [], False: []}
    seen: dict[bool, set[str]] = {True: set(), False: set()}
    for has_account, address in order:
        http.cookies.clear()
        token = (await drawn(http, "/connexion"))["form_token"]
        began = time.perf_counter()
        seen[has_account].add(await ask(http, address, token))
        took[has_account].append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.05)  # what is done behind one answer must not weigh on the next
    share, chance = told(took[True], took[False])
    first, second = statistics.median(took[True]), statistics.median(took[False])
    same = seen[True] == seen[False]
    print(
        f"{ask.__name__:<12}{first:>10.1f}{second:>13.1f}{first / second:>8.3f}{share:>8.3f}"
        f"{f'0.5 ± {chance:.3f}':>14}  {'the same' if same else 'DIFFERENT'}"
    )
    return 0 if same and abs(share - 0.5) <= chance else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100)))
