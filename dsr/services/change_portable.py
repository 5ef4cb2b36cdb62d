"""What goes along and what stays (Art. 20), counted as the package itself counts it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from dsr.core.letters_parts import Done, NotDone, Work
from dsr.core.letters_words import LEFT_OUT, WITHHELD
from dsr.core.portable import LeftOut, Origin, PortableAsk, Verdict, Why, asked, verdict
from dsr.core.words import Words
from dsr.services import case, found, review, weighing
from dsr.services.change_gathered import Gathered
from dsr.services.review import SeenItem

STRAIGHT_TO = Words("Rechtstreeks sturen naar: {name}", "Sending straight to: {name}")
NOT_SENT = Words(
    "Wij kunnen dit nog niet zelf versturen. U krijgt het pakket en geeft het zelf door.",
    "We cannot send this ourselves yet. You get the package and pass it on yourself.",
)


@dataclass(frozen=True, kw_only=True)
class Portion:
    """What goes along, what does not, and whether some of it is given of our own accord."""

    given: tuple[Done, ...]
    outside: tuple[NotDone, ...]
    voluntary: bool


def portion(session: Session, about: Gathered) -> Portion:
    """Read the archive once, as it is streamed: constant memory, whatever was found."""
    ask = asked(about.wish, weighing.voluntary_care(about.item))
    given, left, voluntary = Counter[tuple[str, str]](), Counter[tuple[str, str, str, str]](), False
    known: dict[Origin, Verdict] = {}
    for system, seen in _items(session, about):
        origin = _origin(system, seen)
        if origin not in known:
            known[origin] = verdict(about.register, ask, origin)
        found_so = known[origin]
        if seen.reason is not None:
            left[(system, seen.dataset.id, "", "GDPR:20(4)")] += 1
        elif isinstance(found_so.reason, LeftOut):
            articles = " ".join(found_so.articles)
            left[(system, seen.dataset.id, str(found_so.reason), articles)] += 1
        else:
            given[(system, seen.dataset.id)] += 1
            voluntary |= found_so.reason is Why.OWN_CHOICE
    return Portion(
        given=tuple(_given(about, given)),
        outside=(*_outside(about, left), *_straight(about, ask)),
        voluntary=voluntary,
    )


def _items(session: Session, about: Gathered) -> Iterator[tuple[str, SeenItem]]:
    run = about.item.facts.get("run")
    known = found.load(session, about.row, run if isinstance(run, int) else None)
    key = case.case_key(session, about.office, about.row)
    for step in known.searches:
        for seen in review.seen(about.office, key, known, step):
            yield step.system, seen


def _origin(system: str, seen: SeenItem) -> Origin:
    return Origin(
        system=system,
        dataset=seen.dataset.id,
        kind=seen.record["kind"],
        author=seen.record["author"],
        portable=seen.dataset.portable,
        medical_file=seen.dataset.medical_file,
    )


def _given(about: Gathered, given: Counter[tuple[str, str]]) -> Iterator[Done]:
    for (system, dataset), count in given.items():
        yield Done(
            system=about.system(system),
            dataset=_name(about, system, dataset),
            work=Work.GIVEN,
            day=about.office.today(),
            count=count,
        )


def _outside(about: Gathered, left: Counter[tuple[str, str, str, str]]) -> Iterator[NotDone]:
    for (system, dataset, why, articles), count in left.items():
        yield NotDone(
            what=f"{_name(about, system, dataset)} ({about.system(system)})",
            articles=tuple(articles.split()),
            count=count,
            words=about.said(LEFT_OUT[LeftOut(why)] if why else WITHHELD),
        )


def _straight(about: Gathered, ask: PortableAsk) -> Iterator[NotDone]:
    """We send nothing straight to another controller: so far no way is feasible (Art. 20(2))."""
    if ask.recipient:
        what = about.said(STRAIGHT_TO).format(name=ask.recipient)
        yield NotDone(what=what, articles=("GDPR:20(2)",), words=about.said(NOT_SENT))


def _name(about: Gathered, system: str, dataset: str) -> str:
    return about.said(about.register.system(system).dataset(dataset).name)
