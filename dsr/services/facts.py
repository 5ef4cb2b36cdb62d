"""The facts of each letter and of the package, gathered from the database and the archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from dsr.core.letters import (
    AccessAnswer,
    Facts,
    IdentityWay,
    Letter,
    NotProved,
    Period,
    Receipt,
    Refusal,
    SourceAnswer,
    Withheld,
)
from dsr.core.package import DatasetCount, Source, WithheldItem
from dsr.core.request import Decision, Outcome, WithholdReason
from dsr.core.subject import Level
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.law.calendar import civil_date
from dsr.law.deadlines import court_until
from dsr.law.grounds import cited, ground
from dsr.law.rights import Right
from dsr.services import case, decide, due, plan, propose, stages
from dsr.services.census import Census
from dsr.services.office import Office


def common(session: Session, office: Office, row: SubjectRequest) -> Facts:
    """What every letter holds; the person is addressed by name only once identity is proved."""
    name = ""
    if Level(row.level).reaches(Level.IA2):
        key = case.case_key(session, office, row)
        typed, extra = case.open_subject(key, row)
        name = extra.get("on_file", {}).get("name") or typed.name
    return Facts(
        language=row.language,
        reference=row.reference,
        practice=office.register.practice(row.practice),
        controller=office.register.controller,
        today=office.today(),
        received=civil_date(row.received_at),
        due=due.of(row).date,
        due_because=due.because(row, row.language),
        right=Right.ACCESS,
        recipient=name,
    )


def receipt(session: Session, office: Office, row: SubjectRequest) -> Receipt:
    """The acknowledgement; names nobody, the same for people we know and do not (T18)."""
    proved = Level(row.level).reaches(Level.IA2)
    ways = () if proved else tuple(IdentityWay)
    received = civil_date(row.received_at)
    return Receipt(
        facts=replace(common(session, office, row), recipient="", today=received),
        status_url=f"{office.public_url}/{row.language}/volgen",
        ways=ways,
        kinds=kinds_of(row),
    )


def kinds_of(row: SubjectRequest) -> tuple[str, ...]:
    """What is asked in a request, one a right, as a wish names it."""
    return tuple("destruction" if one.part else one.right for one in row.items)


def answer(
    session: Session,
    office: Office,
    row: SubjectRequest,
    counted: Census,
    searches: Sequence[Step] | None = None,
) -> Letter:
    """The letter that the decision on the access item calls for.

    `searches` are the request's, if they were read already.
    """
    item = stages.access_item(row)
    decision = Decision(item.decision or "")
    if decision is Decision.NOT_PROVED:
        return _not_proved(session, office, row)
    if decision is Decision.REFUSED:
        return _refusal(session, office, row)
    searches = plan.searches_of(session, row) if searches is None else searches
    return AccessAnswer(
        facts=common(session, office, row),
        decision=decision,
        sources=tuple(_source_answers(office, row, searches, counted)),
        periods=_periods(office, row),
        court_until=court_until(office.today()),
        download_until=None if decision is Decision.NOTHING_HELD else download_until(office),
        withheld=tuple(_withheld_words(office, row, counted)),
    )


def download_until(office: Office) -> date:
    """The last day on which a package made today may be fetched."""
    return office.today() + timedelta(days=office.terms.package_days)


def sources(
    session: Session, office: Office, row: SubjectRequest, counted: Census
) -> tuple[Source, ...]:
    """Every system of the register, searched or not, as `bronnen.json` tells it."""
    return sources_of(office, row, plan.searches_of(session, row), counted)


def sources_of(
    office: Office, row: SubjectRequest, searches: Sequence[Step], counted: Census
) -> tuple[Source, ...]:
    """The same, of searches that were read already."""
    steps = {step.system: step for step in searches}
    made = []
    for system in office.register.systems:
        step = steps.get(system.id)
        made.append(
            Source(
                system=system.id,
                folder=system.folder,
                name=system.name,
                outcome=_outcome(step),
                searched_at=_searched_at(step),
                identifiers=tuple(step.cursor.get("agrees", ())) if step else (),
                counts=tuple(_counts(system.id, step, counted)),
                connector=system.connector,
                connector_version="1",
                words=note_of(step, row.language),
            )
        )
    return tuple(made)


def withheld_items(row: SubjectRequest, counted: Census, office: Office) -> Iterator[WithheldItem]:
    """What is not in the package, counted, each with its reason."""
    for (system, dataset, reason, partly), count in sorted(counted.withheld.items()):
        kept = office.register.system(system).dataset(dataset)
        yield WithheldItem(
            system=system,
            dataset=dataset,
            reason=reason,
            count=count,
            medical_file=kept.medical_file,
            partly=partly,
            limits=propose.limits(office.register, row.level, kept, WithholdReason(reason)),
        )


def _source_answers(
    office: Office, row: SubjectRequest, searches: Sequence[Step], counted: Census
) -> Iterator[SourceAnswer]:
    for source in sources_of(office, row, searches, counted):
        cut = sum(n for (system, _), n in counted.redacted.items() if system == source.system)
        yield SourceAnswer(
            name=source.name.in_(row.language),
            outcome=source.outcome,
            found=source.found,
            released=source.released,
            redacted=cut,
            searched=civil_date(source.searched_at) if source.searched_at else None,
            note=source.words,
        )


def _withheld_words(office: Office, row: SubjectRequest, counted: Census) -> Iterator[Withheld]:
    for item in withheld_items(row, counted, office):
        system = office.register.system(item.system)
        yield Withheld(
            source=system.name.in_(row.language),
            dataset=system.dataset(item.dataset).name.in_(row.language),
            count=item.count,
            reason=item.reason,
            medical_file=item.medical_file,
            partly=item.partly,
            limits=item.limits,
        )


def _periods(office: Office, row: SubjectRequest) -> tuple[Period, ...]:
    return tuple(
        Period(name=purpose.name.in_(row.language), words=purpose.retention.in_(row.language))
        for purpose in office.register.purposes
        if purpose.data_kept
    )


def _not_proved(session: Session, office: Office, row: SubjectRequest) -> NotProved:
    return NotProved(
        # It leaves at IA0, so it names nobody, also when somebody proved who they are since (T18).
        facts=replace(common(session, office, row), recipient=""),
        asked=civil_date(row.received_at),
        ways=tuple(IdentityWay),
        kinds=kinds_of(row),
        court_until=court_until(office.today()),
    )


def _refusal(session: Session, office: Office, row: SubjectRequest) -> Refusal:
    item = stages.access_item(row)
    words = decide.reasons(case.case_key(session, office, row), item)
    grounds = [ground(code) for code in item.grounds]
    nl = row.language == "nl"
    return Refusal(
        facts=common(session, office, row),
        what="Inzage in uw gegevens." if nl else "Access to your data.",
        why=(*(one.words(row.language) for one in grounds), words["facts"]),
        articles=(cited(item.grounds, row.language),),
        instead=(words["instead"],),
        court_until=court_until(office.today()),
    )


def _outcome(step: Step | None) -> Outcome:
    # A system without a step holds nothing of what was asked; its words say so.
    return Outcome.NOT_KEPT if step is None else Outcome(step.outcome or Outcome.FAILED)


def _searched_at(step: Step | None) -> datetime | None:
    # What was only accepted as not yet searched has no date of a search.
    if step is None or step.outcome in (Outcome.BY_HAND, Outcome.FAILED):
        return None
    return step.finished_at


def note_of(step: Step | None, language: str) -> str:
    """In words what a reader must know about a source that was not simply searched."""
    nl = language == "nl"
    if step is None:
        return "Hier vroeg u niet om." if nl else "You did not ask for this."
    notes = {
        Outcome.BY_HAND: (
            "Hier is nog niet gezocht. Dit gaat met de hand; u hoort het resultaat later.",
            "Not searched yet. This is done by hand; you will hear the result later.",
        ),
        Outcome.FAILED: (
            "Dit systeem gaf geen antwoord. Hier is nog niet gezocht.",
            "This system did not answer. It has not been searched yet.",
        ),
        Outcome.NOT_KEPT: (
            "Dit systeem bewaart zulke gegevens niet.",
            "This system does not keep such data.",
        ),
        Outcome.NONE_FOUND: (
            "Wij hebben gezocht en niets gevonden.",
            "We searched and found nothing.",
        ),
    }
    words = notes.get(Outcome(step.outcome or Outcome.FAILED))
    return "" if words is None else words[0 if nl else 1]


def _counts(system: str, step: Step | None, counted: Census) -> Iterator[DatasetCount]:
    for (where, dataset), found in sorted(counted.found.items()):
        if where == system:
            released = counted.released[(system, dataset)]
            yield DatasetCount(
                dataset=dataset, found=found, released=released, withheld=found - released
            )
