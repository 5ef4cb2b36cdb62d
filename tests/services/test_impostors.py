"""Whoever is not the patient gets not one byte, and learns not whether there is a patient."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from demo.person import Person
from demo.population import DEMO_DAY, Cast, played_by
from demo.world import World
from dsr.core.connector import ContactPoint, Several
from dsr.core.errors import NotAllowed, NotFound, NotReady
from dsr.core.request import Decision
from dsr.core.stages import Stage
from dsr.core.subject import Level, Subject
from dsr.db import steps, subject_requests
from dsr.db.answers import Letter, Package
from dsr.db.outbox import OutboxMail
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.db.visits import Code
from dsr.services import (
    app_link,
    case,
    codes,
    decide,
    facts,
    identify,
    notify,
    reply,
    search,
    stages,
)
from dsr.services.app_link import LinkFacts
from dsr.services.census import census
from dsr.services.codes import Checked, Purpose
from dsr.services.house import House
from dsr.services.identify import AppLogin
from dsr.services.staff_login import who_is
from dsr.systems import load_systems
from tests.fakes import FakeSystem, one, systems_of, work_through
from tests.makers import NOON, Clock, make_house, make_request, make_staff

SOMEBODY = case.Who(code="staff:x", staff_id="x", practices=("kralingen",), roles=("officer",))
ELSEWHERE = case.Who(code="staff:y", staff_id="y", practices=("centrum",), roles=("officer",))
ISSUER = "https://inloggen.voorbeeld.example/pool"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo practice's own systems."""
    with World(tmp_path_factory.mktemp("world"), today=DEMO_DAY) as made:
        yield made


def known(**changed: object) -> FakeSystem:
    """The leading system, which knows one person with one settled address of their own."""
    values: dict[str, object] = {
        "kind": "email", "value": "anouk@opfile.example", "since": date(2025, 1, 1),
    }  # fmt: skip
    contact = ContactPoint(**{**values, **changed})  # type: ignore[arg-type]
    on_file = Subject(name="Anouk Voorbeeld", birth_date=date(1980, 3, 31), email=contact.value)
    return FakeSystem(located=one(contacts=(contact,), on_file=on_file))


def ask(house: House, row: SubjectRequest, purpose: Purpose = Purpose.IDENTIFY) -> bool:
    with house.writing() as session:
        return codes.ask(session, house.office, row, purpose)


def typed(
    house: House, row: SubjectRequest, code: str, purpose: Purpose = Purpose.IDENTIFY
) -> Checked:
    with house.writing() as session:
        return codes.check(session, house.office, row, purpose, code)


def waiting_codes(house: House) -> list[tuple[str, str]]:
    """(address, code) of every code mail that still waits in the outbox."""
    with house.reading() as session:
        rows = session.scalars(select(OutboxMail).where(OutboxMail.kind == "code"))
        mails = [notify.opened(session, house.office, row) for row in rows if row.sealed]
    return [(mail.address, mail.words["code"]) for mail in mails]


def look_up(house: House, app: FakeSystem | None = None) -> None:
    """Do the look-ups for codes, and leave the mails in the outbox."""
    systems = systems_of(house, app=app or known())
    with house.reading() as session:
        due = steps.due(session, house.office.now(), 100)
    for step_id in due:
        with house.writing() as session:
            work = search.begin(session, house.office, step_id)
        assert work is not None
        found = search.as_sure(systems[work.system].locate(work.subject))
        with house.writing() as session:
            search.located(session, house.office, work, found)


def stage_of(house: House, row: SubjectRequest) -> Stage:
    with house.reading() as session:
        return Stage(stages.access_item(subject_requests.by_id(session, row.id)).stage)


def asked_by(house: House, person: Person, **changed: object) -> SubjectRequest:
    values = {
        "name": person.name, "birth_date": person.birth_date, "email": person.email,
        "phone": person.phone, "postcode": person.postcode, "practice": person.practice,
    }  # fmt: skip
    return make_request(house, **{**values, **changed})


# T1: facts match a record, they release nothing


def test_impostor_facts(tmp_path: Path, sqlite_url: str, world: World) -> None:
    """All facts right, own mailbox: the code goes to the patient, and nothing is read (T1)."""
    clock = Clock(NOON.replace(month=11, day=22))
    house = make_house(tmp_path, clock=clock, database_url=sqlite_url)
    systems = load_systems(house.office.register, world.environment())
    before = {name: len(journal.entries) for name, journal in world.journals.items()}
    victim = played_by(world.people, Cast.GUEST)
    mine = "bedrieger@example.nl"
    row = asked_by(house, victim, email=mine, reply_email=mine)
    assert ask(house, row)
    work_through(house, systems)  # type: ignore[arg-type]  # real connectors

    assert stage_of(house, row) is Stage.IDENTIFYING
    mails = [path.read_text() for path in (tmp_path / "mail").iterdir()]
    to_me = [mail for mail in mails if f"To: {mine}" in mail]
    assert len(mails) == 2
    assert len(to_me) == 1  # the receipt
    assert "code" not in to_me[0].split("\n\n", 1)[0].lower()
    assert [mail for mail in mails if f"To: {victim.email}" in mail]
    for wrong in ("00000000", "12345678"):
        assert not typed(house, row, wrong).good
    for level in (Level.IA0, Level.IA1, Level.IA2, Level.IA4):
        with pytest.raises(NotReady), house.reading() as session:
            reply.letter(session, house.office, row, level)
        with pytest.raises(NotReady), house.reading() as session:
            reply.package(session, house.office, row, level)
    read = {n: j.entries[before[n] :] for n, j in world.journals.items()}
    assert read == {"his": [], "crm": [], "cognito": [], "sendbird": []}
    with house.reading() as session:
        assert session.scalar(select(func.count()).select_from(Package)) == 0
        verbs = set(session.scalars(select(Step.verb)))
    assert verbs == {"identify"}
    house.engine.dispose()


def test_a_code_goes_to_the_address_on_file_and_never_to_the_typed_one(house: House) -> None:
    row = make_request(house, email="bedrieger@example.nl")
    ask(house, row)
    look_up(house)
    assert [address for address, _ in waiting_codes(house)] == ["anouk@opfile.example"]


@pytest.mark.parametrize(
    "app",
    [
        pytest.param(lambda: FakeSystem(), id="nobody"),
        pytest.param(lambda: FakeSystem(located=Several(candidates=())), id="several people"),
        pytest.param(lambda: known(shared=True), id="an address of two patients"),
        pytest.param(lambda: known(since=None), id="an address of unknown age"),
        pytest.param(lambda: known(kind="phone", value="06 0000 0001"), id="a phone only"),
        pytest.param(lambda: FakeSystem(located=one(agrees=("email",))), id="only the address"),
        pytest.param(lambda: FakeSystem(located=one(agrees=("name", "email"))), id="no birth date"),
    ],
)
def test_no_code_is_mailed_unless_one_person_has_one_settled_address(
    house: House, app: object
) -> None:
    row = make_request(house)
    assert ask(house, row)
    look_up(house, app())  # type: ignore[operator]  # a maker
    assert waiting_codes(house) == []
    assert stage_of(house, row) is Stage.IDENTIFYING


@pytest.mark.parametrize(("days", "mailed"), [(29, 0), (30, 1), (31, 1)])
def test_a_contact_changed_within_thirty_days_gets_no_code(
    house: House, days: int, mailed: int
) -> None:
    """Whoever just took over a mailbox or account waits, and its owner is warned first (T5)."""
    row = make_request(house)
    ask(house, row)
    look_up(house, known(since=house.office.today() - timedelta(days=days)))
    assert len(waiting_codes(house)) == mailed


# T7: guessing


def test_five_wrong_codes_lock_it_and_a_new_house_knows_that(
    house: House, tmp_path: Path, clock: Clock, database_url: str
) -> None:
    row = make_request(house)
    ask(house, row)
    look_up(house)
    right = waiting_codes(house)[0][1]
    wrong = ["00000000", "11111111", "22222222", "33333333", "44444444"]
    left = [typed(house, row, code).tries_left for code in wrong if code != right.replace(" ", "")]
    assert left == [4, 3, 2, 1, 0]
    assert not typed(house, row, right).good
    again = make_house(
        tmp_path, clock=clock, database_url=database_url,
        keys=house.settings.keys, root=house.settings.root,
    )  # fmt: skip
    assert not typed(again, row, right).good
    again.engine.dispose()
    assert stage_of(house, row) is Stage.IDENTIFYING


def test_three_codes_an_hour_are_mailed_whoever_asks_for_them(house: House, clock: Clock) -> None:
    """A new request about the same person, from another browser, buys no more codes."""
    rows = [make_request(house, name=n) for n in ("Anouk Voorbeeld", "ANOUK  VOORBEELD")]
    given = [ask(house, rows[n % 2]) for n in range(6)]
    assert given == [True, True, True, False, False, False]
    clock.move(hours=1)
    assert ask(house, rows[0])


def test_ten_thousand_guesses_have_a_chance_below_one_in_ten_thousand(house: House) -> None:
    """What is guessed is bounded by codes and tries, not by addresses or browsers."""
    row = make_request(house)
    tried = 0
    while ask(house, row):
        look_up(house)
        while not (checked := typed(house, row, "00000000")).good and checked.tries_left:
            tried += 1
        tried += 1
        assert typed(house, row, "00000000").tries_left == 0
    assert tried == house.office.terms.code_tries * house.office.terms.codes_an_hour
    assert tried / 10**codes.DIGITS < 1e-4


def test_a_code_works_once_and_for_ten_minutes(house: House, clock: Clock) -> None:
    row = make_request(house)
    ask(house, row)
    look_up(house)
    code = waiting_codes(house)[0][1]
    clock.move(minutes=10)
    assert typed(house, row, code).expired
    ask(house, row)
    look_up(house)
    second = next(c for _, c in waiting_codes(house) if c != code)
    assert not typed(house, row, code).good  # the older one is dead
    checked = typed(house, row, f" {second[:4]}-{second[4:].strip()} ")
    assert (checked.good, checked.level) == (True, Level.IA2)
    assert typed(house, row, second).expired
    assert stage_of(house, row) is Stage.SEARCHING


# T8: a code of one thing opens no other


def test_a_code_of_one_request_opens_no_other(house: House) -> None:
    mine, other = make_request(house), make_request(house, name="Iemand Anders")
    for row in (mine, other):
        ask(house, row)
    look_up(house)
    with house.reading() as session:
        by_code = {c.id: c.request_id for c in session.scalars(select(Code))}
        mails = session.scalars(select(OutboxMail).where(OutboxMail.kind == "code"))
        sent = {
            by_code[mail.dedup.removeprefix("code-")]: notify.opened(
                session, house.office, mail
            ).words["code"]
            for mail in mails
        }
    assert not typed(house, mine, sent[other.id]).good
    assert not typed(house, other, sent[mine.id]).good
    assert typed(house, mine, sent[mine.id]).good


def test_a_code_to_identify_opens_no_download(house: House) -> None:
    row = make_request(house)
    ask(house, row)
    look_up(house)
    code = waiting_codes(house)[0][1]
    assert not typed(house, row, code, Purpose.DOWNLOAD).good
    assert not typed(house, row, code, Purpose.COLLECT).good
    assert typed(house, row, code).good


# T9: two people are never one


def test_near_twins_are_never_linked_to_each_other(
    tmp_path: Path, sqlite_url: str, world: World
) -> None:
    """Everybody asks with their own facts, and with a typo: nobody is taken for another (T9)."""
    house = make_house(tmp_path, database_url=sqlite_url)
    leading = load_systems(house.office.register, world.environment())["app"]
    wrong, found = [], 0
    for person in world.people:
        first, _, last = person.name.partition(" ")
        tries = [
            Subject(name=person.name, birth_date=person.birth_date),
            Subject(name=f"{first[:-1]} {last}", birth_date=person.birth_date),
            Subject(name=person.name, birth_date=person.birth_date + timedelta(days=1)),
            Subject(name=person.name, email=person.email),
            Subject(birth_date=person.birth_date, postcode=person.postcode),
        ]
        for subject in tries:
            located = search.as_sure(leading.locate(subject))
            ref = getattr(located, "subject_ref", None)
            if ref is None:
                continue
            found += 1
            right = leading.locate(Subject(patient_number=person.patient_number))
            if ref != getattr(right, "subject_ref", None):
                wrong.append(person.number)
    assert wrong == []
    assert found > 200
    house.engine.dispose()


@pytest.mark.parametrize(
    ("agrees", "sure"),
    [
        (("birth_date",), False),
        (("email",), False),
        (("phone", "email"), False),
        (("birth_date", "postcode"), False),
        (("name",), False),
        (("name", "birth_date"), True),
        (("name", "email"), True),
        (("patient_number",), True),
        (("known_refs",), True),
    ],
)
def test_a_match_without_enough_that_agrees_is_left_to_the_desk(
    agrees: tuple[str, ...], sure: bool
) -> None:
    left = search.as_sure(one(agrees=agrees))
    assert isinstance(left, Several) is not sure


# T11: an account is its issuer and subject, nothing else


def login(sub: str, **changed: object) -> AppLogin:
    values: dict[str, object] = {"issuer": ISSUER, "sub": sub, "auth_time": NOON, "mfa": True}
    return AppLogin(**{**values, **changed})  # type: ignore[arg-type]


def link(house: House, sub: str, practice: str = "kralingen") -> None:
    staff = make_staff(house, login=f"link-{sub}-{practice}", practices=(practice,))
    facts = LinkFacts(id="", practice=practice, issuer=ISSUER, sub=sub, patient_number="P000001")
    with house.writing() as session:
        app_link.make(session, house.office, facts, who_is(staff))


def proved(house: House, row: SubjectRequest, by: AppLogin) -> Level:
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id)
        return identify.by_app(session, house.office, fresh, by)


def test_a_recreated_account_with_the_same_address_is_not_linked(house: House) -> None:
    link(house, "sub-old")
    row = make_request(house)
    assert proved(house, row, login("sub-new")) is Level.IA1
    assert proved(house, row, login("sub-old", issuer="https://elders.example")) is Level.IA1
    assert stage_of(house, row) is Stage.IDENTIFYING
    assert proved(house, row, login("sub-old")) is Level.IA3
    assert stage_of(house, row) is Stage.SEARCHING


@pytest.mark.parametrize(
    ("changed", "level"),
    [
        ({}, Level.IA3),
        ({"mfa": False}, Level.IA2),
        ({"auth_time": NOON - timedelta(minutes=15)}, Level.IA3),
        ({"auth_time": NOON - timedelta(minutes=15, seconds=1)}, Level.IA2),
        ({"auth_time": NOON + timedelta(minutes=2)}, Level.IA2),
    ],
)
def test_an_app_login_is_as_good_as_its_second_factor_and_its_age(
    house: House, changed: dict[str, object], level: Level
) -> None:
    link(house, "sub-1")
    assert proved(house, make_request(house), login("sub-1", **changed)) is level


def test_a_link_of_another_practice_or_an_ended_one_proves_nothing(house: House) -> None:
    link(house, "sub-1", "centrum")
    row = make_request(house)
    assert not proved(house, row, login("sub-1")).reaches(Level.IA2)
    link(house, "sub-2")
    with house.writing() as session:
        facts = app_link.living(session, house.office, ISSUER, "sub-2")
        assert facts is not None
        app_link.end(session, house.office, facts.id, SOMEBODY)
    assert proved(house, row, login("sub-2")) is Level.IA1
    assert stage_of(house, row) is Stage.IDENTIFYING


# T18, T19: nothing tells who is known, and a reference alone opens nothing


def test_known_and_unknown_people_see_the_same_of_a_code(house: House, clock: Clock) -> None:
    """The same answers, tries and expiry, whether a code was mailed or not (T18)."""
    rows = [make_request(house, name=name) for name in ("Wel Bekend", "Niet Bekend")]
    seen = []
    for row, app in zip(rows, (known(), FakeSystem()), strict=True):
        asked = ask(house, row)
        clock.move(seconds=7)
        look_up(house, app)
        tries = [typed(house, row, "00000000") for _ in range(2)]
        clock.move(minutes=9, seconds=59)
        late = typed(house, row, "00000000")
        clock.move(seconds=1)
        seen.append((asked, tries, late, typed(house, row, "00000000")))
        clock.move(hours=1)
    assert seen[0] == seen[1]
    assert seen[0][3].expired


def test_a_reference_without_its_secret_reads_as_one_that_does_not_exist(house: House) -> None:
    row, other = make_request(house), make_request(house, name="Iemand Anders")
    secret = house.office.secret_of(row.reference)
    words = []
    for reference, offered in [
        (row.reference, "0" * 40),
        (row.reference, ""),
        (row.reference, house.office.secret_of(other.reference)),
        ("AVG-2222-2222", secret),
        ("", secret),
    ]:
        with pytest.raises(NotFound) as refused, house.reading() as session:
            reply.find(session, house.office, reference, offered)
        words.append(str(refused.value))
    assert len(set(words)) == 1
    with house.reading() as session:
        assert reply.find(session, house.office, row.reference, f" {secret} ").id == row.id
    assert len(secret) * 4 >= 128


def test_not_proved_is_answered_the_same_for_known_and_unknown_people(house: House) -> None:
    """The neutral letter holds nothing that hangs on whether there is a patient (T18)."""
    officer = who_is(make_staff(house))
    rows = [make_request(house, name="Wel Bekend"), make_request(house, name="Niet Bekend")]
    for row, app in zip(rows, (known(), FakeSystem()), strict=True):
        ask(house, row)
        look_up(house, app)
    for row in rows:
        with house.writing() as session:
            what = decide.Decided(decision=Decision.NOT_PROVED)
            decide.decide(session, house.office, row, what, officer)
    work_through(house, systems_of(house))
    with house.reading() as session:
        letters = session.scalars(select(Letter).order_by(Letter.id)).all()
        assert [(x.kind, x.level) for x in letters] == [("not_proved", "IA0")] * 2
        fresh = [subject_requests.by_id(session, row.id) for row in rows]
        told = [
            facts.answer(session, house.office, row, census(session, house.office, row))
            for row in fresh
        ]
        bare = [replace(letter, facts=replace(letter.facts, reference="AVG")) for letter in told]
        assert bare[0] == bare[1]
        assert session.scalar(select(func.count()).select_from(Package)) == 0
        reached = session.scalars(select(SubjectRequest.level)).all()
    assert reached == ["IA0", "IA0"]


def test_a_proved_person_is_never_answered_not_proved(house: House) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house, level=Level.IA2)
    what = decide.Decided(decision=Decision.NOT_PROVED)
    with pytest.raises(NotReady), house.writing() as session:
        decide.decide(session, house.office, row, what, officer)


def test_only_staff_can_say_that_they_saw_a_person(house: House) -> None:
    row = make_request(house)
    for who in (case.PATIENT, case.SYSTEM, ELSEWHERE):
        with pytest.raises(NotAllowed), house.writing() as session:
            identify.at_desk(session, house.office, row, "passport", who)
    assert stage_of(house, row) is Stage.IDENTIFYING


def test_a_collection_code_of_the_desk_opens_at_that_level_for_two_weeks(
    house: House, clock: Clock
) -> None:
    officer = who_is(make_staff(house))
    row = make_request(house)
    with house.writing() as session:
        identify.at_desk(session, house.office, row, "passport", officer)
        first = codes.hand_over(session, house.office, row, officer)
        second = codes.hand_over(session, house.office, row, officer)
    assert not typed(house, row, first, Purpose.COLLECT).good
    clock.move(days=14, seconds=-1)
    checked = typed(house, row, second.lower(), Purpose.COLLECT)
    assert (checked.good, checked.level) == (True, Level.IA4)
