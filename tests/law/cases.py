"""Activities of every nature, and a question to the law in one line."""

from __future__ import annotations

from typing import Any

from dsr.law.activity import Activity
from dsr.law.decide import decide
from dsr.law.facts import Fact
from dsr.law.proposal import Proposal
from dsr.law.rights import Basis, Nature, Right

_NATURAL = {
    Nature.ACCOUNT: Basis.CONTRACT,
    Nature.MESSAGES: Basis.CONSENT,
    Nature.CARE_FILE: Basis.LEGAL_OBLIGATION,
    Nature.CARE_COPY: Basis.LEGAL_OBLIGATION,
    Nature.ADMINISTRATION: Basis.NONE_STATED,
    Nature.FINANCE: Basis.LEGAL_OBLIGATION,
    Nature.STATISTICS: Basis.LEGITIMATE_INTEREST,
    Nature.SECURITY: Basis.CONSENT,
    Nature.ACCESS_LOG: Basis.LEGAL_OBLIGATION,
    Nature.PASS_THROUGH: Basis.LEGAL_OBLIGATION,
    Nature.RESEARCH: Basis.SCIENTIFIC_RESEARCH,
}


def of_nature(nature: Nature, **more: Any) -> Activity:
    """An activity of this nature, on the basis that it mostly has."""
    given: dict[str, Any] = {"basis": _NATURAL.get(nature, Basis.OTHER), **more}
    return Activity(id=f"some.{nature}", nature=nature, **given)


def on_basis(basis: Basis, **more: Any) -> Activity:
    """An activity of no particular nature, on this basis."""
    return Activity(id=f"some.{basis}", basis=basis, **more)


def asked(right: Right, activity: Activity, **facts: Fact) -> Proposal:
    """The proposal to somebody who proved to be the person itself, unless facts say else."""
    return decide(right, activity, {"identity": "verified", "requester": "self", **facts})
