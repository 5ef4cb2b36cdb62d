"""A practice's contacts in Tryton, put there through Tryton's own JSON-RPC."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any

import httpx

from dsr.core.subject import Subject

USER, PASSWORD = "admin", "admin-secret-1"
OPPORTUNITIES, NOTES = 7, 2
FILE = bytes(range(256))
RESTRICTED = "AVG 18"


@dataclass
class Tryton:
    """The server as its administrator sees it. `anna` has records, two others share a mailbox,
    one of whom is `maria`.
    """

    url: str
    key: str = field(default_factory=lambda: secrets.token_hex(4))
    anna: int = 0
    maria: int = 0

    def __post_init__(self) -> None:
        self.anna = self._person(
            "Anna de Vries", f"P-{self.key}", [self.mail("anna"), "06 0000 0001"]
        )
        for code in ("Q", "R"):
            self.maria = self._person("Maria Jansen", f"{code}-{self.key}", [self.mail("gezin")])
        self._fill(self.anna)
        if not self.count("party.category", ["name", "=", RESTRICTED]):
            self.make("party.category", {"name": RESTRICTED})

    @property
    def environment(self) -> dict[str, str]:
        """What stands in the environment of the example."""
        return {
            "DSR_TRYTON_URL": self.url,
            "DSR_TRYTON_USER": USER,
            "DSR_TRYTON_PASSWORD": PASSWORD,
        }

    @property
    def subject(self) -> Subject:
        """Anna, as she says who she is."""
        return Subject(
            name="Anna de Vries", patient_number=f"P-{self.key}", email=self.mail("Anna")
        )

    def mail(self, name: str) -> str:
        """An address that no earlier run has used."""
        return f"{name}-{self.key}@voorbeeld.example"

    def ask(self, method: str, *params: object, header: str = "") -> Any:
        """One call; with another session's header when it is given."""
        called = {"id": 1, "method": method, "params": list(params)}
        headers = {"Authorization": header or self._session()}
        answer = httpx.post(self.url, json=called, headers=headers, timeout=30)
        answer.raise_for_status()
        body = answer.json()
        assert "error" not in body, body["error"]
        return body["result"]

    def make(self, model: str, *records: dict[str, Any]) -> list[int]:
        """New records; their ids."""
        made: list[int] = self.ask(f"model.{model}.create", list(records), {})
        return made

    def count(self, model: str, *domain: list[object]) -> int:
        """Tryton's own count."""
        return int(self.ask(f"model.{model}.search_count", list(domain), {}))

    def held(self, model: str, party: int, *fields: str) -> list[dict[str, Any]]:
        """What Tryton itself holds of a party, also what is not active."""
        owner = "id" if model == "party.party" else "party"
        domain, context = [[owner, "=", party]], {"active_test": False}
        found: list[dict[str, Any]] = self.ask(
            f"model.{model}.search_read", domain, 0, 100, None, list(fields), context
        )
        return found

    def statements(self) -> list[str]:
        """The statements that stand at Anna."""
        domain = [["resource", "=", f"party.party,{self.anna}"]]
        found = self.ask(
            "model.ir.attachment.search_read", domain, 0, 100, None, ["description"], {}
        )
        return [str(one["description"]) for one in found]

    def _session(self) -> str:
        login = {
            "id": 0,
            "method": "common.db.login",
            "params": [USER, {"password": PASSWORD}, "en"],
        }
        uid, session = httpx.post(self.url, json=login, timeout=30).json()["result"]
        return "Session " + base64.b64encode(f"{USER}:{uid}:{session}".encode()).decode()

    def _person(self, name: str, code: str, contacts: list[str]) -> int:
        kinds = [{"type": "email" if "@" in one else "mobile", "value": one} for one in contacts]
        address = {"street": "Dorpsstraat 1", "city": "Utrecht"}
        record = {
            "name": name,
            "code": code,
            "contact_mechanisms": [["create", kinds]],
            "addresses": [["create", [address]]],
        }
        return self.make("party.party", record)[0]

    def _fill(self, party: int) -> None:
        begun = {"__class__": "date", "year": 2024, "month": 5, "day": 6}
        company = self._company()
        wishes = [
            {"party": party, "description": f"vraag {n}", "company": company, "start_date": begun}
            for n in range(OPPORTUNITIES)
        ]
        for made in self.make("sale.opportunity", *wishes):
            note = {"resource": f"sale.opportunity,{made}", "message": "gebeld"}
            self.make("ir.note", *([note] * NOTES))
        data = {"__class__": "bytes", "base64": base64.b64encode(FILE).decode()}
        resource = f"party.party,{party}"
        self.make("ir.attachment", {"resource": resource, "name": "brief.bin", "data": data})

    def _company(self) -> int:
        found: list[int] = self.ask("model.company.company.search", [], 0, 1, None, {})
        if not found:
            money = {"name": "Euro", "code": "EUR", "symbol": "E", "rounding": _decimal("0.01")}
            coins = self.make("currency.currency", {**money, "digits": 2})
            owner = self.make("party.party", {"name": "Praktijk"})
            found = self.make("company.company", {"party": owner[0], "currency": coins[0]})
        user = self.ask("model.res.user.search", [["login", "=", USER]], 0, 1, None, {})
        self.ask(
            "model.res.user.write", user, {"companies": [["add", found]], "company": found[0]}, {}
        )
        return found[0]


def _decimal(text: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": text}
