"""Rotating the key of keys: nothing becomes unreadable, also when it is stopped half-way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from dsr.core.errors import Shredded, VaultError
from dsr.db.data_keys import DataKey
from dsr.db.subject_requests import SubjectRequest
from dsr.services import case, rotate
from dsr.services.house import House
from dsr.vault.keys import KeyRing, new_keyring_text
from tests.makers import make_request


def with_keys(house: House, keys: str) -> House:
    ring = KeyRing.from_text(keys, root=house.settings.root)
    return replace(house, office=replace(house.office, keys=ring))


def test_the_key_is_rotated_in_batches_and_goes_on_where_it_was_stopped(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotate, "BATCH", 2)
    rows = [make_request(house) for _ in range(5)]
    both = with_keys(house, new_keyring_text(house.settings.keys))
    walk = rotate.rotate(both)
    assert next(walk) == 2  # and here it is killed
    walk.close()
    for row in rows:
        with both.reading() as session:
            assert case.open_subject(case.case_key(session, both.office, row), row)[0].name
    assert list(rotate.rotate(both))[-1] == 4  # with the house's own key, six in all
    with both.reading() as session:
        assert set(session.scalars(select(DataKey.kek_id))) == {both.office.keys.current_id}


def test_the_old_key_can_go_once_it_is_done_and_not_before(house: House) -> None:
    row = make_request(house)
    both = new_keyring_text(house.settings.keys)
    alone = with_keys(house, both.split(",")[0])
    with pytest.raises(VaultError), alone.reading() as session:
        case.case_key(session, alone.office, row)
    list(rotate.rotate(with_keys(house, both)))
    with alone.reading() as session:
        assert case.open_subject(case.case_key(session, alone.office, row), row)[0].name


def test_a_shredded_key_stays_shredded_through_a_rotation(house: House) -> None:
    row = make_request(house)
    with house.writing() as session:
        session.get_one(DataKey, row.data_key_id).wrapped = None
    list(rotate.rotate(with_keys(house, new_keyring_text(house.settings.keys))))
    with pytest.raises(Shredded), house.reading() as session:
        case.case_key(session, house.office, row)


def test_another_houses_key_opens_nothing_and_says_so(house: House) -> None:
    row = make_request(house)
    other = with_keys(house, new_keyring_text())
    with pytest.raises(VaultError) as refused, other.reading() as session:
        case.case_key(session, other.office, row)
    assert str(refused.value)


def test_a_house_with_a_wrong_key_takes_no_request(house: House) -> None:
    first = make_request(house)
    wrong = f"{house.office.keys.current_id}:{new_keyring_text().partition(':')[2]}"
    with pytest.raises(VaultError):
        make_request(with_keys(house, wrong))
    with house.reading() as session:
        assert list(session.scalars(select(SubjectRequest.id))) == [first.id]
