"""What the law proposes for an item that changes something: per purpose, with what the desk said.

The facts come from the case, from what was asked, and from the desk (`RequestItem.facts`): codes of
the closed vocabulary, never words about the person. Whoever the law asks, answers by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.errors import BadInput, NotAllowed, NotReady
from dsr.core.register import Dataset, Register, System
from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.core.subject import Level
from dsr.core.wishes import OTHER_USE, Wish
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.ages import age_on
from dsr.law.authority import Act, Field
from dsr.law.decide import decide
from dsr.law.facts import Fact, checked
from dsr.law.identity import Condition, Needed, level_needed
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.rights import Nature, Right
from dsr.services import case, plan, present, propose, wishes
from dsr.services.case import Told, Who
from dsr.services.office import Office

#: who may answer a question of the law; the officer writes down what the DPO answered
ANSWERS: Mapping[Asks, str] = MappingProxyType(
    {Asks.CLINICIAN: "clinician", Asks.OFFICER: "officer", Asks.DPO: "officer"}
)
JUDGEMENTS = ("grant", "refuse")
#: what the case itself proves, and what only a judgement says
PROVED_ELSEWHERE = frozenset(
    {
        "anonymous",
        "answered",
        "asked_additional",
        "authorisation",
        "channel",
        "child_age",
        "ground",
        "his_decision",
        "identity",
        "patient_deceased",
        "received_by",
        "requester",
    }
)
#: rights about a use as a whole, whatever is held for it
USES = frozenset({Right.OBJECTION, Right.WITHDRAWAL})
#: what a field that somebody wants corrected is called in the facts
_FIELDS = MappingProxyType(
    {
        "name": "recorded_fact",
        "email": "phone",
        "phone": "phone",
        "address": "address",
        "birth_date": "birth_date",
        "message": "sent_message",
    }
)
_ACTED = frozenset({Outcome.GRANT, Outcome.PARTLY})
_OPEN = frozenset({Outcome.PROFESSIONAL_JUDGEMENT, Outcome.VERIFY_IDENTITY, Outcome.FORWARD})
#: characters of a reason that somebody else can follow
SHORTEST = 20


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """One purpose, or part of one, and what becomes of it. `where` are (system, dataset) pairs.

    `proposal` is the law's; `judged` is "", "grant" or "refuse" by whom the law asks.
    """

    activity: str
    where: tuple[tuple[str, str], ...]
    facts: Mapping[str, Fact]
    proposal: Proposal
    judged: str = ""

    @property
    def settled(self) -> Proposal:
        """The proposal, with the judgement in it once it was made."""
        if not self.judged or self.proposal.outcome is not Outcome.PROFESSIONAL_JUDGEMENT:
            return self.proposal
        outcome = Outcome.GRANT if self.judged == "grant" else Outcome.REFUSE
        return replace(self.proposal, outcome=outcome, asks=Asks.NOBODY)

    @property
    def acts(self) -> bool:
        """Whether something is done for it."""
        return self.settled.outcome in _ACTED

    @property
    def open(self) -> bool:
        """Whether a person has to judge, or somebody has to show who they are, first."""
        return self.settled.outcome in _OPEN


def weighed(
    session: Session, office: Office, row: SubjectRequest, item: RequestItem
) -> tuple[Weighed, ...]:
    """The law on an item as it stands now, purpose by purpose in the register's order.

    Of a purpose of which nothing was found there is nothing to decide; a use needs no data.
    """
    wish = wishes.of(session, office, row, item)
    register = office.register
    found = _where(register, wish)
    if wish.right not in USES:
        held = present.of(session, office, row)
        found = {name: tuple(p for p in places if p in held) for name, places in found.items()}
        found = {name: places for name, places in found.items() if places}
    order = [name for name in register.activity_ids if name in found]
    who = {**_who(register, Level(row.level), (wish, item)), **_age(session, office, row)}
    return tuple(_weigh(register, who, (wish, item), (name, found[name])) for name in order)


def needed(register: Register, wish: Wish) -> Needed:
    """The level and the gates of acting on a wish (`dsr/law/data/assurance.yaml`)."""
    act = Act.DESTRUCTION if wish.kind == "destruction" else Act(str(wish.right))
    care = wish.kind == "destruction" or "medical" in wishes.groups(wish)
    field = Field.CARE_FILE if care else Field.APP_DATA
    special = is_special(register, wish)
    return level_needed(act, field, special=special, by_representative=False, contact_settled=True)


def is_special(register: Register, wish: Wish) -> bool:
    """Whether a wish is about special categories or messages (Art. 9)."""
    return any(dataset.special for _system, dataset in _datasets(register, wish))


def level_of(register: Register, wish: Wish, item: RequestItem) -> Level:
    """The level that acting needs: of the table, and IA2 at least, or for whom would it be?

    A signed request for destruction, seen by the officer, does with one level less.
    """
    found = needed(register, wish)
    wanted = dict(found.otherwise).get(Condition.SIGNED) if item.facts.get("signed") else None
    return max(Level(str(wanted or found.level)), Level.IA2, key=str)


def say(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    told: Facts,
    who: Who,
) -> None:
    """The officer says what the case is like for one purpose; codes of the vocabulary only."""
    row, item = what
    _check_open(item, who, "officer")
    proved = sorted(PROVED_ELSEWHERE & told.facts.keys())
    if proved:
        raise BadInput(proved[0], "This follows from the case or from a judgement.")
    if told.activity not in {one.activity for one in weighed(session, office, row, item)}:
        raise BadInput("activity", "This part is not about that purpose.")
    facts = dict(item.facts)
    said = {**facts.get("said", {}), told.activity: checked(told.facts)}
    item.facts = {**facts, "said": said}
    body = {"item": item.id, "purpose": told.activity, "facts": sorted(told.facts)}
    case.tell(session, office, row, Told(who=who, action=Action.FACTS_SAID, body=body))


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Facts of one purpose as the desk says them."""

    activity: str
    facts: Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What somebody whom the law asks has judged on one purpose, with reasons for the file."""

    activity: str
    outcome: str
    reasons: str


def judge(
    session: Session,
    office: Office,
    what: tuple[SubjectRequest, RequestItem],
    made: Judgement,
    who: Who,
) -> None:
    """Write down a judgement that the law asks for: the clinician's by a clinician (BW 7:455)."""
    row, item = what
    weighing = {one.activity: one for one in weighed(session, office, row, item)}
    one = weighing.get(made.activity)
    if one is None or one.proposal.outcome is not Outcome.PROFESSIONAL_JUDGEMENT:
        raise BadInput("activity", "The law asks nobody to judge this purpose.")
    _check_open(item, who, ANSWERS.get(one.proposal.asks, "officer"))
    if made.outcome not in JUDGEMENTS:
        raise BadInput("outcome", f"Choose one of: {', '.join(JUDGEMENTS)}.")
    if len(made.reasons.strip()) < SHORTEST:
        raise BadInput("reasons", "Write why, in a sentence that somebody else can follow.")
    judged = {**item.facts.get("judged", {}), made.activity: _judged(made, one, who)}
    item.facts = {**item.facts, "judged": judged}
    body = {"item": item.id, "purpose": made.activity, "outcome": made.outcome}
    told = Told(who=who, action=Action.JUDGED, body=body, text=made.reasons.strip())
    case.tell(session, office, row, told)


def voluntary_care(item: RequestItem) -> bool:
    """Whether the practice gives care data along of its own choice (law.md 5; WP242 rev.01)."""
    said = item.facts.get("said", {})
    return any(facts.get("policy_voluntary_portability") for facts in said.values())


def outcome_of(found: tuple[Weighed, ...]) -> Decision | None:
    """What the parts come to; None while one of them is open. No part at all: nothing is held."""
    if any(one.open for one in found):
        return None
    if not found:
        return Decision.NOTHING_HELD
    acted = [one.acts for one in found]
    if all(acted) and all(one.settled.outcome is Outcome.GRANT for one in found):
        return Decision.GRANTED
    return Decision.PARTLY if any(acted) else Decision.REFUSED


def grounds_of(found: Iterable[Weighed]) -> list[str]:
    """The codes of the articles that the parts rest on, each once."""
    return list(dict.fromkeys(code for one in found for code in one.settled.grounds))


def _judged(made: Judgement, one: Weighed, who: Who) -> dict[str, Any]:
    # A judgement holds for the question and the facts it was made on, and no longer.
    return {
        "outcome": made.outcome,
        "by": who.staff_id,
        "as": str(one.proposal.asks),
        "question": one.proposal.question,
        "rule": one.proposal.rule,
    }


def _check_open(item: RequestItem, who: Who, role: str) -> None:
    if Stage(item.stage) not in (Stage.REVIEWING, Stage.DECIDING):
        raise NotReady("This part is not up for decision; send it back first.")
    if not who.has(role) or who.staff_id is None:
        raise NotAllowed(f"Only a {role} may say this.")


def _weigh(
    register: Register,
    who: Mapping[str, Fact],
    asked: tuple[Wish, RequestItem],
    where: tuple[str, tuple[tuple[str, str], ...]],
) -> Weighed:
    (wish, item), (name, places) = asked, where
    facts = {**who, **_of_wish(register, wish, name)}
    facts |= item.facts.get("said", {}).get(name, {})
    proposal = decide(wish.right, register.activity(name), facts)
    judged = item.facts.get("judged", {}).get(name, {})
    holds = judged.get("question") == proposal.question and judged.get("rule") == proposal.rule
    return Weighed(
        activity=name,
        where=places,
        facts=MappingProxyType(facts),
        proposal=proposal,
        judged=str(judged["outcome"]) if judged and holds else "",
    )


def _who(register: Register, level: Level, asked: tuple[Wish, RequestItem]) -> dict[str, Fact]:
    sure = level.reaches(level_of(register, *asked))
    return {"identity": "verified" if sure else "unverified", "requester": "self"}


def _age(session: Session, office: Office, row: SubjectRequest) -> dict[str, Fact]:
    """How old the person is, as on file, else as typed: a child does not act alone (UAVG 5(4))."""
    subject, told = case.open_subject(case.case_key(session, office, row), row)
    on_file = told.get("on_file", {}).get("birth_date")
    born = date.fromisoformat(on_file) if on_file else subject.birth_date
    return {"age": age_on(born, office.today())} if born else {}


def _of_wish(register: Register, wish: Wish, activity: str) -> dict[str, Fact]:
    nature = register.activity(activity).nature
    if wish.right is Right.RECTIFICATION:
        field = _FIELDS.get(str(wish.data.get("field")))
        return {"field": field} if field else {}
    if wish.right is Right.RESTRICTION:
        return {"ground": str(wish.data["ground"])}
    if wish.right is Right.OBJECTION:
        stated = bool(str(wish.data.get("reason", "")).strip())
        return {"situation": "stated" if stated else "not_stated"}
    if wish.kind == "destruction" and nature is Nature.CARE_FILE:
        return {"object": "medical_file"}
    return {}


def _where(register: Register, wish: Wish) -> dict[str, tuple[tuple[str, str], ...]]:
    if wish.right in USES:
        return _uses(register, wish)
    found: dict[str, list[tuple[str, str]]] = {}
    for system, dataset in _datasets(register, wish):
        found.setdefault(propose.activity_of(dataset), []).append((system.id, dataset.id))
    return {name: tuple(places) for name, places in found.items()}


def _uses(register: Register, wish: Wish) -> dict[str, tuple[tuple[str, str], ...]]:
    """Uses that were named, with the systems that serve them; a use of none has no system."""
    named = wish.data.get("purposes", ())
    chosen = [str(one) for one in named] if isinstance(named, list | tuple) else []
    return {name: _systems_of(register, name) for name in chosen if name != OTHER_USE}


def _systems_of(register: Register, activity: str) -> tuple[tuple[str, str], ...]:
    """The systems that serve a use: by what they keep for it, or by the word of the register."""
    named = {name for one in register.purposes if one.id == activity for name in one.systems}
    return tuple(
        (system.id, "")
        for system in register.systems
        if system.id in named
        or any(propose.activity_of(dataset) == activity for dataset in system.datasets)
    )


def _datasets(register: Register, wish: Wish) -> Iterator[tuple[System, Dataset]]:
    for system in register.systems:
        for dataset in system.datasets:
            if wishes.about(wish, dataset, plan.group_of(dataset)):
                yield system, dataset
