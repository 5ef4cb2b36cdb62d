"""A request comes in: what cannot be right is refused by field, what is right is stored once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dsr.core.errors import BadInput
from dsr.core.stages import Stage
from dsr.db.data_keys import DataKey
from dsr.db.events import Event
from dsr.db.outbox import OutboxMail
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, notify, receive
from dsr.services.house import House
from tests.fakes import systems_of, work_through
from tests.makers import NOON, make_asked, make_request, make_staff

BAD: list[tuple[str, dict[str, Any]]] = [
    ("practice", {"practice": "elders"}),
    ("practice", {"practice": ""}),
    ("language", {"language": "fr"}),
    ("scope", {"scope": ()}),
    ("scope", {"scope": ("all", "everything else")}),
    ("answer_form", {"answer_form": "fax"}),
    ("name", {"name": ""}),
    ("name", {"name": "   "}),
    ("name", {"name": "A" * 121}),
    ("name", {"name": "A" * 1_000_000}),
    ("birth_date", {"birth_date": None}),
    ("birth_date", {"birth_date": date(2026, 3, 11)}),
    ("birth_date", {"birth_date": date(1850, 1, 1)}),
    ("received_at", {"received_at": NOON + timedelta(minutes=6)}),
    ("email", {"reply_email": "anouk at voorbeeld"}),
    ("email", {"reply_email": "a@voorbeeld.example\r\nBcc: b@voorbeeld.example"}),
    ("email", {"reply_email": "a@voorbeeld.example, b@voorbeeld.example"}),
    ("email", {"reply_email": "a@" + "b" * 300 + ".example"}),
]


@pytest.mark.parametrize(("field", "changed"), BAD)
def test_what_cannot_be_right_is_refused_by_field_and_leaves_nothing(
    house: House, field: str, changed: dict[str, Any]
) -> None:
    with pytest.raises(BadInput) as refused, house.writing() as session:
        receive.receive(session, house.office, make_asked(**changed), case.PATIENT)
    assert refused.value.field == field
    assert str(refused.value)
    with house.reading() as session:
        for table in (SubjectRequest, Event, OutboxMail):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        assert session.scalars(select(DataKey.id)).all() == ["house"]


def test_a_request_is_stored_acknowledged_and_waits_for_identity(house: House) -> None:
    row = make_request(house)
    with house.reading() as session:
        kept = session.scalars(select(SubjectRequest)).one()
        assert (kept.reference, kept.level, kept.due) == (row.reference, "IA0", date(2026, 4, 10))
        assert [item.stage for item in kept.items] == [Stage.IDENTIFYING]
        actions = session.scalars(select(Event.action).order_by(Event.seq)).all()
        assert actions == ["received", "moved"]
        mail = notify.opened(session, house.office, session.scalars(select(OutboxMail)).one())
    assert (mail.kind, mail.address) == ("receipt", "anouk@voorbeeld.example")


def test_the_clock_starts_when_it_reached_any_channel_of_ours(house: House) -> None:
    late = make_request(house, received_at=datetime(2026, 3, 5, 23, 30, tzinfo=UTC))
    assert late.due == date(2026, 4, 7)  # 6 March in Rotterdam; 6 April is Easter Monday


def test_one_address_gets_one_receipt_an_hour_however_many_requests_name_it(house: House) -> None:
    for _ in range(3):
        make_request(house)
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(OutboxMail)) == 1
        assert session.scalar(select(func.count()).select_from(SubjectRequest)) == 3


def test_nothing_typed_stands_readable_in_the_database(house: House) -> None:
    make_request(house, words="Ik wil graag alles zien over mijn schildklier.")
    typed = ("Anouk", "Voorbeeld", "anouk@", "0000 0123", "3063 BR", "schildklier")
    with house.engine.connect() as connection:
        for table in ("subject_requests", "events", "outbox", "request_items"):
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}"):  # noqa: S608
                assert not [word for word in typed if word.encode() in repr(tuple(row)).encode()]


def test_a_patient_number_that_a_visitor_typed_names_nobody(house: House) -> None:
    """Staff compare name and birth date with a document, not the number in the form (U4)."""
    make_staff(house)
    row = make_request(house, patient_number="P000042")
    with house.reading() as session:
        key = case.case_key(session, house.office, row)
        assert case.open_subject(key, row)[0].patient_number == ""


def test_a_mail_goes_out_and_its_address_is_gone_from_the_outbox(house: House) -> None:
    make_request(house)
    work_through(house, systems_of(house))
    with house.reading() as session:
        mail = session.scalars(select(OutboxMail)).one()
        assert (mail.outcome, mail.sealed) == ("sent", None)


def test_the_same_person_is_the_same_person_however_they_space_their_name(house: House) -> None:
    rows = [make_request(house, name=name) for name in ("Jan Visser", " jan   VISSER ")]
    assert rows[0].name_index == rows[1].name_index
    assert rows[0].name_index != make_request(house, name="Jan Vissers").name_index
