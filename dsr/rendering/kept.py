"""Until when what was found is kept (Art. 15(1)(d)), as pages and JSON of the package tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, cast

from dsr.core.keeping import Span, span
from dsr.core.package import PackageContents
from dsr.law.retention import Kept, RetentionRule
from dsr.law.retention_rule import Source
from dsr.rendering.archive import SystemIndex
from dsr.rendering.pages import words
from dsr.rendering.wording import day, number

#: what is said of the days: mood, and whether all end on the same day
_FORMS = {
    ("kept", True): "until",
    ("kept", False): "between",
    ("at_least", True): "at_least",
    ("at_least", False): "at_least_between",
    ("was", True): "was_until",
    ("was", False): "was_between",
}
#: one dataset: ids, days in ISO 8601 or None, and `words`, a list of sentences
KeptSheet = dict[str, object]


def kept_sheets(contents: PackageContents, system: str, index: SystemIndex) -> list[KeptSheet]:
    """A sheet for each dataset of which something is given and that has a retention rule."""
    register = contents.register.system(system)
    return [
        _sheet(
            span(dataset, found, contents.received, contents.answered),
            register.dataset(dataset).name.in_(contents.language),
            contents.language,
        )
        for dataset, found in index.kept.items()
        if found is not None
    ]


def _sheet(found: Span, name: str, language: str) -> KeptSheet:
    return {
        "dataset": found.dataset,
        "name": name,
        "rule": found.rule.id,
        "term": _term(found.rule, language),
        "source": _source(found.rule.source, language),
        "source_date": found.rule.source.date,
        "count": found.count,
        "undated": found.undated,
        "first": _iso(_end(found.first)),
        "until": _iso(_end(found.last)),
        "destroyed_by": _iso(_gone(found)),
        "overdue": found.overdue,
        "words": list(_sentences(found, language)),
    }


def _sentences(found: Span, language: str) -> Iterator[str]:
    told = _words(language)
    source = _source(found.rule.source, language)
    if found.rule.term is None:
        yield told["open" if found.rule.stored else "not_stored"].format(source=source)
        return
    why = f"{_term(found.rule, language)}; {source}"
    first, last = _end(found.first), _end(found.last)
    if first is None or last is None:
        yield told["no_day"].format(reason=_reason(found.rule, language), why=why)
        return
    mood = "at_least" if found.rule.minimum else "was" if found.overdue else "kept"
    form = told[_FORMS[mood, first == last]]
    yield form.format(first=day(first, language), until=day(last, language), why=why)
    yield from _beside(found, language)


def _beside(found: Span, language: str) -> Iterator[str]:
    told = _words(language)
    gone = _gone(found)
    if gone is not None and found.rule.windows:
        yield told["purge"].format(gone=day(gone, language))
    if found.overdue:
        yield told["overdue" if found.all_overdue else "overdue_some"]
    if found.rule.whole_file:
        yield told["whole_file"]
    if found.undated:
        some = number(found.undated, language)
        yield told["no_day_some"].format(reason=_reason(found.rule, language), count=some)


def _end(kept: Kept | None) -> date | None:
    """The last day; of a statutory minimum the last day of that."""
    return None if kept is None else kept.until or kept.not_before


def _gone(found: Span) -> date | None:
    """The first day without all of it."""
    gone = None if found.last is None else found.last.destroy_from
    return gone if isinstance(gone, date) else None


def _term(rule: RetentionRule, language: str) -> str:
    """`1 maand na verzending`; empty for a rule without a term."""
    if rule.term is None:
        return ""
    told = _words(language)
    one, more = told["units"][rule.term.unit]
    after = told["end_of_year"] if rule.from_end_of_calendar_year else _after(rule, language)
    return f"{rule.term.number} {one if rule.term.number == 1 else more} {after}"


def _after(rule: RetentionRule, language: str) -> str:
    return str(_words(language)["after"][rule.counts_from[0]])


def _reason(rule: RetentionRule, language: str) -> str:
    missing = _words(language)["missing"]
    return str(missing.get(rule.counts_from[0], missing["other"]))


def _source(source: Source, language: str) -> str:
    return source.nl if language == "nl" else source.en


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def _words(language: str) -> Mapping[str, Any]:
    # Any: the wording is YAML, texts and tables of texts.
    return cast(Mapping[str, Any], words(language)["keeping"])
