"""What is asked, what is decided, and what a step came to: value lists used everywhere."""

from __future__ import annotations

from enum import StrEnum


class Decision(StrEnum):
    """What the desk decides on an item; each has one letter."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"
    NOTHING_HELD = "nothing_held"
    NOT_PROVED = "not_proved"
    TRANSFERRED = "transferred"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What a step came to; the only values. None on a row means: not finished yet."""

    DONE = "done"
    NONE_FOUND = "none_found"
    SEVERAL_PEOPLE = "several_people"
    NOT_KEPT = "not_kept"
    ALREADY_GONE = "already_gone"
    EMPTIED = "emptied"
    RETAINED = "retained"
    PARTIAL = "partial"
    BY_HAND = "by_hand"
    FAILED = "failed"


#: outcomes of a search that did not come to its end: what is there may be anything
UNSEARCHED = frozenset({Outcome.BY_HAND, Outcome.FAILED, Outcome.PARTIAL})
#: outcomes of which an answer has to say that something is missing
UNFINISHED = UNSEARCHED | {Outcome.SEVERAL_PEOPLE}


class Verb(StrEnum):
    """What a step does, or a batch of a plan."""

    IDENTIFY = "identify"  #: look for contact points on file, read nothing else
    SEARCH = "search"
    PACK = "pack"
    LOOK_AGAIN = "look_again"  #: compare with what was approved, just before erasing
    RECTIFY = "rectify"
    ANNOTATE = "annotate"  #: add the person's own statement
    ERASE = "erase"
    RESTRICT = "restrict"
    LIFT = "lift"  #: end a restriction
    STOP = "stop"  #: stop the use for a purpose
    RESUME = "resume"


#: verbs after which the old content is not there any more: two persons, a frozen plan
DESTRUCTIVE = frozenset({Verb.ERASE, Verb.RECTIFY})


#: the system that packing steps stand under: our own office, and nothing else stands there
OFFICE = "office"


class WithholdReason(StrEnum):
    """Why an item or a part of it is not given; each cites its article."""

    THIRD_PARTY = "third_party"  #: Art. 15(4), BW 7:456
    WORK_NOTES = "work_notes"  #: outside the dossier (KNMG), BW 7:454
    OTHER_PERSON = "other_person"  #: a record of another person that came along: outside Art. 15(1)
    LEVEL = "level"  #: special category, needs IA3 or IA4
    SAFETY = "safety"  #: UAVG 41(1)(i), protection of the subject or of others
    TRADE_SECRET = "trade_secret"  #: Art. 15(4), recital 63  # noqa: S105 (a code, no secret)
