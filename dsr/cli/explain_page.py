"""An `Explanation` as lines for a terminal: plain text, nothing that needs colours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from dsr.core.explanation import Explanation, Ground, Period, Question, Reasons, Told
from dsr.law import words
from dsr.law.deadlines import Term
from dsr.law.identity import Needed
from dsr.law.retention import Destroy, Hold, Kept, Review, TransferFirst
from dsr.law.windows import Window

#: label -> its words
LABELS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "nl": {
            "right": "Recht",
            "purpose": "Verwerking",
            "outcome": "Uitkomst",
            "rule": "Regel",
            "then": "Daarna, als vaststaat dat de persoon zelf vraagt",
            "grounds": "Gronden",
            "actions": "Te doen",
            "asks": "Wie beslist",
            "question": "De vraag",
            "retention": "Bewaartermijn",
            "until": "bewaard tot en met",
            "from": "weg vanaf",
            "not_before": "wettelijk te bewaren tot en met",
            "source": "bron",
            "moved": "verschoven door",
            "not_counted": "zonder gevolg",
            "no_end": "geen einddatum",
            "hold": "blijft bewaard ({kind}), {asks} beslist",
            "transfer_first": "eerst naar het HIS; zou weg moeten zijn vanaf {due}",
            "review": "eerst een termijn vaststellen ({why}), {asks} beslist",
            "deadline": "Antwoordtermijn",
            "last_day": "laatste dag",
            "target": "eigen streefdatum",
            "service": 'eigen streefdatum voor "zo spoedig mogelijk"',
            "or": " of ",
            "level": "Zekerheid over wie vraagt",
            "window": "Bevoegdheid",
            "since": "vanaf",
            "ends": "tot",
            "endless": "zonder einddatum",
            "none": "geen",
            "no_rules": "het register noemt geen bewaarregel",
            "missing_event": "niet te berekenen: de datum van {name} ontbreekt",
            "missing_receipt": "niet te berekenen: geef --received",
            "proposal": "Dit is een voorstel. Een mens beslist.",
        },
        "en": {
            "right": "Right",
            "purpose": "Processing",
            "outcome": "Outcome",
            "rule": "Rule",
            "then": "Then, once it is sure that the person itself asks",
            "grounds": "Grounds",
            "actions": "To do",
            "asks": "Who decides",
            "question": "The question",
            "retention": "Retention",
            "until": "kept until",
            "from": "gone from",
            "not_before": "by law kept until",
            "source": "source",
            "moved": "moved by",
            "not_counted": "without effect",
            "no_end": "no end date",
            "hold": "stays on hold ({kind}); {asks} decides",
            "transfer_first": "to the HIS first; it would have to be gone from {due}",
            "review": "a term has to be fixed first ({why}); {asks} decides",
            "deadline": "Answer due",
            "last_day": "last day",
            "target": "our own target",
            "service": 'our own target for "as soon as possible"',
            "or": " or ",
            "level": "Assurance of who asks",
            "window": "Authority",
            "since": "from",
            "ends": "until",
            "endless": "without an end date",
            "none": "none",
            "no_rules": "the register names no retention rule",
            "missing_event": "cannot be computed: the date of {name} is missing",
            "missing_receipt": "cannot be computed: give --received",
            "proposal": "This is a proposal. A person decides.",
        },
    }
)


def lines(question: Question, told: Explanation, name: str, language: str) -> Iterator[str]:
    """The page; `name` is the purpose in words."""
    say = LABELS[language]
    activity = question.activity
    basis = words.basis(activity.basis, language)
    yield _row(say["right"], f"{words.right(question.right, language)} [{question.right}]")
    yield _row(say["purpose"], f"{activity.id}, {name}; {basis} [{activity.basis}]")
    yield _row(say["outcome"], _both(told.reasons.outcome))
    yield _row(say["rule"], told.proposal.rule)
    if told.reasons.asked.code:
        yield _row(say["asks"], _both(told.reasons.asked))
    if told.reasons.question.code:
        yield _row(say["question"], _both(told.reasons.question))
    yield from _block(
        say["grounds"], (line for one in told.reasons.grounds for line in _ground(one))
    )
    yield from _block(say["actions"], _actions(told.reasons, say))
    if told.afterwards is not None:
        yield from _block(say["then"], _afterwards(told.afterwards, say))
    yield from _block(say["retention"], _periods(told.periods, say, language))
    yield from _block(say["deadline"], _deadline(told, say, language))
    yield from _block(say["level"], _needed(told.needed, language))
    if told.window is not None:
        yield from _block(say["window"], _window(told.window, say, language))
    yield ""
    yield say["proposal"]


def _row(label: str, text: str) -> str:
    return f"{label + ':':14} {text}"


def _block(label: str, rows: Iterator[str]) -> Iterator[str]:
    yield ""
    yield f"{label}:"
    yield from (f"  {row}" for row in rows)


def _both(told: Told) -> str:
    return f"{told.words} [{told.code}]"


def _actions(why: Reasons, say: Mapping[str, str]) -> Iterator[str]:
    yield from (_both(one) for one in why.actions)
    if not why.actions:
        yield say["none"]


def _afterwards(why: Reasons, say: Mapping[str, str]) -> Iterator[str]:
    yield _row(say["outcome"], _both(why.outcome))
    if why.question.code:
        yield _row(say["asks"], _both(why.asked))
        yield _row(say["question"], _both(why.question))
    yield f"{say['grounds']}:"
    yield from (f"  {line}" for ground in why.grounds for line in _ground(ground))
    yield f"{say['actions']}:"
    yield from (f"  {line}" for line in _actions(why, say))


def _ground(ground: Ground) -> Iterator[str]:
    yield f"{ground.cited} [{ground.code}]"
    yield f"    {ground.words}"
    if ground.url:
        yield f"    {ground.url}"


def _periods(periods: tuple[Period, ...], say: Mapping[str, str], language: str) -> Iterator[str]:
    if not periods:
        yield say["no_rules"]
    for period in periods:
        source = period.rule.source
        text = source.nl if language == "nl" else source.en
        yield f"{period.rule.id} ({say['source']}: {text}, {source.date})"
        if period.kept is None:
            yield "    " + say["missing_event"].format(name=say["or"].join(period.missing))
        else:
            yield from (f"    {line}" for line in _kept(period.kept, say, language))


def _kept(kept: Kept, say: Mapping[str, str], language: str) -> Iterator[str]:
    yield f"{say['until']} {kept.until}" if kept.until else say["no_end"]
    if kept.destroy_from is not None:
        yield _destroy(kept.destroy_from, say, language)
    if kept.not_before is not None:
        yield f"{say['not_before']} {kept.not_before}"
    for part, own in kept.parts:
        yield f"{part.label}, {part.system}: {say['until']} {own.until or say['no_end']}"
    moved = [f"{one.event} ({one.until or say['no_end']})" for one in kept.derivation.moved]
    if moved:
        yield f"{say['moved']} {', '.join(moved)}"
    if kept.derivation.not_counted:
        yield f"{say['not_counted']}: {', '.join(kept.derivation.not_counted)}"


def _destroy(day: Destroy, say: Mapping[str, str], language: str) -> str:
    if isinstance(day, Hold):
        return say["hold"].format(kind=day.kind, asks=words.asks(day.asks, language))
    if isinstance(day, TransferFirst):
        return say["transfer_first"].format(due=day.due)
    if isinstance(day, Review):
        return say["review"].format(why=day.why, asks=words.asks(day.asks, language))
    return f"{say['from']} {day}"


def _deadline(told: Explanation, say: Mapping[str, str], language: str) -> Iterator[str]:
    if told.term is None:
        yield say["missing_receipt"]
        return
    yield f"{say['last_day']} {told.term.last_day}; {_target(told.term, say)}"
    yield from told.term.words(language)


def _target(term: Term, say: Mapping[str, str]) -> str:
    """For the medical file our reading of "as soon as possible" (BW 7:455, 7:456)."""
    if term.service_target is not None:
        return f"{say['service']} {term.service_target}"
    return f"{say['target']} {term.safe_target}"


def _window(window: Window, say: Mapping[str, str], language: str) -> Iterator[str]:
    if window.from_ is not None:
        yield f"{say['since']} {window.from_}"
    if window.until is None:
        yield say["endless"]
        return
    why = words.ended(window.ended_because, language)
    yield f"{say['ends']} {window.until}: {why} [{window.ended_because}]"


def _needed(needed: Needed, language: str) -> Iterator[str]:
    yield f"{words.level(needed.level, language)} [{needed.level}]"
    for condition, level in needed.otherwise:
        said = words.level(level, language)
        yield f"{words.condition(condition, language)}: {said} [{level}]"
    yield from (f"{words.gate(gate, language)} [{gate}]" for gate in needed.gates)
