"""Bugs planted in a house at rest: in its database, its vault, its mail or its journals."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from faults.checker.evidence import Evidence
from faults.checker.plans import Plans


def _sql(*statements: str) -> Callable[[Path], None]:
    def run(folder: Path) -> None:
        _with(folder, lambda connection: _executed(connection, statements))

    return run


def _executed(connection: Connection, statements: tuple[str, ...]) -> None:
    """Somebody with the rights of an administrator takes the guards of the log away first."""
    guards = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    for name in connection.execute(text(guards)).scalars().all():
        connection.execute(text(f"DROP TRIGGER {name}"))
    for statement in statements:
        connection.execute(text(statement))


def _with(folder: Path, act: Callable[[Connection], object]) -> None:
    told = json.loads((folder / "faults.json").read_text())
    engine = create_engine(told["database"])
    with engine.begin() as connection:
        act(connection)
    engine.dispose()


def _mail_thrice(folder: Path) -> None:
    mail = Path(json.loads((folder / "faults.json").read_text())["mail"])
    newest = sorted(mail.glob("*.eml"))[-1]
    for number in (1, 2):
        (mail / f"copy-{number}.eml").write_bytes(newest.read_bytes())


def _swap_packages(folder: Path) -> None:
    """One person's package is given to another, with every sum as it should be."""
    seen = Evidence(folder)
    living = [row for row in seen.tables["packages"] if row["destroyed_at"] is None]
    other = next(
        r
        for r in living
        if seen.asked_by[r["request_id"]] != seen.asked_by[living[0]["request_id"]]
    )
    mine = living[0]
    whole = seen.package(other)[""]
    key = seen.keys[seen.requests[mine["request_id"]]["data_key_id"]]
    seen.vault.delete(mine["blob"])
    sealed = seen.vault.put(mine["blob"], key, [whole])
    change = text("UPDATE packages SET sha256 = :sha, bytes = :size WHERE id = :id")
    values = {"sha": sealed.sha256, "size": sealed.bytes, "id": mine["id"]}
    _with(folder, lambda connection: connection.execute(change, values))


def _torn_package(folder: Path) -> None:
    """A member of a package is left out; the sums tell."""
    seen = Evidence(folder)
    row = next(r for r in seen.tables["packages"] if r["destroyed_at"] is None)
    out, left = io.BytesIO(), 0
    with (
        zipfile.ZipFile(io.BytesIO(seen.package(row)[""])) as old,
        zipfile.ZipFile(out, "w") as new,
    ):
        for name in old.namelist():
            left += (keep := not (name.endswith(".json") and not left))
            if keep or left:
                new.writestr(name, old.read(name))
    key = seen.keys[seen.requests[row["request_id"]]["data_key_id"]]
    seen.vault.delete(row["blob"])
    seen.vault.put(row["blob"], key, [out.getvalue()])


def _canary_in_valkey(folder: Path) -> None:
    seen = Evidence(folder)
    person = next(iter(seen.asked_by.values()))
    (folder / "bodies" / "valkey.dump").write_text(f"rq:job:1 {person['email']}")


def _said_and_gone(folder: Path) -> None:
    """A colleague saw a text saved that nobody can read again."""
    request = next(iter(Evidence(folder).requests))
    line = {"at": 0, "request": request, "what": "note", "text": "Dit is nergens te vinden."}
    with (folder / "journal" / "said.jsonl").open("a") as out:
        out.write(json.dumps(line) + "\n")


#: the newest request; these statements are ours alone
_NEWEST = "(SELECT id FROM subject_requests ORDER BY id DESC LIMIT 1)"


def _kept_is_gone(folder: Path) -> None:
    """A system lost what the plan keeps."""
    path = folder / "systems" / "content.json"
    held = json.loads(path.read_text())
    for systems in held.values():
        systems["his"]["dossier"] = systems["his"]["dossier"][1:]
    path.write_text(json.dumps(held))


def _erased_is_back(folder: Path) -> None:
    """A system holds again what the ledger names."""
    seen = Evidence(folder)
    plans, path = Plans(seen), folder / "systems" / "content.json"
    held = json.loads(path.read_text())
    batch = next(b for b in seen.tables["batches"] if b["verb"] == "erase" and b["outcome"])
    number = str(seen.asked_by[batch["request_id"]]["number"])
    held[number][batch["system"]][batch["dataset"]] += [plans.refs(batch)[0][0]]
    path.write_text(json.dumps(held))


#: name -> what it does to the folder of a house, and the invariants of which one must break
AT_REST: dict[str, tuple[Callable[[Path], None], frozenset[str]]] = {
    "reference-changed": (
        _sql(f"UPDATE subject_requests SET reference = 'AVG-AAAA-AAAA' WHERE id = {_NEWEST}"),
        frozenset({"I1"}),
    ),
    "content-changed": (
        _sql(f"UPDATE subject_requests SET content_hash = 'x' WHERE id = {_NEWEST}"),
        frozenset({"I1"}),
    ),
    "decided-twice": (
        _sql(
            "INSERT INTO letters (id, request_id, item_id, kind, language, level, blob, bytes,"
            " sha256, made_at, released_at) SELECT 'twice', request_id, item_id, kind, language,"
            " level, blob, bytes, sha256, made_at, released_at FROM letters"
            " WHERE kind <> 'receipt' LIMIT 1"
        ),
        frozenset({"I2"}),
    ),
    "approved-alone": (
        _sql("UPDATE plans SET approved_by = made_by"),
        frozenset({"I3"}),
    ),
    "approved-late": (
        _sql("UPDATE plans SET approval_until = approved_at"),
        frozenset({"I3"}),
    ),
    "receipt-lost": (
        _sql("UPDATE batches SET receipt_sealed = NULL WHERE verb = 'erase'"),
        frozenset({"I4"}),
    ),
    "outcome-unknown": (
        _sql("UPDATE batches SET outcome = 'failed' WHERE verb = 'erase'"),
        frozenset({"I4"}),
    ),
    "kept-is-gone": (_kept_is_gone, frozenset({"I11"})),
    "erased-is-back": (_erased_is_back, frozenset({"I4"})),
    "mail-thrice": (_mail_thrice, frozenset({"I2"})),
    "package-of-another": (_swap_packages, frozenset({"I5"})),
    "package-torn": (_torn_package, frozenset({"I5"})),
    "piece-lost": (
        _sql("DELETE FROM segments WHERE id = (SELECT id FROM segments LIMIT 1)"),
        frozenset({"I5"}),
    ),
    "due-moved": (
        _sql(f"UPDATE subject_requests SET due = '2030-01-01' WHERE id = {_NEWEST}"),
        frozenset({"I6"}),
    ),
    "event-removed": (
        _sql("DELETE FROM events WHERE action = 'level_reached'"),
        frozenset({"I7"}),
    ),
    "event-changed": (
        _sql("UPDATE events SET actor = 'staff:nobody' WHERE action = 'decided'"),
        frozenset({"I7"}),
    ),
    "stage-unlogged": (
        _sql(f"UPDATE request_items SET stage = 'reviewing' WHERE request_id = {_NEWEST}"),
        frozenset({"I7"}),
    ),
    "key-destroyed": (
        _sql("UPDATE data_keys SET wrapped = NULL WHERE id <> 'house'"),
        frozenset({"I8"}),
    ),
    "canary-in-queue": (_canary_in_valkey, frozenset({"I9"})),
    "step-forgotten": (
        _sql("UPDATE steps SET outcome = NULL WHERE verb = 'search' AND system = 'crm'"),
        frozenset({"I10"}),
    ),
    "text-lost": (_said_and_gone, frozenset({"I12"})),
}
