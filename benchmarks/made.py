"""Files and tables of invented companies and people, of any size, the same ones each time."""

from collections.abc import Iterator
from pathlib import Path

from stdnum import luhn

FIRST = ("Camille", "Zoé", "Jean-Karl", "Inès", "Noël", "François", "Maïwenn", "Paul", "Nadia", "Côme")
LAST = ("LE GOFF", "D'ANGELO", "BENALI", "Martin", "Gérard", "Nguyễn", "DUPONT", "Lefèvre", "ROUSSEAU")
COMMUNES = ("Marseille", "Saint-Étienne", "Nîmes", "L'Haÿ-les-Roses", "Angoulême", "Béziers")


def siret(number: int) -> str:
    """A SIRET that passes its checks and looks like no real company's: ten establishments a company."""
    siren = f"{number // 10 + 1:08}"
    siren += luhn.calc_check_digit(siren)
    nic = f"{siren}000{number % 10}"
    return nic + luhn.calc_check_digit(nic)


def email(number: int) -> str:
    """One mailbox each; some hundred mailboxes a domain."""
    return f"{FIRST[number % 10].lower()}.{number}@entreprise-{number // 100}.example".translate(_ASCII)


_ASCII = str.maketrans("éèëïçôù", "eeeicou")


def write_establishments(path: Path, count: int) -> None:
    """A file as a French export: Windows-1252, semicolons."""
    with path.open("w", encoding="cp1252", newline="") as file:
        file.write("SIRET;Type;Raison sociale;Commune;Numéro d'adhérent\r\n")
        for number in range(count):
            kind = "Organisme de formation" if number % 12 == 0 else "Adhérent"
            commune = COMMUNES[number % len(COMMUNES)]
            file.write(
                f"{siret(number)};{kind};Société {number // 10};{commune};{123456 + number // 10} 001\r\n"
            )


def write_contacts(path: Path, count: int, establishments: int) -> None:
    """A file of attachments, UTF-8 with BOM; every third person is a contact of two establishments."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        file.write("Adresse e-mail;Civilité;Nom;Prénom;SIRET\r\n")
        for line, number in zip(range(count), _people(), strict=False):
            civility = "Mme" if number % 2 else "M."
            last, first = LAST[number % len(LAST)], FIRST[number % len(FIRST)]
            file.write(f"{email(number)};{civility};{last};{first};{siret(line % establishments)}\r\n")


def _people() -> Iterator[int]:
    number = 0
    while True:
        yield number
        if number % 3 == 0:
            yield number
        number += 1
