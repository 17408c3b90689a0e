"""The ways through a registration, step by step, and what must stand at their ends."""

from dataclasses import dataclass
from typing import Any

PASSWORD = "Tilleul-7-cascade"  # noqa: S105 - of accounts that live for minutes
CONTACT_OF = "00000004200010"


@dataclass(frozen=True)
class Branch:
    """One way through.

    Attributes:
        name: what it is called.
        steps: in order; `mail` and `welcome` wait for a mail, `review` is an operator's.
        attachment: SIRET and proof of what the account must be attached to.
        mails: the kinds that must reach the person, each once.
        forms: what the person sends at a step: message, body.
        link: the kind of mail that brings the link.
    """

    name: str
    steps: tuple[str, ...]
    attachment: tuple[str, str]
    mails: frozenset[str]
    forms: dict[str, tuple[str, dict[str, Any]]]
    link: str = "confirmation"

    def after(self, step: str) -> str:
        """What the screen says once a form was taken."""
        following = self.steps[self.steps.index(step) + 1]
        return {"mail": "email_link", "number": "member_number"}.get(following, following)


_END = ("mail", "open", "password", "welcome")
_THEMES = ("choose_themes", {"themes": ["cases"]})


def _claim(siret: str) -> tuple[str, dict[str, Any]]:
    return "claim_establishment", {"kind": "member", "siret": siret}


BRANCHES: dict[str, Branch] = {
    branch.name: branch
    for branch in (
        Branch(
            "known",
            ("identity", *_END),
            (CONTACT_OF, "contact_email"),
            frozenset({"confirmation", "welcome"}),
            {},
        ),
        Branch(
            "number",
            ("identity", "themes", "establishment", "number", *_END),
            ("00000001800010", "member_number"),
            frozenset({"confirmation", "welcome"}),
            {
                "themes": _THEMES,
                "establishment": _claim("00000001800010"),
                "number": ("give_member_number", {"number": "123456 001"}),
            },
        ),
        Branch(
            "insee",
            ("identity", "themes", "establishment", "idcc", *_END),
            ("00000010900017", "idcc_declared"),
            frozenset({"confirmation", "welcome"}),
            {
                "themes": _THEMES,
                "establishment": _claim("00000010900017"),
                "idcc": ("give_idcc", {"idcc": "1979"}),
            },
        ),
        Branch(
            "review",
            ("identity", "themes", "establishment", "review", *_END),
            ("00000022400014", "operator"),
            frozenset({"in_review", "approved", "welcome"}),
            {"themes": _THEMES, "establishment": _claim("00000022400014")},
            link="approved",
        ),
    )
}
