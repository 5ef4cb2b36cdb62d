"""Reviewing what was found (O6): per system, fifty items a page, one item opened beside them."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from dsr.core.errors import BadInput, ChangedMeanwhile, NotFound
from dsr.core.request import WithholdReason
from dsr.core.stages import Stage
from dsr.db.subject_requests import SubjectRequest
from dsr.services import in_restriction, plan, redact, review, stages
from dsr.services.case import Who
from dsr.services.census import Census
from dsr.services.redact import Redact
from dsr.services.review import SeenItem, Withhold
from dsr.web.current import house
from dsr.web.desk import viewing
from dsr.web.desk.acting import Fault, act, on_request, opened
from dsr.web.desk.counting import counted
from dsr.web.desk.door import CASE_ROLES, me, staff_only
from dsr.web.desk.items import FieldRow, ItemLine, fields_of, line_of, message_text
from dsr.web.words import language

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class Tab:
    """One system above the list."""

    id: str
    name: str
    found: int


@dataclass(frozen=True, kw_only=True)
class Reviewed:
    """What the page shows."""

    tabs: tuple[Tab, ...]
    system: str
    first: int
    lines: tuple[ItemLine, ...] = field(repr=False)
    opened: SeenItem | None = field(repr=False)
    line: ItemLine | None = field(repr=False)
    fields: tuple[FieldRow, ...] = field(repr=False)
    tally: Census
    digest: str
    medical: tuple[str, ...]
    signed: tuple[str, ...]
    reviewable: bool
    hidden: frozenset[str] = frozenset()

    @property
    def found_here(self) -> int:
        """How many items this system holds."""
        return next((tab.found for tab in self.tabs if tab.id == self.system), 0)


@staff_only(*CASE_ROLES)
def review_page(reference: str) -> ResponseReturnValue:
    """The items of one system."""
    with house().reading() as db:
        if (asked := viewing.barred(db, opened(db, reference), "review")) is not None:
            return asked
    return _page(reference, None)


@staff_only("officer", "clinician")
def withhold(reference: str) -> ResponseReturnValue:
    """Withhold items, or one field of an item."""

    def keep_back(db: Session, row: SubjectRequest) -> None:
        numbers = request.form.getlist("n", type=int)
        if not numbers:
            raise BadInput("pick", "Choose one or more items.")
        for number in numbers[:PAGE]:
            what = Withhold(
                system=_system(), number=number, reason=_reason(), path=request.form.get("path", "")
            )
            review.withhold(db, house().office, row, what, me().who)

    return _act(reference, keep_back)


@staff_only("officer", "clinician")
def black_out(reference: str) -> ResponseReturnValue:
    """Black out words wherever they stand in a field, or in the whole item."""

    def black(db: Session, row: SubjectRequest) -> None:
        what = Redact(
            system=_system(),
            number=request.form.get("n", -1, type=int),
            words=request.form.get("words", ""),
            reason=_reason(),
            path=request.form.get("path", ""),
        )
        redact.redact(db, house().office, row, what, me().who)

    return _act(reference, black)


@staff_only("officer", "clinician")
def give_again(reference: str) -> ResponseReturnValue:
    """Take back what was withheld."""

    def again(db: Session, row: SubjectRequest) -> None:
        for row_id in request.form.getlist("row")[:PAGE]:
            review.give_again(db, house().office, row, row_id, me().who)

    return _act(reference, again)


@staff_only("clinician")
def sign_off(reference: str) -> ResponseReturnValue:
    """A clinician has read what leaves of the medical file of one system, as it is now."""

    def sign(db: Session, row: SubjectRequest) -> None:
        if request.form.get("seen") != review.review_digest(db, row):
            raise ChangedMeanwhile
        if _system() not in review.signed_systems(db, row):
            review.sign_off(db, house().office, row, _system(), _clinician())

    return _act(reference, sign)


def _clinician() -> Who:
    return me().who


def _act(reference: str, do: object) -> ResponseReturnValue:
    with house().reading() as db:
        if (asked := viewing.barred(db, opened(db, reference), "review")) is not None:
            return asked
    return act(on_request(reference, do), lambda fault: _page(reference, fault), _back(reference))  # type: ignore[arg-type]


def _back(reference: str) -> str:
    n, first = request.form.get("n", type=int), request.form.get("first", 0, type=int)
    return url_for(
        "desk.review_page", reference=reference, system=_system(), first=first or None, n=n,
        _anchor="gegeven" if n is not None else None,
    )  # fmt: skip


def _page(reference: str, fault: Fault | None) -> str:
    as_person = request.args.get("as") == "person"
    with house().reading() as db:
        row = opened(db, reference)
        shown = _gather(db, row)
    message = message_text(shown.opened) if shown.opened else ()
    return render_template(
        "desk/review.html", row=row, shown=shown, fault=fault, as_person=as_person, message=message
    )


def _gather(db: Session, row: SubjectRequest) -> Reviewed:
    office = house().office
    searches = plan.searches_of(db, row)
    tabs = tuple(_tab(step.system, step.counts) for step in searches)
    system = _chosen(tabs)
    first = max(0, request.values.get("first", 0, type=int) // PAGE * PAGE)
    page: list[SeenItem] = []
    if system:
        step = review.search_of(db, row, system)
        page = review.page(db, office, row, step, first)
    digest, tally = counted(db, row)
    hidden = in_restriction.hidden(db, office, row, me().who)
    opened_item = _opened([seen for seen in page if seen.record["key"] not in hidden])
    signed = review.signed_systems(db, row)
    return Reviewed(
        tabs=tabs,
        system=system,
        first=first,
        lines=tuple(line_of(seen, language()) for seen in page),
        opened=opened_item,
        line=line_of(opened_item, language()) if opened_item else None,
        fields=tuple(fields_of(opened_item, language())) if opened_item else (),
        tally=tally,
        digest=digest,
        medical=tuple(review.medical_systems(db, office, row)),
        signed=tuple(sorted(signed)),
        reviewable=Stage(stages.lead(row).stage) in review.REVIEWABLE,
        hidden=hidden,
    )


def _tab(system: str, counts: dict[str, object]) -> Tab:
    name = house().office.register.system(system).name.in_(language())
    return Tab(id=system, name=name, found=sum(n for n in counts.values() if isinstance(n, int)))


def _chosen(tabs: tuple[Tab, ...]) -> str:
    wanted = request.values.get("system", "")
    if wanted and wanted not in {tab.id for tab in tabs}:
        raise NotFound("This system was not searched for this request.")
    full = (tab.id for tab in tabs if tab.found)
    return wanted or next(full, tabs[0].id if tabs else "")


def _opened(page: list[SeenItem]) -> SeenItem | None:
    wanted = request.values.get("n", type=int)
    found = (seen for seen in page if seen.record["n"] == wanted)
    return next(found, page[0] if page else None)


def _system() -> str:
    return request.form.get("system", "")


def _reason() -> WithholdReason:
    typed = request.form.get("reason", "")
    if typed not in {str(reason) for reason in review.CHOSEN}:
        raise BadInput("reason", "Choose a reason.")
    return WithholdReason(typed)
