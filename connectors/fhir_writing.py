"""What the register says about changes in a HIS (`changes:` of its settings)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
STATEMENTS = ("DocumentReference", "Communication")
_CODE = re.compile(r"[A-Z]{2,20}\Z")


@dataclass(frozen=True, kw_only=True)
class Writing:
    """How changes are made. `confidentiality` and `handling` are the labels of a restriction,
    `statement` the type that holds a patient's own words, `flag` whether a restriction also shows
    as a Flag, `agent` who is named as the one who changed (a reference or a name), `versions`
    whether the HIS keeps earlier versions where it does not show them, `purposes` the HIS's own
    codes ("system|code") of the register's purposes.
    """

    confidentiality: str = "R"
    handling: str = ""
    statement: str = STATEMENTS[0]
    flag: bool = False
    agent: str = "Privacybalie"
    versions: bool = True
    purposes: Mapping[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> tuple[dict[str, object], ...]:
        """The security labels of a restriction."""
        label: dict[str, object] = {"system": CONFIDENTIALITY, "code": self.confidentiality}
        more: dict[str, object] = {"system": ACT_CODE, "code": self.handling}
        return (label, more) if self.handling else (label,)


def writing(read: Entry) -> Writing:
    """The `changes` block; `BrokenRegister` names what is wrong."""
    read.only("confidentiality", "handling", "statement", "flag", "agent", "versions", "purposes")
    usual = Writing()
    purposes = read.pairs("purposes")
    for name, code in purposes.items():
        if not all(part.strip() for part in [*code.split("|"), ""][:2]):
            raise BrokenRegister(f"{read.path}.purposes.{name}: write `system|code`.")
    return Writing(
        confidentiality=_one_of(read, "confidentiality", ("R", "V")),
        handling=_handling(read),
        statement=_one_of(read, "statement", STATEMENTS),
        flag=read.flag("flag"),
        agent=read.text("agent", usual.agent),
        versions=_one_of(read, "versions", ("kept", "none")) == "kept",
        purposes=purposes,
    )


def _one_of(read: Entry, key: str, allowed: tuple[str, ...]) -> str:
    found = read.text(key, allowed[0])
    if found not in allowed:
        raise BrokenRegister(f"{read.path}.{key}: write {' or '.join(allowed)}.")
    return found


def _handling(read: Entry) -> str:
    found = read.text("handling", "")
    if found and not _CODE.match(found):
        raise BrokenRegister(f"{read.path}.handling: write a code of v3-ActCode, such as NOAUTH.")
    return found
