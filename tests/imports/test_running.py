"""AKTO's data changes while somebody registers: what stands at the account's creation counts."""

from uuid import UUID

from domain.effects import AccountOrder
from infrastructure.account_creation import create_account
from tests.accounts.data import contact_order, prove
from tests.imports.conftest import AIX, CONTACTS, NANTES, VIEUX_PORT, Desk

CLAIRE = "claire.dupont@masociete.example"


async def finished(desk: Desk, order: AccountOrder) -> tuple[str, list[str]]:
    await prove(desk.pool, order)
    status = await create_account(desk.pool, order)
    rows = await desk.pool.fetch(
        "SELECT siret FROM attachments JOIN accounts AS a ON a.id = account_id"
        " WHERE registration_id = $1 ORDER BY 1",
        UUID(order.registration),
    )
    return status, [row["siret"] for row in rows]


async def complete(desk: Desk, text: str) -> None:
    await desk.load("contacts", text, complete=True, removals_max=100.0)


async def test_removed_is_asked_for_an_establishment(loaded: Desk) -> None:
    await complete(loaded, "\n".join(line for line in CONTACTS.splitlines() if CLAIRE not in line))
    assert await finished(loaded, contact_order(CLAIRE)) == ("contact_gone", [])


async def test_moved_gets_the_new_establishments(loaded: Desk) -> None:
    moved = CONTACTS.replace(f"Claire;{VIEUX_PORT}", f"Claire;{NANTES}").replace(AIX, NANTES)
    await complete(loaded, moved)
    assert await finished(loaded, contact_order(CLAIRE)) == ("created", [NANTES])


async def test_moved_by_a_partial_file_keeps_the_old_ones_too(loaded: Desk) -> None:
    await loaded.load("contacts", f"email;siret\n{CLAIRE};{NANTES}\n")
    assert await finished(loaded, contact_order(CLAIRE)) == ("created", [VIEUX_PORT, AIX, NANTES])


async def test_merged_into_another_address_only_that_one_is_known(loaded: Desk) -> None:
    await complete(loaded, CONTACTS.replace(CLAIRE, "paul@institut.example"))
    assert await finished(loaded, contact_order(CLAIRE)) == ("contact_gone", [])
    status, sirets = await finished(loaded, contact_order("paul@institut.example"))
    assert (status, len(sirets)) == ("created", 3)


async def test_an_account_keeps_what_it_has(loaded: Desk) -> None:
    order = contact_order(CLAIRE)
    assert (await finished(loaded, order))[0] == "created"
    await complete(loaded, "\n".join(line for line in CONTACTS.splitlines() if CLAIRE not in line))
    assert (await finished(loaded, order))[1] == [VIEUX_PORT, AIX]
