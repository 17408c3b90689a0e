"""What AKTO knows in a measure: members with a number, every second of which has a contact already.

A registration by number for one of these is told to that contact, once a day: part of what it costs.
"""

from itertools import count
from typing import NamedTuple

import asyncpg

from benchmarks.made import siret

MEMBERS = 10_000
#: Behind the demonstration's own.
_FIRST = 100_000
ESTABLISHMENTS = """
INSERT INTO establishments (siret, kind, name, number, number_key)
SELECT siret, 'member', 'Société ' || siret, number, replace(number, ' ', '')
FROM unnest($1::text[], $2::text[]) AS one (siret, number)
"""
CONTACTS = """
WITH given AS (SELECT * FROM unnest($1::text[], $2::text[]) AS one (address, siret)),
people AS (INSERT INTO contacts (email_key, email) SELECT address, address FROM given RETURNING email_key)
INSERT INTO contact_establishments (email_key, siret, kind) SELECT address, siret, 'member' FROM given
"""

_turn = count()


class Member(NamedTuple):
    """One of AKTO's members."""

    siret: str
    number: str


def member(place: int) -> Member:
    """The member at that place, from the first again after the last."""
    place %= MEMBERS
    return Member(siret(_FIRST + place), f"{700_000 + place} 001")


def next_member() -> Member:
    """Another one than the last ten thousand."""
    return member(next(_turn))


async def fill(url: str) -> None:
    """Put the members and their contacts into the database."""
    everybody = [member(place) for place in range(MEMBERS)]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            ESTABLISHMENTS, [one.siret for one in everybody], [one.number for one in everybody]
        )
    finally:
        await connection.close()
    await add_contacts(url, [f"contact@societe-{place}.example" for place in range(0, MEMBERS, 2)], first=0)


async def add_contacts(url: str, addresses: list[str], first: int = 1) -> None:
    """Make these addresses contacts, each of every second member from `first` on."""
    sirets = [member(first + 2 * place).siret for place in range(len(addresses))]
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(CONTACTS, addresses, sirets)
        await connection.execute("ANALYZE")
    finally:
        await connection.close()
