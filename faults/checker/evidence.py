"""What the checker reads, as plain rows: database, journals, mails, blobs. It never writes."""

from __future__ import annotations

import io
import json
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from dsr.core.errors import Shredded
from dsr.vault.fields import unseal
from dsr.vault.key_shares import KeyShares, joined
from dsr.vault.keys import KeyRing
from dsr.vault.local import LocalStore
from dsr.vault.vault import Vault

TABLES = (
    "subject_requests", "request_items", "steps", "segments", "outbox", "letters", "packages",
    "events", "event_heads", "data_keys", "idempotency_keys", "codes", "visits", "staff",
    "plans", "batches",
)  # fmt: skip
_JSON = ("body", "cursor", "counts", "scope", "grounds", "datasets", "roles", "practices", "facts",
         "summary")  # fmt: skip
Row = dict[str, Any]
#: all tables as they stood at one moment, whoever goes on writing
_AT_ONE_MOMENT = {
    "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "sqlite": "BEGIN",
}


@dataclass
class Evidence:
    """Everything of one house that is finished or at rest."""

    folder: Path
    passed: set[str] = field(default_factory=set)  #: packages that an earlier look found good
    told: dict[str, str] = field(init=False, repr=False)
    tables: dict[str, list[Row]] = field(init=False, repr=False)
    heads: list[str] = field(init=False, repr=False)
    vault: Vault = field(init=False, repr=False)
    ring: KeyRing = field(init=False, repr=False)
    _opened: dict[str, dict[str, bytes]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.told = json.loads((self.folder / "faults.json").read_text())
        self.ring = KeyRing.from_text(self.told["keys"], root=self.told["root"])
        self.vault = Vault(LocalStore(Path(self.told["vault"])))
        heads = Path(self.told["heads"])  # before the rows: the house goes on meanwhile
        self.heads = heads.read_text().splitlines() if heads.exists() else []
        engine = create_engine(self.told["database"], isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(_AT_ONE_MOMENT[engine.dialect.name])
            self.tables = {
                table: [
                    {name: _plain(name, value) for name, value in row._mapping.items()}
                    for row in connection.execute(text(f"SELECT * FROM {table}"))
                ]
                for table in TABLES
            }
        engine.dispose()
        for item in self.tables["request_items"]:
            mine = [x["id"] for x in self.tables["letters"] if x["item_id"] == item["id"]]
            item["letters"] = set(mine)

    def journal(self, name: str) -> list[Row]:
        """The lines that the runner wrote down under this name."""
        path = self.folder / "journal" / f"{name}.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @cached_property
    def ledger(self) -> list[Row]:
        """The lines of the erasure ledger."""
        path = Path(self.told["ledger"]) / "erasures.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @cached_property
    def requests(self) -> dict[str, Row]:
        """Requests by id."""
        return {row["id"]: row for row in self.tables["subject_requests"]}

    @cached_property
    def by_reference(self) -> dict[str, Row]:
        """Requests by reference."""
        return {row["reference"]: row for row in self.tables["subject_requests"]}

    @cached_property
    def events_of(self) -> dict[str, list[Row]]:
        """The events of each request, oldest first."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in sorted(self.tables["events"], key=lambda row: (row["practice"], row["seq"])):
            if row["request_id"]:
                found[row["request_id"]].append(row)
        return found

    @cached_property
    def items(self) -> dict[str, Row]:
        """The parts of requests by id."""
        return {row["id"]: row for row in self.tables["request_items"]}

    def of_request(self, table: str, request_id: str) -> list[Row]:
        """Rows of a table that belong to a request."""
        return self._grouped[table].get(request_id, [])

    @cached_property
    def _grouped(self) -> dict[str, dict[str, list[Row]]]:
        return {table: _by_request(rows) for table, rows in self.tables.items()}

    @cached_property
    def keys(self) -> dict[str, bytes]:
        """Every living data key, opened with the key ring; one that does not open is missing."""
        found = {}
        for row in self.tables["data_keys"]:
            if row["wrapped"] is not None:
                with suppress(Shredded):
                    found[row["id"]] = self._whole(row)
        return found

    @cached_property
    def shredded(self) -> set[str]:
        """Requests whose key was destroyed for good, as their row says."""
        gone = {row["id"] for row in self.tables["data_keys"] if row["destroyed_at"] is not None}
        return {row["id"] for row in self.tables["subject_requests"] if row["data_key_id"] in gone}

    def _whole(self, row: Row) -> bytes:
        """A data key: what the database keeps of it, joined with its share outside."""
        half = self.ring.unwrap(row["wrapped"], row["id"].encode())
        if row["share_at"] is None:
            return half
        shares = KeyShares(Path(self.told["ledger"]))
        return joined(half, shares.read(row["share_at"], row["id"]))

    def unsealed(self, request: Row, aad: tuple[str, ...], sealed: bytes) -> bytes:
        """A sealed value of a request."""
        return unseal(self.keys[request["data_key_id"]], aad, sealed)

    def package(self, row: Row) -> dict[str, bytes]:
        """The members of a package by name, opened from the vault once."""
        if row["id"] not in self._opened:
            key = self.keys[self.requests[row["request_id"]]["data_key_id"]]
            whole = self.vault.read(row["blob"], key)
            with zipfile.ZipFile(io.BytesIO(whole)) as packed:
                self._opened[row["id"]] = {"": whole} | {
                    name.partition("/")[2]: packed.read(name) for name in packed.namelist()
                }
        return self._opened[row["id"]]

    @cached_property
    def people(self) -> dict[int, Row]:
        """The people of the systems by number."""
        listed = json.loads((Path(self.told["systems"]) / "people.json").read_text())
        return {person["number"]: person for person in listed}

    @cached_property
    def asked_by(self) -> dict[str, Row]:
        """Who filed each acknowledged request, by its id."""
        found = {}
        for line in self.journal("acknowledged"):
            row = self.by_reference.get(line["reference"])
            if row is not None:
                found[row["id"]] = self.people[line["number"]]
        return found

    @cached_property
    def mails(self) -> dict[str, int]:
        """How many copies of each mail reached the sink, by the id of its row."""
        copies: dict[str, int] = defaultdict(int)
        for path in Path(self.told["mail"]).glob("*.eml"):
            said = message_from_bytes(path.read_bytes())["Message-ID"] or ""
            copies[str(said).strip("<> ").partition("@")[0]] += 1
        return copies


def moment(value: Any) -> datetime:
    """An instant of either database, aware, in UTC."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def texts(value: Any) -> Iterator[str]:
    """Every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else ():
        yield from texts(inner)
    for inner in value if isinstance(value, list) else ():
        yield from texts(inner)


def _plain(name: str, value: Any) -> Any:
    if name in _JSON and isinstance(value, str):
        return json.loads(value)
    return bytes(value) if isinstance(value, memoryview) else value


def _by_request(rows: list[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.get("request_id"):
            found[row["request_id"]].append(row)
    return found
