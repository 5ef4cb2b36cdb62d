"""Whether a register agrees with the law: bases and rights, special categories, transfers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dsr.core.purposes import Part, Purpose
from dsr.core.recipients import Processor, Recipient, Safeguard
from dsr.core.register import Dataset, Register
from dsr.core.register_mistakes import Mistake, Path
from dsr.core.register_terms import SafeguardKind, SubjectKind
from dsr.law.rights import Basis, Right
from dsr.law.transfers import adequacy_decisions, framework_countries, in_the_area

_ARTICLE9: Final = re.compile(r"9\(2\)\([a-j]\)(, 9\(2\)\([a-j]\))*")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
#: a right that the law gives under certain bases alone, and its article
_ONLY_UNDER: Final = {
    Right.PORTABILITY: (
        frozenset({Basis.CONSENT, Basis.CONTRACT, Basis.CONSENT_OR_CONTRACT}),
        "Art. 20(1)(a)",
    ),
    Right.OBJECTION: (
        frozenset(
            {
                Basis.PUBLIC_TASK,
                Basis.LEGITIMATE_INTEREST,
                Basis.DIRECT_MARKETING,
                Basis.SCIENTIFIC_RESEARCH,
            }
        ),
        "Art. 21(1), (2) and (6)",
    ),
}
#: a right that a basis always brings, and its article
_BROUGHT_BY: Final = {
    Basis.CONSENT: (Right.WITHDRAWAL, "Art. 7(3)"),
    Basis.LEGITIMATE_INTEREST: (Right.OBJECTION, "Art. 21(1)"),
    Basis.PUBLIC_TASK: (Right.OBJECTION, "Art. 21(1)"),
    Basis.DIRECT_MARKETING: (Right.OBJECTION, "Art. 21(2)"),
}
#: bases that leave the rights open: a person has to look
_OPEN_BASES: Final = frozenset({Basis.OTHER, Basis.NONE_STATED, Basis.PROCESSOR, Basis.ANY})
Found = Iterator[Mistake]


def mistakes(register: Register) -> Found:
    """All in which the register and the law disagree."""
    for number, purpose in enumerate(register.purposes):
        yield from _of_purpose(purpose, ("purposes", number))
    for number, system in enumerate(register.systems):
        if system.processor is not None:
            yield from _transfer(system.processor, ("systems", number, "processor"))
        for index, dataset in enumerate(system.datasets):
            yield from _portable(register, dataset, ("systems", number, "datasets", index))


def _portable(register: Register, dataset: Dataset, path: Path) -> Found:
    """What goes along rests on consent or a contract (Art. 20(1)(a))."""
    allowed, article = _ONLY_UNDER[Right.PORTABILITY]
    bases = {part.id: part.basis for purpose in register.purposes for part in purpose.parts}
    bases |= {purpose.id: purpose.basis for purpose in register.purposes}
    basis = bases.get(dataset.part or dataset.purpose)
    if dataset.portable and basis and not {basis} & (allowed | _OPEN_BASES):
        words = f"data under {basis} need not go along ({article}); take it away here, or state a"
        yield Mistake((*path, "portable"), f"{words} part with its own basis.")


def _of_purpose(purpose: Purpose, path: Path) -> Found:
    yield from _rights(purpose, path)
    yield from _article9(purpose, path)
    for number, recipient in enumerate(purpose.recipients):
        yield from _transfer(recipient, (*path, "recipients", number))


def _rights(purpose: Purpose, path: Path) -> Found:
    parts: tuple[Purpose | Part, ...] = (purpose, *purpose.parts)
    bases = {one.basis for one in parts if one.basis}
    if not bases or bases & _OPEN_BASES:
        return
    for right, (allowed, article) in _ONLY_UNDER.items():
        if right in purpose.rights and not bases & allowed:
            words = f"{right} is no right under {purpose.basis} ({article}); take it away, or state"
            yield Mistake((*path, "rights"), f"{words} a part with its own basis.")
    if set(purpose.subject_kinds) - {SubjectKind.NOBODY} and Right.ACCESS not in purpose.rights:
        words = "every basis leaves the right of access (Art. 15(1)); add it."
        yield Mistake((*path, "rights"), words)
    right_of_basis = _BROUGHT_BY.get(purpose.basis)
    if right_of_basis and right_of_basis[0] not in purpose.rights:
        right, article = right_of_basis
        words = f"{purpose.basis} brings the right of {right} ({article}); add it."
        yield Mistake((*path, "rights"), words)


def _article9(purpose: Purpose, path: Path) -> Found:
    given = purpose.article9
    if given and not _ARTICLE9.fullmatch(given):
        words = f"{given!r} is no exception of Article 9; write it as 9(2)(h), or leave it empty."
        yield Mistake((*path, "article9"), words)
    special = [category.id for category in purpose.held if category.special]
    if special and not given:
        words = (
            f"special categories ({', '.join(special)}) need an exception of Art. 9(2); add"
            " 'article9', such as 9(2)(h)."
        )
        yield Mistake(path, words)


def _transfer(who: Recipient | Processor, path: Path) -> Found:
    country, safeguard = who.country, who.safeguard
    place: Path = (*path, "country")
    if country and not _COUNTRY.fullmatch(country):
        words = f"{country!r} is no country; write its code of two letters, such as NL or US."
        yield Mistake(place, words)
    elif safeguard.kind in _ASKS:
        wrong = _ASKS[safeguard.kind](country, who.name)
        yield from ([Mistake(place, wrong)] if wrong else [])
    yield from _proof(safeguard, (*path, "safeguard"))


def _none_needed(country: str, name: str) -> str:
    if not country:
        return f"{name}: write the country, or make its safeguard an open question."
    if in_the_area(country):
        return ""
    return (
        f"{country} lies outside the European Economic Area: {name} needs a safeguard (Art. 44),"
        " one of adequacy, dpf, scc, bcr, or an open question."
    )


def _adequacy(country: str, name: str) -> str:
    known = adequacy_decisions()
    if country in known:
        return ""
    if in_the_area(country):
        return f"{country} lies inside the European Economic Area; write none_needed for {name}."
    return (
        f"there is no adequacy decision for {country or 'no country'} (Art. 45); it is one of"
        f" {', '.join(known)}, or the safeguard of {name} is dpf, scc, bcr or an open question."
    )


def _framework(country: str, name: str) -> str:
    if country in framework_countries():
        return ""
    return (
        f"the Data Privacy Framework covers US alone, and {name} is in {country or 'no country'}."
    )


_ASKS = {
    SafeguardKind.NONE_NEEDED: _none_needed,
    SafeguardKind.ADEQUACY: _adequacy,
    SafeguardKind.DPF: _framework,
}


def _proof(safeguard: Safeguard, path: Path) -> Found:
    """A safeguard that is claimed has a source and a date, so that somebody can look it up."""
    if safeguard.kind in (None, SafeguardKind.NONE_NEEDED, SafeguardKind.NOT_KNOWN):
        return
    for key in ("source", "date"):
        if not getattr(safeguard, key):
            yield Mistake(path, f"{safeguard.kind} needs a {key!r} that can be looked up; add it.")
    if not safeguard.words.nl:
        yield Mistake(path, f"{safeguard.kind} needs 'words' for the patient; add them.")
