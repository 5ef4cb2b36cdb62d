"""The facts of letters about rights that change something, one dataclass for each right.

A letter that says something was done says on which day it was read back, or that a person did it.
What is not done has its article (Art. 12(4)); a letter without one cannot be made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from dsr.core.errors import BadInput
from dsr.core.letters import Facts, SourceAnswer, not_finished
from dsr.core.letters_parts import (
    Backups,
    Done,
    NotDone,
    Suppressed,
    ToldTo,
    Unfinished,
    Wait,
    Work,
    filled,
    one_of,
)
from dsr.core.request import Decision
from dsr.core.wishes import FIELDS
from dsr.law.articles import cited_together
from dsr.law.restriction import GROUNDS


@dataclass(frozen=True, kw_only=True)
class ChangeAnswer:
    """What every answer about a right that changes something holds.

    `grounds` are the articles on which what is done rests. `searched` are the systems that were
    searched. `words` are the desk's own, in the language of the letter. `court_until` as in
    `AccessAnswer`.
    """

    facts: Facts
    decision: Decision
    court_until: date
    grounds: tuple[str, ...] = ()
    done: tuple[Done, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    not_done: tuple[NotDone, ...] = ()
    instead: tuple[str, ...] = ()
    told: tuple[ToldTo, ...] = ()
    searched: tuple[SourceAnswer, ...] = ()
    words: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        checks = {
            Decision.GRANTED: self._check_granted,
            Decision.PARTLY: self._check_partly,
            Decision.REFUSED: self._check_refused,
            Decision.NOTHING_HELD: self._check_nothing_held,
        }
        if self.decision not in checks:
            raise BadInput("decision", f"`decision` is one of {', '.join(checks)}.")
        cited_together(self.grounds, self.facts.language)
        checks[self.decision]()

    @property
    def rests_on(self) -> str:
        """The grounds as one term in a sentence."""
        return cited_together(self.grounds, self.facts.language)

    @property
    def open_sources(self) -> tuple[SourceAnswer, ...]:
        """Systems that are not searched to the end: a letter that found nothing names them."""
        return not_finished(self.searched)

    @property
    def judged_by(self) -> Wait | None:
        """Who has to judge first, where that is all that is left to do."""
        waits = {one.wait for one in self.unfinished}
        judges = waits & {Wait.CLINICIAN, Wait.OFFICER, Wait.DPO}
        return min(judges) if judges and not self.done and waits == judges else None

    def work(self, *wanted: Work) -> tuple[Done, ...]:
        """What was done in one of these ways."""
        return tuple(one for one in self.done if one.work in wanted)

    def _check_granted(self) -> None:
        filled("grounds", self.grounds)
        filled("done", self.done or self.unfinished)
        if self.not_done:
            raise BadInput("decision", "Something is not done: the decision is `partly`.")

    def _check_partly(self) -> None:
        filled("grounds", self.grounds)
        filled("not_done", self.not_done or self.unfinished)
        if self.not_done:
            filled("instead", self.instead or self.done)

    def _check_refused(self) -> None:
        filled("not_done", self.not_done)
        filled("instead", self.instead)
        if self.done or self.unfinished:
            raise BadInput("decision", "Something is done: the decision is `partly`.")

    def _check_nothing_held(self) -> None:
        filled("searched", self.searched)
        self._check_nothing_found()

    def _check_nothing_found(self) -> None:
        if self.done or self.unfinished or self.not_done:
            raise BadInput("decision", "Something is held: the decision is another.")


@dataclass(frozen=True, kw_only=True)
class ErasureAnswer(ChangeAnswer):
    """The answer to a request for erasure (Art. 17).

    `backups` is there whenever something was erased; `suppressed` is what stays as a keyed hash.
    """

    backups: Backups | None = None
    suppressed: tuple[Suppressed, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.work(Work.ERASED, Work.EMPTIED):
            filled("backups", self.backups)
        for one in self.not_done:
            filled("until", one.until or one.as_long_as)


@dataclass(frozen=True, kw_only=True)
class DestructionAnswer(ErasureAnswer):
    """The answer to a request to destroy the medical file, or a part of it (BW 7:455).

    `warned` is the day on which the person confirmed that the consequences were clear: nothing is
    destroyed before. Where something stays, `words` are the care provider's reasons.
    """

    warned: date | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.work(Work.ERASED, Work.EMPTIED):
            filled("warned", self.warned)
        if self.not_done:
            filled("words", self.words)


@dataclass(frozen=True, kw_only=True)
class RectificationAnswer(ChangeAnswer):
    """The answer to a request for rectification (Art. 16; BW 7:454(2)).

    `about` is one of `dsr.core.wishes.FIELDS`, `now_says` the new value where it may stand in a
    letter; the old one never does. A refusal may go with the person's statement, added beside it.
    """

    about: str
    now_says: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("about", self.about, FIELDS)

    @property
    def statement_added(self) -> bool:
        """Whether the person's own statement stands beside it now."""
        return bool(self.work(Work.STATEMENT))

    def _check_refused(self) -> None:
        filled("not_done", self.not_done)
        filled("instead", self.instead or self.done)
        if len(self.work(Work.STATEMENT)) != len(self.done):
            raise BadInput("decision", "Something is corrected: the decision is `partly`.")


@dataclass(frozen=True, kw_only=True)
class RestrictionAnswer(ChangeAnswer):
    """The answer to a request for restriction (Art. 18).

    `ground` is a key of `GROUNDS`; `in_file` says that some of it stands in the medical file.
    """

    ground: str = ""
    in_file: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.decision in (Decision.GRANTED, Decision.PARTLY):
            one_of("ground", self.ground, GROUNDS)

    @property
    def case(self) -> str:
        """The article of the case that it is (Art. 18(1)(a)-(d))."""
        return GROUNDS[self.ground]


@dataclass(frozen=True, kw_only=True)
class ObjectionAnswer(ChangeAnswer):
    """The answer to an objection (Art. 21). We go on only on grounds that compel: then `words` say
    which, and `heard` that the data protection officer was heard. `unlisted`: another use was named
    too, which is in no register."""

    heard: bool = False
    unlisted: bool = False
    suppressed: tuple[Suppressed, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dismissed:
            filled("words", self.words)
            filled("heard", self.heard)

    def _check_nothing_held(self) -> None:
        self._check_nothing_found()

    @property
    def dismissed(self) -> bool:
        """Whether we go on with a use on grounds of our own, which we have to show."""
        return any(set(one.articles) <= _OUR_GROUNDS for one in self.not_done)


#: what a dismissed objection rests on; any other article says that there is no right to object
_OUR_GROUNDS = frozenset({"GDPR:21(1)", "GDPR:12(4)"})


@dataclass(frozen=True, kw_only=True)
class WithdrawalAnswer(ChangeAnswer):
    """The answer to a withdrawal of consent (Art. 7(3)): what stopped, and what that means.

    `consequences` say what no longer works. `erased_later` says that an erasure follows as an item
    of its own, `erased_from` from which day on. `file_stays`: the medical file goes on.
    """

    consequences: tuple[str, ...] = ()
    erased_later: bool = False
    erased_from: date | None = None
    file_stays: bool = True
    suppressed: tuple[Suppressed, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.done:
            filled("consequences", self.consequences)

    def _check_nothing_held(self) -> None:
        self._check_nothing_found()


@dataclass(frozen=True, kw_only=True)
class PortabilityAnswer(ChangeAnswer):
    """The answer to a request to take data elsewhere (Art. 20).

    `outside` is what the right does not cover. `voluntary` says that own entries in the medical
    file go along of our own accord. `sent_to` is another controller that got them straight.
    """

    download_until: date | None = None
    outside: tuple[NotDone, ...] = ()
    voluntary: bool = False
    sent_to: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.done:
            filled("download_until", self.download_until or self.sent_to)

    def _check_partly(self) -> None:
        filled("grounds", self.grounds)
        filled("done", self.done)
        filled("outside", self.outside or self.not_done or self.unfinished)


@dataclass(frozen=True, kw_only=True)
class RestrictionLifting:
    """A restriction ends, or has ended: the person hears it before (Art. 18(3)).

    `ends_on` is the first day of use; `ended` that it is over. `why` is the desk's reason, in
    the language of the letter; `where` are the systems.
    """

    facts: Facts
    ground: str
    since: date
    ends_on: date
    why: str
    where: tuple[str, ...]
    court_until: date
    ended: bool = False

    def __post_init__(self) -> None:
        one_of("ground", self.ground, GROUNDS)
        for name in ("why", "where"):
            filled(name, getattr(self, name))
        if not self.ended and self.ends_on <= self.facts.today:
            raise BadInput("ends_on", "The person hears it before it ends (Art. 18(3)).")

    @property
    def case(self) -> str:
        """The article of the case that it was (Art. 18(1)(a)-(d))."""
        return GROUNDS[self.ground]


@dataclass(frozen=True, kw_only=True)
class DestructionWarning:
    """What destroying a medical file means; the person confirms before anything goes (KNMG).

    `confirm_url` is where that can be done.
    """

    facts: Facts
    confirm_url: str

    def __post_init__(self) -> None:
        filled("confirm_url", self.confirm_url)


@dataclass(frozen=True, kw_only=True)
class Withdrawn:
    """The person withdrew the request (`kind` empty), or stopped one part of it: its `kind`.

    `begun` says that something was changed before: then no letter may say that nothing was.
    """

    facts: Facts
    day: date
    kind: str = ""
    still_open: bool = False
    begun: bool = False

    def __post_init__(self) -> None:
        one_of("kind", self.kind, ("", "erasure", "destruction"))
