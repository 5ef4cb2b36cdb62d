"""The retention rules of a register: the law reads each, and says what is wrong with it.

The law stops at the first mistake of a rule. To name all of them at once, a mistake is noted, a
stand-in put at its place, and the rule read again.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from typing import Final, cast

from dsr.core.register_mistakes import Path, nearest, unknown
from dsr.core.register_place import Place, is_day
from dsr.core.words import Words
from dsr.law.errors import LawError, UnknownValue
from dsr.law.retention_rule import RetentionRule, Term, Unit, own_rules, rule_from

NumberedRules = tuple[tuple[int, RetentionRule], ...]
#: a rule has fewer keys than this, so that reading it again always ends
_MOST_MISTAKES: Final = 40
_SOURCE: Final = {"text": "?", "date": "2000"}
#: what is put where a value is wrong, to read on; never used for anything else
_STAND_INS: Final[Mapping[str, object]] = {
    "id": "?",
    "purpose": "?",
    "source": _SOURCE,
    **_SOURCE,
    "nl": "?",
    "en": "?",
    "counts_from": "obtained",
    "days": 1,
    "months": 1,
    "years": 1,
    "stored": False,
    "while_relevant": True,
    "from": "01-01",
    "to": "12-31",
    "label": "?",
    "system": "?",
}
_UNITS: Final = {
    Unit.DAYS: (Words("dag", "day"), Words("dagen", "days")),
    Unit.MONTHS: (Words("maand", "month"), Words("maanden", "months")),
    Unit.YEARS: (Words("jaar", "year"), Words("jaar", "years")),
}


def rules_at(top: Place) -> NumberedRules:
    """The rules below `retention_rules`, each with its number in that list."""
    found: dict[str, RetentionRule] = {}
    numbered = []
    for number, values in top.rows("retention_rules"):
        path: Path = ("retention_rules", number)
        rule = _rule(values, found, top, path)
        if rule is None:
            continue
        if rule.id in found or rule.id in own_rules():
            words = f"{rule.id!r} stands here twice, or is a rule of the law; give it another id."
            top.notes.wrong((*path, "id"), words)
        found[rule.id] = rule
        numbered.append((number, rule))
    return tuple(numbered)


def term_words(rule: RetentionRule) -> Words:
    """The term of a rule as a patient reads it, where the register has no words of its own."""
    if not rule.stored:
        return Words("wij bewaren dit niet", "we do not keep this")
    if rule.term is None:
        return Words("zolang wij het nodig hebben", "as long as we need it")
    at_least = Words("ten minste ", "at least ") if rule.minimum else Words("", "")
    term = _term(rule.term)
    return Words(at_least.nl + term.nl, at_least.en + term.en)


def _term(term: Term) -> Words:
    unit = _UNITS[term.unit][term.number != 1]
    return Words(f"{term.number} {unit.nl}", f"{term.number} {unit.en}")


def _rule(
    values: Mapping[str, object], known: Mapping[str, RetentionRule], top: Place, path: Path
) -> RetentionRule | None:
    left = copy.deepcopy(dict(values))
    _check_day(left, top, path)
    for _ in range(_MOST_MISTAKES):
        try:
            return rule_from(left, known)
        except LawError as error:
            steps = _steps(error.name, left)
            top.notes.wrong(*_said(error, left, path, steps))
            _mend(error, left, steps)
    return None


def _check_day(values: Mapping[str, object], top: Place, path: Path) -> None:
    """The law takes any text as the date of a source; a register is held to a date."""
    source = values.get("source")
    day = source.get("date") if isinstance(source, Mapping) else None
    if isinstance(day, str) and day and not is_day(day):
        top.notes.wrong(
            (*path, "source", "date"), f"{day!r} is no date; write one such as 2023-06."
        )


def _steps(name: str, values: Mapping[str, object]) -> Path:
    """The place that an error of the law names, below the rule: `windows[0].from`."""
    below = name.removeprefix("retention_rules").removeprefix(f".{values.get('id')}")
    return tuple(int(n) if n else key for key, n in re.findall(r"([^.\[\]]+)|\[(\d+)\]", below))


def _said(
    error: LawError, values: Mapping[str, object], path: Path, steps: Path
) -> tuple[Path, str]:
    """Where the mistake stands in the document, and its words."""
    if isinstance(error, UnknownValue):
        if isinstance(_found(values, steps), Mapping):
            words = unknown(error.given, "a key of this place", error.allowed)
            return (*path, *steps, str(error.given)), words
        return (*path, *steps), unknown(error.given, "known here", error.allowed)
    words = str(error).removeprefix(f"{error.name}: ")
    if steps and _found(values, steps) is None:
        # Its place is where it is missing.
        return (*path, *steps[:-1]), f"{steps[-1]}: {words}"
    return (*path, *steps), words


def _found(values: object, steps: Path) -> object:
    for step in steps:
        if isinstance(step, int):
            values = cast(list[object], values)[step] if isinstance(values, list) else None
        else:
            values = values.get(step) if isinstance(values, Mapping) else None
    return values


def _mend(error: LawError, values: dict[str, object], steps: Path) -> None:
    """Put something readable where the mistake is."""
    if isinstance(error, UnknownValue):
        _mend_unknown(error, values, steps)
    elif not steps:
        _mend_terms(values)
    else:
        _put(values, steps)


def _mend_unknown(error: UnknownValue, values: dict[str, object], steps: Path) -> None:
    found = _found(values, steps)
    if isinstance(found, dict):
        found.pop(error.given, None)
        return
    right = nearest(error.given, error.allowed) or next(iter(error.allowed), "?")
    holder, last = _found(values, steps[:-1]), steps[-1]
    if isinstance(found, list):
        found[:] = [right if one == error.given else one for one in found]
    elif isinstance(holder, dict):
        holder[last] = right


def _mend_terms(values: dict[str, object]) -> None:
    """Exactly one term: the first that is there, or a month."""
    terms = [key for key in (*Unit, "stored", "while_relevant", "parts") if key in values]
    for extra in terms[1:]:
        del values[extra]
    if not terms:
        values.update(months=1)


def _put(values: dict[str, object], steps: Path) -> None:
    holder, last = _found(values, steps[:-1]), steps[-1]
    if not isinstance(holder, dict):
        return
    stand_in = copy.deepcopy(_STAND_INS.get(str(last)))
    if stand_in is None or holder.get(str(last)) == stand_in:
        holder.pop(last, None)
    else:
        holder[str(last)] = stand_in
