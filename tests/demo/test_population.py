"""The made-up patients: the same every time, nobody real, and the hard cases among them."""

from __future__ import annotations

import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest

from demo.files_samples import samples
from demo.person import Person
from demo.population import DEMO_DAY, PRACTICES, Cast, passes_eleven_test, people, played_by

EVERYBODY = people()


def played(who: Cast) -> Person:
    return played_by(EVERYBODY, who)


def age(person: Person, today: date = DEMO_DAY) -> int:
    born = person.birth_date
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def test_the_same_seed_makes_the_same_people() -> None:
    assert people() == EVERYBODY
    assert people(seed=7) != EVERYBODY


def test_another_day_changes_only_new_contacts_and_the_years_of_children() -> None:
    next_month = people(today=DEMO_DAY + timedelta(days=30))
    changed = [a.number for a, b in zip(EVERYBODY, next_month, strict=True) if a != b]
    assert changed == [Cast.NEW_CONTACT, Cast.JUST_16]


def test_four_hundred_people_cost_less_than_a_third_of_a_second() -> None:
    begin = time.process_time()
    assert len(people()) == 400
    assert time.process_time() - begin < 0.3


@pytest.mark.parametrize("who", [Cast.CHILD_OF_9, Cast.CHILD_OF_14, Cast.JUST_16])
@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2027, 3, 3), date(2028, 2, 29)])
def test_the_children_keep_their_age(who: Cast, today: date) -> None:
    years = {Cast.CHILD_OF_9: 9, Cast.CHILD_OF_14: 14, Cast.JUST_16: 16}[who]
    assert age(played_by(people(today=today), who), today) == years


def test_no_bsn_can_be_real_and_each_is_another() -> None:
    assert not any(passes_eleven_test(person.bsn) for person in EVERYBODY)
    assert len({person.bsn for person in EVERYBODY}) == len(EVERYBODY)


def test_the_eleven_test_knows_a_number_of_the_right_form() -> None:
    assert passes_eleven_test("0" * 9)
    assert not passes_eleven_test("0" * 8 + "1")


def test_mail_and_phone_reach_nobody() -> None:
    domains = {person.email.rpartition("@")[2] for person in EVERYBODY if person.email}
    assert domains == {"example.nl", "voorbeeld.example"}
    assert all(person.phone.startswith("06 0000 ") for person in EVERYBODY)


def test_identifiers_belong_to_one_person_each() -> None:
    for field in ("number", "patient_number", "phone", "bsn"):
        assert len({getattr(person, field) for person in EVERYBODY}) == len(EVERYBODY), field
    subs = [person.cognito_sub for person in EVERYBODY if person.has_app]
    assert len(set(subs)) == len(subs) > 200


def test_twins_share_family_name_and_birth_date_only() -> None:
    twin, other = played(Cast.TWIN), played(Cast.OTHER_TWIN)
    assert (twin.family, twin.birth_date) == (other.family, other.birth_date)
    assert twin.given != other.given


def test_father_and_son_share_name_and_address() -> None:
    father, son = played(Cast.FATHER), played(Cast.SON)
    assert (father.name, father.street) == (son.name, son.street)
    assert father.birth_date != son.birth_date


def test_namesakes_share_name_and_birth_date_at_two_practices() -> None:
    one, other = played(Cast.NAMESAKE), played(Cast.OTHER_NAMESAKE)
    assert (one.name, one.birth_date) == (other.name, other.birth_date)
    assert one.practice != other.practice


def test_only_the_namesakes_share_name_and_birth_date() -> None:
    seen = Counter((person.name, person.birth_date) for person in EVERYBODY)
    assert [key[0] for key, count in seen.items() if count > 1] == [played(Cast.NAMESAKE).name]


def test_the_crowd_holds_more_near_twins() -> None:
    families = Counter((person.family, person.birth_date) for person in EVERYBODY)
    names = Counter(person.name for person in EVERYBODY)
    assert sum(count > 1 for count in families.values()) > 10
    assert sum(count > 1 for count in names.values()) > 10


def test_partners_share_an_address_that_nobody_else_has() -> None:
    shared = [n for n, count in Counter(p.email for p in EVERYBODY if p.email).items() if count > 1]
    assert shared == [played(Cast.PARTNER).email]
    assert played(Cast.OTHER_PARTNER).email == shared[0]


def test_one_contact_is_too_new_for_a_code() -> None:
    assert played(Cast.NEW_CONTACT).contact_since == DEMO_DAY - timedelta(days=10)
    assert played(Cast.GUEST).contact_since < DEMO_DAY - timedelta(days=30)


def test_nobody_under_sixteen_has_the_app() -> None:
    assert all(age(person) >= 16 for person in EVERYBODY if person.has_app)
    assert any(age(person) < 16 for person in EVERYBODY)


def test_the_three_who_are_shown_prove_themselves_each_in_their_own_way() -> None:
    app, guest, desk = (played(who) for who in (Cast.APP, Cast.GUEST, Cast.DESK))
    assert app.has_app
    assert app.mfa
    assert guest.email
    assert not guest.mfa
    assert not desk.has_app
    assert {app.practice, guest.practice, desk.practice} == set(PRACTICES)


def test_one_has_twenty_thousand_messages_and_a_long_file() -> None:
    heavy = played(Cast.HEAVY)
    assert heavy.messages == 20_000
    assert heavy.file in samples()
    others = [person.messages for person in EVERYBODY if person.has_app and person != heavy]
    assert sorted(others)[len(others) // 2] in range(5, 61)


@pytest.mark.parametrize("who", [Cast.APP, Cast.GUEST, Cast.DESK])
def test_the_readme_names_the_three_as_they_are(who: Cast) -> None:
    person = played(who)
    text = (Path(__file__).parents[2] / "demo" / "README.md").read_text("utf-8")
    assert f"| {person.name} | {person.birth_date:%d-%m-%Y} | {person.practice} |" in text
