"""A plan as a tree for the page: per system, what becomes of what and why; and how two differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from dsr.core.explanation import name_of
from dsr.core.plans import AT_REST, PlanLine, Treatment, from_json
from dsr.core.register import Register
from dsr.db.plans import Plan
from dsr.law.articles import Article, all_articles

#: what is done comes first, what is left alone last
_ORDER = {treatment: place for place, treatment in enumerate(Treatment)}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of a plan with its names, its articles and, where a rule keeps it, that rule."""

    line: PlanLine
    what: str
    why: tuple[Article, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Branch:
    """One system with the rows of its datasets; no system: a use that none of them serves."""

    system: str
    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A line whose count is another than in the version before; 0 where it was or is not there."""

    row: Row
    system: str
    was: int
    now: int


def lines_of(plan: Plan) -> tuple[PlanLine, ...]:
    """The lines of a frozen plan."""
    return tuple(from_json(told) for told in plan.summary["lines"])


def tree(register: Register, lines: Iterable[PlanLine], language: str) -> tuple[Branch, ...]:
    """The lines per system in the register's order; uses without a system last."""
    by_system: dict[str, list[PlanLine]] = {one.id: [] for one in register.systems}
    for line in lines:
        by_system.setdefault(line.system, []).append(line)
    return tuple(
        Branch(
            system=system,
            name=_name(register, system, language),
            rows=tuple(_row(register, line, language) for line in sorted(found, key=_place)),
        )
        for system, found in by_system.items()
        if found
    )


def totals(lines: Iterable[PlanLine]) -> dict[Treatment, int]:
    """How many items, or uses, each treatment is for."""
    found: Counter[Treatment] = Counter()
    for line in lines:
        found[line.treatment] += max(line.count, 1) if not line.dataset else line.count
    return dict(sorted(found.items(), key=lambda pair: _ORDER[pair[0]]))


def differences(
    register: Register, before: Sequence[PlanLine], now: Sequence[PlanLine], language: str
) -> tuple[Difference, ...]:
    """What another version of a plan does otherwise, line by line."""
    was, is_now = _counted(before), _counted(now)
    return tuple(
        Difference(
            row=_row(register, line, language),
            system=_name(register, line.system, language),
            was=was[line],
            now=is_now[line],
        )
        for line in dict.fromkeys((*was, *is_now))
        if was[line] != is_now[line]
    )


def acts(lines: Iterable[PlanLine]) -> bool:
    """Whether anything is done at all."""
    return any(line.treatment not in AT_REST for line in lines)


def _counted(lines: Iterable[PlanLine]) -> Counter[PlanLine]:
    found: Counter[PlanLine] = Counter()
    for line in lines:
        found[replace(line, count=0)] += line.count
    return found


def _place(line: PlanLine) -> tuple[str, int]:
    return (line.dataset, _ORDER[line.treatment])


def _row(register: Register, line: PlanLine, language: str) -> Row:
    known = all_articles()
    return Row(
        line=line,
        what=_what(register, line, language),
        why=tuple(known[code] for code in line.because if code in known),
        rules=tuple(_rule(register, code, language) for code in line.because if code not in known),
    )


def _rule(register: Register, code: str, language: str) -> str:
    """What the register says of a retention rule; its code where it says nothing."""
    listed = [rule for purpose in register.purposes for rule in purpose.rules]
    parts = [part for purpose in register.purposes for part in purpose.parts]
    listed += [rule for part in parts for rule in part.rules]
    return next((one.words.in_(language) for one in listed if one.rule == code), code)


def _what(register: Register, line: PlanLine, language: str) -> str:
    if line.dataset:
        dataset = register.system(line.system).dataset(line.dataset)
        return dataset.name.in_(language)
    return name_of(register, line.activity).in_(language) if line.activity else line.activity


def _name(register: Register, system: str, language: str) -> str:
    return register.system(system).name.in_(language) if system else ""
