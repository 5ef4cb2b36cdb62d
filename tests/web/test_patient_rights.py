"""Every right has its page: what is asked, what is wrong with it, and what is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dsr.core.wishes import Wish
from dsr.db import subject_requests
from dsr.db.subject_requests import SubjectRequest
from dsr.services import wishes
from dsr.services.house import House
from dsr.web.app import create_app
from dsr.web.patient.routes import PAGES
from tests.web.browsing import DETAILS, Browser, to_sent

Values = Mapping[str, Any]
TICK = {"understood": "1"}
#: the page of each kind, an answer to it, and what is asked by that
ASKED: tuple[tuple[str, str, Values, Values], ...] = (
    ("access", "gegevens", {"scope": ["account"]}, {}),
    (
        "rectification",
        "verbeteren",
        {"field": "address", "now": "Straat 1", "should": "Laan 2\r\n3063 AB Rotterdam"},
        {"field": "address", "now": "Straat 1", "should": "Laan 2\n3063 AB Rotterdam"},
    ),
    (
        "erasure",
        "verwijderen",
        {"what": ["account", "messages"], "reason": "withdrawn", **TICK},
        {"what": ["account", "messages"], "reason": "withdrawn", "understood": True},
    ),
    (
        "restriction",
        "gebruik-stoppen",
        {
            "ground": "needed_for_claim",
            "what": ["medical"],
            "day": "1",
            "month": "5",
            "year": "2027",
        },
        {"ground": "needed_for_claim", "what": ["medical"], "until": "2027-05-01"},
    ),
    (
        "portability",
        "meenemen",
        {"to": "other", "recipient": "Huisarts  De Linde"},
        {"to": "other", "recipient": "Huisarts De Linde"},
    ),
    (
        "objection",
        "bezwaar",
        {"purposes": ["A.4", "other"], "reason": "Ik werk hier zelf."},
        {"purposes": ["A.4", "other"], "reason": "Ik werk hier zelf."},
    ),
    ("withdrawal", "toestemming", {"purposes": ["A.2"]}, {"purposes": ["A.2"]}),
)
KINDS = [one[0] for one in ASKED]


@pytest.fixture
def app(house: House) -> Flask:
    return create_app(house)


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def begun(browser: Browser, *wants: str) -> Browser:
    """In the form, with these rights chosen."""
    browser.open("/nl/?praktijk=kralingen").send("begin")
    return browser.send(wants=list(wants)) if wants else browser


def finished(browser: Browser) -> Browser:
    """From the question who it is to the confirmation."""
    return browser.send(way="desk").send(values=DETAILS).send("versturen")


def asked_of(house: House) -> list[Wish]:
    """What is asked in the one request there is."""
    with house.reading() as session:
        row = session.scalars(select(SubjectRequest)).one()
        row = subject_requests.by_id(session, row.id)
        found = [wishes.of(session, house.office, row, item) for item in row.items]
    return sorted(found, key=lambda wish: wish.kind)


@pytest.mark.parametrize(("kind", "slug", "typed", "data"), ASKED, ids=KINDS)
def test_a_right_is_asked_on_its_own_page(
    browser: Browser, house: House, kind: str, slug: str, typed: Values, data: Values
) -> None:
    begun(browser, kind)
    assert browser.path == f"/nl/{slug}"
    assert browser.title.startswith("Stap 3 van 6: ")
    finished(browser.send(values=typed))
    (wish,) = asked_of(house)
    assert (wish.kind, wish.data) == (kind, data)


def test_several_rights_are_one_request_with_a_page_each(browser: Browser, house: House) -> None:
    begun(browser, *reversed(KINDS))
    for _kind, slug, typed, _data in ASKED:
        assert browser.path == f"/nl/{slug}"
        browser.send(values=typed)
    assert browser.path == "/nl/wie-bent-u"
    finished(browser)
    assert browser.path == "/nl/verstuurd"
    assert sorted(KINDS) == [wish.kind for wish in asked_of(house)]
    for name in ("Gegevens verbeteren", "Bezwaar maken", "Toestemming intrekken"):
        assert name in browser.text


def test_all_answers_are_shown_to_be_checked_with_a_link_to_change_each(browser: Browser) -> None:
    begun(browser, *KINDS)
    for _kind, _slug, typed, _data in ASKED:
        browser.send(values=typed)
    browser.send(way="desk").send(values=DETAILS)
    for words in (
        "Laan 2\n3063 AB Rotterdam", "Mijn account, Mijn berichten", "1 mei 2027",
        "Huisarts De Linde", "Cijfers over het gebruik van de app, Iets anders",
        "Ik werk hier zelf.", "Berichten sturen tussen u en de praktijk",
        "Ik heb ze nodig voor een klacht of een rechtszaak",
    ):  # fmt: skip
        assert words in browser.text
    assert all(f"/nl/{slug}" in browser.links for _, slug, _, _ in ASKED)


@pytest.mark.parametrize(("kind", "slug", "typed", "data"), ASKED, ids=KINDS)
def test_what_was_answered_stays_when_somebody_comes_back(
    browser: Browser, kind: str, slug: str, typed: Values, data: Values
) -> None:
    begun(browser, kind).send(values=typed)
    browser.open(f"/nl/{slug}")
    form = browser.form()
    kept = [value for name, value in form.fields if name in typed]
    for value in typed.values():
        for one in value if isinstance(value, list) else [value]:
            squeezed = " ".join(one.split())
            assert squeezed in kept or squeezed.split()[-1] in browser.text
    again = browser.send(values={name: typed[name] for name in typed})
    assert again.path == "/nl/wie-bent-u"


WRONG: tuple[tuple[str, Values, tuple[str, ...]], ...] = (
    ("verbeteren", {}, ("Kies welk gegeven niet klopt.", "Schrijf op wat er moet staan.")),
    ("verbeteren", {"field": "email", "should": "anouk"}, ("Vul een e-mailadres in zoals",)),
    ("verbeteren", {"field": "birth_date", "should": "30 2 1980"}, ("Vul een geboortedatum in",)),
    ("verbeteren", {"field": "birth_date", "should": "1 1 2080"}, ("Vul een geboortedatum in",)),
    ("verbeteren", {"field": "name", "should": "x" * 2001}, ("Schrijf hooguit 2000 tekens.",)),
    (
        "verwijderen",
        {},
        (
            "Kies wat wij moeten verwijderen.",
            "Zet een vinkje als u begrijpt dat verwijderen niet terug te draaien is.",
        ),
    ),
    ("verwijderen", {"what": ["x"], **TICK}, ("Kies wat wij moeten verwijderen.",)),
    ("verwijderen", {"what": ["all"], "reason": "x", **TICK}, ("Kies een reden, of geen.",)),
    ("vernietigen", {}, ("Zet een vinkje als u begrijpt dat verwijderen niet",)),
    (
        "gebruik-stoppen",
        {},
        ("Kies waarom wij het gebruik moeten stoppen.", "Kies om welke gegevens het gaat."),
    ),
    (
        "gebruik-stoppen",
        {
            "ground": "needed_for_claim",
            "what": ["other"],
            "day": "31",
            "month": "2",
            "year": "2027",
        },
        ("Vul een datum in die bestaat.",),
    ),
    (
        "gebruik-stoppen",
        {"ground": "needed_for_claim", "what": ["other"], "year": "2027"},
        ("Vul een datum in die bestaat.",),
    ),
    (
        "gebruik-stoppen",
        {"ground": "needed_for_claim", "what": ["other"], "day": "1", "month": "1", "year": "2020"},
        ("Vul een datum in die nog komt.",),
    ),
    ("meenemen", {}, ("Kies aan wie wij de gegevens geven.",)),
    ("meenemen", {"to": "other"}, ("Kies aan wie wij de gegevens geven.",)),
    ("bezwaar", {}, ("Kies tegen welk gebruik u bezwaar heeft.", "Schrijf kort op waarom")),
    ("bezwaar", {"purposes": ["A.4"]}, ("Schrijf kort op waarom u bezwaar heeft.",)),
    ("bezwaar", {"purposes": ["A.2"], "reason": "x"}, ("Kies tegen welk gebruik",)),
    ("toestemming", {}, ("Kies welke toestemming u wilt intrekken.",)),
    ("toestemming", {"purposes": ["A.1"]}, ("Kies welke toestemming u wilt intrekken.",)),
)


@pytest.mark.parametrize(("slug", "typed", "says"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_all_that_is_wrong_is_said_at_once_with_its_mend(
    browser: Browser, slug: str, typed: Values, says: tuple[str, ...]
) -> None:
    begun(browser).open(f"/nl/{slug}").send(values=typed)
    assert browser.page.status_code == 422
    assert browser.title.startswith("Fout: ")
    for words in says:
        assert browser.text.count(words) >= 2, "in the summary and at the field"
    ids = {part.split('"')[0] for part in browser.text.split(' id="')[1:]}
    assert all(link[1:] in ids for link in browser.links if link.startswith("#"))


def test_a_form_takes_no_place_on_its_page_along(browser: Browser) -> None:
    """Else the link of a summary would keep the focus from the summary of the next page."""
    for _kind, slug, _typed, _data in ASKED:
        begun(browser).open(f"/nl/{slug}")
        assert browser.form().action == f"/nl/{slug}"


def test_a_mistake_is_told_in_english_on_an_english_page(browser: Browser) -> None:
    begun(browser).open("/en/object").send()
    assert "Choose which use you object to." in browser.text
    assert "Tell us briefly why you object." in browser.text


def test_nothing_that_was_typed_is_lost_when_something_is_wrong(browser: Browser) -> None:
    begun(browser).open("/nl/verbeteren")
    browser.send(values={"now": "<b>Straat</b>", "should": "x" * 2001})
    assert "&lt;b&gt;Straat&lt;/b&gt;" in browser.text
    assert "x" * 2001 in browser.text


@pytest.mark.parametrize(
    "text", ["31 3 1980", "31-03-1980", "31 maart 1980", "31 March 1980", "1980-03-31"]
)
def test_a_birth_date_is_taken_as_people_write_it(
    browser: Browser, house: House, text: str
) -> None:
    begun(browser, "rectification").send(values={"field": "birth_date", "should": text})
    finished(browser)
    assert asked_of(house)[0].data["should"] == "1980-03-31"


def test_the_medical_file_has_a_page_that_says_what_destroying_means(
    browser: Browser, house: House
) -> None:
    begun(browser, "erasure").send(values={"what": ["messages", "medical_file"], **TICK})
    assert browser.path == "/nl/vernietigen"
    for words in ("20 jaar", "nooit meer terug", "een ziekte die in de familie zit"):
        assert words in browser.text
    finished(browser.send(values={"which": "Het bezoek van 4 mei 2019", **TICK}))
    destruction, erasure = asked_of(house)
    assert (destruction.kind, erasure.kind) == ("destruction", "erasure")
    assert destruction.data == {"which": "Het bezoek van 4 mei 2019", "understood": True}
    assert erasure.data["what"] == ["messages"]


def test_who_wants_the_medical_file_destroyed_alone_confirms_it_there(
    browser: Browser, house: House
) -> None:
    begun(browser, "erasure").send(values={"what": ["medical_file"]})
    assert browser.path == "/nl/vernietigen"
    finished(browser.send(values=TICK))
    assert [wish.kind for wish in asked_of(house)] == ["destruction"]


def test_a_right_that_is_left_out_again_is_not_asked(browser: Browser, house: House) -> None:
    begun(browser, "erasure", "portability")
    browser.send(values={"what": ["medical_file"]}).send(values=TICK).send(values={"to": "me"})
    browser.open("/nl/wat").send(wants=["portability"])
    assert browser.path == "/nl/wie-bent-u"
    finished(browser)
    assert [wish.kind for wish in asked_of(house)] == ["portability"]


def test_a_right_that_is_added_later_gets_its_page_and_nothing_is_asked_again(
    browser: Browser,
) -> None:
    begun(browser, "portability").send(values={"to": "me"}).send(way="desk").send(values=DETAILS)
    browser.open("/nl/wat").send(wants=["access", "portability"])
    assert browser.path == "/nl/gegevens"
    assert browser.send(scope=["all"]).path == "/nl/controleren"


def test_a_card_of_the_start_page_chooses_its_right(browser: Browser) -> None:
    browser.open("/nl/?praktijk=kralingen").send("begin", wants="objection")
    assert browser.path == "/nl/bezwaar"


def test_what_is_no_right_is_not_chosen(browser: Browser) -> None:
    browser.open("/nl/?praktijk=kralingen").send("begin", wants="everything")
    assert browser.path == "/nl/wat"


@pytest.mark.parametrize("kind", ["withdrawal", "destruction", "access"])
def test_the_address_of_a_page_is_enough_to_ask_it(
    browser: Browser, house: House, kind: str
) -> None:
    slug = next(one[1] for one in PAGES if one[0] == kind)
    typed = {"purposes": ["A.5"], "scope": ["all"], **TICK}
    begun(browser).open(f"/nl/{slug}").send(values=typed)
    finished(browser)
    assert [wish.kind for wish in asked_of(house)] == [kind]


@pytest.mark.parametrize(
    ("answers", "chosen"),
    [
        ({"know": "yes"}, ["access"]),
        ({"know": "no", "change": "wrong", "use": "none"}, ["rectification"]),
        ({"change": "gone", "use": "agreed"}, ["erasure", "withdrawal"]),
        ({"change": "pause", "use": "never"}, ["restriction", "objection"]),
        ({"know": "yes", "change": "take"}, ["access", "portability"]),
    ],
)
def test_three_questions_help_to_choose(
    browser: Browser, answers: Values, chosen: list[str]
) -> None:
    begun(browser).open("/nl/help-mij-kiezen").send(values=answers)
    assert browser.path == "/nl/wat?hulp=1"
    assert "Dit past bij uw antwoorden." in browser.text
    assert [value for name, value in browser.form().fields if name == "wants"] == chosen


@pytest.mark.parametrize("answers", [{}, {"know": "no", "change": "none", "use": "none"}])
def test_who_finds_nothing_that_fits_is_told_to_call(browser: Browser, answers: Values) -> None:
    begun(browser).open("/nl/help-mij-kiezen").send(values=answers)
    assert browser.page.status_code == 422
    assert "Past er niets bij u? Bel ons." in browser.text


def test_a_complaint_is_shown_its_ways_and_makes_no_request(browser: Browser, house: House) -> None:
    text = begun(browser).text
    for words in ("Hebt u een klacht over uw privacy?", "SKGE", "Autoriteit Persoonsgegevens"):
        assert words in text
    with house.reading() as session:
        assert list(session.scalars(select(SubjectRequest))) == []


def test_consents_come_from_the_register_with_what_then_happens(browser: Browser) -> None:
    text = begun(browser, "withdrawal").text
    for words in (
        "Berichten sturen tussen u en de praktijk", "De app veilig en bruikbaar houden",
        "U kunt dan geen berichten meer sturen in de app. Uw dossier bij de huisarts blijft.",
        "U hoeft niet te zeggen waarom.",
    ):  # fmt: skip
        assert words in text
    assert 'value="A.1"' not in text, "a contract is no consent"


def test_the_way_to_show_who_asks_says_what_it_is_not_enough_for(browser: Browser) -> None:
    begun(browser, "erasure").send(values={"what": ["account", "medical_file"], **TICK})
    text = browser.send(values=TICK).text
    assert "Een code per e-mail is niet genoeg voor: Gegevens laten verwijderen" in text
    assert "Kom langs voor: Medisch dossier laten vernietigen." in text
    browser.open("/nl/wat").send(wants=["withdrawal"]).send(purposes=["A.2"])
    assert browser.path == "/nl/wie-bent-u"
    assert "niet genoeg" not in browser.text


def test_words_that_somebody_wrote_stand_in_no_address(browser: Browser, house: House) -> None:
    begun(browser, "rectification")
    browser.send(values={"field": "name", "should": "Wilhelmina Kanarie"})
    finished(browser)
    assert "Kanarie" not in " ".join([*browser.visited, *browser.links])


def test_access_alone_is_what_it_was(browser: Browser, house: House) -> None:
    to_sent(browser)
    (wish,) = asked_of(house)
    assert wish.kind == "access"
    with house.reading() as session:
        assert session.scalars(select(SubjectRequest)).one().scope == ["account", "messages"]
