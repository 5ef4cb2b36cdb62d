"""What a rectification may change, and what its letter says of the rest (Art. 16, BW 7:454(2))."""

from __future__ import annotations

import pytest

from dsr.core.errors import NotReady
from dsr.core.letters_changes import RectificationAnswer
from dsr.core.request import Decision
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.law.rights import Right
from dsr.services import archive, weighing
from dsr.services.correcting import Correction, Corrections
from dsr.services.house import House
from dsr.services.weighing import Judgement
from tests.makers import NOON, make_item
from tests.planned import Walk, account, make_walk, messages
from tests.services.changes import letter_of

FILE = make_item(dataset="dossier", kind="condition", ref="c-1", dates={"last_change": NOON})
STATEMENT = Corrections(
    statement="Ik zie dit anders dan de dokter.", statement_at=("his", "dossier")
)


def wish(field: str) -> Wish:
    data = {"field": field, "now": "", "should": "Noor Voorbeeld"}
    return Wish(right=Right.RECTIFICATION, data=data)


def judged(walk: Walk, activity: str, outcome: str) -> None:
    made = Judgement(activity=activity, outcome=outcome, reasons="Vergeleken met het paspoort.")
    with walk.house.writing() as session:
        row = subject_requests.by_id(session, walk.row.id, lock=True)
        weighing.judge(session, walk.house.office, (row, row.items[0]), made, walk.officer)


def test_a_sent_message_is_never_rewritten(house: House) -> None:
    """Art. 5(1)(d): it says rightly what was sent."""
    one = messages(1)[0]
    walk = make_walk(house, wish("message"), found={"sendbird": [one]})
    key = archive.item_key(house.office, "sendbird", one)
    new = Correction(system="sendbird", key=key, path="/text", new="iets anders")
    with pytest.raises(NotReady):
        walk.resolve(corrections=Corrections(fields=(new,)))


def test_what_is_corrected_in_one_place_and_refused_in_another_is_done_in_part(
    house: House,
) -> None:
    """Art. 12(4): the letter says why the other stays as it is."""
    walk = make_walk(house, wish("name"), found={"app": [account()], "crm": [make_item()]})
    judged(walk, "A.1", "grant")
    judged(walk, "CRM", "refuse")
    key = archive.item_key(house.office, "app", account())
    new = Correction(system="app", key=key, path="/first_name", new="Noor")
    walk.resolve(corrections=Corrections(fields=(new,)))
    assert walk.item.decision == Decision.PARTLY
    walk.approve()
    walk.work()
    letter = letter_of(house, walk.row)
    assert isinstance(letter, RectificationAnswer)
    assert [one.articles for one in letter.not_done] == [("GDPR:16",)]


def test_a_statement_that_was_added_is_not_offered_again(house: House) -> None:
    walk = make_walk(house, wish("medical"), found={"his": [FILE]})
    walk.say("A.3", field="professional_opinion")
    walk.resolve(corrections=STATEMENT)
    walk.work()
    letter = letter_of(house, walk.row)
    assert isinstance(letter, RectificationAnswer)
    assert not [words for words in letter.instead if "verklaring" in words]
