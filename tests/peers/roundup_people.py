"""A practice's tickets in Roundup, put there through Roundup's own REST API."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

from dsr.core.subject import Subject

USER, PASSWORD = "admin", "admin-secret-1"
ISSUES, MESSAGES = 7, 2
FILE = bytes(range(256))


@dataclass
class Roundup:
    """The tracker as its administrator sees it. `anna` has issues, two others share a name."""

    url: str
    key: str = field(default_factory=lambda: secrets.token_hex(4))
    anna: str = ""

    def __post_init__(self) -> None:
        self.anna = self._user("P", "Anna de Vries", self.mail("anna"))
        other = self._user("Q", self.several, self.mail("maria"))
        self._user("R", self.several, self.mail("mia"))
        letter = self._upload()
        for number in range(ISSUES):
            messages = [self._message(self.anna if n else "1") for n in range(MESSAGES)]
            issue = {"title": f"vraag {number}", "nosy": [self.anna, other], "messages": messages}
            self.make("issue", {**issue, "files": [letter] if number == 0 else []})
        self.make("issue", {"title": "van een ander", "nosy": [other]})

    @property
    def environment(self) -> dict[str, str]:
        """What stands in the environment of the example."""
        return {
            "DSR_TICKETS_URL": self.url,
            "DSR_TICKETS_ORIGIN": self.url.rstrip("/"),
            "DSR_TICKETS_USER": USER,
            "DSR_TICKETS_PASSWORD": PASSWORD,
        }

    @property
    def subject(self) -> Subject:
        """Anna, as she says who she is."""
        mail = self.mail("Anna")
        return Subject(name="Anna de Vries", patient_number=f"P{self.key}", email=mail)

    @property
    def several(self) -> str:
        """The name that two people have."""
        return f"Maria Jansen-{self.key}"

    def mail(self, name: str) -> str:
        """An address that no earlier run has used."""
        return f"{name}-{self.key}@voorbeeld.example"

    def make(self, kind: str, record: dict[str, Any]) -> str:
        """A new thing; its id."""
        return self._made(kind, json=record)

    def count(self, kind: str, **terms: str) -> int:
        """Roundup's own count."""
        answer = self._call("GET", kind, params=terms)
        return int(answer["data"]["@total_size"])

    def _user(self, letter: str, name: str, mail: str) -> str:
        record = {"username": f"{letter}{self.key}", "realname": name, "address": mail}
        return self.make("user", {**record, "phone": "06 0000 0001", "roles": "User"})

    def _message(self, author: str) -> str:
        sent = {"content": "Goedendag", "author": author, "date": "2024-05-06.10:00:00"}
        return self.make("msg", sent)

    def _upload(self) -> str:
        described = {"name": "brief.bin", "type": "application/octet-stream"}
        return self._made("file", data=described, files={"content": ("brief.bin", FILE)})

    def _made(self, kind: str, **body: Any) -> str:
        return str(self._call("POST", kind, **body)["data"]["id"])

    def _call(self, method: str, kind: str, **more: Any) -> Any:
        host = self.url.rstrip("/")
        answer = httpx.request(
            method,
            f"{host}/rest/data/{kind}",
            auth=(USER, PASSWORD),
            headers={"X-Requested-With": "rest", "Origin": host, "Referer": f"{host}/"},
            timeout=30,
            **more,
        )
        answer.raise_for_status()
        return answer.json()
