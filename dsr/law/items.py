"""What becomes of one item that somebody wants erased: keep it until, erase it now, or ask whom.

A plan has one line an item, so a million of them have to come out in seconds: the decision on the
right is made once for a group, the retention of each item is worked out on its own dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from dsr.law.proposal import Asks, Outcome, Proposal
from dsr.law.retention import Hold, Kept, RetentionRule, Review, TransferFirst, keep_until


class Fate(StrEnum):
    """What becomes of an item."""

    KEEP = "keep"
    ERASE = "erase"
    ASK = "ask"


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemFate:
    """The fate of an item, and why.

    `until` is the last day on which it is kept (None: no end is known), `asks` who has to judge;
    `because` are codes of articles, or of the retention rule that keeps it.
    """

    fate: Fate
    until: date | None = None
    asks: Asks = Asks.NOBODY
    because: tuple[str, ...] = ()


#: outcomes under which nothing may be touched, not even what has outlived its period
_NOT_YET = frozenset({Outcome.VERIFY_IDENTITY, Outcome.FORWARD})
#: a claim, or the safety of a child: no day is known, and the period of the purpose says none
_ENDLESS = frozenset({"GDPR:17(3)(e)", "BW:7:453"})
_NOT_GRANTED = frozenset({Outcome.REFUSE, Outcome.PROFESSIONAL_JUDGEMENT})
#: its period is over: kept no longer than is needed
_OUTLIVED = ItemFate(fate=Fate.ERASE, because=("GDPR:5(1)(e)",))
#: a person has to judge first
_JUDGED = (Hold, TransferFirst, Review)
#: a claim needs it, or good care of this person or another: then an old item stays too
_NEEDED_STILL = frozenset({"GDPR:17(3)(e)", "BW:7:453", "BW:7:454", "BW:7:455(2)"})


def fate(
    proposal: Proposal, rule: RetentionRule, events: Mapping[str, object], *, today: date
) -> ItemFate:
    """What becomes of an item under this proposal for erasure, by its retention (Art. 17, 5(1)(e)).

    A duty to keep goes before everything; then what a person has to judge; then the proposal. What
    has outlived its period goes, whatever was asked, unless it is needed for a claim or for care
    (Art. 17(3)(e); BW 7:453, 7:455(2)).
    """
    if proposal.outcome in _NOT_YET:
        asks = proposal.asks or Asks.OFFICER
        return ItemFate(fate=Fate.ASK, asks=asks, because=proposal.grounds)
    kept = keep_until(rule, events)
    if kept.not_before is not None and kept.not_before >= today:
        return ItemFate(fate=Fate.KEEP, until=kept.not_before, because=(kept.rule,))
    if isinstance(kept.destroy_from, _JUDGED):
        return ItemFate(fate=Fate.ASK, asks=kept.destroy_from.asks, because=(kept.rule,))
    if kept.destroy_from is not None and kept.destroy_from <= today:
        return _asked_for(proposal, replace(kept, until=None)) if _needed(proposal) else _OUTLIVED
    return _asked_for(proposal, kept)


def _asked_for(proposal: Proposal, kept: Kept) -> ItemFate:
    if proposal.outcome is Outcome.GRANT:
        return ItemFate(fate=Fate.ERASE, because=proposal.grounds)
    if proposal.outcome is Outcome.PROFESSIONAL_JUDGEMENT:
        return ItemFate(fate=Fate.ASK, asks=proposal.asks, because=proposal.grounds)
    until = None if _ENDLESS & set(proposal.grounds) else kept.until
    return ItemFate(fate=Fate.KEEP, until=until, because=proposal.grounds)


def _needed(proposal: Proposal) -> bool:
    """Whether something keeps it that does not end with its period, or a person has to say so."""
    return proposal.outcome in _NOT_GRANTED and bool(_NEEDED_STILL & set(proposal.grounds))
