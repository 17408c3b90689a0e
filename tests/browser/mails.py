"""The stack's mailbox, as a program reads it: Mailpit's JSON."""

import asyncio
import re
from dataclasses import dataclass

import httpx2

_LINK = re.compile(r"http://127\.0\.0\.1:\d+/[\w-]+\?jeton=[\w.-]+")


@dataclass(frozen=True)
class Mail:
    """A mail that arrived."""

    subject: str
    sender: str
    text: str
    html: str
    message_id: str

    @property
    def kind(self) -> str:
        """What it is for: Message-IDs begin with it."""
        return self.message_id.partition(".")[0]

    def link(self, path: str) -> str:
        """The one link of that path; text and HTML hold the same."""
        links = {link for link in _LINK.findall(self.text) if f"/{path}?" in link}
        assert len(links) == 1, f"links to /{path} in a mail of kind {self.kind}: {links}"
        assert links <= set(_LINK.findall(self.html))
        return str(links.pop())


@dataclass(frozen=True)
class Mails:
    """What arrived in the mailbox of the stack."""

    url: str

    async def to(self, address: str) -> list[Mail]:
        """The mails to an address, oldest first."""
        async with httpx2.AsyncClient(base_url=self.url, trust_env=False) as http:
            query = {"query": f"to:{address}", "limit": "500"}
            listed = (await http.get("/api/v1/search", params=query)).json()["messages"]
            found = []
            for one in reversed(listed):
                whole = (await http.get(f"/api/v1/message/{one['ID']}")).json()
                sender = whole["From"]["Name"]
                found.append(Mail(whole["Subject"], sender, whole["Text"], whole["HTML"], whole["MessageID"]))
        return found

    async def one(self, address: str, kind: str, within: float = 15.0) -> Mail:
        """Wait for a mail of that kind; it must be the only one of its kind."""
        return (await self.count(address, kind, 1, within))[0]

    async def count(self, address: str, kind: str, count: int, within: float = 15.0) -> list[Mail]:
        """Wait for so many mails of that kind, and no more."""
        until = asyncio.get_running_loop().time() + within
        while True:
            found = [mail for mail in await self.to(address) if mail.kind == kind]
            if len(found) >= count:
                assert len(found) == count, f"{len(found)} mails of kind {kind}"
                return found
            assert asyncio.get_running_loop().time() < until, f"{len(found)} mails of kind {kind} arrived"
            await asyncio.sleep(0.05)
