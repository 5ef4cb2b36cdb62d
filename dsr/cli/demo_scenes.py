"""The nine stories of the demo: each a request of somebody who does not exist, told to its end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from demo.population import Cast
from dsr.cli.demo_case import At, Case
from dsr.cli.demo_elsewhere import OneAssist, app_token
from dsr.cli.demo_waiting import until
from dsr.core.stages import Stage
from dsr.core.wishes import DESTRUCTION, MEDICAL_FILE, Wish
from dsr.db import holds
from dsr.law.authority import Act, Acting, Authority, Role
from dsr.law.authority import Field as Law
from dsr.law.representatives import who_may_act
from dsr.law.rights import Right
from dsr.services import census, correcting, keeping_back, lifting, wishes
from dsr.services.correcting import Correction, Corrections
from dsr.services.keeping_back import Kept
from dsr.services.planning import About

ACCESS = Wish(right=Right.ACCESS)
DESTROY = Wish(right=Right.ERASURE, part=MEDICAL_FILE, data={"which": "", "understood": True})
#: what one person wrote in one letter
LETTER = (
    "Goedendag, ik stap over naar een andere huisarts. Stuur mij eerst een kopie van alles."
    " Wis daarna mijn account en mijn berichten. En ik wil niet meer meetellen in uw cijfers."
)


@dataclass
class Story:
    """A request with what became of it. `say` shows where it is; `rows` are (kind, remark)."""

    case: Case
    folder: Path
    say: Callable[[str], None]
    remarks: dict[str, str] = field(default_factory=dict)
    letters: dict[str, Path] = field(default_factory=dict)

    def end(self, *kinds: str) -> None:
        """Send the answers, and let the person fetch them."""
        self.case.answer(*kinds)
        self.fetch(*kinds)

    def fetch(self, *kinds: str) -> None:
        """Fetch letters, and packages where there are any."""
        for kind in kinds:
            self.letters[kind] = self.case.fetch(kind, self.folder)


def one_letter_with_three_rights(story: Story) -> None:
    """A copy, an erasure and an objection in one letter; OneAssist answers by its form."""
    case = story.case
    erase = {"what": ["account", "messages"], "reason": "not_needed", "understood": True}
    against = {"purposes": ["A.4"], "reason": "Ik wil niet dat mijn gebruik wordt meegeteld."}
    other = OneAssist(case.url, case.house.settings.folder / "mail")
    story.say("asks three rights in one letter")
    case.ask(
        ACCESS,
        Wish(right=Right.ERASURE, data=erase),
        Wish(right=Right.OBJECTION, data=against),
        words=LETTER,
    )
    case.identify()
    found = "Eén regel in ons beheersysteem: naam, e-mailadres en de dag van aanmelden."
    story.say("is searched; OneAssist answers by its form")
    case.search(by_hand=lambda one: other.answer(one.reference, outcome="found", found=found))
    story.say("objects: the data protection officer is heard")
    case.judge("objection", "grant", "Onze cijfers wegen niet op tegen deze situatie.", "anna")
    case.decide("objection")
    story.say("gets a copy first")
    sign_off(case)
    copy(case)
    story.end("access", "objection")
    story.remarks["access"] = "the copy is made before anything is erased"
    story.remarks["objection"] = "the data protection officer was heard; no system keeps figures"
    story.say("is erased after the copy; a plan that is sent back first")
    case.say("erasure", "A.1", account_active=True)
    case.decide("erasure")
    case.send_back(
        "erasure", "De patiënt zegt zijn account op; dan is het nergens meer voor nodig."
    )
    case.say("erasure", "A.1", account_closed=True)
    case.decide("erasure")
    case.approve("erasure")
    story.say("cools off; then system by system")
    case.reach("erasure", Stage.EXECUTING)
    other.answer(case.reference, outcome="done")
    story.end("erasure")
    story.remarks["erasure"] = "sent back once, approved the second time; after the copy"


def a_withdrawal_in_the_app(story: Story) -> None:
    """The use stops at once; the erasure that follows is planned, cools off and is taken back."""
    case = story.case
    token = app_token(case.house.settings, case.person)
    story.say("withdraws a consent in the app")
    case.ask(Wish(right=Right.WITHDRAWAL, data={"purposes": ["A.2"]}), token=token)
    story.end("withdrawal")
    story.remarks["withdrawal"] = "in the app, without anybody of the desk"
    story.say("is searched for the erasure that follows")
    case.search()
    case.decide("erasure")
    case.approve("erasure")
    case.reach("erasure", Stage.COOLING_OFF)
    story.say("takes the erasure back while it cools off")
    case.stop("erasure")
    story.end("erasure")
    story.remarks["erasure"] = "followed from the withdrawal; taken back while it cooled off"


def a_file_that_is_destroyed(story: Story) -> None:
    """The GP decides part by part (BW 7:455); what concerns a relative stays."""
    case = story.case
    prepare(story, DESTROY)
    case.judge(
        DESTRUCTION, "grant", "Niemand anders heeft een aanmerkelijk belang bij het dossier."
    )
    case.decide(DESTRUCTION)
    case.send_back(DESTRUCTION, "Een uitslag gaat ook over een zus. Kijk daar nog naar.")
    with case.at(DESTRUCTION) as at:
        kept = Kept(system="his", number=first_of_the_file(at), ground="BW:7:455(2)")
        keeping_back.keep(at.session, at.office, at.both, kept, case.who("dokter"))
    case.decide(DESTRUCTION)
    case.approve(DESTRUCTION)
    story.say("cools off")
    story.end(DESTRUCTION)
    story.remarks[DESTRUCTION] = "sent back once; one item stays for a relative (BW 7:455(2))"


def a_file_that_stays(story: Story) -> None:
    """The GP finds that another's interest weighs more: a refusal, seen by a second person."""
    case = story.case
    prepare(story, DESTROY)
    case.say(DESTRUCTION, "A.3", exception="considerable_interest_of_another")
    case.judge(DESTRUCTION, "refuse", "Een erfelijke ziekte: de kinderen hebben het dossier nodig.")
    case.decide(DESTRUCTION)
    case.approve(DESTRUCTION)
    story.end(DESTRUCTION)
    story.remarks[DESTRUCTION] = (
        "by the GP, seen by a second person: considerable interest of another (BW 7:455(2))"
    )


def an_address_that_is_corrected(story: Story) -> None:
    """An e-mail address is corrected in the source first and then in its copies."""
    case, new = story.case, "chantal.pinas@voorbeeld.example"
    data = {"field": "email", "now": case.person.email, "should": new}
    prepare(story, Wish(right=Right.RECTIFICATION, data=data))
    case.judge("rectification", "grant", "De patiënt liet de goede mailbox zien.", "anna")
    with case.at("rectification") as at:
        about = About(
            row=at.row, item=at.item, wish=wishes.of(at.session, at.office, at.row, at.item)
        )
        fields = tuple(
            Correction(system=one.system, key=one.key, path=one.path, new=new)
            for one in correcting.candidates(at.session, at.office, about)
            if one.value == case.person.email
        )
    case.decide("rectification", corrections=Corrections(fields=fields))
    approve_if_asked(case, "rectification")
    story.end("rectification")
    story.remarks["rectification"] = f"e-mail address, {len(fields)} fields"


def a_statement_in_the_file(story: Story) -> None:
    """A doctor's conclusion stays as it is; the patient's own words are added to the file."""
    case = story.case
    data = {"field": "medical", "now": "Roker", "should": "Ik rook niet meer sinds 2019."}
    prepare(story, Wish(right=Right.RECTIFICATION, data=data))
    case.say("rectification", "A.3", field="professional_opinion")
    words = Corrections(statement=data["should"], statement_at=("his", "dossier"))
    case.decide("rectification", corrections=words)
    approve_if_asked(case, "rectification")
    story.end("rectification")
    story.remarks["rectification"] = "the conclusion stays; the patient's statement is added"


def a_restriction_and_its_end(story: Story) -> None:
    """Marks are put in the systems; they go only after the person heard of it (Art. 18(3))."""
    case = story.case
    data = {"ground": "accuracy_contested", "what": ["messages"], "until": ""}
    prepare(story, Wish(right=Right.RESTRICTION, data=data))
    case.decide("restriction")
    approve_if_asked(case, "restriction")
    story.end("restriction")
    story.say("hears that the restriction ends")
    lift(story, lifting.announce, "De juistheid is nagegaan; de berichten kloppen.")
    story.say("waits the days of the notice; then the marks go")
    time.sleep(case.house.office.terms.lifting_notice.total_seconds())
    lift(story, lifting.lift, "De dagen van de aankondiging zijn om; de markering gaat eraf.")
    story.remarks["restriction"] = "put; announced, and only then lifted (Art. 18(3))"


def what_somebody_of_sixteen_takes_along(story: Story) -> None:
    """Who is sixteen acts alone; the package is for machines, and for people."""
    case = story.case
    may = who_may_act(Acting(role=Role.CHILD, field=Law.APP_DATA, act=Act.PORTABILITY, age=16))
    prepare(story, Wish(right=Right.PORTABILITY, data={"to": "me", "recipient": ""}))
    case.decide("portability")
    story.end("portability")
    story.remarks["portability"] = f"somebody of sixteen acts alone: {in_words(may)}"


def a_parent_for_a_child(story: Story) -> None:
    """A mother asks for her child of nine; the law wants the other parent's signature too.

    The desk has no page for a parent yet: the law is asked, and the request ends as not proved.
    """
    case = story.case
    asked = {"role": Role.PARENT, "field": Law.CARE_FILE, "age": 9, "custody": True}
    may = who_may_act(Acting(act=Act.DESTRUCTION, both_custody=True, both_signed=False, **asked))  # type: ignore[arg-type]
    story.say("a mother asks; the other parent did not sign")
    case.ask(DESTROY, words="Ik vraag dit als moeder van Elif. Haar vader weet ervan.")
    case.desk("POST", "/take")
    case.desk("POST", "/decision", {"decision": "not_proved", "seen": ""})
    case.answer(DESTRUCTION)
    story.letters[DESTRUCTION] = case.printed(DESTRUCTION, story.folder, DESTRUCTION)
    story.remarks[DESTRUCTION] = f"one parent of a child of nine: {in_words(may)}"


def prepare(story: Story, wish: Wish) -> None:
    """Asked, seen at the desk, and searched."""
    story.say(f"asks for {wish.kind}")
    story.case.ask(wish)
    story.case.identify()
    story.say("is searched")
    story.case.search()
    story.say("is decided on")


def sign_off(case: Case) -> None:
    """The doctor signs what leaves of the medical file."""
    whole = case.desk("GET", "")
    for system in whole["medical_systems"]:
        body = {"system": system, "seen": whole["seen"]}
        case.desk("POST", "/sign-offs", body, login="dokter")


def copy(case: Case) -> None:
    """What was found and withheld makes the decision on a copy."""
    with case.at("access") as at:
        decision = census.census(at.session, at.office, at.row).proposal
    seen = case.desk("GET", "")["seen"]
    case.desk("POST", "/decision", {"decision": decision, "seen": seen})


def approve_if_asked(case: Case, kind: str) -> None:
    """A second person where the gates want one."""
    if case.item(kind).stage == Stage.APPROVING:
        case.approve(kind)


def lift(story: Story, how: Callable[..., object], why: str) -> None:
    """One step on the way to the end of a restriction, and its letter."""
    case, kind = story.case, "restriction"
    before = case.letter_of(kind)
    with case.at(kind) as at:
        mine = holds.in_force(at.session, [at.row.practice])
        found = next(one for one in mine if one.request_id == at.row.id)
        opened = lifting.opened(at.session, found.id, (at.row.practice,))
        how(at.session, at.office, opened, why, case.who("anna"))
    until(lambda: case.letter_of(kind) != before, "the letter of the end of a restriction")
    name = f"{kind}_{how.__name__}"
    story.letters[name] = case.printed(kind, story.folder, name)


def first_of_the_file(at: At) -> int:
    """The number of the first item of the medical file."""
    page = keeping_back.page(at.session, at.office, at.row, "his", 0)
    return next(int(one.record["n"]) for one in page if one.dataset.medical_file)


def in_words(may: Authority) -> str:
    """Whether somebody may act, for the table."""
    needs = f", without {', '.join(may.needs)}" if may.needs else ""
    grounds = f" ({', '.join(may.grounds)})" if may.grounds else ""
    return f"{may.standing.replace('_', ' ')}{needs}{grounds}".replace("_", " ")


#: who plays what
STORIES: tuple[tuple[Cast, Callable[[Story], None]], ...] = (
    (Cast.GUEST, one_letter_with_three_rights),
    (Cast.APP, a_withdrawal_in_the_app),
    (Cast.QUIET, a_file_that_is_destroyed),
    (Cast.DESK, a_file_that_stays),
    (Cast.NEW_CONTACT, an_address_that_is_corrected),
    (Cast.FATHER, a_statement_in_the_file),
    (Cast.TWIN, a_restriction_and_its_end),
    (Cast.JUST_16, what_somebody_of_sixteen_takes_along),
    (Cast.CHILD_OF_9, a_parent_for_a_child),
)
