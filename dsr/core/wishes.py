"""What exactly somebody asks with a right: checked when it comes in, whatever the channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from dsr.core.errors import BadInput
from dsr.law.rights import Right

#: the part of an erasure that is the destruction of a medical file (BW 7:455)
MEDICAL_FILE = "medical_file"
LONGEST = 2000
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
        return "destruction" if self.part == MEDICAL_FILE else str(self.right)


def check_wish(wish: Wish, purposes: tuple[str, ...]) -> None:
    """Refuse a wish that cannot be meant; `BadInput` names the field and what to do.

    `purposes` are the activities that may be objected to or whose consent may be withdrawn.
    """
    if wish.part not in ("", MEDICAL_FILE) or (wish.part and wish.right is not Right.ERASURE):
        raise BadInput("part", "Only an erasure has the part `medical_file`.")
    if wish.part:
        _check_destruction(wish.data)
        return
    _CHECKS[wish.right](wish.data, purposes)


def _check_access(data: Mapping[str, object], purposes: tuple[str, ...]) -> None:
    """The scope of an access request stands on the request itself."""


def _check_rectification(data: Mapping[str, object], purposes: tuple[str, ...]) -> None:
    _one_of(data, "field", FIELDS, "Kies welk gegeven niet klopt. / Choose what is wrong.")
    _text(data, "now")
    if not _text(data, "should").strip():
        raise BadInput("should", "Schrijf op wat er moet staan. / Write what it should say.")


def _check_erasure(data: Mapping[str, object], purposes: tuple[str, ...]) -> None:
    _some_of(data, "what", ERASABLE, "Kies wat wij moeten verwijderen. / Choose what to delete.")
    _one_of(data, "reason", ERASE_REASONS, "Kies een reden, of geen. / Choose a reason, or none.")
    _check_understood(data)


def _check_destruction(data: Mapping[str, object]) -> None:
    _text(data, "which")
    _check_understood(data)


def _check_restriction(data: Mapping[str, object], purposes: tuple[str, ...]) -> None:
    _one_of(
        data,
        "ground",
        GROUNDS,
        "Kies waarom wij het gebruik moeten stoppen. / Choose why we should stop using it.",
    )
    _some_of(data, "what", KINDS, "Kies om welke gegevens het gaat. / Choose which data it is.")
    until = str(data.get("until", ""))
    if until:
        _check_day(until)


def _check_portability(data: Mapping[str, object], purposes: tuple[str, ...]) -> None:
    words = "Kies aan wie wij de gegevens geven. / Choose who should get the data."
    _one_of(data, "to", RECIPIENTS, words)
    if data["to"] == "other" and not _text(data, "recipient").strip():
        raise BadInput("recipient", words)


def _check_objection(data: Mapping[str, object], purposes: tuple[str, ...]) -> None:
    words = "Kies tegen welk gebruik u bezwaar heeft. / Choose which use you object to."
    _some_of(data, "purposes", (*purposes, OTHER_USE), words)
    _text(data, "reason")


def _check_withdrawal(data: Mapping[str, object], purposes: tuple[str, ...]) -> None:
    words = "Kies welke toestemming u wilt intrekken. / Choose which consent to withdraw."
    _some_of(data, "purposes", purposes, words)


_CHECKS: Mapping[Right, Callable[[Mapping[str, object], tuple[str, ...]], None]] = MappingProxyType(
    {
        Right.ACCESS: _check_access,
        Right.RECTIFICATION: _check_rectification,
        Right.ERASURE: _check_erasure,
        Right.RESTRICTION: _check_restriction,
        Right.PORTABILITY: _check_portability,
        Right.OBJECTION: _check_objection,
        Right.WITHDRAWAL: _check_withdrawal,
    }
)


def _check_understood(data: Mapping[str, object]) -> None:
    if data.get("understood") is not True:
        raise BadInput(
            "understood",
            "Zet een vinkje als u begrijpt dat verwijderen niet terug te draaien is."
            " / Tick the box if you understand that deleting cannot be undone.",
        )


def _one_of(data: Mapping[str, object], name: str, allowed: tuple[str, ...], words: str) -> None:
    if data.get(name) not in allowed:
        raise BadInput(name, words)


def _some_of(data: Mapping[str, object], name: str, allowed: tuple[str, ...], words: str) -> None:
    chosen = data.get(name)
    if not isinstance(chosen, list | tuple) or not chosen or set(chosen) - set(allowed):
        raise BadInput(name, words)


def _text(data: Mapping[str, object], name: str) -> str:
    text = data.get(name, "")
    if not isinstance(text, str) or len(text) > LONGEST:
        raise BadInput(name, f"Schrijf hooguit {LONGEST} tekens. / Write at most {LONGEST}.")
    return text


def _check_day(text: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        words = "Vul een datum in die bestaat. / Enter a real date."
        raise BadInput("until", words) from None
