"""The guide's words, as messages and people carry them, and when two addresses are one mailbox."""

import pytest

from domain.effects import MailKind, Proof
from domain.messages import Kind, Theme
from domain.people import Civility, email_key, mailbox_key

GUIDE = {
    Civility.MADAME: "Madame",
    Civility.MONSIEUR: "Monsieur",
    Theme.CONTRIBUTION: "Contribution formation (contribution légale, conventionnelle.)",
    Theme.CASES: "Instruction des dossiers (accord de prise en charge, demande pièces.)",
    Theme.INVOICES: "Instruction des factures (demande de pièces, avoir etc.)",
    Theme.PAYMENTS: "Règlement des dossiers (avis de virement)",
    Kind.MEMBER: "Adhérent",
    Kind.TRAINING_ORGANISATION: "Organisme de formation",
}


def test_labels_are_the_guides_to_the_letter() -> None:
    assert {choice: choice.label for choice in (*Civility, *Theme, *Kind)} == GUIDE


def test_each_kind_has_its_number() -> None:
    assert [kind.number_label for kind in Kind] == ["Numéro d'adhérent", "Numéro d'organisme de formation"]


def test_only_what_a_person_declared_alone_is_to_be_confirmed() -> None:
    assert [proof for proof in Proof if not proof.confirmed] == [Proof.IDCC_DECLARED]


def test_mails_that_bring_a_link_that_proves() -> None:
    bring = {kind.value for kind in MailKind if kind.brings_confirmation_link}
    assert bring == {"confirmation", "reminder_link", "reminder_password", "approved"}


@pytest.mark.parametrize(
    ("address", "key", "mailbox"),
    [
        (
            "Camille.Martin@Exemple.example",
            "camille.martin@exemple.example",
            "camille.martin@exemple.example",
        ),
        (" camille+akto@exemple.example ", "camille+akto@exemple.example", "camille@exemple.example"),
        ("a+b+c@exemple.example", "a+b+c@exemple.example", "a@exemple.example"),
    ],
)
def test_two_spellings_of_one_address(address: str, key: str, mailbox: str) -> None:
    assert (email_key(address), mailbox_key(address)) == (key, mailbox)
