"""What exactly somebody asks with a right: checked when it comes in, whatever the channel."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from dsr.core.errors import BadInput
from dsr.law.rights import Right

#: the part of an erasure that is the destruction of a medical file (BW 7:455)
MEDICAL_FILE = "medical_file"
#: the kind of such an item
DESTRUCTION = "destruction"
LONGEST = 2000
LONGEST_NAME = 120
#: kinds of data as a person names them; `other` is all that the words before it do not cover
KINDS = ("account", "messages", "medical", "other")
ERASABLE = ("account", "messages", "other", "all")
#: what a rectification is about
FIELDS = ("name", "birth_date", "email", "phone", "address", "medical", "message", "other")
#: Art. 17(1)(a)-(f) in plain words; none has to be named
ERASE_REASONS = ("", "not_needed", "withdrawn", "objected", "unlawful", "legal_duty", "child")
#: Art. 18(1)(a)-(d), as the facts of `dsr.law` name them
GROUNDS = (
    "accuracy_contested",
    "unlawful_opposes_erasure",
    "needed_for_claim",
    "objection_pending",
)
RECIPIENTS = ("me", "other")
#: what an objection is about when it is none of the purposes of the register
OTHER_USE = "other"

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_MAILBOX = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;.]+")
_NO_DATE = (
    "Vul een geboortedatum in die bestaat, bijvoorbeeld 31 3 1980."
    " / Enter a real date of birth, for example 31 3 1980."
)
_TO_WHOM = "Kies aan wie wij de gegevens geven. / Choose who should get the data."


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One right and what is asked with it.

    `data` by right (texts at most 2,000 characters, days in ISO 8601):
    access {}; rectification {field, now, should}; erasure {what: [..], reason, understood};
    erasure of `MEDICAL_FILE` {which, understood}; restriction {ground, what: [..], until};
    portability {to, recipient}; objection {purposes: [..], reason}; withdrawal {purposes: [..]}.
    """

    right: Right
    part: str = ""
    data: Mapping[str, object] = field(default_factory=dict, repr=False)

    @property
    def kind(self) -> str:
        """How an item is told from its siblings: the right, or `destruction`."""
        return DESTRUCTION if self.part == MEDICAL_FILE else str(self.right)


@dataclass(frozen=True, kw_only=True)
class Around:
    """What a wish is checked against.

    `purposes` are the activities that may be objected to or whose consent may be withdrawn;
    `marketing` those of them that end without a reason (Art. 21(2)-(3)). Without `today` no day is
    held against it.
    """

    purposes: tuple[str, ...] = ()
    marketing: tuple[str, ...] = ()
    today: date | None = None


def check_wish(
    wish: Wish,
    purposes: tuple[str, ...],
    marketing: tuple[str, ...] = (),
    today: date | None = None,
) -> None:
    """Refuse a wish that cannot be meant; `BadInput` names the field and what to do."""
    around = Around(purposes=purposes, marketing=marketing, today=today)
    for mistake in mistakes_in(wish, around):
        raise mistake


def mistakes_in(wish: Wish, around: Around) -> tuple[BadInput, ...]:
    """All that cannot be meant, a field each, so that a page can show it all at once."""
    if wish.part not in ("", MEDICAL_FILE) or (wish.part and wish.right is not Right.ERASURE):
        return (BadInput("part", "Only an erasure has the part `medical_file`."),)
    known = _FIELDS_OF[wish.kind]
    names = ", ".join(known) or "nothing"
    extra = [
        BadInput(name[:80], f"A wish of the kind {wish.kind} takes: {names}.")
        for name in wish.data
        if name not in known
    ]
    found = [BadInput(name, words) for name, rule in known.items() if (words := rule(wish, around))]
    return (*extra, *found)


#: what is wrong with one field of a wish, as `Nederlands / English`; empty when nothing is
_Rule = Callable[[Wish, Around], str]


def _one_of(name: str, allowed: tuple[str, ...], words: str) -> _Rule:
    return lambda wish, around: "" if wish.data.get(name) in allowed else words


def _some_of(name: str, allowed: tuple[str, ...], words: str) -> _Rule:
    return lambda wish, around: "" if _all_in(wish.data.get(name), allowed) else words


def _optional(name: str) -> _Rule:
    return lambda wish, around: _text_fault(wish.data.get(name, ""), LONGEST)


def _which_field(wish: Wish, _around: Around) -> str:
    known = wish.data.get("field") in FIELDS
    return "" if known else "Kies welk gegeven niet klopt. / Choose what is wrong."


def _what_it_should_be(wish: Wish, around: Around) -> str:
    """An e-mail address and a date of birth have a form; all else is a person's own words."""
    text = wish.data.get("should", "")
    if fault := _text_fault(text, LONGEST):
        return fault
    if not str(text).strip():
        return "Schrijf op wat er moet staan. / Write what it should say."
    if wish.data.get("field") == "email" and not _MAILBOX.fullmatch(str(text).strip()):
        return (
            "Vul een e-mailadres in zoals naam@voorbeeld.nl."
            " / Enter an e-mail address like name@example.nl."
        )
    if wish.data.get("field") == "birth_date" and not _is_past(str(text).strip(), around.today):
        return _NO_DATE
    return ""


def _reason_to_erase(wish: Wish, _around: Around) -> str:
    known = wish.data.get("reason", "") in ERASE_REASONS
    return "" if known else "Kies een reden, of geen. / Choose a reason, or none."


def _understood(wish: Wish, _around: Around) -> str:
    if wish.data.get("understood") is True:
        return ""
    return (
        "Zet een vinkje als u begrijpt dat verwijderen niet terug te draaien is."
        " / Tick the box if you understand that deleting cannot be undone."
    )


def _until(wish: Wish, around: Around) -> str:
    text = wish.data.get("until", "")
    if text == "":
        return ""
    day = _day(text)
    if day is None:
        return "Vul een datum in die bestaat. / Enter a real date."
    if around.today is not None and day <= around.today:
        return "Vul een datum in die nog komt. / Enter a date that is still to come."
    return ""


def _recipient(wish: Wish, _around: Around) -> str:
    name = wish.data.get("recipient", "")
    if fault := _text_fault(name, LONGEST_NAME):
        return fault
    if len(str(name).splitlines()) > 1:
        return "Schrijf de naam op één regel. / Write the name on one line."
    return _TO_WHOM if wish.data.get("to") == "other" and not str(name).strip() else ""


def _objected_uses(wish: Wish, around: Around) -> str:
    if _all_in(wish.data.get("purposes"), (*around.purposes, OTHER_USE)):
        return ""
    return "Kies tegen welk gebruik u bezwaar heeft. / Choose which use you object to."


def _situation(wish: Wish, around: Around) -> str:
    """Reasons from somebody's own situation; against marketing none is needed (Art. 21(1)-(3))."""
    text = wish.data.get("reason", "")
    if fault := _text_fault(text, LONGEST):
        return fault
    if str(text).strip() or _all_in(wish.data.get("purposes"), around.marketing):
        return ""
    return "Schrijf kort op waarom u bezwaar heeft. / Tell us briefly why you object."


def _consents(wish: Wish, around: Around) -> str:
    if _all_in(wish.data.get("purposes"), around.purposes):
        return ""
    return "Kies welke toestemming u wilt intrekken. / Choose which consent to withdraw."


#: the fields of each kind of wish, in the order of its page, and what holds for each
_FIELDS_OF: Mapping[str, Mapping[str, _Rule]] = MappingProxyType(
    {
        Right.ACCESS: {},  # its scope stands on the request itself
        Right.RECTIFICATION: {
            "field": _which_field,
            "now": _optional("now"),
            "should": _what_it_should_be,
        },
        Right.ERASURE: {
            "what": _some_of(
                "what", ERASABLE, "Kies wat wij moeten verwijderen. / Choose what to delete."
            ),
            "reason": _reason_to_erase,
            "understood": _understood,
        },
        DESTRUCTION: {"which": _optional("which"), "understood": _understood},
        Right.RESTRICTION: {
            "ground": _one_of(
                "ground",
                GROUNDS,
                "Kies waarom wij het gebruik moeten stoppen. / Choose why we should stop using it.",
            ),
            "what": _some_of(
                "what", KINDS, "Kies om welke gegevens het gaat. / Choose which data it is."
            ),
            "until": _until,
        },
        Right.PORTABILITY: {
            "to": _one_of("to", RECIPIENTS, _TO_WHOM),
            "recipient": _recipient,
        },
        Right.OBJECTION: {"purposes": _objected_uses, "reason": _situation},
        Right.WITHDRAWAL: {"purposes": _consents},
    }
)


def _all_in(chosen: object, allowed: tuple[str, ...]) -> bool:
    if not isinstance(chosen, list | tuple) or not chosen:
        return False
    return all(isinstance(one, str) and one in allowed for one in chosen)


def _text_fault(text: object, most: int) -> str:
    if not isinstance(text, str) or len(text) > most:
        return f"Schrijf hooguit {most} tekens. / Write at most {most} characters."
    if _CONTROL.search(text):
        return "Gebruik alleen gewone letters en tekens. / Use ordinary characters only."
    return ""


def _is_past(text: str, today: date | None) -> bool:
    day = _day(text)
    return day is not None and (today is None or day <= today)


def _day(text: object) -> date | None:
    """A day written as 1980-03-31, and in no other way."""
    if not isinstance(text, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
