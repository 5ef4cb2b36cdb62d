"""The letters of each right: what they say of it, from a plan and its batches."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from dsr.core.connector import Item
from dsr.core.errors import BadInput, NotReady
from dsr.core.letters_changes import (
    DestructionAnswer,
    ObjectionAnswer,
    PortabilityAnswer,
    RectificationAnswer,
    RestrictionAnswer,
    RestrictionLifting,
    WithdrawalAnswer,
)
from dsr.core.letters_parts import Wait, Work
from dsr.core.plans import Treatment
from dsr.core.request import Decision, Verb
from dsr.core.stages import Stage
from dsr.db import plans, subject_requests
from dsr.db.columns import new_id
from dsr.db.holds import Restriction
from dsr.db.plans import Plan
from dsr.rendering.html import letter_html
from dsr.services import case, change_facts, lifting, plan, wishes
from dsr.services.house import House
from dsr.services.lifting import Opened
from dsr.services.staff_login import who_is
from tests.makers import Clock, make_found, make_staff
from tests.planned import account
from tests.services.changes import (
    CORRECT,
    DAY,
    DESTROY,
    ERASE,
    OBJECT,
    RESTRICT,
    TAKE,
    WITHDRAW,
    Decided,
    Did,
    decided,
    letter_of,
    line,
    made,
    rows,
    suppressed,
    waits,
)

DESTROYED = Decided(
    wish=DESTROY,
    grounds=("BW:7:455(1)",),
    lines=(
        line(system="his", dataset="dossier", activity="A.3", count=641,
             because=("BW:7:455", "BW:7:455(1)", "BW:7:455(2)", "BW:7:454(3)", "GDPR:17(3)(b)")),
    ),
    did=(Did(system="his", dataset="dossier", count=641, counts={"done": 641}),),
)  # fmt: skip


def test_a_destruction_rests_on_the_right_and_not_on_its_exceptions(house: House) -> None:
    """BW 7:455(1)."""
    letter = made(house, DESTROYED)
    assert isinstance(letter, DestructionAnswer)
    assert letter.grounds == ("BW:7:455", "BW:7:455(1)")
    assert letter.warned == DAY
    assert rows(letter) == [("Uw medisch dossier", Work.ERASED, 641)]


def test_a_destruction_that_nobody_confirmed_has_no_letter(house: House) -> None:
    unread = replace(DESTROY, data={"which": "", "understood": True})
    row = decided(house, replace(DESTROYED, wish=unread))
    with house.writing() as session:
        item = subject_requests.by_id(session, row.id, lock=True).items[0]
        item.wish_sealed = None
    with pytest.raises(BadInput) as refused:
        letter_of(house, row)
    assert refused.value.field == "warned"


def test_a_part_that_stays_needs_the_reasons_of_the_care_provider(house: House) -> None:
    """BW 7:455(2)."""
    kept = line(Treatment.KEEP, system="his", dataset="dossier", activity="A.3",
                because=("BW:7:455(2)", "GDPR:17(3)(e)"))  # fmt: skip
    partly = replace(DESTROYED, decision=Decision.PARTLY, lines=(*DESTROYED.lines, kept))
    with pytest.raises(BadInput):
        made(house, partly)
    told = made(house, replace(partly, words={"facts": "Er loopt een klacht."}))
    assert told.not_done[0].articles == ("BW:7:455(2)", "GDPR:17(3)(e)")


def test_that_a_note_on_a_childs_safety_is_kept_is_never_said(house: House) -> None:
    """UAVG 41(1)(i); BW 7:453, 7:455(2)."""
    kept = line(Treatment.KEEP, system="his", dataset="dossier", activity="A.3",
                because=("BW:7:455(2)", "BW:7:453", "KNMG:meldcode"))  # fmt: skip
    letter = made(house, replace(
        DESTROYED, decision=Decision.PARTLY, lines=(*DESTROYED.lines, kept),
        words={"facts": "Goede zorg vraagt dat dit blijft."},
    ))  # fmt: skip
    (one,) = letter.not_done
    assert one.articles == ("BW:7:455(2)", "BW:7:453")
    assert "kind" not in letter_html(letter)


CORRECTED = Decided(
    wish=CORRECT,
    grounds=("GDPR:16", "GDPR:19"),
    lines=(
        line(Treatment.CORRECT, system="app", dataset="account", activity="A.1", count=1,
             because=("GDPR:16", "GDPR:19")),
    ),
    did=(Did(system="app", dataset="account", verb=Verb.RECTIFY, count=1, counts={"done": 1}),),
)  # fmt: skip


def test_a_correction_shows_the_new_value_and_never_the_old_one(house: House) -> None:
    """Art. 16."""
    wish = replace(CORRECT, data={**CORRECT.data, "now": "06 0000 0999"})
    letter = made(house, replace(CORRECTED, wish=wish))
    assert isinstance(letter, RectificationAnswer)
    assert letter.now_says == "06 0000 0456"
    assert letter.grounds == ("GDPR:16",)
    assert "0999" not in letter_html(letter)


def test_a_medical_correction_is_not_repeated_in_the_letter(house: House) -> None:
    wish = replace(CORRECT, data={"field": "medical", "now": "", "should": "Geen allergie."})
    assert made(house, replace(CORRECTED, wish=wish)).now_says == ""


def test_a_statement_beside_an_opinion_says_what_was_not_changed(house: House) -> None:
    """BW 7:454(2)."""
    stated = line(Treatment.STATEMENT, system="his", dataset="dossier", activity="A.3", count=1,
                  because=("BW:7:454(2)",))  # fmt: skip
    did = Did(system="his", dataset="dossier", verb=Verb.ANNOTATE, count=0, counts={"done": 1})
    wish = replace(CORRECT, data={"field": "medical", "now": "", "should": "Ik zie dat anders."})
    opinion = {name: {"field": "professional_opinion"} for name in ("A.3", "A.3.access_log")}
    letter = made(house, Decided(
        wish=wish, decision=Decision.PARTLY, lines=(stated,), did=(did,),
        grounds=("GDPR:16", "BW:7:454(2)"), facts={"said": opinion},
    ))  # fmt: skip
    assert letter.statement_added
    assert any("BW:7:454(2)" in one.articles for one in letter.not_done)
    assert rows(letter) == [("Uw medisch dossier", Work.STATEMENT, 1)]


def test_a_restriction_names_its_case(house: House) -> None:
    """Art. 18(1)(a)."""
    letter = made(house, Decided(
        wish=RESTRICT, grounds=("GDPR:18(1)(a)", "GDPR:18(2)"),
        lines=(line(Treatment.RESTRICT, because=("GDPR:18(1)(a)", "GDPR:18(2)")),),
        did=(Did(verb=Verb.RESTRICT),),
    ))  # fmt: skip
    assert isinstance(letter, RestrictionAnswer)
    assert (letter.ground, letter.grounds) == ("accuracy_contested", ("GDPR:18(1)(a)",))
    assert not letter.in_file


STOPPED = line(Treatment.STOP, dataset="", count=1, because=("GDPR:7(3)", "GDPR:17(1)(b)"))
STOP = Did(dataset="", verb=Verb.STOP, count=0, counts={"done": 1}, purposes=("A.2",))
WITHDRAWN = Decided(wish=WITHDRAW, grounds=("GDPR:7(3)",), lines=(STOPPED,), did=(STOP,))


def test_a_withdrawal_says_what_stopped_and_what_that_means(house: House) -> None:
    """Art. 7(3)."""
    letter = made(house, WITHDRAWN)
    assert isinstance(letter, WithdrawalAnswer)
    assert rows(letter) == [("Berichten sturen tussen u en de praktijk", Work.STOPPED, 1)]
    assert letter.consequences == ("U kunt geen berichten meer sturen of krijgen in de app.",)
    assert [one.name for one in letter.told] == ["SendBird Inc."]
    assert not letter.erased_later


def test_what_the_law_keeps_after_a_withdrawal_is_said_too(house: House) -> None:
    """Art. 32; Stcrt. 2019, 38007."""
    wish = replace(WITHDRAW, data={"purposes": ["A.5"]})
    because = ("GDPR:7(3)", "GDPR:32", "STCRT:2019-38007")
    security = replace(STOPPED, activity="A.5", because=because)
    letter = made(house, replace(
        WITHDRAWN, wish=wish, lines=(security,), did=(replace(STOP, purposes=("A.5",)),),
    ))  # fmt: skip
    assert any("minstens vijf jaar" in words for words in letter.consequences)
    assert letter.grounds == ("GDPR:7(3)",)


@pytest.mark.parametrize("did", [replace(STOP, purposes=("A.5",)), replace(STOP, counts={})])
def test_a_use_that_no_system_says_it_stopped_is_not_called_stopped(house: House, did: Did) -> None:
    lines = (replace(STOPPED, by_hand="A.2" not in did.purposes),)
    letter = made(house, replace(WITHDRAWN, lines=lines, did=(did,)))
    assert letter.done == ()
    assert len(letter.unfinished) == 1


OBJECTED = Decided(
    wish=OBJECT,
    grounds=("GDPR:21(1)",),
    lines=(line(Treatment.STOP, system="", dataset="", activity="A.4", count=1,
                because=("GDPR:21(1)",)),),
)  # fmt: skip


def test_a_use_without_a_system_stops_by_our_own_list_or_not_yet(house: House) -> None:
    """Art. 21(1)."""
    assert waits(made(house, OBJECTED)) == [
        ("Cijfers over het gebruik van de app", Wait.BY_HAND, 1)
    ]
    letter = suppressed(house, OBJECTED, "A.4")
    assert isinstance(letter, ObjectionAnswer)
    assert rows(letter) == [("Cijfers over het gebruik van de app", Work.STOPPED, 1)]
    assert letter.done[0].system == "Onze eigen lijst"


DISMISSED = Decided(
    wish=OBJECT,
    decision=Decision.REFUSED,
    grounds=("GDPR:21(1)", "GDPR:18(1)(d)"),
    words={"facts": "Zonder deze cijfers wachten mensen te lang.", "instead": "Naam eruit.",
           "heard": "De functionaris las het op 9 maart en is het ermee eens."},
    lines=tuple(
        line(Treatment.KEEP, system=system, dataset="", activity="A.4", count=1,
             because=("GDPR:21(1)", "GDPR:18(1)(d)"))
        for system in ("", "app")
    ),
)  # fmt: skip


def test_a_dismissal_shows_our_grounds_once_and_that_the_officer_was_heard(house: House) -> None:
    """Art. 21(1); the case of a pending objection is over (Art. 18(1)(d))."""
    letter = made(house, DISMISSED)
    assert letter.dismissed
    assert letter.heard
    assert [one.articles for one in letter.not_done] == [("GDPR:21(1)",)]


def test_a_use_that_is_none_of_ours_is_said_to_be_none(house: House) -> None:
    """Art. 30(1): our own list does not know it."""
    wish = replace(OBJECT, data={"purposes": ["other"], "reason": "De krant schreef dit."})
    letter = made(house, Decided(wish=wish, decision=Decision.NOTHING_HELD, grounds=()))
    assert (letter.done, letter.searched) == ((), ())


def test_a_dismissal_without_the_officer_heard_has_no_letter(house: House) -> None:
    with pytest.raises(BadInput) as refused:
        made(house, replace(DISMISSED, words={**DISMISSED.words, "heard": ""}))
    assert refused.value.field == "heard"


def messages(*authors: str) -> list[Item]:
    return [
        Item(ref=f"m-{n}", dataset="messages", kind="message", data={"message": f"bericht {n}"},
             author=author)
        for n, author in enumerate(authors)
    ]  # fmt: skip


def taken(house: House, decision: Decision = Decision.PARTLY, **data: object) -> Any:
    wish = replace(TAKE, data={**TAKE.data, **data})
    row = decided(house, Decided(wish=wish, decision=decision, grounds=("GDPR:20(1)",)))
    found = {"sendbird": messages("subject", "subject", "staff")}
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        fresh.run += 1
        plan.search_all(session, house.office, fresh)
    with house.writing() as session:
        item = subject_requests.by_id(session, row.id, lock=True).items[0]
        item.stage = Stage.SEARCHING
    make_found(house, row, found)
    letter = letter_of(house, row)
    letter_html(letter)
    return letter


def test_what_goes_along_is_what_the_person_provided(house: House) -> None:
    """Art. 20(1)."""
    letter = taken(house)
    assert isinstance(letter, PortabilityAnswer)
    assert rows(letter) == [("Uw berichten", Work.GIVEN, 2)]
    (left,) = letter.outside
    assert (left.count, left.articles) == (1, ("GDPR:20(1)",))
    assert "praktijk" in left.words
    assert letter.download_until == date(2026, 4, 9)
    assert letter.not_done == ()


def test_data_for_another_are_not_said_to_be_sent(house: House) -> None:
    """Art. 20(2)."""
    letter = taken(house, to="other", recipient="PGO Voorbeeld")
    assert letter.sent_to == ""
    assert letter.outside[-1].what == "Rechtstreeks sturen naar: PGO Voorbeeld"
    assert letter.outside[-1].articles == ("GDPR:20(2)",)


def test_a_refusal_of_portability_offers_a_copy(house: House) -> None:
    """Art. 12(4), 15, 20(1)."""
    words = {"facts": "Dit staat alleen op papier.", "instead": "U kreeg een kopie."}
    on_paper = {name: {"automated": False} for name in ("A.1", "A.2", "A.2.other", "A.5")}
    refused = Decided(
        wish=TAKE, decision=Decision.REFUSED, grounds=("GDPR:20(1)", "GDPR:20(1)(b)"),
        words=words, facts={"said": on_paper}, found={"app": [account()]},
    )  # fmt: skip
    letter = made(house, refused)
    assert {one.articles for one in letter.not_done} == {("GDPR:20(1)", "GDPR:20(1)(b)")}
    assert any("inzage" in one for one in letter.instead)
    assert letter.outside == ()


def test_a_restriction_that_ends_is_announced_first_and_told_after(
    house: House, clock: Clock
) -> None:
    """Art. 18(3)."""
    row = decided(house, Decided(
        wish=RESTRICT, grounds=("GDPR:18(1)(a)",), lines=(line(Treatment.RESTRICT),),
        did=(Did(verb=Verb.RESTRICT),),
    ))  # fmt: skip
    officer = who_is(make_staff(house))
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        (done,) = plans.of_item(session, fresh.items[0].id)
        restriction = Restriction(
            id=new_id(), practice=row.practice, request_id=row.id, item_id=fresh.items[0].id,
            plan_id=done.id, ground="accuracy_contested", since=house.office.now(), review_on=DAY,
        )  # fmt: skip
        session.add(restriction)
        fresh.items[0].stage = Stage.CLOSED
        one = Opened(restriction=restriction, row=fresh, item=fresh.items[0])
        lifting.announce(session, house.office, one, "Wij keken het na. Het klopte.", officer)
    told = letter_of(house, row)
    clock.move(days=9)
    late = letter_of(house, row)
    with house.writing() as session:
        session.get_one(Restriction, restriction.id).lifted_at = house.office.now()
    ended = letter_of(house, row)
    for letter in (told, late, ended):
        assert isinstance(letter, RestrictionLifting)
        assert letter.where == ("Uw berichten (Berichten in de app (SendBird))",)
        assert letter.why == "Wij keken het na. Het klopte."
        letter_html(letter)
    assert (told.ends_on, late.ends_on) == (date(2026, 3, 17), date(2026, 3, 20))
    assert (ended.ended, ended.ends_on) == (True, date(2026, 3, 19))


def test_a_restriction_that_nobody_announced_has_no_such_letter(house: House) -> None:
    row = decided(house, Decided(
        wish=RESTRICT, lines=(line(Treatment.RESTRICT),), did=(Did(verb=Verb.RESTRICT),),
        facts={"lifting": "announced"},
    ))  # fmt: skip
    with pytest.raises(NotReady):
        letter_of(house, row)


def test_a_warning_goes_before_a_destruction(house: House) -> None:
    """BW 7:455."""
    row = decided(house, DESTROYED)
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        warning = change_facts.destruction_warning(session, house.office, fresh, fresh.items[0])
    assert warning.confirm_url == "http://privacy.example/nl/volgen"
    assert "vernietigen wij niets" in letter_html(warning)


def test_an_erasure_that_follows_a_withdrawal_is_announced_with_its_first_day(house: House) -> None:
    """Art. 17(1)(b)."""
    row = decided(house, WITHDRAWN)
    with house.writing() as session:
        fresh = subject_requests.by_id(session, row.id, lock=True)
        key = case.case_key(session, house.office, fresh)
        follows = wishes.new_item(key, ERASE)
        follows.request_id, follows.stage = fresh.id, Stage.COOLING_OFF
        session.add(follows)
        session.flush()
        now = house.office.now()
        session.add(Plan(
            id="e" * 32, request_id=fresh.id, item_id=follows.id, number=1, digest="d",
            seen_digest="s", summary={"lines": []}, made_at=now, cool_until=now + timedelta(days=7),
        ))  # fmt: skip
    letter = letter_of(house, row)
    assert isinstance(letter, WithdrawalAnswer)
    assert letter.erased_later
    assert letter.erased_from == date(2026, 3, 17)
