"""Who may speak to a registration: whoever holds its resume token, in a cookie, a mail or a header.

The token's number is the mailed link behind which its holder stands; 0 for the browser that began. Where the
mailbox comes first (`domain/order.py`), that is what says who is shown what follows the link.
"""

from typing import NamedTuple
from uuid import UUID

from infrastructure.tokens import TokenMint, parse


class Holder(NamedTuple):
    """A registration, and the link behind which its holder stands (0: none)."""

    registration: UUID
    behind: int = 0


def read_holder(mint: TokenMint, text: str) -> Holder | None:
    """The holder a token speaks of; None unless it is a resume token that we made."""
    token = parse(text)
    if token is None or not mint.check(token, "resume"):
        return None
    return Holder(token.registration, token.number)


def resume_token(mint: TokenMint, holder: Holder) -> str:
    """The token by which that holder goes on."""
    return mint.make("resume", holder.registration, holder.behind)
