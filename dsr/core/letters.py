"""The facts of every letter. A letter is one frozen dataclass here and one folder of templates.

Pure: no clock, no wording. A letter that misses what the law demands cannot be made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Protocol

from dsr.core.errors import BadInput
from dsr.core.letters_parts import filled, one_of
from dsr.core.register import Controller, Practice, Words
from dsr.core.request import Decision, Outcome, WithholdReason
from dsr.law.articles import Article, article, cited_together
from dsr.law.rights import Right

LANGUAGES = ("nl", "en")


class IdentityWay(StrEnum):
    """How somebody can show who they are (security ladder IA2 to IA4)."""

    APP = "app"  #: log in to the app with a second factor
    CODE = "code"  #: a code to a contact point that we have had on file for thirty days
    DESK = "desk"  #: come by with an identity document; no copy is kept


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What every letter holds.

    `recipient` is how the person is addressed ("mevrouw N. van der Velde"); it is empty below
    IA2. `due_because` holds the sentences that derive the due date (Art. 12(3)), in `language`.
    `signed_by` is a name, or empty: then the practice signs.
    """

    language: str
    reference: str
    practice: Practice
    controller: Controller
    today: date
    received: date
    due: date
    due_because: tuple[str, ...]
    right: Right
    recipient: str = field(default="", repr=False)
    signed_by: str = ""

    def __post_init__(self) -> None:
        one_of("language", self.language, LANGUAGES)
        filled("reference", self.reference)
        filled("due_because", self.due_because)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """The articles that let us keep something back (Art. 12(4)) and the reason in plain words.

    `articles` are codes of `dsr.law.articles`, which knows how each is cited and where it stands.
    """

    articles: tuple[str, ...]
    why: Words

    @property
    def article(self) -> Words:
        """The citation as a term in a sentence."""
        return Words(cited_together(self.articles, "nl"), cited_together(self.articles, "en"))

    @property
    def cited(self) -> tuple[Article, ...]:
        """The articles themselves, each with its link."""
        return tuple(article(code) for code in self.articles)


_THIRD_PARTY = Words(
    "Hierin staat informatie over iemand anders. Die persoon heeft ook recht op privacy.",
    "This holds information about somebody else. That person has a right to privacy too.",
)
_OTHERS = ("GDPR:15(4)",)

GROUNDS: dict[WithholdReason, Ground] = {
    WithholdReason.THIRD_PARTY: Ground(articles=_OTHERS, why=_THIRD_PARTY),
    WithholdReason.OTHER_PERSON: Ground(
        # Who asks has a right to their own data; no limit of that right is needed here.
        articles=("GDPR:15(1)",),
        why=Words(
            "Dit gaat niet over u. Het gaat over iemand anders. De wet geeft u alleen recht op"
            " uw eigen gegevens.",
            "This is not about you. It is about somebody else. The law gives you a right to"
            " your own data only.",
        ),
    ),
    WithholdReason.WORK_NOTES: Ground(
        articles=("BW:7:454(1)",),
        why=Words(
            "Dit zijn persoonlijke werkaantekeningen van de zorgverlener. Zij horen niet bij"
            " het dossier.",
            "These are personal working notes of the care provider. They are not part of the"
            " medical file.",
        ),
    ),
    WithholdReason.LEVEL: Ground(
        articles=("GDPR:12(6)",),
        why=Words(
            "Dit zijn gegevens over uw gezondheid of berichten. Daarvoor moeten wij zekerder"
            " weten wie u bent. Log in met de app of kom langs met uw identiteitsbewijs.",
            "These are data about your health, or messages. For these we must be more certain"
            " who you are. Log in with the app or visit us with your identity document.",
        ),
    ),
    WithholdReason.SAFETY: Ground(
        articles=("UAVG:41(1)(i)",),
        why=Words(
            "Wij moeten u of iemand anders beschermen.",
            "We have to protect you or somebody else.",
        ),
    ),
    WithholdReason.TRADE_SECRET: Ground(
        articles=_OTHERS,
        why=Words(
            "Hierin staat een bedrijfsgeheim van iemand anders.",
            "This holds a trade secret of somebody else.",
        ),
    ),
}

_IN_MEDICAL_FILE = {
    WithholdReason.THIRD_PARTY: Ground(articles=("BW:7:456",), why=_THIRD_PARTY),
}


def ground_for(
    reason: WithholdReason, *, medical_file: bool = False, also: tuple[str, ...] = ()
) -> Ground:
    """The ground for a reason; in the medical file another's privacy is BW 7:456.

    `also` are the articles by which the law proposed to keep this very thing back.
    """
    known = _IN_MEDICAL_FILE if medical_file and reason in _IN_MEDICAL_FILE else GROUNDS
    ground = known[reason]
    return replace(ground, articles=tuple(dict.fromkeys((*ground.articles, *also))))


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """Things of one dataset that are not given, whole or (`partly`) as blacked-out words.

    `words` are the desk's own facts in the language of the letter, shown beside the ground;
    `limits` are the articles by which the law proposed it.
    """

    source: str
    dataset: str
    count: int
    reason: WithholdReason
    medical_file: bool = False
    partly: bool = False
    words: str = ""
    limits: tuple[str, ...] = ()

    @property
    def ground(self) -> Ground:
        """The articles and the reason in plain words."""
        return ground_for(self.reason, medical_file=self.medical_file, also=self.limits)


@dataclass(frozen=True, kw_only=True)
class SourceAnswer:
    """What one source came to; every system of the register stands in the letter.

    `redacted` counts items that are released with words blacked out. `note` says in words why
    a source failed, is searched by hand or does not keep this; then it is never empty.
    """

    name: str
    outcome: Outcome
    found: int = 0
    released: int = 0
    redacted: int = 0
    searched: date | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Period:
    """How long something is kept (Art. 15(1)(d)); both in the language of the letter."""

    name: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """We have your request: what, when the answer is due, what comes next.

    Neutral: it is the same whether or not we know the person (T18). `ways` is empty when the
    person has already shown who they are. `kinds` are what was asked, one a right (`Wish.kind`);
    empty for `facts.right` alone.
    """

    facts: Facts
    status_url: str
    ways: tuple[IdentityWay, ...] = ()
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        filled("status_url", self.status_url)


@dataclass(frozen=True, kw_only=True)
class AccessAnswer:
    """The answer to a request for access (Art. 15; Art. 12(4) for what is not given).

    `court_until` is the last day of the six weeks of UAVG 35(2), if read on `facts.today`.
    `download_until` is None when there is no package.
    """

    facts: Facts
    decision: Decision
    sources: tuple[SourceAnswer, ...]
    periods: tuple[Period, ...]
    court_until: date
    download_until: date | None
    withheld: tuple[Withheld, ...] = ()

    def __post_init__(self) -> None:
        allowed = (Decision.GRANTED, Decision.PARTLY, Decision.NOTHING_HELD)
        one_of("decision", self.decision, allowed)
        filled("sources", self.sources)
        if self.decision is not Decision.NOTHING_HELD:
            filled("download_until", self.download_until)
        if self.decision is Decision.PARTLY and not self.withheld and not self.open_sources:
            raise BadInput("withheld", "Say what is not given and why (Art. 12(4)).")
        if self.decision is Decision.GRANTED and self.withheld:
            raise BadInput("decision", "Something is withheld: the decision is `partly`.")

    @property
    def found(self) -> int:
        """How many items were found in all sources."""
        return sum(source.found for source in self.sources)

    @property
    def released(self) -> int:
        """How many items are given."""
        return sum(source.released for source in self.sources)

    @property
    def open_sources(self) -> tuple[SourceAnswer, ...]:
        """Sources that are not searched to the end: they are named in the letter."""
        return not_finished(self.sources)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """A written refusal (Art. 12(4)): none of its parts may be missing.

    `what` names the data or use, `why` the facts, `articles` the exact articles, `instead` what
    was done instead; all in the language of the letter, as whole sentences (`articles` as terms).
    """

    facts: Facts
    what: str
    why: tuple[str, ...]
    articles: tuple[str, ...]
    instead: tuple[str, ...]
    court_until: date

    def __post_init__(self) -> None:
        for name in ("what", "why", "articles", "instead"):
            filled(name, getattr(self, name))


@dataclass(frozen=True, kw_only=True)
class NotProved:
    """We do not know who asks, so nothing is done (Art. 12(6), 12(4)); same for everybody.

    `kinds` as in `Receipt`: one letter is about all that was asked.
    """

    facts: Facts
    asked: date
    ways: tuple[IdentityWay, ...]
    court_until: date
    kinds: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        filled("ways", self.ways)


def not_finished(sources: Iterable[SourceAnswer]) -> tuple[SourceAnswer, ...]:
    """Sources that are not searched to the end."""
    unfinished = (Outcome.BY_HAND, Outcome.FAILED, Outcome.PARTIAL, Outcome.SEVERAL_PEOPLE)
    return tuple(source for source in sources if source.outcome in unfinished)


class Letter(Protocol):
    """Any letter: a frozen dataclass with the facts that all letters hold."""

    @property
    def facts(self) -> Facts:
        """What every letter holds."""
