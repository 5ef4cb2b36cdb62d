"""The retention rules of the law, of both registers and of the desk, as a table of docs/law.md."""

from __future__ import annotations

from calendar import month_name
from collections.abc import Iterable, Iterator
from pathlib import Path

from dsr.law.retention import RetentionRule, own_rules
from dsr.systems import load_register

REGISTERS = sorted((Path(__file__).parents[1] / "registers").glob("*.yaml"))


def retention_section() -> Iterator[str]:
    """The section: first what the law and the desk itself set, then each register's rules."""
    yield "## How long data may be kept"
    yield ""
    yield (
        "The last day is the same day number, else the last day of that month; it does not move to"
        " a working day. Requests under way, restriction and holds postpone destruction; a granted"
        " erasure brings it forward; a statutory minimum goes before a shorter rule."
    )
    yield ""
    yield from _table("The law's own terms, and those of this desk", own_rules().values())
    for path in REGISTERS:
        register = load_register(path)
        yield from _table(f"Register `{register.id}`", register.retention_rules.values())


def _table(title: str, rules: Iterable[RetentionRule]) -> Iterator[str]:
    yield f"### {title}"
    yield ""
    yield "| rule | purpose | kept | moved by | source |"
    yield "|---|---|---|---|---|"
    for rule in rules:
        source = f"{rule.source.en} ({rule.source.date})"
        cells = (f"`{rule.id}`", rule.purpose, _kept(rule), _moved(rule), source)
        yield "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"
    yield ""


def _kept(rule: RetentionRule) -> str:
    if not rule.stored:
        return "not stored"
    if rule.while_relevant:
        return "while relevant; the term is to be fixed"
    if rule.parts:
        each = (f"{part.label} ({part.system}): `{part.rule.id}`" for part in rule.parts)
        return "the longest of " + "; ".join(each)
    return f"{'at least ' if rule.minimum else ''}{_term(rule)} from {_start(rule)}"


def _term(rule: RetentionRule) -> str:
    if rule.term is None or not rule.term.number:
        return "not beyond the day itself,"
    unit = rule.term.unit if rule.term.number > 1 else rule.term.unit.removesuffix("s")
    return f"{rule.term.number} {unit}"


def _start(rule: RetentionRule) -> str:
    names = " or ".join(f"`{name}`" for name in rule.counts_from)
    return f"the end of the calendar year of {names}" if rule.from_end_of_calendar_year else names


def _moved(rule: RetentionRule) -> str:
    """What makes the day of destruction another than the day after the term."""
    windows = (f"{_day(one.first)} to {_day(one.last)}" for one in rule.windows)
    told = (
        ("destroyed in the next run of " + " or ".join(windows)) if rule.windows else "",
        f"sooner at `{rule.ends_early_at}`" if rule.ends_early_at else "",
        "longer by a health professional" if rule.professional_hold else "",
        f"first to the HIS unless `{rule.transfer_first_unless}`"
        if rule.transfer_first_unless
        else "",
        "at once by " + ", ".join(f"`{one}`" for one in rule.brought_forward_by)
        if rule.brought_forward_by
        else "",
        f"goes before shorter rules where `{rule.covers}`" if rule.covers else "",
    )
    return "; ".join(one for one in told if one)


def _day(of_year: tuple[int, int]) -> str:
    month, day = of_year
    return f"{day} {month_name[month]}"
