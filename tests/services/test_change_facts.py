"""What a letter about a change may say: only what was read back, and why of all the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from dsr.core.connector import Item
from dsr.core.errors import BadInput, NotReady
from dsr.core.letters import NotProved
from dsr.core.letters_changes import (
    DestructionAnswer,
    ErasureAnswer,
    ObjectionAnswer,
    PortabilityAnswer,
    RectificationAnswer,
    RestrictionAnswer,
    WithdrawalAnswer,
    Withdrawn,
)
from dsr.core.letters_parts import Telling, Wait, Work
from dsr.core.plans import Treatment
from dsr.core.request import Decision, Outcome, Verb
from dsr.core.stages import Stage
from dsr.core.subject import Subject
from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.db.holds import Restriction
from dsr.db.plans import Plan
from dsr.law.rights import Right
from dsr.rendering.html import letter_html
from dsr.services import case, change_facts, plan, suppress, wishes
from dsr.services.change_facts import Notice
from dsr.services.house import House
from tests.makers import make_found
from tests.rendering.golden import plain
from tests.services.changes import (
    CORRECT,
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
)

DAY = date(2026, 3, 10)
ERASED = Decided(lines=(line(),), did=(Did(),))


def made(house: House, what: Decided) -> Any:
    """The letter of an item that stands so; its words are made too, so none is missing."""
    letter = letter_of(house, decided(house, what))
    letter_html(letter)
    return letter


def rows(letter: Any) -> list[tuple[str, Work, int]]:
    return [(one.dataset, one.work, one.count) for one in letter.done]


def waits(letter: Any) -> list[tuple[str, Wait, int]]:
    return [(one.dataset, one.wait, one.count) for one in letter.unfinished]


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


PERSON = Subject(name="Anouk Voorbeeld", email="a@voorbeeld.example", phone="06 0000 0123")


def suppressed(house: House, what: Decided, purpose: str) -> Any:
    row = decided(house, what)
    with house.writing() as session:
        suppress.add(session, house.office, row, purpose, PERSON)
    letter = letter_of(house, row)
    letter_html(letter)
    return letter


def test_the_codes_that_stay_are_named_by_purpose(house: House) -> None:
    (one,) = suppressed(house, ERASED, "A.2").suppressed
    assert one.purpose == "Berichten sturen tussen u en de praktijk"
    assert one.kinds == ("email", "phone")


def test_a_refusal_without_a_plan_says_what_the_law_says_of_each_purpose(house: House) -> None:
    """Art. 12(4), 17(1)(a), 6(1)(b)."""
    wish = replace(ERASE, data={**ERASE.data, "what": ["account"]})
    said = {name: {"account_active": True} for name in ("A.1",)}
    refused = Decided(
        wish=wish, decision=Decision.REFUSED, grounds=("GDPR:17(1)", "GDPR:6(1)(b)"),
        facts={"said": said}, words={"facts": "U gebruikt de app nog.", "instead": "Gebeld."},
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


def test_a_dismissal_without_the_officer_heard_has_no_letter(house: House) -> None:
    with pytest.raises(BadInput) as refused:
        made(house, replace(DISMISSED, words={**DISMISSED.words, "heard": ""}))
    assert refused.value.field == "heard"


def test_who_is_not_proved_gets_the_letter_that_names_nobody(house: House) -> None:
    letter = made(house, replace(ERASED, decision=Decision.NOT_PROVED))
    assert isinstance(letter, NotProved)
    assert letter.facts.recipient == ""
    assert letter.facts.right is Right.ERASURE


@pytest.mark.parametrize(("wish", "kind"), [(ERASE, "erasure"), (DESTROY, "destruction")])
def test_an_erasure_that_was_stopped_in_time_says_so(house: House, wish: Wish, kind: str) -> None:
    stopped = replace(ERASED, wish=wish, decision=Decision.WITHDRAWN, ended_how="cancelled", did=())
    letter = made(house, stopped)
    assert isinstance(letter, Withdrawn)
    assert (letter.kind, letter.day, letter.still_open) == (kind, DAY, False)


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
        words=words, facts={"said": on_paper},
    )  # fmt: skip
    letter = made(house, refused)
    assert {one.articles for one in letter.not_done} == {("GDPR:20(1)", "GDPR:20(1)(b)")}
    assert any("inzage" in one for one in letter.instead)
    assert letter.outside == ()


def test_a_restriction_that_ends_is_announced_first_and_told_after(house: House) -> None:
    """Art. 18(3)."""
    row = decided(house, Decided(
        wish=RESTRICT, grounds=("GDPR:18(1)(a)",), lines=(line(Treatment.RESTRICT),),
        did=(Did(verb=Verb.RESTRICT),),
    ))  # fmt: skip
    restriction = Restriction(
        id="r" * 32, practice=row.practice, request_id=row.id, item_id=row.items[0].id,
        plan_id="p" * 32, ground="accuracy_contested", since=house.office.now(),
        review_on=DAY,
    )  # fmt: skip
    notice = Notice(ends_on=date(2026, 3, 18), why="Wij keken het na. Het klopte.")
    with house.reading() as session:
        fresh = subject_requests.by_id(session, row.id)
        told = change_facts.lifting(session, house.office, fresh, restriction, notice)
        restriction.lifted_at = house.office.now()
        ended = change_facts.lifting(session, house.office, fresh, restriction, notice)
    assert told.where == ("Uw berichten (Berichten in de app (SendBird))",)
    assert (told.ended, ended.ended) == (False, True)
    assert letter_html(told) != letter_html(ended)


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
