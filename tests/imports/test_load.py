"""Loading: upsert, idempotent, bad lines alone, dry runs, crashes, complete files."""

import asyncio
import stat
from typing import Any

import asyncpg
import pytest

from domain.messages import Kind
from infrastructure.database import DatabaseUnavailable
from infrastructure.imports import load as module
from infrastructure.imports.load import LoadError, Order, load
from infrastructure.imports.source import SourceError
from tests.imports.conftest import AIX, CONTACTS, ESTABLISHMENTS, FORMATION, NANTES, VIEUX_PORT, Desk


async def test_both_files(desk: Desk) -> None:
    first = await desk.load("establishments", ESTABLISHMENTS, encoding="cp1252")
    assert (first.read, first.refused, first.added, first.changed) == (4, 0, 4, 0)
    second = await desk.load("contacts", CONTACTS)
    assert (second.read, second.refused, second.added, second.links) == (4, 0, 3, 4)
    rows = await desk.pool.fetch("SELECT * FROM establishments ORDER BY siret")
    assert [
        (row["siret"], row["kind"], row["commune"], row["number"], row["number_key"]) for row in rows
    ] == [
        (VIEUX_PORT, "member", "Marseille", "123456 001", "123456001"),
        (AIX, "member", "Aix-en-Provence", "123456 002", "123456002"),
        (NANTES, "member", "Nantes", "123457 001", "123457001"),
        (FORMATION, "training_organisation", "Paris", None, None),
    ]
    person = await desk.pool.fetchrow("SELECT * FROM contacts WHERE email_key LIKE 'jean%'")
    assert person is not None
    assert (person["email"], person["civility"], person["last_name"], person["first_name"]) == (
        "Jean-Karl.Rousseau@proprete.example", "monsieur", "ROUSSEAU", "Jean-Karl",
    )  # fmt: skip
    assert len(await desk.links()) == 4
    assert desk.refused() == []


async def test_a_second_run_writes_nothing(loaded: Desk) -> None:
    before = await loaded.state()
    for table, text in (("establishments", ESTABLISHMENTS), ("contacts", CONTACTS)):
        again = await loaded.load(table, text)
        assert (again.added, again.changed, again.links, again.refused) == (0, 0, 0, 0)
    assert await loaded.state() == before  # `updated_at` included


async def test_what_changed_is_written_and_what_is_absent_stays(loaded: Desk) -> None:
    changed = await loaded.load(
        "contacts", f"courriel,SIRET,nom\nCLAIRE.DUPONT@MASOCIETE.example,{NANTES},MARTIN\n"
    )
    assert (changed.added, changed.changed, changed.links) == (0, 1, 1)
    row = await loaded.pool.fetchrow("SELECT email, last_name FROM contacts WHERE email_key LIKE 'claire%'")
    assert row is not None
    assert tuple(row) == ("CLAIRE.DUPONT@masociete.example", "MARTIN")
    assert len(await loaded.links()) == 5


async def test_the_last_line_about_somebody_counts(desk: Desk) -> None:
    await desk.load("establishments", ESTABLISHMENTS)
    lines = "".join(f"a@b.example;{VIEUX_PORT};N{number}\n" for number in range(5))
    result = await desk.load("contacts", f"email;siret;nom\n{lines}")
    assert (result.added, result.links) == (1, 1)
    assert await desk.pool.fetchval("SELECT last_name FROM contacts") == "N4"


async def test_without_a_type_a_contact_belongs_to_every_kind(desk: Desk) -> None:
    both = ESTABLISHMENTS + f"{NANTES};OF;Propreté Formation;Nantes;777\n"
    await desk.load("establishments", both)
    await desk.load("contacts", f"email;siret;type\na@b.example;{NANTES};\nc@d.example;{NANTES};OF\n")
    assert await desk.links() == [
        ("a@b.example", NANTES, "member"),
        ("a@b.example", NANTES, "training_organisation"),
        ("c@d.example", NANTES, "training_organisation"),
    ]


async def test_the_type_may_be_said_for_the_whole_file(desk: Desk) -> None:
    text = f"siret;raison sociale\n{VIEUX_PORT};Un\n"
    with pytest.raises(SourceError, match="type"):
        await desk.load("establishments", text)
    assert (await desk.load("establishments", text, kind=Kind.TRAINING_ORGANISATION)).added == 1
    assert await desk.pool.fetchval("SELECT kind FROM establishments") == "training_organisation"


BAD = f"""email;siret;nom
bonne@a.example;{VIEUX_PORT};A
;{VIEUX_PORT};B
pas une adresse;{VIEUX_PORT};C
x@b.example;;D
x@b.example;00000001800011;E
x@b.example;000000018;F
x@b.example;1800010;G
x@b.example;1,23457E+13;H
x@b.example;1800010000;I
x@b.example;00000006700017;J
x@b.example;{VIEUX_PORT};{"x" * 201}
x@b.example;{VIEUX_PORT};a\x00b
"jamais;fermé
x@b.example;{VIEUX_PORT};K;de trop
bonne@c.example;="{AIX}";Z
"""


async def test_bad_lines_are_refused_alone_and_told(desk: Desk) -> None:
    await desk.load("establishments", ESTABLISHMENTS)
    result = await desk.load("contacts", BAD)
    assert (result.read, result.added, result.refused) == (15, 2, 13)
    assert await desk.contacts() == ["bonne@a.example", "bonne@c.example"]
    told = [(int(line), reason) for line, reason, *_ in desk.refused()]
    assert [line for line, _ in told] == list(range(3, 16))
    reasons = [
        "adresse e-mail absente", "adresse e-mail non valable", "SIRET absent", "clé de contrôle", "SIREN",
        "14 chiffres", "tableur (1,23E+13)", "zéros de tête", "établissement inconnu", "trop longue",
        "contrôle dans une valeur", "guillemet", "nombre de colonnes",
    ]  # fmt: skip
    for (line, told_reason), reason in zip(told, reasons, strict=True):
        assert reason in told_reason, line
    assert stat.S_IMODE(desk.report.stat().st_mode) == 0o600


@pytest.mark.parametrize("value", ["=cmd|' /C calc'!A0", "+33 1", "-2", "@SUM(A1)", "\t=1", " =1"])
async def test_the_report_runs_nothing_in_a_spreadsheet(desk: Desk, value: str) -> None:
    await desk.load("contacts", f'email;siret;nom\npas une adresse;1;"{value}"\n')
    ((_, _, _, _, shown),) = desk.refused()
    assert shown == f"'{value}"


async def test_an_earlier_report_does_not_stay(desk: Desk) -> None:
    await desk.load("establishments", "siret;type;nom\n1;OF;x\n")
    assert desk.report.exists()
    await desk.load("establishments", ESTABLISHMENTS)
    assert not desk.report.exists()


@pytest.mark.parametrize(
    "text", ["email;nom\na@b.example;x\n", "email;mail;siret\na@b.example;b@c.example;1\n", "x\n", ""]
)
async def test_a_file_of_another_shape_is_refused_as_a_whole(desk: Desk, text: str) -> None:
    with pytest.raises(SourceError):
        await desk.load("contacts", text)


async def test_a_dry_run_tells_the_same_and_changes_nothing(loaded: Desk) -> None:
    before = await loaded.state()
    text = f"email;siret;nom\nnew@a.example;{AIX};X\nclaire.dupont@masociete.example;{NANTES};Y\nbad;1;Z\n"
    order: dict[str, Any] = {"complete": True, "removals_max": 100.0}
    dry = await loaded.load("contacts", text, dry_run=True, **order)
    assert await loaded.state() == before
    assert len(loaded.refused()) == 1
    real = await loaded.load("contacts", text, **order)
    assert dry == real
    assert (real.added, real.changed, real.links, real.removed, real.links_removed) == (1, 1, 2, 2, 4)


async def test_more_than_one_batch(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 7)
    await desk.load("establishments", ESTABLISHMENTS)
    people = [f"p{number}@a.example;{AIX};N" for number in range(50)]
    told: list[tuple[int, int]] = []
    path = desk.file("\n".join(["email;siret;nom", *people]))
    result = await load(desk.url, Order("contacts", path, desk.report), lambda *at: told.append(at[:2]))
    assert (result.read, result.added, result.links) == (50, 50, 50)
    assert len(told) == 8
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


async def test_a_crash_in_the_middle_loses_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 10)
    await desk.load("establishments", ESTABLISHMENTS)
    text = "\n".join(["email;siret;nom", *(f"p{number}@a.example;{AIX};N" for number in range(60))])
    path = desk.file(text)

    def kill(done: int, size: int, result: module.Result) -> None:
        if result.read == 30:
            raise ConnectionResetError

    with pytest.raises(DatabaseUnavailable):
        await load(desk.url, Order("contacts", path, desk.report), kill)
    assert len(await desk.contacts()) == 30
    result = await load(desk.url, Order("contacts", path, desk.report))
    assert (result.read, result.added, result.links) == (60, 30, 30)
    assert len(await desk.contacts()) == len(await desk.links()) == 60


async def test_postgresql_that_goes_away_in_mid_load(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 10)
    await desk.load("establishments", ESTABLISHMENTS)
    text = "\n".join(["email;siret;nom", *(f"p{number}@a.example;{AIX};N" for number in range(60))])
    path = desk.file(text)
    ended: list[asyncio.Task[str]] = []

    def end_sessions(done: int, size: int, result: module.Result) -> None:
        statement = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        if not ended:
            ended.append(asyncio.create_task(desk.pool.execute(statement)))

    with pytest.raises(DatabaseUnavailable):
        await load(desk.url, Order("contacts", path, desk.report), end_sessions)
    assert 0 < len(await desk.contacts()) < 60
    result = await load(desk.url, Order("contacts", path, desk.report))
    assert result.read == 60
    assert len(await desk.contacts()) == len(await desk.links()) == 60


async def test_one_load_at_a_time(desk: Desk) -> None:
    other = await asyncpg.connect(desk.url)
    try:
        await other.execute(f"SELECT pg_advisory_lock({module.LOAD_LOCK})")
        with pytest.raises(LoadError, match="en cours"):
            await desk.load("establishments", ESTABLISHMENTS)
    finally:
        await other.close()
    assert (await desk.load("establishments", ESTABLISHMENTS)).added == 4


# ---- complete files ----------------------------------------------------------------------------------


async def test_a_complete_file_removes_what_it_does_not_name(loaded: Desk) -> None:
    kept = "\n".join(line for line in CONTACTS.splitlines() if "paul" not in line and AIX not in line)
    result = await loaded.load("contacts", kept, complete=True, removals_max=50.0)
    assert (result.removed, result.links_removed) == (1, 2)
    assert "paul@institut.example" not in await loaded.contacts()
    assert [siret for key, siret, _ in await loaded.links() if key.startswith("claire")] == [VIEUX_PORT]


async def test_whom_a_refused_line_is_about_keeps_everything(loaded: Desk) -> None:
    before = await loaded.links()
    spoilt = CONTACTS.replace(NANTES, "12").replace(AIX, VIEUX_PORT[:-1])
    result = await loaded.load("contacts", spoilt, complete=True)
    assert (result.refused, result.removed, result.links_removed) == (2, 0, 0)
    assert await loaded.links() == before


async def test_too_many_removals_remove_nothing(loaded: Desk) -> None:
    header, first, *_ = CONTACTS.splitlines()
    before = await loaded.state()
    with pytest.raises(LoadError, match=r"2 retraits sur 3 \(67 %\)"):
        await loaded.load("contacts", f"{header}\n{first}\n", complete=True)
    assert await loaded.state() == before


async def test_a_complete_file_of_one_kind_says_nothing_of_the_other(loaded: Desk) -> None:
    members = "\n".join(line for line in ESTABLISHMENTS.splitlines() if "formation" not in line)
    members = "\n".join(line for line in members.splitlines() if AIX not in line)
    result = await loaded.load("establishments", members, complete=True, removals_max=30.0)
    assert result.removed == 1
    left = [row["siret"] for row in await loaded.pool.fetch("SELECT siret FROM establishments")]
    assert FORMATION in left
    assert AIX not in left
    assert AIX not in [siret for _, siret, _ in await loaded.links()], "its links go with it"


async def test_a_refused_establishment_is_not_removed(loaded: Desk) -> None:
    spoilt = ESTABLISHMENTS.replace("Propreté Services Loire", "")
    result = await loaded.load("establishments", spoilt, complete=True)
    assert (result.refused, result.removed) == (1, 0)


# ---- what the tables themselves keep -----------------------------------------------------------------


async def test_a_link_needs_its_contact_and_its_establishment(loaded: Desk) -> None:
    insert = "INSERT INTO contact_establishments VALUES ($1, $2, 'member')"
    for row in (("nobody@a.example", NANTES), ("paul@institut.example", "00000006700017")):
        with pytest.raises(asyncpg.ForeignKeyViolationError):
            await loaded.pool.execute(insert, *row)
    await loaded.pool.execute("DELETE FROM contacts WHERE email_key LIKE 'claire%'")
    await loaded.pool.execute("DELETE FROM establishments WHERE siret = $1", NANTES)
    assert [key for key, _, _ in await loaded.links()] == ["paul@institut.example"]


async def test_memory_does_not_grow_with_the_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 500)
    await desk.load("establishments", ESTABLISHMENTS)
    path = desk.file("\n".join(["email;siret;nom", *(f"p{n}@a.example;{AIX};N" for n in range(20_000))]))
    held: list[int] = []
    read = module._Loading._read

    def counted(self: module._Loading, records: object) -> object:
        batch = read(self, records)  # type: ignore[arg-type]
        held.append(len(batch.rows))
        return batch

    monkeypatch.setattr(module._Loading, "_read", counted)
    await load(desk.url, Order("contacts", path, desk.report))
    assert max(held) == 500
    assert sum(held) == 20_000
    assert desk.refused() == []
