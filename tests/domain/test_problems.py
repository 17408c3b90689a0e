"""Every code has words, every word has a way to be said, and no word says too much."""

import re
from pathlib import Path

import pytest

from domain.problems import TEXTS

ROOT = Path(__file__).parents[2]

#: Codes that are not made by the journey's rules: who says them.
ELSEWHERE = {
    "link_invalid": "starter",
    "link_used": "starter",
    "malformed": "infrastructure",
    "bug": "infrastructure",
    "too_many_messages": "workflows",
}
#: Made from parts, `problem(f"email_{wrong}")`, or beside their words.
FAMILIES = {
    "last_name_": {"missing", "too_long", "characters"},
    "first_name_": {"missing", "too_long", "characters"},
    "email_": {"missing", "malformed"},
    "other_kind_": {"member", "training_organisation"},
    "siret_": {"closed", "closed_since"},
}


def said(code: str, folder: str) -> bool:
    """Whether a module of that folder names the code, other than where its words stand."""
    sources = [
        path for path in (ROOT / folder).rglob("*.py") if path.name != "problems.py" or folder != "domain"
    ]
    return any(f'"{code}"' in path.read_text("utf-8") for path in sources)


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_every_code_is_said_somewhere(code: str) -> None:
    if any(code == f"{prefix}{end}" for prefix, ends in FAMILIES.items() for end in ends):
        return
    assert said(code, ELSEWHERE.get(code, "domain")), code


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_words_are_short_french_sentences_without_engine_words(code: str) -> None:
    text = TEXTS[code]
    assert text[0].isupper()
    assert text[-1] in ".?!" or text.endswith(("prenom.nom@entreprise.fr", "00012", "001", "0573"))
    assert len(text) < 250
    assert not re.search(r"(?i)temporal|workflow|postgres|smtp|update|signal|exception|error", text)
