"""What the law proposes on an access request, part by part, from what was found and kept back.

The facts come from the case alone: how sure it is who asks, what the register says about a dataset,
and why somebody kept something back. What is not known is not said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy.orm import Session

from dsr.core.combine import Handling, Judged, Verdict, combined, verdict
from dsr.core.register import Dataset, Register
from dsr.core.request import Decision, WithholdReason
from dsr.core.subject import Level
from dsr.db.subject_requests import SubjectRequest
from dsr.law.case import CARE
from dsr.law.decide import decide
from dsr.law.facts import Fact
from dsr.law.identity import level_for
from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.rights import Nature, Right
from dsr.services import plan, review
from dsr.services.census import Census
from dsr.services.office import Office

#: where every system was searched to the end and holds nothing, that is confirmed (Art. 15(1))
NOTHING_FOUND = Proposal(
    outcome=Outcome.NO_DATA,
    grounds=("GDPR:15(1)",),
    actions=("confirm",),
    rule="access.a_complete_search_found_nothing",
)
#: what lets something be kept back; a letter cites these beside the ground of the reason itself
LIMITS = frozenset(
    {"GDPR:12(6)", "GDPR:15(4)", "UAVG:41(1)(i)", "BW:7:454(1)", "BW:7:456", "GDPR:11(2)"}
)
#: the officer's judgement is the review and the decision themselves
OFFICERS = frozenset({Asks.OFFICER})
_ORDER = tuple(Handling)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A part of the request: things of one activity with the same facts, and what the law says.

    `activity` is the id of a purpose of the register or of a part of one. `count` is how many
    things it is about, `black` that they are black words in things that are given.
    """

    activity: str
    systems: tuple[str, ...]
    facts: Mapping[str, Fact]
    handling: Handling
    reason: WithholdReason | None
    black: bool
    count: int
    proposal: Proposal
    verdict: Verdict


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """All lines, and what they come to."""

    lines: tuple[Line, ...]

    @property
    def decision(self) -> Decision | None:
        """The only decision that law and facts allow; None while something is open or clashes."""
        return combined(line.verdict for line in self.lines)

    @property
    def grounds(self) -> tuple[str, ...]:
        """The articles that the decision rests on."""
        telling = [line for line in self.lines if line.verdict is not Verdict.NOTHING]
        codes = (code for line in telling or self.lines for code in line.proposal.grounds)
        return tuple(dict.fromkeys(codes))

    def waits_for(self, asks: Asks) -> bool:
        """Whether this person has to judge before anything can be decided."""
        return any(one.verdict is Verdict.OPEN and one.proposal.asks is asks for one in self.lines)

    @property
    def clashes(self) -> bool:
        """Whether the desk does something that the law does not propose."""
        return any(line.verdict is Verdict.CLASH for line in self.lines)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a request stands: who is sure, what was asked, which systems a clinician signed for."""

    level: Level
    scope: tuple[str, ...]
    signed: frozenset[str] = frozenset()
    answered: frozenset[Asks] = OFFICERS


def proposed(session: Session, office: Office, row: SubjectRequest, counted: Census) -> Proposed:
    """The law on a request as it stands now; `counted` is its census."""
    standing = Standing(
        level=Level(row.level),
        scope=tuple(row.scope),
        signed=frozenset(review.signed_systems(session, row)),
    )
    return of(office.register, standing, counted)


def of(register: Register, standing: Standing, counted: Census) -> Proposed:
    """The same of what was read before; needs no database."""
    lines: dict[tuple[object, ...], _Gathered] = {}
    for piece in _pieces(register, standing, counted):
        lines.setdefault(piece.sort, _Gathered(piece)).add(piece)
    made = (gathered.line(register, standing) for gathered in lines.values())
    order = {name: place for place, name in enumerate(register.activity_ids)}
    places = {handling: place for place, handling in enumerate(_ORDER)}
    return Proposed(
        lines=tuple(sorted(made, key=lambda one: (order[one.activity], places[one.handling])))
    )


def limits(
    register: Register, level: str, dataset: Dataset, reason: WithholdReason
) -> tuple[str, ...]:
    """The articles by which the law lets a thing of this dataset be kept back for this reason."""
    if reason is WithholdReason.OTHER_PERSON:
        return ()  # no data of the requester, so nothing of theirs is limited (Art. 15(1))
    facts = _facts(register, Level(level), dataset, reason)
    proposal = decide(Right.ACCESS, register.activity(activity_of(dataset)), facts)
    return tuple(code for code in proposal.grounds if code in LIMITS)


def activity_of(dataset: Dataset) -> str:
    """The id of the part of a purpose, or of the purpose, that a dataset is kept for."""
    return dataset.part or dataset.purpose


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """Things of one dataset that are alike."""

    activity: str
    system: str
    facts: Mapping[str, Fact]
    handling: Handling
    reason: WithholdReason | None = None
    black: bool = False
    count: int = 0

    @property
    def sort(self) -> tuple[object, ...]:
        """What one line of the proposal has in common."""
        facts = tuple(sorted(self.facts.items()))
        return (self.activity, facts, self.handling, self.reason, self.black)


@dataclass
class _Gathered:
    """Pieces that make one line."""

    first: _Piece
    systems: dict[str, None] = field(default_factory=dict)
    count: int = 0

    def add(self, piece: _Piece) -> None:
        self.systems[piece.system] = None
        self.count += piece.count

    def line(self, register: Register, standing: Standing) -> Line:
        piece = self.first
        proposal = _proposal(register, piece)
        judged = Judged(
            outcome=proposal.outcome,
            handling=piece.handling,
            answered=_answered(proposal.asks, standing, self.systems),
        )
        return Line(
            activity=piece.activity,
            systems=tuple(name for name in self.systems if name),
            facts=MappingProxyType(dict(piece.facts)),
            handling=piece.handling,
            reason=piece.reason,
            black=piece.black,
            count=self.count,
            proposal=proposal,
            verdict=verdict(judged),
        )


def _proposal(register: Register, piece: _Piece) -> Proposal:
    if piece.handling is Handling.NOTHING_FOUND and "anonymous" not in piece.facts:
        return NOTHING_FOUND
    return decide(Right.ACCESS, register.activity(piece.activity), piece.facts)


def _answered(asks: Asks, standing: Standing, systems: Iterable[str]) -> bool:
    # A clinician answers by signing for the system as it is now (BW 7:456).
    if asks is Asks.CLINICIAN:
        return standing.signed >= set(systems)
    return asks in standing.answered


def _pieces(register: Register, standing: Standing, counted: Census) -> Iterator[_Piece]:
    found = list(_of_datasets(register, standing, counted))
    telling = {(one.activity, one.facts.get("object")) for one in found if not _is_empty(one)}
    for piece in found:
        if not _is_empty(piece) or (piece.activity, piece.facts.get("object")) not in telling:
            yield piece
    if "all" in standing.scope:
        yield from _of_nobody(register, standing.level)


def _is_empty(piece: _Piece) -> bool:
    return piece.handling is Handling.NOTHING_FOUND


def _of_datasets(register: Register, standing: Standing, counted: Census) -> Iterator[_Piece]:
    for name in counted.searched:
        system = register.system(name)
        for dataset in plan.in_scope(system, list(standing.scope)):
            yield from _of_dataset(register, standing, counted, (name, dataset))


def _of_dataset(
    register: Register, standing: Standing, counted: Census, where: tuple[str, Dataset]
) -> Iterator[_Piece]:
    system, dataset = where
    at = (system, dataset.id)

    def piece(handling: Handling, reason: WithholdReason | None = None, **more: int) -> _Piece:
        return _Piece(
            activity=activity_of(dataset),
            system=system,
            facts=(
                _object(dataset, register.activity(activity_of(dataset)).nature)
                if handling is Handling.NOTHING_FOUND
                else _facts(register, standing.level, dataset, reason)
            ),
            handling=handling,
            reason=reason,
            black=bool(more.get("black")),
            count=more.get("count", 0),
        )

    if given := counted.released[at]:
        yield piece(Handling.GIVEN, count=given)
    for (*place, reason, black), count in counted.withheld.items():
        if tuple(place) == at:
            yield piece(Handling.KEPT_BACK, WithholdReason(reason), black=black, count=count)
    if system in counted.open_systems:
        yield piece(Handling.NOT_SEARCHED)
    elif not counted.found[at]:
        yield piece(Handling.NOTHING_FOUND)


def _of_nobody(register: Register, level: Level) -> Iterator[_Piece]:
    """Purposes that keep nothing about anybody: the register says so (recital 26)."""
    facts: Mapping[str, Fact] = {**_who(level, special=False), "anonymous": True}
    for purpose in register.purposes:
        if not purpose.data_kept:
            handling = Handling.NOTHING_FOUND
            yield _Piece(activity=purpose.id, system="", facts=facts, handling=handling)


def _facts(
    register: Register, level: Level, dataset: Dataset, reason: WithholdReason | None
) -> Mapping[str, Fact]:
    nature = register.activity(activity_of(dataset)).nature
    # Some things of a dataset may need more than the others: those are withheld for the level.
    who = _who(level, special=dataset.special or reason is WithholdReason.LEVEL)
    return {**who, **_object(dataset, nature), **_because(dataset, nature, reason)}


def _who(level: Level, *, special: bool) -> Mapping[str, Fact]:
    """Who asks: verified only at the level that the release needs (Art. 12(6), 32)."""
    sure = level.reaches(Level(level_for(special=special)))
    return {"identity": "verified" if sure else "unverified", "requester": "self"}


def _object(dataset: Dataset, nature: Nature) -> Mapping[str, Fact]:
    if dataset.access_log:
        return {"object": "access_log"}
    if dataset.medical_file and nature not in CARE - {Nature.CARE_FILE}:
        return {"object": "medical_file"}
    return {}


def _because(dataset: Dataset, nature: Nature, reason: WithholdReason | None) -> Mapping[str, Fact]:
    """What a reason for keeping something back says about it; most say nothing more."""
    if reason is WithholdReason.WORK_NOTES:
        return {"object": "personal_work_notes"}
    if reason is not WithholdReason.THIRD_PARTY:
        return {}
    if dataset.medical_file:
        return {"dossier_contains": "third_party_confidential"}
    return {"third_party_in_message": True} if nature is Nature.MESSAGES else {}
