"""The answers of one request, a right each: what was decided and done, what to fetch (P14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from dsr.core.plans import AT_REST, PlanLine, from_json
from dsr.core.register import Register
from dsr.core.request import Decision, Verb
from dsr.core.subject import Level
from dsr.core.wishes import DESTRUCTION
from dsr.db import answers, plans
from dsr.db.answers import Letter, Package
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.calendar import civil_date
from dsr.law.deadlines import court_until
from dsr.law.rights import Right
from dsr.services import cancelling, release
from dsr.services.office import Office
from dsr.web.patient import items, rights


@dataclass(frozen=True)
class Done:
    """What became of things of one kind; `until` is the last day on which they stay."""

    name: str
    words: str
    count: int
    good: bool
    until: date | None = None


@dataclass(frozen=True)
class Answer:
    """The answer to one right. `letter` is None while there is none, and `open` says that this
    visit may see it. `package` is None where there is none, or it cannot be fetched any more.
    `decision` is what was decided, empty below the level of the letter. `stopped`: the person took
    it back; one letter may say that for several.
    """

    id: str
    kind: str
    name: str
    icon: str
    title: str
    letter: Letter | None
    open: bool
    decision: str = ""
    stopped: bool = False
    package: Package | None = None
    expired: bool = False
    done: tuple[Done, ...] = ()
    decided: date | None = None
    court_until: date | None = None


def of(
    session: Session, office: Office, row: SubjectRequest, level: Level, language: str
) -> tuple[Answer, ...]:
    """Every right of a request with its answer, in the order in which rights are offered."""
    view = _View(session, office, level, language)
    return tuple(_answer(view, row, item) for item in items.in_order(row))


def title(kind: str, decision: str) -> str:
    """What was decided on one right, in a few words."""
    known = _decided().get(kind, {})
    return known.get(decision) or _always(decision)


@dataclass(frozen=True)
class _View:
    """Who looks, at which level and in which language."""

    session: Session
    office: Office
    level: Level
    language: str


def _answer(view: _View, row: SubjectRequest, item: RequestItem) -> Answer:
    kind = items.kind_of(item)
    letter = release.answer_letter(view.session, row, item)
    released = letter if letter is not None and letter.released_at else None
    is_open = released is not None and view.level.reaches(Level(released.level))
    package = answers.package_of(view.session, row.id, item.id) if is_open else None
    usable = package is not None and (
        package.expires_at > view.office.now() and package.downloads < package.downloads_allowed
    )
    return Answer(
        id=item.id,
        kind=kind,
        name=rights.kinds()[kind],
        icon=rights.ICONS[kind],
        title=title(kind, item.decision or "") if is_open else "",
        letter=released,
        open=is_open,
        decision=(item.decision or "") if is_open else "",
        stopped=cancelling.is_stopped(item),
        package=package if usable else None,
        expired=package is not None and not usable,
        done=tuple(_done(view, item)) if is_open else (),
        decided=civil_date(released.made_at) if released else None,
        # Six weeks after receipt (UAVG 35(2)): it can be received once it is there.
        court_until=court_until(civil_date(released.released_at or released.made_at))
        if released
        else None,
    )


def _done(view: _View, item: RequestItem) -> Iterator[Done]:
    """What was done by the receipts of the last plan, and what it kept."""
    made = [plan for plan in plans.of_item(view.session, item.id) if plan.begun_at]
    if not made:
        return
    counted: Counter[tuple[str, str, str, str]] = Counter()
    for batch in plans.batches(view.session, made[-1].id):
        for came, count in batch.counts.items():
            counted[batch.system, batch.dataset, batch.verb, came] += count
    for (system, dataset, verb, came), count in counted.items():
        words = _came(verb, came)
        if words and count:
            name = _name(view.office.register, system, dataset, view.language)
            yield Done(name, words, count, came != "retained")
    for line in map(from_json, made[-1].summary.get("lines", ())):
        if line.treatment in AT_REST:
            yield _kept(view, line)


def _kept(view: _View, line: PlanLine) -> Done:
    name = _name(view.office.register, line.system, line.dataset, view.language)
    return Done(name, _("bewaard; de brief zegt waarom"), line.count, good=False, until=line.until)


def _name(register: Register, system: str, dataset: str, language: str) -> str:
    if not system:
        return str(_("Het gebruik"))
    known = register.system(system)
    if not dataset:
        return known.name.in_(language)
    return f"{known.name.in_(language)}: {known.dataset(dataset).name.in_(language)}"


def _came(verb: str, came: str) -> str:
    """What a receipt's count means; empty for what a person need not hear."""
    other: Mapping[str, str] = {
        "retained": _("niet veranderd; de brief zegt waarom"),
        "gone": _("was al weg"),
        "emptied": _("leeggemaakt"),
    }
    known: Mapping[str, str] = {
        Verb.RECTIFY: _("verbeterd"),
        Verb.ANNOTATE: _("uw verklaring staat erbij"),
        Verb.ERASE: _("verwijderd"),
        Verb.RESTRICT: _("gebruik gestopt"),
        Verb.LIFT: _("gebruik mag weer"),
        Verb.STOP: _("gebruik gestopt"),
        Verb.RESUME: _("gebruik mag weer"),
    }
    return other.get(came) or known.get(verb, "")


def _always(decision: str) -> str:
    """What reads alike whatever was asked."""
    known: dict[str, str] = {
        Decision.NOTHING_HELD: _("Wij hebben geen gegevens van u"),
        Decision.NOT_PROVED: _("Wij weten niet zeker wie u bent"),
        Decision.WITHDRAWN: _("U hebt dit gestopt"),
        Decision.TRANSFERRED: _("Wij hebben uw gegevens niet meer"),
    }
    return known.get(decision) or str(_("Uw antwoord"))


def _decided() -> dict[str, dict[str, str]]:
    """What was decided, by what was asked."""
    granted, partly, refused = Decision.GRANTED, Decision.PARTLY, Decision.REFUSED
    return {
        Right.ACCESS: {
            granted: _("U krijgt al uw gegevens"),
            partly: _("U krijgt een deel van uw gegevens"),
            refused: _("U krijgt uw gegevens niet"),
        },
        Right.RECTIFICATION: {
            granted: _("Wij hebben het verbeterd"),
            partly: _("Wij hebben een deel verbeterd"),
            refused: _("Wij veranderen dit niet"),
        },
        Right.ERASURE: {
            granted: _("Wij hebben uw gegevens verwijderd"),
            partly: _("Wij hebben een deel verwijderd"),
            refused: _("Wij verwijderen uw gegevens niet"),
        },
        DESTRUCTION: {
            granted: _("Uw medisch dossier is vernietigd"),
            partly: _("Een deel van uw medisch dossier is vernietigd"),
            refused: _("Wij vernietigen uw medisch dossier niet"),
        },
        Right.RESTRICTION: {
            granted: _("Wij gebruiken uw gegevens nu niet"),
            partly: _("Wij gebruiken een deel van uw gegevens nu niet"),
            refused: _("Wij stoppen het gebruik niet"),
        },
        Right.PORTABILITY: {
            granted: _("U kunt uw gegevens meenemen"),
            partly: _("U kunt een deel van uw gegevens meenemen"),
            refused: _("U kunt deze gegevens niet meenemen"),
        },
        Right.OBJECTION: {
            granted: _("Uw bezwaar is gegrond. Wij stoppen"),
            partly: _("Uw bezwaar is voor een deel gegrond"),
            refused: _("Wij gaan door na uw bezwaar"),
        },
        Right.WITHDRAWAL: {
            granted: _("Uw toestemming is ingetrokken"),
            partly: _("Een deel van uw toestemming is ingetrokken"),
            refused: _("Hiervoor was uw toestemming niet nodig"),
        },
    }
