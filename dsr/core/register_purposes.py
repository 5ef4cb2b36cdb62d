"""Reading a purpose of the register, and who receives or keeps data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from dsr.core.purposes import Category, MinimumAge, Part, Purpose, ReadingChoice, Retention
from dsr.core.recipients import NOT_NEEDED, Processor, Recipient, Safeguard
from dsr.core.register_place import Place, words_at
from dsr.core.register_rules import term_words
from dsr.core.register_terms import SafeguardKind, SubjectKind
from dsr.core.words import NO_WORDS, STILL_OPEN, Words, not_settled
from dsr.law.retention_rule import RetentionRule
from dsr.law.rights import Basis, Nature, Right

#: what a register may write; `not_known` is what an open question is read as
_SAFEGUARDS = tuple(kind for kind in SafeguardKind if kind is not SafeguardKind.NOT_KNOWN)
#: `any` is no basis of a processing, but a question that every basis answers alike
_BASES = tuple(basis for basis in Basis if basis is not Basis.ANY)
_OPEN_SAFEGUARD = Safeguard(kind=SafeguardKind.NOT_KNOWN, words=STILL_OPEN)
Rules = Mapping[str, RetentionRule]


def purpose_at(at: Place, rules: Rules) -> Purpose:
    """A purpose; `rules` say the term of a rule whose entry has no words of its own."""
    return Purpose(
        id=at.text("id"),
        name=at.words("name"),
        basis=at.one_of("basis", _BASES, "a basis"),
        basis_words=_basis_words(at),
        nature=at.one_of("nature", Nature, "a nature"),
        article9=at.text("article9", ""),
        article9_is_open=at.is_open("article9"),
        subject_kinds=at.several_of("subjects", SubjectKind, "a kind of subject"),
        held=at.listed("categories", _category),
        systems=at.texts("systems"),
        recipients=at.listed("recipients", _recipient, may_be_empty=True),
        source=at.words("source"),
        provided_by_subject=at.flag("provided_by_subject"),
        rules=at.listed("retention", lambda below: _retention(below, rules)),
        rights=at.several_of("rights", Right, "a right"),
        automated_decisions=at.words("automated_decisions"),
        readings=at.listed("readings", reading_choice, may_be_empty=True),
        parts=at.listed("parts", lambda below: _part(below, rules), may_be_empty=True),
        minimum_age=at.part("minimum_age", _minimum_age),
        kept_longer_ground=at.text("kept_longer_ground", ""),
        data_kept=at.flag("data_kept", default=True),
        own_controller=at.words("controller", NO_WORDS),
    )


def _basis_words(at: Place) -> Words:
    """What the patient reads of the basis; of an open one, that it is open."""
    words = at.words("basis_words", NO_WORDS)
    return not_settled(words) if at.is_open("basis") else words


def processor_at(at: Place) -> Processor:
    """Who keeps a system for us."""
    return Processor(
        name=at.text("name"),
        country=at.text("country", may_be_empty=True),
        safeguard=_safeguard_of(at),
    )


def reading_choice(at: Place) -> ReadingChoice:
    """A choice between two readings of the statement."""
    return ReadingChoice(law=at.text("law"), text=at.words("text"))


def _category(at: Place) -> Category:
    whose = at.one_of("subject", SubjectKind, "a kind of subject") if at.has("subject") else None
    return Category(
        id=at.text("id"),
        words=at.words("words"),
        subject=whose,
        special=at.flag("special"),
        mandatory=at.flag("mandatory"),
        identifies=at.flag("identifies"),
    )


def _recipient(at: Place) -> Recipient:
    return Recipient(
        name=at.text("name"),
        role=at.words("role"),
        country=at.text("country", may_be_empty=True),
        safeguard=_safeguard_of(at),
    )


def _safeguard_of(at: Place) -> Safeguard:
    """The safeguard; an open one without a reading says so to a patient, and claims nothing."""
    if not at.is_open("safeguard"):
        nowhere = _OPEN_SAFEGUARD if at.is_open("country") else NOT_NEEDED
        return at.part("safeguard", _safeguard) or nowhere
    meanwhile = at.part("safeguard", _safeguard) or _OPEN_SAFEGUARD
    return replace(meanwhile, words=not_settled(meanwhile.words))


def _safeguard(at: Place) -> Safeguard:
    if at.is_reading and at.has("nl"):
        return Safeguard(kind=SafeguardKind.NOT_KNOWN, words=words_at(at))
    return Safeguard(
        kind=at.one_of("kind", _SAFEGUARDS, "a safeguard"),
        words=at.words("words", NO_WORDS),
        source=at.text("source", ""),
        date=at.day("date", ""),
    )


def _retention(at: Place, rules: Rules) -> Retention:
    covers = at.words("covers", NO_WORDS)
    rule = at.text("rule")
    return Retention(
        rule=rule,
        covers=covers,
        words=at.words("words", _in_words(covers, rules.get(rule))),
        statutory=at.words("statutory", NO_WORDS),
    )


def _in_words(covers: Words, rule: RetentionRule | None) -> Words:
    if rule is None:
        return covers
    term = term_words(rule)
    return Words(_joined(covers.nl, term.nl), _joined(covers.en, term.en))


def _joined(covers: str, term: str) -> str:
    whole = f"{covers}: {term}" if covers else term
    return f"{whole[:1].upper()}{whole[1:]}."


def _part(at: Place, rules: Rules) -> Part:
    return Part(
        id=at.text("id"),
        name=at.words("name"),
        basis=at.one_of("basis", _BASES, "a basis"),
        nature=at.one_of("nature", Nature, "a nature"),
        rules=at.listed("retention", lambda below: _retention(below, rules)),
        own_controller=at.words("controller", NO_WORDS),
    )


def _minimum_age(at: Place) -> MinimumAge:
    return MinimumAge(years=at.whole("years", 0), ground=at.text("ground"))
