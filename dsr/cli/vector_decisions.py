"""The cases of `decisions.json`, through `dsr.law.decide`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dsr.cli.vector_shape import Difference, Malformed, Shape, Vector
from dsr.core.register import Register
from dsr.law.activity import Activity
from dsr.law.decide import decide
from dsr.law.facts import checked
from dsr.law.proposal import Outcome
from dsr.law.rights import Basis, Right

SHAPE = Shape(
    required={
        "id": (str,),
        "right": (str,),
        "purpose": (str,),
        "basis": (str,),
        "facts": (dict,),
        "expected_outcome": (str,),
        "expected_grounds": (list,),
        "expected_actions": (list,),
    },
    optional={"reasoning": (str,), "source": (str,)},
)
#: what holds where a case says nothing of it (README of the vectors); here, never in the product
DEFAULTS = {"identity": "verified", "requester": "self"}
#: a purpose of no register, where the answer is the same for every purpose
ANY = "any"
#: a module of a processor, whichever
ANY_MODULE = "VIP.any"


def differences(vector: Vector, registers: Sequence[Register]) -> list[Difference]:
    """What came out otherwise: outcome equal, expected grounds and actions among those produced."""
    right = vector.one_of("right", Right, consent_withdrawal=Right.WITHDRAWAL)
    expected = vector.one_of("expected_outcome", Outcome)
    activity = activity_of(vector, registers)
    proposal = decide(right, activity, checked({**DEFAULTS, **vector.mapping("facts")}))
    return [
        *_other_outcome(expected, proposal.outcome, proposal.rule),
        *_missing("grounds", vector.texts("expected_grounds"), proposal.grounds),
        *_missing("actions", vector.texts("expected_actions"), proposal.actions),
    ]


def activity_of(vector: Vector, registers: Sequence[Register]) -> Activity:
    """The processing activity of a case; the basis of the case goes before the register's."""
    purpose, basis = vector.text("purpose"), vector.one_of("basis", Basis)
    if purpose == ANY:
        return Activity(id=ANY, basis=basis)
    if purpose == ANY_MODULE:
        return Activity(id=ANY_MODULE, basis=basis, by_processor=True)
    for register in registers:
        if purpose in register.activity_ids:
            return register.activity(purpose, basis)
    known = [ANY, ANY_MODULE, *(one for register in registers for one in register.activity_ids)]
    raise Malformed(f"purpose = {purpose!r}; it is one of {', '.join(known)}")


def _other_outcome(expected: Outcome, got: Outcome, rule: str) -> Iterator[Difference]:
    if got is not expected:
        yield Difference("outcome", expected, f"{got} ({rule})")


def _missing(name: str, expected: list[str], got: Sequence[str]) -> Iterator[Difference]:
    lacking = [one for one in expected if one not in got]
    if lacking:
        yield Difference(name, " ".join(lacking), f"only {' '.join(got) or 'none'}")
