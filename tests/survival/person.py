"""A frontend that never gives up: the JSON API, each submission repeated until it is answered."""

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

_TOKEN = re.compile(r"/lien\?jeton=([\w.-]+)")
PASSWORD = "Tilleul-7-cascade"

#: Number branch, IDCC branch: message, body, step it leads to.
BY_NUMBER: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("choose_themes", {"themes": ["cases"]}, "establishment"),
    ("claim_establishment", {"kind": "member", "siret": "000 000 018 00010"}, "member_number"),
    ("give_member_number", {"number": "123456 001"}, "email_link"),
)
BY_IDCC: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("choose_themes", {"themes": []}, "establishment"),
    ("claim_establishment", {"kind": "member", "siret": "00000010900017"}, "idcc"),
    ("give_idcc", {"idcc": "1979"}, "email_link"),
)


@dataclass
class Person:
    """One person at the API of a running stack."""

    portal: str
    mailbox: str
    email: str = field(default_factory=lambda: f"personne-{uuid4().hex[:12]}@exemple.example")
    registration: str = ""
    token: str = ""
    slowest: float = 0.0

    async def start(self) -> str:
        """The first form."""
        body = {"civility": "monsieur", "last_name": "ROUSSEAU", "first_name": "Paul", "email": self.email}
        answer = await self.insist(
            "POST", "/api/v1/registrations", body, {"Idempotency-Key": uuid4().hex}, expected=201
        )
        self.registration, self.token = answer["id"], answer["resume_token"]
        return str(answer["view"]["step"])

    async def send(self, message: str, body: dict[str, Any], until: str) -> dict[str, Any]:
        """One message; its submission stays the same however often it is sent, then wait for the step."""
        path = f"/api/v1/registrations/{self.registration}"
        headers = {"Authorization": f"Bearer {self.token}"}
        submission = {**body, "submission": uuid4().hex}
        view: dict[str, Any] = await self.insist("POST", f"{path}/{message}", submission, headers)
        while view["step"] != until or view["busy"]:
            await asyncio.sleep(0.2)
            view = await self.insist("GET", path, None, headers)
        return view

    async def link(self) -> str:
        """The token in the newest mail."""
        async with httpx2.AsyncClient(base_url=self.mailbox, timeout=5) as http:
            for _ in range(300):
                listed = (await http.get("/api/v1/messages", params={"limit": 500})).json()["messages"]
                for one in listed:
                    if self.email in {to["Address"] for to in one["To"]}:
                        whole = (await http.get(f"/api/v1/message/{one['ID']}")).json()
                        if found := _TOKEN.search(whole["Text"]):
                            return found.group(1)
                await asyncio.sleep(0.1)
        raise AssertionError("no mail with a link arrived")

    async def mails(self) -> list[str]:
        """Message-IDs of what arrived, in no order."""
        async with httpx2.AsyncClient(base_url=self.mailbox, timeout=5) as http:
            listed = (await http.get("/api/v1/messages", params={"limit": 500})).json()["messages"]
            ours = [one for one in listed if self.email in {to["Address"] for to in one["To"]}]
            return [one["MessageID"].strip("<>") for one in ours]

    async def choose_password(self, link: str) -> dict[str, Any]:
        """Follow the link, choose the password."""
        await self.insist("POST", "/api/v1/links/open", {"token": link}, {})
        body = {"token": link, "password": PASSWORD, "submission": uuid4().hex}
        answer: dict[str, Any] = await self.insist("POST", "/api/v1/links/password", body, {})
        return answer

    async def insist(
        self, method: str, path: str, body: Any, headers: dict[str, str], expected: int = 200
    ) -> Any:
        """Repeat the very same request while the product is away; nothing but 503 is repeated."""
        begun = time.monotonic()
        async with httpx2.AsyncClient(base_url=self.portal, timeout=10) as http:
            while time.monotonic() - begun < 60:
                try:
                    answer = await http.request(method, path, json=body, headers=headers)
                except httpx2.TransportError:
                    await asyncio.sleep(0.2)  # The web process itself was killed.
                    continue
                if answer.status_code == expected:
                    self.slowest = max(self.slowest, time.monotonic() - begun)
                    return answer.json()
                assert answer.status_code == 503, (answer.status_code, answer.text)
                assert answer.json()["code"] == "unavailable"
                await asyncio.sleep(0.2)
        raise AssertionError(f"{path} was not answered in a minute")
