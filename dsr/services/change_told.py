"""Who has the data too, and whether they know of the change (Art. 19); what we keep as a code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from dsr.core.letters_parts import Backups, Done, Suppressed, Telling, ToldTo
from dsr.core.plans import PlanLine
from dsr.core.words import Words
from dsr.db.subject_requests import SubjectRequest
from dsr.db.suppressions import Suppression
from dsr.law.rights import Right
from dsr.services.change_gathered import Gathered, day_of

KEEPS_IT = Words("bewaart dit voor ons", "keeps this for us")
#: rights after which every recipient is told, and not the processors alone (Art. 19)
_TELL_ALL = frozenset({Right.RECTIFICATION, Right.ERASURE, Right.RESTRICTION})


def told(about: Gathered, lines: Iterable[PlanLine], done: Iterable[Done]) -> tuple[ToldTo, ...]:
    """Processors whose system was changed know; of recipients the desk says who was told.

    `RequestItem.facts["told"]` is {name: day}, `["not_told"]` is {name: "impossible" or
    "disproportionate"}; a recipient in neither still has to be told, and the letter says so.
    """
    changed = tuple(lines)
    made = {one.name: one for one in _processors(about, changed, tuple(done))}
    if about.wish.right in _TELL_ALL:
        for one in _recipients(about, changed):
            made.setdefault(one.name, one)
    return tuple(made.values())


def suppressed(session: Session, about: Gathered) -> tuple[Suppressed, ...]:
    """The keyed hashes that stay because of this request, by purpose."""
    kinds: dict[str, list[str]] = {}
    for one in _living(session, about.row):
        kinds.setdefault(one.purpose, []).append(one.kind)
    return tuple(
        Suppressed(purpose=about.purpose(purpose), kinds=tuple(dict.fromkeys(found)))
        for purpose, found in kinds.items()
    )


def stopped(session: Session, row: SubjectRequest) -> dict[str, datetime]:
    """The uses that stop on our own list because of this request, and since when."""
    return {one.purpose: one.since for one in _living(session, row)}


def backups(about: Gathered) -> Backups:
    """How long backups live, as far as the practice has said."""
    return Backups(days=about.office.terms.backup_days)


def _living(session: Session, row: SubjectRequest) -> list[Suppression]:
    wanted = select(Suppression).where(
        Suppression.request_id == row.id, Suppression.lifted_at.is_(None)
    )
    return list(session.scalars(wanted.order_by(Suppression.purpose, Suppression.kind)))


def _processors(
    about: Gathered, lines: tuple[PlanLine, ...], done: tuple[Done, ...]
) -> Iterator[ToldTo]:
    days = {one.system: one.day for one in sorted(done, key=lambda one: one.day)}
    for name in dict.fromkeys(line.system for line in lines if line.system):
        system = about.register.system(name)
        if system.kept_by and about.system(name) in days:  # else nothing was done there
            yield ToldTo(
                name=system.kept_by,
                role=about.said(KEEPS_IT),
                how=Telling.TOLD,
                day=days[about.system(name)],
            )


def _recipients(about: Gathered, lines: tuple[PlanLine, ...]) -> Iterator[ToldTo]:
    facts = about.item.facts
    for line in lines:
        for one in about.kept_for(line.activity)[0].recipients:
            day = day_of(facts.get("told", {}).get(one.name))
            why = facts.get("not_told", {}).get(one.name)
            how = Telling.TOLD if day else Telling(why) if why else Telling.WILL_BE
            yield ToldTo(name=one.name, role=about.said(one.role), how=how, day=day)
