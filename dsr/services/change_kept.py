"""What was asked and is not done: each with its articles, and until when it stays (Art. 12(4))."""

from __future__ import annotations

from collections.abc import Iterator

from dsr.core.letters_parts import NotDone, Wait
from dsr.core.letters_words import OFFERS, REASON_HOLDS, UNTIL_JUDGED, WHOLE
from dsr.core.plans import PlanLine, Treatment
from dsr.core.request import Decision
from dsr.core.wishes import DESTRUCTION
from dsr.core.words import Words
from dsr.law.grounds import articles_of
from dsr.law.proposal import Outcome
from dsr.law.rights import Right
from dsr.services.change_done import judge
from dsr.services.change_gathered import Gathered
from dsr.services.weighing import Weighed

_STILL_JUDGED = {
    Wait.CLINICIAN: Words(
        "Uw zorgverlener kijkt hier nog naar.",
        "Your care provider is still looking at this.",
    ),
    Wait.OFFICER: Words(
        "Onze privacymedewerker kijkt hier nog naar.",
        "Our privacy officer is still looking at this.",
    ),
    Wait.DPO: Words(
        "Onze functionaris gegevensbescherming kijkt hier nog naar.",
        "Our data protection officer is still looking at this.",
    ),
}


def not_done(about: Gathered) -> tuple[NotDone, ...]:
    """What is kept or refused, from the plan; where there is none, from the law or the refusal."""
    if about.decision in (Decision.GRANTED, Decision.NOTHING_HELD):
        # A kept line would contradict the decision: then the letter refuses to be made.
        return tuple(_of_lines(about))
    found = tuple(_of_lines(about))
    corrected = about.wish.right is Right.RECTIFICATION
    if found or (about.lines and not corrected):
        return found
    found = tuple(_of_law(about))
    return found or (_whole(about) if about.decision is Decision.REFUSED or corrected else ())


def instead(about: Gathered) -> tuple[str, ...]:
    """What was done instead, in the officer's words, and what the law says may be offered."""
    refused = [one for one in about.weighed if one.settled.outcome is not Outcome.GRANT]
    actions = dict.fromkeys(action for one in refused for action in one.settled.actions)
    offers = [about.said(OFFERS[action]) for action in actions if _offered(about, action)]
    return tuple(filter(None, (about.words.get("instead", ""), *offers)))


def _offered(about: Gathered, action: str) -> bool:
    """Whether something is still to be offered: not what was refused, or what was done."""
    stated = any(line.treatment is Treatment.STATEMENT for line in about.lines)
    refused = action == "treat_as_wgbo_destruction" and about.wish.kind == DESTRUCTION
    return action in OFFERS and not refused and not (action == "offer_statement" and stated)


def _of_lines(about: Gathered) -> Iterator[NotDone]:
    counts: dict[PlanLine, int] = {}
    for line in about.lines:
        if line.treatment is Treatment.KEEP:
            counts[line] = counts.get(line, 0) + line.count
        elif line.treatment is Treatment.JUDGE and about.decision is Decision.REFUSED:
            yield _judged(about, line)
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for line, count in counts.items():
        made = _kept(about, line, count)
        # A use that several systems serve is one use.
        if line.dataset or (made.what, made.articles) not in seen:
            seen.add((made.what, made.articles))
            yield made


def _kept(about: Gathered, line: PlanLine, count: int) -> NotDone:
    articles = about.refusing(line)
    stays = about.wish.right is Right.ERASURE
    return NotDone(
        what=about.what(line),
        count=count if line.dataset else 0,
        articles=articles,
        until=line.until if stays else None,
        as_long_as=about.as_long_as(line, articles) if stays and line.until is None else "",
    )


def _judged(about: Gathered, line: PlanLine) -> NotDone:
    return NotDone(
        what=about.what(line),
        count=line.count if line.dataset else 0,
        articles=about.refusing(line),
        words=about.said(_STILL_JUDGED[judge(line)]),
        as_long_as=about.said(UNTIL_JUDGED) if about.wish.right is Right.ERASURE else "",
    )


def _of_law(about: Gathered) -> Iterator[NotDone]:
    """Parts on which the law does not act at all, or in part: a rectification has no line."""
    if about.item.grounds and not set(about.item.grounds) & _proposed(about.weighed):
        return  # the request as a whole was refused (Art. 12(5))
    for one in about.weighed:
        articles = about.why_not(one.settled.grounds)
        if one.settled.outcome is not Outcome.GRANT and articles:
            yield NotDone(
                what=about.purpose(one.activity),
                articles=articles,
                as_long_as=about.said(REASON_HOLDS) if about.wish.right is Right.ERASURE else "",
            )


def _proposed(weighed: tuple[Weighed, ...]) -> set[str]:
    return {code for one in weighed for code in one.settled.grounds}


def _whole(about: Gathered) -> tuple[NotDone, ...]:
    codes = tuple(one.code for one in articles_of(about.item.grounds))
    erasing = about.wish.right is Right.ERASURE
    words = about.said(UNTIL_JUDGED) if erasing else ""
    return (NotDone(what=about.said(WHOLE[about.wish.kind]), articles=codes, as_long_as=words),)
