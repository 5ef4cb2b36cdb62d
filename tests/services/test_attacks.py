"""Attacks that once came through, each by its row of the threat table, and what holds them now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dsr.core.connector import ContactPoint, ItemFile, Page
from dsr.core.errors import BadInput, ForeignRecord, NotReady
from dsr.core.letters import NotProved
from dsr.core.redaction import Cut, redacted
from dsr.core.request import Decision, Outcome, Verb, WithholdReason
from dsr.core.stages import Stage
from dsr.core.subject import Level, Subject
from dsr.db import steps, subject_requests
from dsr.db.answers import Letter, Package
from dsr.db.outbox import OutboxMail
from dsr.db.subject_requests import SubjectRequest
from dsr.rendering.package_portable import unmarked
from dsr.services import (
    app_link,
    archive,
    case,
    codes,
    contents,
    decide,
    facts,
    found,
    identify,
    notify,
    outline,
    pack,
    plan,
    review,
    search,
    stages,
)
from dsr.services.app_link import LinkFacts
from dsr.services.by_hand import ByHand
from dsr.services.census import census
from dsr.services.codes import Purpose
from dsr.services.decide import Decided
from dsr.services.house import House
from dsr.services.identify import AppLogin
from dsr.services.review import Withhold
from dsr.services.staff_login import who_is
from tests.fakes import FakeSystem, one, systems_of, work_through
from tests.makers import NOON, make_found, make_item, make_request, make_staff

ISSUER = "https://inloggen.voorbeeld.example/pool"


def now(session: Any, row: SubjectRequest) -> SubjectRequest:
    return subject_requests.by_id(session, row.id)


def leaving_items(session: Any, house: House, row: SubjectRequest) -> contents.Items:
    """A reader of what would leave now, system by system."""
    fresh = now(session, row)
    key = case.case_key(session, house.office, fresh)
    return contents.released(house.office, key, found.load(session, fresh))


def mailed_code(house: House, row: SubjectRequest, leading: FakeSystem) -> str:
    """Ask for a code, do its look-up, and read it from the mail of the person on file."""
    with house.writing() as session:
        codes.ask(session, house.office, row, Purpose.IDENTIFY)
    with house.reading() as session:
        due = steps.due(session, house.office.now(), 100)
    for step_id in due:
        with house.writing() as session:
            work = search.begin(session, house.office, step_id)
        assert work is not None
        with house.writing() as session:
            search.located(session, house.office, work, leading.locate(work.subject))
    with house.reading() as session:
        waiting = session.scalars(select(OutboxMail).where(OutboxMail.kind == "code")).one()
        return notify.opened(session, house.office, waiting).words["code"]


def logs_in(house: House, row: SubjectRequest, sub: str, *, mfa: bool = True) -> Level:
    login = AppLogin(issuer=ISSUER, sub=sub, auth_time=NOON, mfa=mfa)
    with house.writing() as session:
        return identify.by_app(session, house.office, now(session, row), login)


def links(house: House, sub: str, number: str) -> None:
    link = LinkFacts(id="", practice="kralingen", issuer=ISSUER, sub=sub, patient_number=number)
    staff = who_is(make_staff(house, login="linker"))
    with house.writing() as session:
        app_link.make(session, house.office, link, staff)


# T6, T8, T11: the reader of a victim's mailbox lends the request his own account's level


def test_a_code_that_waited_never_turns_a_proved_request_into_somebody_elses(
    house: House,
) -> None:
    address = ContactPoint(kind="email", value="anouk@opfile.example", since=date(2025, 1, 1))
    anouk = Subject(
        name="Anouk Voorbeeld", birth_date=date(1980, 3, 31), patient_number="P-anouk",
        email=address.value,
    )  # fmt: skip
    row = make_request(house)
    code = mailed_code(house, row, FakeSystem(located=one(contacts=(address,), on_file=anouk)))
    links(house, "the reader of her mailbox", "P-reader")
    assert logs_in(house, row, "the reader of her mailbox") is Level.IA3

    with house.writing() as session:
        checked = codes.check(session, house.office, row, Purpose.IDENTIFY, code)

    with house.reading() as session:
        fresh = now(session, row)
        key = case.case_key(session, house.office, fresh)
        searched = case.verified_subject(key, fresh)
    assert not checked.good
    assert (searched.patient_number, searched.name, searched.known_refs) == ("P-reader", "", {})


def test_a_code_that_waited_is_still_good_for_the_very_person(house: House) -> None:
    address = ContactPoint(kind="email", value="anouk@opfile.example", since=date(2025, 1, 1))
    anouk = Subject(name="Anouk Voorbeeld", patient_number="P-anouk", email=address.value)
    row = make_request(house)
    code = mailed_code(house, row, FakeSystem(located=one(contacts=(address,), on_file=anouk)))
    links(house, "her own", "P-anouk")
    logs_in(house, row, "her own")

    with house.writing() as session:
        checked = codes.check(session, house.office, row, Purpose.IDENTIFY, code)

    assert checked.good


# T1, T11: somebody else's app account, and then one's own passport


def found_as(house: House, row: SubjectRequest, on_file: Subject) -> None:
    """The leading system tells whose the app account is."""
    with house.writing() as session:
        wanted = steps.of_request(session, row.id)
        step = next(s for s in wanted if s.verb == Verb.IDENTIFY)
        found = one(ref="p-1", agrees=("patient_number",), on_file=on_file)
        identify.person_found(session, house.office, step, found, now(session, row))


@pytest.mark.parametrize("looked_up", [True, False])
def test_a_passport_does_not_lift_a_request_that_another_account_has_proved(
    house: House, *, looked_up: bool
) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house, name="Anouk Voorbeeld")
    links(house, "a stolen account", "P-victim")
    assert logs_in(house, row, "a stolen account", mfa=False) is Level.IA2
    if looked_up:
        victim = Subject(name="Vera Slachtoffer", birth_date=date(1970, 1, 1))
        found_as(house, row, victim)

    with house.writing() as session, pytest.raises(NotReady):
        identify.at_desk(session, house.office, now(session, row), "passport", officer)

    with house.reading() as session:
        assert now(session, row).level == Level.IA2


def test_a_passport_lifts_a_request_whose_account_is_the_persons_own(house: House) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house, name="Anouk  VOORBEELD")
    links(house, "her own", "P-anouk")
    logs_in(house, row, "her own", mfa=False)
    found_as(house, row, Subject(name="Anouk Voorbeeld", birth_date=date(1980, 3, 31)))

    with house.writing() as session:
        identify.at_desk(session, house.office, now(session, row), "passport", officer)

    with house.reading() as session:
        assert now(session, row).level == Level.IA4


# T76: the level rises while the package is being made


def test_a_proof_that_comes_while_the_answer_is_made_brings_it_back_to_review(
    house: House,
) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA2)
    special = make_item(dataset="messages", ref="m", kind="message", data={"text": "Jeuk."})
    make_found(house, row, {"crm": [make_item()], "sendbird": [special]})
    with house.writing() as session:
        seen = review.review_digest(session, now(session, row))
        what = Decided(decision=Decision.PARTLY, seen=seen)
        decide.decide(session, house.office, row, what, officer)
    with house.writing() as session:
        step = next(s for s in steps.of_request(session, row.id) if s.verb == Verb.PACK)
        work = pack.begin(session, house.office, step.id)
    assert work is not None

    with house.writing() as session:
        identify.at_desk(session, house.office, now(session, row), "passport", officer)
    with house.reading() as session:
        leaving = [
            item
            for system in ("crm", "sendbird")
            for item in leaving_items(session, house, row)(system)
        ]
    vault = house.office.vault
    made = pack.Made(
        letter=vault.put(f"{work.folder}/letter", work.key, [b"l"]),
        package=vault.put(f"{work.folder}/package", work.key, [b"p"]),
    )
    with house.writing() as session:
        pack.finish(session, house.office, work, made)

    with house.reading() as session:
        fresh = now(session, row)
        levels = list(session.scalars(select(Package.level)))
        stage = stages.access_item(fresh).stage
    # What was read for the package holds more than the letter and its level were made for.
    assert any(item.sort.special for item in leaving)
    assert levels == []
    assert stage == Stage.REVIEWING


def test_two_different_cuts_never_have_the_same_digest(house: House) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA4)
    make_found(house, row, {"crm": [make_item(data={"note": "x" * 200})]})

    def digest(start: int, end: int) -> str:
        what = Withhold(
            system="crm", number=0, reason=WithholdReason.OTHER_PERSON, path="/note",
            start=start, end=end,
        )  # fmt: skip
        with house.writing() as session:
            made = review.withhold(session, house.office, row, what, officer)
            told = review.review_digest(session, now(session, row))
            review.give_again(session, house.office, row, made.id, officer)
        return told

    assert digest(1, 112) != digest(11, 12)


def test_what_was_read_for_the_answer_stays_at_its_level_once_the_answer_is_made(
    house: House,
) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA2)
    special = make_item(dataset="messages", ref="m", kind="message", data={"text": "Jeuk."})
    make_found(house, row, {"crm": [make_item()], "sendbird": [special]})
    with house.writing() as session:
        fresh = now(session, row)
        for stage in (Stage.DECIDING, Stage.EXECUTING, Stage.REPLYING):
            stages.move(session, house.office, stages.access_item(fresh), stage, officer)
    with house.writing() as session:
        identify.at_desk(session, house.office, now(session, row), "passport", officer)

    with house.reading() as session:
        counted = census(session, house.office, now(session, row))

    assert counted.released.total() == 1, "the page says what the package holds"


# T10: what a system gave before a stranger's record turned up never leaves, whoever settles it


@pytest.mark.parametrize("words", ["", "Alleen haar naam."])
def test_a_search_by_hand_takes_the_place_of_what_a_system_had_given(
    house: House, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setattr(archive, "PIECE", 1)
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA4)
    first = Page(items=(make_item(data={"name": "Van iemand anders"}),), next="1")
    broken = FakeSystem(
        located=one(), pages={"contact": [first, ForeignRecord("This is of another person.")]}
    )
    work_through(house, systems_of(house, crm=broken))
    outcome = Outcome.DONE if words else Outcome.NONE_FOUND
    found = ByHand(outcome=outcome, proof="Zelf gekeken.", found=words)
    with house.writing() as session:
        step = review.search_of(session, now(session, row), "crm")
        plan.settle_by_hand(session, house.office, step, found, officer)

    with house.reading() as session:
        fresh = now(session, row)
        step = review.search_of(session, fresh, "crm")
        seen = list(review.items(session, house.office, fresh, step))

    assert [item.data for item in seen] == ([{"text": words}] if words else [])


# Words that a person pasted may hold anything, so they are as special as the worst of it


@pytest.mark.parametrize("system", ["oneassist", "app"])
def test_what_was_found_by_hand_does_not_leave_below_ia3(house: House, system: str) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA2)
    found = ByHand(outcome=Outcome.DONE, proof="Gebeld.", found="Mevrouw belde over haar huid.")
    with house.writing() as session:
        step = review.search_of(session, now(session, row), system)
        plan.settle_by_hand(session, house.office, step, found, officer)

    with house.reading() as session:
        fresh = now(session, row)
        (seen,) = review.items(
            session, house.office, fresh, review.search_of(session, fresh, system)
        )

    assert seen.reason is WithholdReason.LEVEL


# T18: the neutral letter stays neutral


def test_the_letter_of_not_proved_names_nobody_also_when_a_proof_came_late(house: House) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house)
    with house.writing() as session:
        what = Decided(decision=Decision.NOT_PROVED)
        decide.decide(session, house.office, row, what, officer)
    with house.writing() as session:
        identify.at_desk(session, house.office, now(session, row), "passport", officer)

    with house.reading() as session:
        fresh = now(session, row)
        letter = facts.answer(session, house.office, fresh, census(session, house.office, fresh))

    assert isinstance(letter, NotProved)
    assert letter.facts.recipient == ""


# T57: a victim's mailbox, spelled differently


@pytest.mark.parametrize("spelling", ["ANOUK@voorbeeld.example", " anouk@Voorbeeld.Example "])
def test_one_address_gets_one_receipt_an_hour_however_it_is_spelled(
    house: House, spelling: str
) -> None:
    make_request(house)
    make_request(house, email=spelling)

    with house.reading() as session:
        wanted = select(func.count()).where(OutboxMail.kind == "receipt")
        assert session.scalar(wanted) == 1


# T43: a mailbox is a name at a domain, and no place in our own network


@pytest.mark.parametrize("address", ["a@[127.0.0.1]", "a@localhost", "a@[IPv6:::1]"])
def test_no_mail_goes_to_an_address_inside_the_house(address: str) -> None:
    with pytest.raises(BadInput):
        notify.check_address(address)


# T15: the words under the black stand nowhere else in the item

JAN = "Jan de Buurman"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "JAN DE BUURMAN belde.",
        "jan  de\nbuurman belde.",
        "Jan\u00a0de\u200b Buurman belde.",
        "<div><b>Jan</b> <i>de</i> Buurman</div>",
        "<td>Jan de</td><td>Buurman</td>",
        "J\u0061n de Buurm&#97;n belde.",
    ],
    ids=["capitals", "spaces", "invisible", "tags", "cells", "entity"],
)
def test_black_words_do_not_live_on_in_another_spelling(elsewhere: str) -> None:
    data = {"note": f"Volgens {JAN} is het erg.", "text": {"div": elsewhere}}

    cut = redacted(data, [Cut(path="/note", start=8, end=8 + len(JAN))])

    assert "uurm" not in str(cut).casefold()


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("Renée & Co", "Rene\u0301e &amp; Co"),
        ("Renée", "Ren&eacute;e"),
        ("Bo", "Bo belde, Bob niet."),
    ],
)
def test_black_words_do_not_live_on_in_another_encoding(word: str, other: str) -> None:
    cut = redacted({"note": word, "text": other}, [Cut(path="/note")])

    assert "Bob niet" in cut["text"] if word == "Bo" else cut["text"] == "[■■■]"
    assert not cut["text"].startswith("Bo ")


def test_cuts_that_overlap_leave_no_end_of_each_other_elsewhere() -> None:
    data = {"note": f"Volgens {JAN}.", "again": f"Dag {JAN}!"}

    cut = redacted(data, [Cut(path="/note", start=8, end=17), Cut(path="/note", start=15, end=22)])

    assert cut == {"note": "Volgens [■■■].", "again": "Dag [■■■]!"}


def test_a_black_number_stands_nowhere_else() -> None:
    data = {"phone": 600000123, "again": 600000123, "note": "Bel 600000123."}

    cut = redacted(data, [Cut(path="/phone")])

    assert "600000123" not in str(cut)


def test_a_date_that_is_black_does_not_stand_beside_the_item(house: House) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA4)
    dates = {"sent": datetime(1999, 12, 31, 10, 0, tzinfo=UTC), "seen": date(2020, 1, 2)}
    data = {"sent": "1999-12-31", "note": "Het gaat niet."}
    make_found(house, row, {"crm": [make_item(dates=dates, data=data)]})
    with house.writing() as session:
        what = Withhold(system="crm", number=0, reason=WithholdReason.OTHER_PERSON, path="/sent")
        review.withhold(session, house.office, row, what, officer)

    with house.reading() as session:
        (item,) = leaving_items(session, house, row)("crm")

    assert dict(item.dates) == {"seen": "2020-01-02"}


def test_a_black_narrative_is_left_out_of_the_bundle_that_has_to_validate() -> None:
    told = {"resourceType": "Condition", "text": {"status": "generated", "div": "[■■■]"}}

    assert unmarked(told) == {"resourceType": "Condition"}


# Art. 12(4): what is not given is named, also a file beside black words


def test_a_file_that_stays_behind_because_of_black_words_is_named(house: House) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA4)

    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield iter([b"picture"])

    photo = ItemFile(name="photo.jpg", media_type="image/jpeg", size=7, open=opened)
    make_found(house, row, {"crm": [make_item(files=(photo,))]})
    what = Withhold(system="crm", number=0, reason=WithholdReason.THIRD_PARTY, path="/note")
    with house.writing() as session:
        review.withhold(session, house.office, row, what, officer)

    with house.reading() as session:
        counted = census(session, house.office, now(session, row))

    where = ("crm", "contact", WithholdReason.THIRD_PARTY)
    assert counted.withheld == {(*where, True): 1, (*where, False): 1}


def test_the_six_weeks_on_the_page_begin_when_the_answer_was_there(house: House) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house)
    with house.writing() as session:
        decide.decide(session, house.office, row, Decided(decision=Decision.NOT_PROVED), officer)
        letter = Letter(
            request_id=row.id, item_id="i", kind="not_proved", language="nl", level=Level.IA0,
            blob="b", bytes=1, sha256="s", made_at=NOON, released_at=NOON + timedelta(days=5),
        )  # fmt: skip
        told = outline.of(session, house.office, now(session, row), letter, outline.View("nl"))

    assert (told.decided, told.court_until) == (date(2026, 3, 10), date(2026, 4, 28))
