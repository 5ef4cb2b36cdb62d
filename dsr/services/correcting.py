"""Rectification (Art. 16): which field of which item becomes what, and the person's statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from dsr.core.errors import BadInput, NotReady
from dsr.core.plans import PlanLine, Treatment
from dsr.core.request import Decision, Verb
from dsr.db.steps import Step
from dsr.law.calendar import YEARS
from dsr.law.proposal import Outcome
from dsr.services import archive, case, plan, propose, wishes
from dsr.services.archive import Record
from dsr.services.notify import check_address
from dsr.services.office import Office
from dsr.services.planning import About, Drawn, Job, hash_of, instruction_for
from dsr.services.weighing import Weighed

#: the names under which systems keep what a person calls by one word
_NAMES: Mapping[str, tuple[str, ...]] = {
    "email": ("email", "e_mail", "mail"),
    "phone": ("phone", "mobile", "telecom"),
    "birth_date": ("birth_date", "birthdate", "birthDate", "date_of_birth"),
    "name": ("name", "first_name", "last_name", "full_name", "given_name", "family_name",
             "family", "nickname"),
    "address": ("address", "street", "city", "town", "postcode", "postal_code", "house_number"),
}  # fmt: skip
#: candidates shown to the desk; who needs another field names its path
MOST = 200


@dataclass(frozen=True, kw_only=True)
class Correction:
    """One field of one found item (`key`, its item key) that becomes `new`."""

    system: str
    key: str
    path: str
    new: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Corrections:
    """What is corrected, and the statement that is added in one dataset of one system."""

    fields: tuple[Correction, ...] = ()
    statement: str = field(default="", repr=False)
    statement_at: tuple[str, str] = ("", "")


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A field that a system holds and that may be the one the person means."""

    system: str
    dataset: str
    key: str
    kind: str
    path: str
    value: object = field(repr=False)


def candidates(session: Session, office: Office, about: About) -> list[Candidate]:
    """Fields of the found items that go by the name of what is asked, at most `MOST`."""
    wanted = _NAMES.get(str(about.wish.data.get("field")), ())
    found: list[Candidate] = []
    for step, record in _records(session, office, about):
        for path, value in _leaves(record["data"], ""):
            if path.rpartition("/")[2] in wanted:
                found.append(_candidate(step.system, record, path, value))
            if len(found) >= MOST:
                return found
    return found


def draw(
    session: Session,
    office: Office,
    about: About,
    weighed: Sequence[Weighed],
    made: Corrections,
) -> tuple[Drawn, Decision]:
    """The plan of a rectification: source systems first, each field with its value as found.

    Where the law refuses the correction the person's statement is added instead (BW 7:454(2)).
    """
    wanted = {(one.system, one.key): one for one in made.fields}
    by_item: dict[tuple[str, str], list[Correction]] = {}
    for one in made.fields:
        by_item.setdefault((one.system, one.key), []).append(one)
    lines, jobs = list[PlanLine](), list[Job]()
    for step, record in _records(session, office, about):
        if (step.system, record["key"]) not in wanted:
            continue
        fields = by_item.pop((step.system, record["key"]))
        line, job = _corrected(office, weighed, (step.system, record), fields)
        lines.append(line)
        jobs.append(job)
    if by_item:
        raise BadInput("corrections", "Choose items that were found; search again if one is new.")
    if made.statement.strip():
        line, job = _stated(office, weighed, made)
        lines.append(line)
        jobs.append(job)
    return Drawn(lines=tuple(lines), jobs=tuple(jobs)), _decision(weighed, made)


def _decision(weighed: Sequence[Weighed], made: Corrections) -> Decision:
    if not weighed:
        return Decision.NOTHING_HELD
    if made.fields:
        # What no rule lets be rewritten, such as a log, was not what somebody wanted corrected.
        refused = any(one.judged == "refuse" for one in weighed)
        return Decision.PARTLY if refused else Decision.GRANTED
    if any(one.acts for one in weighed) and not made.statement.strip():
        raise NotReady("The law lets this be corrected: choose the field and the new value.")
    return Decision.PARTLY if made.statement.strip() else Decision.REFUSED


def _corrected(
    office: Office,
    weighed: Sequence[Weighed],
    found: tuple[str, Record],
    fields: Sequence[Correction],
) -> tuple[PlanLine, Job]:
    system_id, record = found
    system = office.register.system(system_id)
    activity = propose.activity_of(system.dataset(record["dataset"]))
    weighing = next((one for one in weighed if one.activity == activity), None)
    # Granted in part is a sent message: it stays as it was sent, with a supplement (Art. 5(1)(d)).
    if weighing is None or weighing.settled.outcome is not Outcome.GRANT:
        raise NotReady("The law does not let this be corrected; add a statement instead.")
    changes = [_change(office, record, one) for one in fields]
    by_hand = instruction_for(office, system, "Correct it.") if system.searched_by_hand else ""
    line = PlanLine(
        system=system_id,
        dataset=record["dataset"],
        activity=activity,
        treatment=Treatment.CORRECT,
        count=1,
        because=weighing.settled.grounds,
        by_hand=bool(by_hand),
    )
    ref = (record["ref"], record["key"], hash_of(record))
    job = Job(
        system=system_id,
        dataset=record["dataset"],
        verb=Verb.RECTIFY,
        refs=[ref],
        detail={"changes": changes},
        by_hand=by_hand,
    )
    return line, job


def _change(office: Office, record: Record, one: Correction) -> dict[str, object]:
    leaves = dict(_leaves(record["data"], ""))
    if one.path not in leaves:
        raise BadInput("path", "Choose a field that this item has.")
    old = leaves[one.path]
    return {"path": one.path, "old": old, "new": _typed(one, old, office.today())}


def _typed(one: Correction, old: object, today: date) -> object:
    """The new value as the system holds such values; what cannot be is refused before any call."""
    name, text = one.path.rpartition("/")[2], one.new.strip()
    if not text:
        return None
    if name in _NAMES["email"]:
        return check_address(text)
    if name in _NAMES["birth_date"] or (isinstance(old, str) and _is_day(old)):
        return _day(text, today if name in _NAMES["birth_date"] else None)
    if isinstance(old, bool):
        return _yes_or_no(text)
    if isinstance(old, int):
        return _whole(text)
    return text


def _is_day(text: str) -> bool:
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _day(text: str, today: date | None) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInput("new", "There is no such day; write it as 1980-03-31.") from None
    if day.year not in YEARS or (today is not None and day > today):
        raise BadInput("new", "This day cannot be meant; look at the year.")
    return day.isoformat()


def _yes_or_no(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise BadInput("new", "This field is true or false.")
    return text.lower() == "true"


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 15:
        raise BadInput("new", "This field is a whole number.")
    return int(text)


def _stated(office: Office, weighed: Sequence[Weighed], made: Corrections) -> tuple[PlanLine, Job]:
    system_id, dataset_id = made.statement_at
    places = {place for one in weighed for place in one.where}
    if (system_id, dataset_id) not in places:
        raise BadInput("statement_at", "Choose where the statement is added.")
    system = office.register.system(system_id)
    activity = propose.activity_of(system.dataset(dataset_id))
    grounds = next(one.settled.grounds for one in weighed if one.activity == activity)
    by_hand = instruction_for(office, system, "Add it.") if system.searched_by_hand else ""
    line = PlanLine(
        system=system_id,
        dataset=dataset_id,
        activity=activity,
        treatment=Treatment.STATEMENT,
        count=1,
        because=grounds,
        by_hand=bool(by_hand),
    )
    job = Job(
        system=system_id,
        dataset=dataset_id,
        verb=Verb.ANNOTATE,
        detail={"statement": made.statement.strip()},
        by_hand=by_hand,
    )
    return line, job


def _candidate(system: str, record: Record, path: str, value: object) -> Candidate:
    return Candidate(
        system=system,
        dataset=record["dataset"],
        key=record["key"],
        kind=record["kind"],
        path=path,
        value=value,
    )


def _records(session: Session, office: Office, about: About) -> Iterator[tuple[Step, Record]]:
    key = case.case_key(session, office, about.row)
    for step in plan.searches_of(session, about.row):
        datasets = {one.id: one for one in office.register.system(step.system).datasets}
        for record in archive.records(session, office.vault, key, step):
            dataset = datasets[record["dataset"]]
            if record["about"] and wishes.about(about.wish, dataset, plan.group_of(dataset)):
                yield step, record


def _leaves(value: object, path: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}/{place}")
    else:
        yield path, value
