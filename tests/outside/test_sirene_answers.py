"""What INSEE says, read over real HTTP: active, closed, masked, moved, unknown, not public."""

from datetime import date
from typing import Any

import pytest

from domain.effects import InseeAnswer
from infrastructure.sirene import SireneAnswer
from tests.outside.insee_documents import (
    ACTIVE,
    NOT_PUBLIC,
    OPEN,
    OTHER,
    SIRET,
    UNKNOWN,
    ask,
    document,
    insee,
    period,
    without_nulls,
)
from tests.outside.scripted import Script, answer

NATURAL = {"categorieJuridiqueUniteLegale": "1000", "denominationUniteLegale": None}
PERSON = NATURAL | {
    "nomUniteLegale": "MODELE",
    "nomUsageUniteLegale": None,
    "prenom1UniteLegale": "CAMILLE",
    "prenomUsuelUniteLegale": None,
}
CLOSED = [period("2021-06-30", None, "F", True), period("2012-03-01", "2021-06-29", "A")]


@pytest.mark.parametrize(
    ("served", "status", "closed_on"),
    [
        pytest.param(ACTIVE, "active", None, id="as recorded"),
        pytest.param(without_nulls(ACTIVE), "active", None, id="null keys left out"),
        pytest.param(
            document(activitePrincipaleNAF25Etablissement="62.20Y", nouveau={"a": [1]}),
            "active",
            None,
            id="unknown keys",
        ),
        pytest.param(document(periods=CLOSED), "closed", date(2021, 6, 30), id="closed"),
        pytest.param(
            without_nulls(document(periods=CLOSED)), "closed", date(2021, 6, 30), id="closed, no null keys"
        ),
        pytest.param(document(periods=CLOSED[::-1]), "closed", date(2021, 6, 30), id="oldest period first"),
        pytest.param(
            document(
                periods=[
                    period("2023-01-01", None, "F"),  # something else has changed since
                    period("2021-06-30", "2022-12-31", "F", True),
                    period("2012-03-01", "2021-06-29", "A"),
                ]
            ),
            "closed",
            date(2021, 6, 30),
            id="closed before its current period",
        ),
        pytest.param(
            document(
                periods=[
                    period("2022-05-01", None, "A", True),
                    period("2021-06-30", "2022-04-30", "F", True),
                    period("2012-03-01", "2021-06-29", "A"),
                ]
            ),
            "active",
            None,
            id="closed once, open again",
        ),
        pytest.param(
            document(periods=[period("2012-03-01", None, "F"), period("2020-01-01", None, "A")]),
            "active",
            None,
            id="two current periods: the latest counts",
        ),
        pytest.param(
            document(unit={"etatAdministratifUniteLegale": "C"}, periods=CLOSED),
            "closed",
            date(2021, 6, 30),
            id="company ceased",
        ),
        pytest.param(
            document(unit={"etatAdministratifUniteLegale": "C"}), "closed", None, id="ceased, still open"
        ),
        pytest.param(
            document(periods=[period("2012-03-01", None, "F")]), "closed", None, id="nobody says since when"
        ),
        pytest.param(
            document(periods=[period("[ND]", None, "F", True)]), "closed", None, id="an unreadable date"
        ),
        pytest.param(
            document(caractereEmployeurEtablissement="N", trancheEffectifsEtablissement=None),
            "active",
            None,
            id="no employee is no reason",
        ),
        pytest.param(document(statutDiffusionEtablissement="P"), "active", None, id="partly public"),
        pytest.param(document(statutDiffusionEtablissement=None), "active", None, id="diffusion not said"),
    ],
)
async def test_active_and_closed(served: object, status: str, closed_on: date | None) -> None:
    found = await ask(answer(200, served))
    assert found == SireneAnswer(OPEN.model_copy(update={"status": status, "closed_on": closed_on}))


@pytest.mark.parametrize(
    ("unit", "trade", "name"),
    [
        pytest.param({}, {}, "OCTO-TECHNOLOGY", id="denomination"),
        pytest.param({"denominationUniteLegale": "  A \n B  "}, {}, "A B", id="spaces"),
        pytest.param({"denominationUniteLegale": "X" * 900}, {}, "X" * 200, id="bounded"),
        pytest.param(PERSON, {}, "CAMILLE MODELE", id="natural person"),
        pytest.param(
            PERSON | {"prenomUsuelUniteLegale": "CAM", "nomUsageUniteLegale": "DUPONT"},
            {},
            "CAM DUPONT",
            id="usual first name and usage name",
        ),
        pytest.param(PERSON | {"prenom1UniteLegale": None}, {}, "MODELE", id="no first name"),
        pytest.param(
            NATURAL, {"enseigne1Etablissement": "CHEZ CAMILLE"}, "CHEZ CAMILLE", id="sign of a person"
        ),
        pytest.param(
            {"denominationUniteLegale": None, "denominationUsuelle1UniteLegale": "OCTO"},
            {"enseigne1Etablissement": "SIGN"},
            "OCTO",
            id="usual denomination of the company",
        ),
        pytest.param(
            {"denominationUniteLegale": None},
            {"denominationUsuelleEtablissement": "OCTO", "enseigne1Etablissement": "SIGN"},
            "OCTO",
            id="usual denomination of the establishment",
        ),
        pytest.param({"denominationUniteLegale": None}, {}, None, id="none at all"),
        pytest.param({"denominationUniteLegale": " "}, {}, None, id="blank"),
    ],
)
async def test_name_to_show(unit: dict[str, Any], trade: dict[str, Any], name: str | None) -> None:
    current = period("2016-11-28", None, "A") | trade
    found = await ask(answer(200, document(unit=unit, periods=[current])))
    assert found.answer.name == name


MASKED_PERSON = NATURAL | dict.fromkeys(
    (
        "nomUniteLegale",
        "nomUsageUniteLegale",
        "prenom1UniteLegale",
        "prenomUsuelUniteLegale",
        "denominationUsuelle1UniteLegale",
        "sigleUniteLegale",
    ),
    "[ND]",
)
MASKED_PERIOD = period("2016-11-28", None, "A") | {
    "enseigne1Etablissement": "[ND]",
    "denominationUsuelleEtablissement": "[ND]",
}


@pytest.mark.parametrize(
    ("unit", "name"),
    [
        pytest.param(MASKED_PERSON, None, id="natural person"),
        pytest.param(MASKED_PERSON | {"prenom1UniteLegale": "CAMILLE"}, None, id="masked in part"),
        pytest.param({"sigleUniteLegale": "[ND]"}, "OCTO-TECHNOLOGY", id="legal person"),
    ],
)
async def test_partly_public_is_accepted_and_never_shows_the_mask(
    unit: dict[str, Any], name: str | None
) -> None:
    served = document(unit=unit, periods=[MASKED_PERIOD], statutDiffusionEtablissement="P")
    served["etablissement"]["adresseEtablissement"]["libelleVoieEtablissement"] = "[ND]"
    found = (await ask(answer(200, served))).answer
    assert (found.status, found.name, found.commune) == ("active", name, "PARIS")
    assert "[ND]" not in found.model_dump_json()


@pytest.mark.parametrize(
    ("address", "commune"),
    [
        (None, None),
        ({}, None),
        ({"libelleCommuneEtablissement": "[ND]"}, None),
        ({"libelleCommuneEtrangerEtablissement": "BRUXELLES"}, "BRUXELLES"),
    ],
)
async def test_commune(address: dict[str, str] | None, commune: str | None) -> None:
    assert (await ask(answer(200, document(adresseEtablissement=address)))).answer.commune == commune


@pytest.mark.parametrize(
    ("script", "status"),
    [
        pytest.param(answer(403, NOT_PUBLIC), "not_public", id="403"),
        pytest.param(answer(404, UNKNOWN), "unknown", id="404"),
        pytest.param(answer(404), "unknown", id="404 without a body"),
        pytest.param(answer(200, document(statutDiffusionEtablissement="N")), "not_public", id="200, N"),
    ],
)
async def test_refusals_are_insees_own_word(script: Script, status: str) -> None:
    assert await ask(script) == SireneAnswer(InseeAnswer.model_validate({"about": SIRET, "status": status}))


@pytest.mark.parametrize(
    "location",
    [f"https://api.insee.fr/api-sirene/3.11/siret/{OTHER}", f"/api-sirene/3.11/siret/{OTHER}", OTHER],
)
async def test_a_moved_siret_is_unknown_and_not_followed(location: str) -> None:
    async with insee(answer(301, {"header": {"statut": 301}}, Location=location)) as (client, server):
        found = await client.establishment(SIRET)
    assert found == SireneAnswer(InseeAnswer(about=SIRET, status="unknown"), replaced=True)
    assert len(server.heads) == 1
