"""INSEE's document about one establishment, read into the product's words.

The format is INSEE's and changes without notice: unknown keys are ignored, every key may be absent or
null, and what an establishment cannot be judged without (a current period, a known state) makes the
document unreadable rather than the SIRET refused. Masked values (`[ND]`) never leave this module.
"""

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.effects import InseeAnswer

MASKED = "[ND]"
NATURAL_PERSON = "1000"
#: INSEE's longest names are shorter; what is kept of an answer is bounded all the same.
TEXT_MAX = 200


class UnreadableDocument(Exception):
    """The document does not say what it should; holds nothing of it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class _LegalUnit(_Part):
    state: str | None = Field(None, alias="etatAdministratifUniteLegale")
    legal_form: str | None = Field(None, alias="categorieJuridiqueUniteLegale")
    denomination: str | None = Field(None, alias="denominationUniteLegale")
    usual_denomination: str | None = Field(None, alias="denominationUsuelle1UniteLegale")
    birth_name: str | None = Field(None, alias="nomUniteLegale")
    usage_name: str | None = Field(None, alias="nomUsageUniteLegale")
    first_name: str | None = Field(None, alias="prenom1UniteLegale")
    usual_first_name: str | None = Field(None, alias="prenomUsuelUniteLegale")


class _Address(_Part):
    commune: str | None = Field(None, alias="libelleCommuneEtablissement")
    commune_abroad: str | None = Field(None, alias="libelleCommuneEtrangerEtablissement")


class _Period(_Part):
    """Dates stay text: ISO dates sort as text, and one that cannot be read must not spoil the rest."""

    start: str | None = Field(None, alias="dateDebut")
    end: str | None = Field(None, alias="dateFin")
    state: str | None = Field(None, alias="etatAdministratifEtablissement")
    state_changed: bool | None = Field(None, alias="changementEtatAdministratifEtablissement")
    sign: str | None = Field(None, alias="enseigne1Etablissement")
    usual_denomination: str | None = Field(None, alias="denominationUsuelleEtablissement")


class _Establishment(_Part):
    siret: str | None = None
    diffusion: str | None = Field(None, alias="statutDiffusionEtablissement")
    legal_unit: _LegalUnit | None = Field(None, alias="uniteLegale")
    address: _Address | None = Field(None, alias="adresseEtablissement")
    periods: tuple[_Period, ...] | None = Field(None, alias="periodesEtablissement")


class _Document(_Part):
    establishment: _Establishment | None = Field(None, alias="etablissement")


def read_document(siret: str, body: bytes) -> InseeAnswer:
    """Read the body of a 200.

    Raises:
        UnreadableDocument: not JSON, not one establishment, another one, or in no state known here.
    """
    try:
        found = _Document.model_validate_json(body).establishment
    except ValidationError:
        raise UnreadableDocument from None
    if found is None or found.siret not in {None, siret}:
        raise UnreadableDocument
    if found.diffusion == "N":
        return InseeAnswer(about=siret, status="not_public")
    unit = found.legal_unit or _LegalUnit()
    periods = sorted(found.periods or (), key=lambda period: period.start or "", reverse=True)
    period = next((one for one in periods if one.end is None), None)
    if period is None:
        raise UnreadableDocument
    commune = found.address and (_shown(found.address.commune) or _shown(found.address.commune_abroad))
    open_ = _is_open(period, unit)
    return InseeAnswer(
        about=siret,
        status="active" if open_ else "closed",
        closed_on=None if open_ else _closed_on(period, periods),
        name=_name(unit, period),
        commune=commune,
    )


def _is_open(period: _Period, unit: _LegalUnit) -> bool:
    match period.state, unit.state:
        case "A", "A":
            return True
        case ("F", _) | (_, "C"):
            return False
        case _:
            raise UnreadableDocument


def _closed_on(current: _Period, newest_first: list[_Period]) -> date | None:
    if current.state != "F":
        return None  # only the company has ceased: the newest change is the opening
    changed = next((one for one in newest_first if one.state_changed), None)
    if changed is None or changed.start is None or changed.state == "A":
        return None
    try:
        return date.fromisoformat(changed.start[:10])
    except ValueError:
        return None


def _name(unit: _LegalUnit, period: _Period) -> str | None:
    if denomination := _shown(unit.denomination):
        return denomination
    if unit.legal_form == NATURAL_PERSON:
        first = unit.usual_first_name or unit.first_name
        last = unit.usage_name or unit.birth_name
        if last and (name := _shown(f"{first or ''} {last}")):
            return name
    others = (unit.usual_denomination, period.usual_denomination, period.sign)
    return next((shown for text in others if (shown := _shown(text))), None)


def _shown(text: str | None) -> str | None:
    """The text as it may be shown: None if empty or masked, even in part."""
    if text is None or MASKED in text:
        return None
    return " ".join(text.split())[:TEXT_MAX] or None
