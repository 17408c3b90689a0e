"""The establishments of the embedded stack: what INSEE's stand-in knows, and which of them AKTO recognises.

All are invented. Their SIREN begin with six zeros, which INSEE never gave out, and pass the checksum.
Plain data: the demo data of AKTO (numbers, contacts) are made from the entries marked `akto`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal


class Case(StrEnum):
    """What INSEE's stand-in answers for an establishment."""

    ACTIVE = "active"
    CLOSED = "closed"
    CEASED = "ceased"
    PARTLY_PUBLIC = "partly_public"
    NOT_PUBLIC = "not_public"
    UNKNOWN = "unknown"
    MOVED = "moved"

    @property
    def label(self) -> str:
        """What it means, for the person who tries the product."""
        return {
            "active": "ouvert",
            "closed": "établissement fermé, entreprise active",
            "ceased": "entreprise cessée",
            "partly_public": "diffusion partielle ([ND])",
            "not_public": "non diffusable (403)",
            "unknown": "inconnu (404)",
            "moved": "remplacé par un autre SIRET (301)",
        }[self.value]


@dataclass(frozen=True)
class Company:
    """One establishment.

    `kind`: under which type it registers. `akto`: AKTO recognises it. `idcc`: its agreement, None without
    any. `person`: first and last name where the company is a natural person.
    """

    siret: str
    name: str
    commune: str
    postcode: str
    kind: Literal["member", "training_organisation"] = "member"
    case: Case = Case.ACTIVE
    akto: bool = False
    idcc: str | None = None
    naf: str = "82.99Z"
    since: date = date(2012, 3, 1)
    closed_on: date | None = None
    person: tuple[str, str] | None = None
    moved_to: str | None = None

    @property
    def siren(self) -> str:
        """The company's number."""
        return self.siret[:9]


def _akto(
    siret: str,
    name: str,
    commune: str,
    postcode: str,
    idcc: str,
    naf: str,
    case: Case = Case.ACTIVE,
    closed_on: date | None = None,
) -> Company:
    return Company(
        siret, name, commune, postcode, "member", case, True, idcc=idcc, naf=naf, closed_on=closed_on
    )


def _akto_training(siret: str, name: str, commune: str, postcode: str, idcc: str) -> Company:
    return Company(
        siret, name, commune, postcode, "training_organisation", akto=True, idcc=idcc, naf="85.59A"
    )


COMPANIES: tuple[Company, ...] = (
    # --- AKTO recognises them
    _akto("00000001800010", "Restaurants du Vieux Port", "Marseille", "13002", "1979", "56.10A"),
    _akto("00000001800028", "Restaurants du Vieux Port", "Aix-en-Provence", "13100", "1979", "56.10A"),
    _akto("00000001800036", "Restaurants du Vieux Port", "Toulon", "83000", "1979", "56.10A"),
    _akto("00000002600013", "Propreté Services Loire", "Nantes", "44000", "3043", "81.21Z"),
    _akto("00000002600021", "Propreté Services Loire", "Angers", "49000", "3043", "81.21Z"),
    _akto("00000003400017", "Prévention Sécurité Nord", "Lille", "59000", "1351", "80.10Z"),
    # Closed at INSEE and recognised all the same: recognised wins, INSEE is not asked.
    _akto(
        "00000003400025",
        "Prévention Sécurité Nord",
        "Roubaix",
        "59100",
        "1351",
        "80.10Z",
        Case.CLOSED,
        date(2024, 12, 31),
    ),
    _akto("00000004200010", "Négoce de gros Atlantique", "Bordeaux", "33000", "0573", "46.90Z"),
    _akto("00000004200028", "Négoce de gros Atlantique", "La Rochelle", "17000", "0573", "46.90Z"),
    _akto("00000005900014", "Blanchisserie des Alpes", "Grenoble", "38000", "2002", "96.01A"),
    _akto("00000006700017", "Intérim Horizon", "Lyon", "69003", "2378", "78.20Z"),
    _akto_training("00000007500010", "Institut de formation aux métiers", "Paris", "75011", "1516"),
    _akto_training("00000007500028", "Institut de formation aux métiers", "Rennes", "35000", "1516"),
    _akto_training("00000008300014", "École des langues vivantes", "Strasbourg", "67000", "2691"),
    _akto_training("00000009100017", "Campus rural du Centre", "Bourges", "18000", "7520"),
    # --- only INSEE knows them
    Company("00000010900017", "Hôtel des Tilleuls", "Tours", "37000", idcc="1979", naf="55.10Z"),
    Company("00000011700010", "Pizzeria Bella Vista", "Nice", "06000", idcc="1501", naf="56.10C"),
    Company("00000012500013", "Escale Services au sol", "Tremblay-en-France", "93290", idcc="0275"),
    Company("00000013300017", "Eaux du Littoral", "Montpellier", "34000", idcc="2147", naf="36.00Z"),
    Company("00000014100010", "Logiciels du Parc", "Sophia Antipolis", "06560", idcc="1486", naf="62.01Z"),
    Company("00000015800014", "Atelier sans convention", "Limoges", "87000", naf="94.99Z"),
    Company(
        "00000016600017",
        "Formation Conseil Plus",
        "Toulouse",
        "31000",
        "training_organisation",
        idcc="1516",
        naf="85.59A",
    ),
    Company(
        "00000017400011",
        "Camille Modèle",
        "Quimper",
        "29000",
        "training_organisation",
        idcc="1516",
        naf="85.59B",
        person=("Camille", "Modèle"),
    ),
    # --- closed, and the one to correct it to
    Company(
        "00000018200014",
        "Café de la Gare",
        "Dijon",
        "21000",
        case=Case.CLOSED,
        idcc="1979",
        naf="56.30Z",
        closed_on=date(2021, 6, 30),
    ),
    Company("00000018200022", "Café de la Gare", "Beaune", "21200", idcc="1979", naf="56.30Z"),
    Company(
        "00000019000017",
        "Ancienne Quincaillerie",
        "Nevers",
        "58000",
        case=Case.CEASED,
        idcc="3243",
        naf="46.74A",
        closed_on=date(2019, 9, 30),
    ),
    # --- what INSEE does not tell, or not everything
    Company(
        "00000020800017",
        "Dominique Discret",
        "Annecy",
        "74000",
        case=Case.PARTLY_PUBLIC,
        idcc="1979",
        naf="56.10C",
        person=("Dominique", "Discret"),
    ),
    Company(
        "00000021600010",
        "Traiteur des Deux Rives",
        "Metz",
        "57000",
        case=Case.PARTLY_PUBLIC,
        idcc="1979",
        naf="56.21Z",
    ),
    Company("00000022400014", "Établissement non diffusable", "Brest", "29200", case=Case.NOT_PUBLIC),
    Company("00000023200017", "SIRET que l'INSEE ne connaît pas", "", "", case=Case.UNKNOWN),
    Company(
        "00000024000010",
        "Traiteur Réuni (ancien numéro)",
        "Reims",
        "51100",
        case=Case.MOVED,
        moved_to="00000025700014",
    ),
    Company("00000025700014", "Traiteur Réuni", "Reims", "51100", idcc="1979", naf="56.21Z"),
)

BY_SIRET = {company.siret: company for company in COMPANIES}
