"""Suppression: asked for with a value, and readable by nobody (Art. 21)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from dsr.core.errors import BadInput
from dsr.core.subject import Subject
from dsr.db.events import Event
from dsr.db.subject_requests import SubjectRequest
from dsr.db.suppressions import Suppression
from dsr.services import suppress
from dsr.services.house import House
from dsr.services.suppress import Kind, Question, normal
from tests.makers import make_request

PERSON = Subject(
    name="Anouk Voorbeeld",
    email="Anouk@Voorbeeld.example",
    phone="06-0000 0123",
    patient_number="P-100",
)


def add(house: House, purpose: str = "A.2", subject: Subject = PERSON) -> SubjectRequest:
    row = make_request(house)
    with house.writing() as session:
        suppress.add(session, house.office, row, purpose, subject)
    return row


def asked(house: House, kind: str, *values: str, purpose: str = "A.2") -> list[bool]:
    with house.reading() as session:
        question = Question(purpose=purpose, kind=kind, values=values)
        return suppress.check(session, house.office, question)


@pytest.mark.parametrize(
    ("kind", "same"),
    [
        ("email", ["anouk@voorbeeld.example", " ANOUK@VOORBEELD.EXAMPLE "]),
        ("phone", ["0600000123", "+31600000123", "0031 6 0000 0123", "+31 (0)6 0000 0123",
                   "31600000123", "06.0000.0123"]),
        ("patient_number", ["P-100", " p-100"]),
    ],
)  # fmt: skip
def test_somebody_is_known_again_however_it_is_written(
    house: House, kind: str, same: list[str]
) -> None:
    add(house)

    assert asked(house, kind, *same) == [True] * len(same)


def test_others_and_other_purposes_are_not_suppressed(house: House) -> None:
    add(house)

    assert asked(house, "email", "someone@voorbeeld.example", "", "no address") == [False] * 3
    assert asked(house, "phone", "0600000124", "anouk@voorbeeld.example", "12") == [False] * 3
    assert asked(house, "email", PERSON.email, purpose="A.1") == [False]
    assert asked(house, "patient_number", "0600000123") == [False]


def test_a_list_is_answered_in_its_order(house: House) -> None:
    add(house)
    values = [f"person{n}@voorbeeld.example" for n in range(250)]
    values[7] = values[201] = "anouk@voorbeeld.example"

    found = asked(house, "email", *values)

    assert [n for n, hit in enumerate(found) if hit] == [7, 201]
    assert len(found) == 250


def test_it_ends_when_the_person_consents_again_and_begins_anew_after_that(house: House) -> None:
    row = add(house)
    with house.writing() as session:
        ended = suppress.lift(session, house.office, row, "A.2", PERSON)

    assert ended == 3
    assert asked(house, "email", PERSON.email) == [False]
    add(house)
    assert asked(house, "email", PERSON.email) == [True]


def test_suppressing_twice_is_suppressing_once(house: House) -> None:
    add(house)
    row = make_request(house)
    with house.writing() as session:
        assert suppress.add(session, house.office, row, "A.2", PERSON) == 0
    with house.reading() as session:
        assert len(session.scalars(sa.select(Suppression)).all()) == 3


def test_nothing_readable_is_kept(house: House) -> None:
    row = add(house)
    add(house, "A.1")

    with house.reading() as session:
        kept = session.scalars(sa.select(Suppression)).all()
        told = session.scalars(sa.select(Event).where(Event.request_id == row.id)).all()
    everything = str([(r.hashed, r.kind, r.purpose) for r in kept] + [e.body for e in told])
    for value in ("anouk", "Anouk", "0600000123", "31600000123", "P-100", "p-100"):
        assert value not in everything
    assert len({one.hashed for one in kept}) == 6  # two purposes look like two strangers
    assert "suppressed" in {one.action for one in told}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"purpose": "marketing"}, "purpose"),
        ({"kind": "bsn"}, "kind"),
        ({"values": ["x@y.example"] * 1001}, "values"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_field(
    house: House, changed: dict[str, object], field: str
) -> None:
    values: dict[str, object] = {"purpose": "A.2", "kind": "email", "values": ["x@y.example"]}

    with house.reading() as session, pytest.raises(BadInput) as refused:
        suppress.check(session, house.office, Question(**{**values, **changed}))  # type: ignore[arg-type]
    assert refused.value.field == field


@contextmanager
def counted(house: House) -> Iterator[list[tuple[str, int]]]:
    """Every statement inside, with how many values it carried."""
    found: list[tuple[str, int]] = []

    def note(_c: object, _cursor: object, statement: str, values: tuple[object, ...], *_: object):
        found.append((statement, len(values)))

    sa.event.listen(house.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        sa.event.remove(house.engine, "before_cursor_execute", note)


def test_a_hit_takes_the_same_work_as_a_miss(house: House) -> None:
    add(house)
    miss, hit = ["nobody@voorbeeld.example"] * 150, ["anouk@voorbeeld.example"] * 150

    with counted(house) as of_miss:
        asked(house, "email", *miss)
    with counted(house) as of_hit:
        asked(house, "email", *hit)
    with counted(house) as of_odd:
        asked(house, "phone", *["no number"] * 150)

    assert of_miss == of_hit == of_odd
    assert len([one for one in of_miss if "suppressions" in one[0]]) == 2


@pytest.mark.parametrize("value", ["", "   ", "@", "@voorbeeld.example", "a@b@c", "voorbeeld"])
def test_what_is_no_address_has_no_normal_form(value: str) -> None:
    assert normal(Kind.EMAIL, value) == ""
