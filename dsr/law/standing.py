"""The five answers to "may this person act?", and rules in order of which the first decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from dsr.law.authority import Act, Acting, Authority, Need, Standing
from dsr.law.errors import MissingFact
from dsr.law.proposal import Asks

#: a rule: it speaks, or leaves the question to the next one
Rule = Callable[[Acting], Authority | None]

#: what is asked of the requester for each need
_ACTIONS: Mapping[Need, str] = MappingProxyType(
    {
        Need.CUSTODY: "ask_custody_proof",
        Need.JOINT_CUSTODY: "ask_custody_proof",
        Need.SECOND_PARENT: "ask_second_parent",
        Need.CHILD_CONSENT: "ask_child_consent",
        Need.REPRESENTATIVE: "ask_representative",
        Need.COURT_DECISION: "ask_court_decision",
        Need.AUTHORISATION: "ask_authorisation",
        Need.PATIENT_CONFIRMATION: "confirm_with_patient",
        Need.RANK: "ask_order_of_representatives",
        Need.CONSENT_ON_RECORD: "ask_consent_on_record",
        Need.COMPELLING_INTEREST: "ask_compelling_interest",
        Need.IDENTITY: "use_registered_contact",
    }
)
#: professional secrecy: to others nothing, except with the patient's consent
SECRECY = ("BW:7:457", "BW:7:457(1)")
#: acts by which data reach the requester, so that another's must be taken out
HANDED_OVER = frozenset({Act.ACCESS, Act.PORTABILITY})


def first(name: str, rules: Iterable[Rule], acting: Acting) -> Authority:
    """What the first rule that speaks says; where none speaks, an authorisation is asked for."""
    for rule in rules:
        found = rule(acting)
        if found is not None:
            return found if found.rule else replace(found, rule=f"{name}.{rule.__name__}")
    return replace(ask_proof("GDPR:12(6)", needs=(Need.AUTHORISATION,)), rule=f"{name}.unproved")


def may(*grounds: str, actions: tuple[str, ...] = ()) -> Authority:
    """May act, on these grounds."""
    return Authority(standing=Standing.MAY, grounds=_known(grounds), actions=actions)


def may_with(*grounds: str, needs: tuple[Need, ...]) -> Authority:
    """May act as soon as what is needed is there."""
    return Authority(
        standing=Standing.MAY_WITH, grounds=_known(grounds), actions=_asked(needs), needs=needs
    )


def ask_proof(*grounds: str, needs: tuple[Need, ...]) -> Authority:
    """Authority has not been shown; the clock rests while it is asked for (Art. 12(6))."""
    return Authority(
        standing=Standing.ASK_PROOF,
        grounds=_known(grounds),
        actions=(*_asked(needs), "suspend_clock"),
        needs=needs,
    )


def professional(
    *grounds: str, question: str, asks: Asks = Asks.CLINICIAN, actions: tuple[str, ...] = ()
) -> Authority:
    """The law leaves it to a person."""
    return Authority(
        standing=Standing.PROFESSIONAL,
        grounds=_known(grounds),
        actions=actions,
        asks=asks,
        question=question,
    )


def refuse(*grounds: str, actions: tuple[str, ...] = (), needs: tuple[Need, ...] = ()) -> Authority:
    """May not act; with reasons, and with what would open the way (Art. 12(4))."""
    return Authority(
        standing=Standing.REFUSE,
        grounds=_known(grounds),
        actions=(*actions, *_asked(needs), "art12_4_letter"),
        needs=needs,
    )


def age_of(acting: Acting, name: str) -> int:
    """The subject's age, without which nobody can say who acts."""
    if acting.age is None:
        raise MissingFact(name, "is needed to say who may act: give the age in years.")
    return acting.age


def is_below(acting: Acting, age: int) -> bool:
    """Whether the subject is known to be younger."""
    return acting.age is not None and acting.age < age


def _known(grounds: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code for code in grounds if code))


def _asked(needs: tuple[Need, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_ACTIONS[need] for need in needs))
