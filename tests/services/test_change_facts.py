"""What a letter about a change may say: only what was read back, and why of all the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from dsr.core.errors import BadInput, NotReady
from dsr.core.letters import NotProved
from dsr.core.letters_changes import (
    ErasureAnswer,
    Withdrawn,
)
from dsr.core.letters_parts import Telling, Wait, Work
from dsr.core.plans import Treatment
from dsr.core.request import Decision, Outcome
from dsr.core.subject import Level
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.db.columns import new_id
from dsr.db.plans import Plan
from dsr.law.rights import Right
from dsr.rendering.html import letter_html
from dsr.services.house import House
from tests.makers import make_request
from tests.planned import account
from tests.rendering.golden import plain
from tests.services.changes import (
    DAY,
    DESTROY,
    ERASE,
    WITHDRAW,
    Decided,
    Did,
    letter_of,
    line,
    made,
    rows,
    suppressed,
    waits,
)

ERASED = Decided(lines=(line(),), did=(Did(),))


def test_what_was_erased_and_read_back_is_called_erased(house: House) -> None:
    letter = made(house, ERASED)
    assert isinstance(letter, ErasureAnswer)
    assert rows(letter) == [("Uw berichten", Work.ERASED, 3)]
    assert letter.done[0].day == DAY
    assert letter.done[0].system == "Berichten in de app (SendBird)"
    assert letter.grounds == ("GDPR:17(1)(b)", "GDPR:7(3)")
    assert letter.backups is not None


@pytest.mark.parametrize(
    "did",
    [
        Did(outcome=None, counts={}),
        Did(verified=False),
        Did(verified=False, outcome=Outcome.ALREADY_GONE, counts={"gone": 3}),
        Did(verified=False, outcome=Outcome.EMPTIED, counts={"emptied": 3}),
        Did(verified=False, outcome=Outcome.PARTIAL, counts={"done": 1, "retained": 2}),
    ],
)
def test_no_letter_calls_done_what_was_not_read_back(house: House, did: Did) -> None:
    with pytest.raises(NotReady):
        made(house, replace(ERASED, did=(did,)))


def test_a_plan_of_which_nothing_was_done_has_no_letter(house: House) -> None:
    with pytest.raises(NotReady, match="nothing was done"):
        made(house, replace(ERASED, did=()))


@pytest.mark.parametrize(
    ("did", "done", "open_still"),
    [
        (Did(outcome=None, counts={}, needs_person=True), [], [(Wait.BY_HAND, 3)]),
        (Did(outcome=Outcome.BY_HAND, counts={}), [], [(Wait.BY_HAND, 3)]),
        (Did(outcome=Outcome.FAILED, counts={}), [], [(Wait.FAILED, 3)]),
        (Did(outcome=Outcome.RETAINED, counts={"retained": 3}), [], [(Wait.HELD_BACK, 3)]),
        (
            Did(outcome=Outcome.PARTIAL, counts={"done": 1, "retained": 2}),
            [(Work.ERASED, 1)],
            [(Wait.HELD_BACK, 2)],
        ),
        (
            Did(outcome=Outcome.PARTIAL, counts={"done": 1}),
            [(Work.ERASED, 1)],
            [(Wait.FAILED, 2)],
        ),
        (
            Did(outcome=Outcome.EMPTIED, counts={"done": 1, "gone": 1, "emptied": 1}),
            [(Work.ERASED, 1), (Work.GONE, 1), (Work.EMPTIED, 1)],
            [],
        ),
        (Did(by_hand=True), [(Work.ERASED, 3)], []),
        (Did(by_hand=True, count=0, counts={"done": 0}), [(Work.ERASED, 0)], []),
        (
            Did(by_hand=True, outcome=Outcome.RETAINED, counts={"retained": 3}),
            [],
            [(Wait.HELD_BACK, 3)],
        ),
    ],
)
def test_every_outcome_of_a_batch_is_said_as_it_is(
    house: House, did: Did, done: list[Any], open_still: list[Any]
) -> None:
    letter = made(house, replace(ERASED, did=(did,)))
    assert [(one.work, one.count) for one in letter.done] == done
    assert [(one.wait, one.count) for one in letter.unfinished] == open_still
    assert all(one.by_hand == did.by_hand for one in letter.done)


def test_what_waits_is_never_called_erased_in_words(house: House) -> None:
    waiting = Did(outcome=None, counts={}, needs_person=True)
    text = plain(letter_html(made(house, replace(ERASED, did=(waiting,)))))
    assert "Wij gaan uw gegevens verwijderen" in text
    assert "Wij verwijderden" not in text
    assert "met de hand doen" in text


def test_batches_of_one_dataset_are_one_row(house: House) -> None:
    """At most 500 references a batch; two purposes of one dataset share its batches."""
    lines = (line(), line(activity="A.2.other", because=("GDPR:17(1)(b)",)))
    letter = made(house, replace(ERASED, lines=lines, did=(Did(), Did())))
    assert rows(letter) == [("Uw berichten", Work.ERASED, 6)]


def test_a_line_by_hand_without_a_batch_waits_for_a_person(house: House) -> None:
    by_hand = line(system="oneassist", dataset="data", activity="A.1", by_hand=True)
    letter = made(house, replace(ERASED, lines=(line(), by_hand)))
    assert waits(letter) == [("Gegevens bij OneAssist", Wait.BY_HAND, 3)]


KEPT = line(
    Treatment.KEEP, system="his", dataset="access_log", activity="A.3.access_log", count=212,
    because=("begz_access_log_min_5y",), until=date(2031, 3, 9),
)  # fmt: skip
PARTLY = replace(ERASED, decision=Decision.PARTLY, lines=(line(), KEPT))


def test_what_stays_has_its_article_and_its_day(house: House) -> None:
    """Art. 12(4), 17(3)(b)."""
    (kept,) = made(house, PARTLY).not_done
    assert kept.what == "Wie in uw dossier keek (Medisch dossier bij de huisarts (HIS))"
    assert (kept.count, kept.until) == (212, date(2031, 3, 9))
    assert kept.articles == ("GDPR:17(3)(b)", "STCRT:2019-38007")


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (
            line(Treatment.KEEP, because=("GDPR:17(3)(e)",)),
            "Zolang de klacht, de claim of de rechtszaak loopt.",
        ),
        (
            line(Treatment.KEEP, because=("GDPR:17(3)(b)",)),
            "Berichten en gegevens over het versturen: één maand nadat het bericht is verstuurd.",
        ),
        (
            line(Treatment.KEEP, because=("GDPR:17(3)(b)",), dataset="push", activity="A.5"),
            None,
        ),
    ],
)
def test_what_stays_without_a_day_says_as_long_as_what(
    house: House, kept: Any, words: str | None
) -> None:
    (one,) = made(house, replace(PARTLY, lines=(line(), kept))).not_done
    assert one.until is None
    assert one.as_long_as
    assert words in (None, one.as_long_as)


def test_a_grant_that_keeps_something_is_no_grant(house: House) -> None:
    with pytest.raises(BadInput) as refused:
        made(house, replace(PARTLY, decision=Decision.GRANTED))
    assert refused.value.field == "decision"


def test_processors_know_and_recipients_are_told_as_the_desk_says(house: House) -> None:
    """Art. 19."""
    facts = {"told": {"OneAssist BV": "2026-03-09"}, "not_told": {"SendBird Korea": "impossible"}}
    letter = made(house, replace(ERASED, facts=facts))
    how = {one.name: (one.how, one.day) for one in letter.told}
    assert how["SendBird Inc."] == (Telling.TOLD, DAY)
    assert how["OneAssist BV"] == (Telling.TOLD, date(2026, 3, 9))
    assert how["SendBird Korea"] == (Telling.IMPOSSIBLE, None)
    assert how["Amazon (Cognito, Lambda)"] == (Telling.WILL_BE, None)


def test_nobody_is_told_of_what_did_not_happen(house: House) -> None:
    waiting = Did(outcome=None, counts={}, needs_person=True)
    assert made(house, replace(ERASED, did=(waiting,))).told == ()


def test_the_codes_that_stay_are_named_by_purpose(house: House) -> None:
    (one,) = suppressed(house, ERASED, "A.2").suppressed
    assert one.purpose == "Berichten sturen tussen u en de praktijk"
    assert one.kinds == ("email", "phone")


def test_a_refusal_says_what_the_law_says_of_each_purpose(house: House) -> None:
    """Art. 12(4), 17(1)(a), 6(1)(b)."""
    wish = replace(ERASE, data={**ERASE.data, "what": ["account"]})
    said = {name: {"account_active": True} for name in ("A.1",)}
    refused = Decided(
        wish=wish, decision=Decision.REFUSED, grounds=("GDPR:17(1)", "GDPR:6(1)(b)"),
        facts={"said": said}, found={"app": [account()]},
        words={"facts": "U gebruikt de app nog.", "instead": "Gebeld."},
        lines=(line(Treatment.KEEP, system="app", dataset="account", activity="A.1", count=1,
                    because=("GDPR:17(1)", "GDPR:17(1)(a)", "GDPR:6(1)(b)")),),
    )  # fmt: skip
    letter = made(house, refused)
    assert letter.not_done[0].articles == ("GDPR:17(1)", "GDPR:17(1)(a)", "GDPR:6(1)(b)")
    assert letter.instead[0] == "Gebeld."
    assert any("uw account sluiten" in words for words in letter.instead)
    assert letter.words == "U gebruikt de app nog."


def test_a_request_that_is_refused_as_a_whole_cites_that_ground(house: House) -> None:
    """Art. 12(5)(b)."""
    words = {"facts": "U vroeg dit elf keer in twee weken.", "instead": "Wij belden u."}
    refused = Decided(decision=Decision.REFUSED, grounds=("excessive",), words=words)
    (one,) = made(house, refused).not_done
    assert one.what == "Het verwijderen van uw gegevens"
    assert one.articles == ("GDPR:12(5)(b)",)


def test_a_refusal_that_waits_for_a_judge_says_so_of_that_part(house: House) -> None:
    judged = line(Treatment.JUDGE, because=("GDPR:17(3)(e)",), asks="dpo")
    words = {"facts": "Er loopt een klacht over deze berichten.", "instead": "Wij wachten."}
    refused = Decided(decision=Decision.REFUSED, lines=(judged,), words=words)
    (one,) = made(house, refused).not_done
    assert "functionaris" in one.words


def test_what_somebody_judges_first_is_not_finished(house: House) -> None:
    judged = line(Treatment.JUDGE, because=("GDPR:17(3)(e)",), asks="clinician")
    letter = made(house, replace(ERASED, decision=Decision.PARTLY, lines=(line(), judged)))
    assert waits(letter) == [("Uw berichten", Wait.CLINICIAN, 3)]


def test_where_nothing_is_held_the_letter_names_where_we_searched(house: House) -> None:
    letter = made(house, Decided(decision=Decision.NOTHING_HELD, grounds=("GDPR:17(1)",)))
    assert [one.name for one in letter.searched]
    assert letter.done == ()


def test_who_is_not_proved_gets_the_letter_that_names_nobody(house: House) -> None:
    letter = made(house, replace(ERASED, decision=Decision.NOT_PROVED))
    assert isinstance(letter, NotProved)
    assert letter.facts.recipient == ""
    assert letter.kinds == ("erasure",)


@pytest.mark.parametrize(("wish", "kind"), [(ERASE, "erasure"), (DESTROY, "destruction")])
def test_an_erasure_that_was_stopped_in_time_says_so(house: House, wish: Wish, kind: str) -> None:
    stopped = replace(ERASED, wish=wish, decision=Decision.WITHDRAWN, ended_how="cancelled", did=())
    letter = made(house, stopped)
    assert isinstance(letter, Withdrawn)
    assert (letter.kind, letter.day, letter.still_open) == (kind, DAY, False)
    assert letter.facts.recipient == ""


def test_a_request_that_was_taken_back_as_a_whole_is_one_thing(house: House) -> None:
    """One letter tells of all its rights, also of an erasure that was planned."""
    row = make_request(house, level=Level.IA4, wishes=(ERASE, WITHDRAW))
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        erasure = next(one for one in fresh.items if one.right == Right.ERASURE)
        now = house.office.now()
        session.add(Plan(
            id=new_id(), request_id=row.id, item_id=erasure.id, number=1, digest="d",
            seen_digest="s", summary={"lines": []}, made_at=now, cool_until=now,
            ended_how="cancelled",
        ))  # fmt: skip
        for one in fresh.items:
            one.decision, one.decided_at = Decision.WITHDRAWN, now
    for place in (0, 1):
        letter = letter_of(house, row, place)
        assert (letter.kind, letter.still_open) == ("", False)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        next(one for one in fresh.items if one.right == Right.WITHDRAWAL).decision = "granted"
        place = [one.right for one in fresh.items].index(Right.ERASURE)
    letter = letter_of(house, row, place)
    assert (letter.kind, letter.still_open) == ("erasure", True)


def test_a_request_that_was_taken_back_says_so(house: House) -> None:
    letter = made(house, Decided(wish=WITHDRAW, decision=Decision.WITHDRAWN))
    assert letter.kind == ""


@pytest.mark.parametrize("decision", [Decision.TRANSFERRED])
def test_what_is_not_decided_has_no_letter(house: House, decision: Decision) -> None:
    with pytest.raises(NotReady):
        made(house, replace(ERASED, decision=decision))


def test_an_english_letter_is_english_in_every_name(house: House) -> None:
    letter = made(house, replace(PARTLY, language="en"))
    assert letter.done[0].dataset == "Your messages"
    assert letter.not_done[0].what.startswith("Who looked in your file")
    assert "Uw " not in plain(letter_html(letter)).partition("##")[2]
