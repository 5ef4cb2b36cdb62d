"""Known by sight is a clinician's word, not just anybody's (security.md 4.1)."""

from __future__ import annotations

import pytest

from dsr.core.errors import NotAllowed
from dsr.core.subject import Level
from dsr.db import subject_requests
from dsr.services import identify
from dsr.services.house import House
from dsr.services.staff_login import who_is
from tests.makers import make_request, make_staff


@pytest.mark.parametrize("roles", [("officer",), ("officer", "approver")])
def test_an_officer_cannot_vouch_for_somebody_by_sight(
    house: House, roles: tuple[str, ...]
) -> None:
    row, who = make_request(house), who_is(make_staff(house, roles=roles))
    with house.writing() as session, pytest.raises(NotAllowed):
        identify.at_desk(session, house.office, row, "known", who)


def test_a_clinician_can(house: House) -> None:
    row, who = make_request(house), who_is(make_staff(house, roles=("clinician",)))
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id)
        identify.at_desk(session, house.office, fresh, "known", who)
    with house.reading() as session:
        assert subject_requests.by_id(session, row.id).level == Level.IA4
