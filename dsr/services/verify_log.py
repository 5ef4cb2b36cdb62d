"""Check an exported event log against signed heads; needs no database and no secret (T70).

What no log can show: rows after the newest signed head that were cut. `Verdict.unsealed` counts
how many rows no head covers yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import orjson

from dsr.core.chain import GENESIS, row_hash
from dsr.vault.signing import head_holds

Row = Mapping[str, object]
#: Problems named one by one; a broken log of millions of rows must not fill the memory.
MOST_PROBLEMS = 1_000


@dataclass(frozen=True)
class Problem:
    """One thing that does not fit: in which chain, at which row (0: not at a row), in words."""

    practice: str
    seq: int
    words: str


@dataclass(frozen=True)
class Verdict:
    """The result: rows and heads checked, rows no head covers yet, and what does not fit.

    `problems` names the first `MOST_PROBLEMS`; `found` counts them all.
    """

    good: bool
    checked: int
    problems: tuple[Problem, ...]
    found: int = 0
    heads: int = 0
    unsealed: int = 0


def json_lines(lines: Iterable[bytes]) -> Iterator[Row]:
    """The objects of a JSON-lines file; a line that is none becomes an empty row, a problem."""
    for line in lines:
        if line.strip():
            yield _object(line)


def verify(rows: Iterable[Row], heads: Iterable[Row], public_key: bytes) -> Verdict:
    """Walk all chains once in the order given; memory grows with heads and practices, not rows."""
    findings = _Findings()
    sealed = _Heads(findings)
    sealed.take(heads, public_key)
    walk = _Walk(sealed, findings)
    for row in rows:
        walk.take(row)
    ends = {practice: chain.seq for practice, chain in walk.chains.items()}
    sealed.report_cut(ends)
    return Verdict(
        good=not findings.found,
        checked=walk.checked,
        problems=tuple(findings.listed),
        found=findings.found,
        heads=sealed.count,
        unsealed=sealed.unsealed(ends),
    )


def _object(line: bytes) -> Row:
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


@dataclass
class _Findings:
    found: int = 0
    listed: list[Problem] = field(default_factory=list)

    def add(self, practice: str, seq: int, words: str) -> None:
        self.found += 1
        if len(self.listed) < MOST_PROBLEMS:
            self.listed.append(Problem(practice, seq, words))


@dataclass
class _Chain:
    """Where the walk stands in one practice: the last row's number and its hash as written."""

    seq: int
    hash: str


class _Heads:
    """The heads whose signature holds, by practice and row."""

    def __init__(self, findings: _Findings) -> None:
        self.count = 0
        self._by_practice: dict[str, dict[int, str]] = {}
        self._findings = findings

    def take(self, heads: Iterable[Row], public_key: bytes) -> None:
        for head in heads:
            practice, seq = str(head.get("practice", "")), _whole(head.get("seq"))
            if seq < 1 or not head_holds(public_key, head):
                words = "a head's signature does not hold: it was changed or another key signed it"
                self._findings.add(practice, max(seq, 0), words)
                continue
            self.count += 1
            self._keep(practice, seq, str(head["row_hash"]))

    def _keep(self, practice: str, seq: int, row_hash_hex: str) -> None:
        kept = self._by_practice.setdefault(practice, {}).setdefault(seq, row_hash_hex)
        if kept != row_hash_hex:
            words = "two signed heads give this row different hashes: the log was written twice"
            self._findings.add(practice, seq, words)

    def compare(self, practice: str, seq: int, row_hash_hex: object) -> None:
        signed = self._by_practice.get(practice, {}).get(seq)
        if signed is not None and signed != row_hash_hex:
            words = "the row is not the one that was signed: it or a row before it was recomputed"
            self._findings.add(practice, seq, words)

    def report_cut(self, ends: Mapping[str, int]) -> None:
        for practice, signed in self._by_practice.items():
            last, newest = ends.get(practice, 0), max(signed)
            if newest > last:
                words = f"rows up to {newest} were signed, but the log ends at row {last}: cut off"
                self._findings.add(practice, last + 1, words)

    def unsealed(self, ends: Mapping[str, int]) -> int:
        newest = {practice: max(signed) for practice, signed in self._by_practice.items()}
        return sum(max(0, last - newest.get(practice, 0)) for practice, last in ends.items())


@dataclass
class _Walk:
    """Takes the rows one by one; remembers of each practice only where its chain stands."""

    sealed: _Heads
    findings: _Findings
    chains: dict[str, _Chain] = field(default_factory=dict)
    checked: int = 0

    def take(self, row: Row) -> None:
        self.checked += 1
        practice, seq = row.get("practice"), _whole(row.get("seq"))
        if not isinstance(practice, str) or seq < 1:
            words = f"line {self.checked} is not a row of the log: no practice or no number"
            self.findings.add("", 0, words)
            return
        chain = self._chain(practice)
        for words in _misfits(row, seq, chain):
            self.findings.add(practice, seq, words)
        self.sealed.compare(practice, seq, row.get("row_hash"))
        if seq > chain.seq:
            chain.seq, chain.hash = seq, str(row.get("row_hash"))

    def _chain(self, practice: str) -> _Chain:
        if practice not in self.chains:
            self.chains[practice] = _Chain(0, GENESIS(practice).hex())
        return self.chains[practice]


def _misfits(row: Row, seq: int, chain: _Chain) -> Iterator[str]:
    if seq <= chain.seq:
        yield f"the row stands after row {chain.seq}: doubled or out of order"
    elif seq > chain.seq + 1:
        yield f"rows {chain.seq + 1} to {seq - 1} are missing before this row"
    elif row.get("prev_hash") != chain.hash:
        yield "the row does not follow the row before it: one of the two was put in or changed"
    if not _own_hash_fits(row):
        yield "the row's hash does not fit what the row says: the row was changed"


def _own_hash_fits(row: Row) -> bool:
    body = dict(row)
    claimed = body.pop("row_hash", None)
    try:
        return row_hash(bytes.fromhex(str(body.get("prev_hash"))), body).hex() == claimed
    except ValueError:
        return False


def _whole(value: object) -> int:
    return value if type(value) is int else 0
