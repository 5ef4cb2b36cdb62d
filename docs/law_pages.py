"""`make law-docs`: docs/law.md anew, from the rules themselves, for a lawyer to read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from docs.law_retention import retention_section
from docs.law_rules import linked, references, sentence_of, told, whole_of
from dsr.law import deadlines, derivation, suspension, threshold, words
from dsr.law.activity import Activity
from dsr.law.articles import all_articles
from dsr.law.authority import Act, Field, Role
from dsr.law.decide import RULES, decide, name_of
from dsr.law.identity import level_needed
from dsr.law.limbs import LIMBS, Limb
from dsr.law.proposal import Proposal
from dsr.law.representatives_app import APP_DATA
from dsr.law.representatives_care import CARE_FILE
from dsr.law.representatives_deceased import DECEASED
from dsr.law.rights import Basis, Nature, Right

TARGET = Path(__file__).parent / "law.md"
#: the question of every cell of the matrix: who asks is known, and asks for itself
ASKED = {"identity": "verified", "requester": "self"}
#: the columns of the matrix; the last one is the medical file (Art. 9(2)(h))
COLUMNS: tuple[tuple[str, Activity], ...] = (
    *(
        (words.basis(basis, "en"), Activity(id=basis, basis=basis))
        for basis in (
            Basis.CONSENT,
            Basis.CONTRACT,
            Basis.LEGAL_OBLIGATION,
            Basis.VITAL_INTERESTS,
            Basis.PUBLIC_TASK,
            Basis.LEGITIMATE_INTEREST,
        )
    ),
    (
        "medical file, Art. 9(2)(h)",
        Activity(id="file", basis=Basis.LEGAL_OBLIGATION, nature=Nature.CARE_FILE),
    ),
)
FURTHER: tuple[tuple[str, Activity], ...] = tuple(
    (words.basis(basis, "en"), Activity(id=basis, basis=basis))
    for basis in (
        Basis.CONSENT_OR_CONTRACT,
        Basis.DIRECT_MARKETING,
        Basis.SCIENTIFIC_RESEARCH,
        Basis.NONE_STATED,
        Basis.OTHER,
        Basis.PROCESSOR,
    )
)


def main() -> None:
    """Write the page; says where it lies."""
    TARGET.write_text(law_page(), encoding="utf-8")
    sys.stdout.write(f"The law lies in {TARGET}\n")


def law_page() -> str:
    """The whole page."""
    sections: tuple[Callable[[], Iterator[str]], ...] = (
        _head,
        _matrix,
        _threshold,
        _rights,
        _limbs,
        _acting,
        _levels,
        retention_section,
        _deadlines,
        _open,
    )
    page = "\n".join(line for section in sections for line in section())
    return "\n".join([page, "", *references(page), ""])


def _head() -> Iterator[str]:
    yield "# The law as this desk applies it"
    yield ""
    yield (
        "Made by `make law-docs` from the rules in `dsr/law` and the registers in `registers/`;"
        " change those, not this page. The desk proposes; a person decides. The rules of a right"
        " are asked in their order, and the first one that speaks gives the proposal. A fact that"
        " nobody gave is not known, and nothing is granted on a guess. An article with \N{DAGGER}"
        " was not read in the text in force; [why](#open) stands at the end."
    )
    yield ""


def _matrix() -> Iterator[str]:
    yield "## Right by basis"
    yield ""
    yield (
        "What is proposed when nothing more is known than who asks (identity verified, for"
        " oneself): the outcome, the first article it rests on, and the rule that spoke. Where a"
        " person decides, the cell says who, and on which question: the right is there, and the"
        " facts of the case say the rest."
    )
    yield ""
    yield from _table(COLUMNS)
    yield "Bases that the Regulation does not name as such, or treats apart:"
    yield ""
    yield from _table(FURTHER)


def _table(columns: Iterable[tuple[str, Activity]]) -> Iterator[str]:
    columns = tuple(columns)
    yield "| | " + " | ".join(name for name, _activity in columns) + " |"
    yield "|---" * (len(columns) + 1) + "|"
    for right in Right:
        cells = (_cell(decide(right, activity, ASKED)) for _name, activity in columns)
        yield f"| [{words.right(right, 'en')}](#{right}) | " + " | ".join(cells) + " |"
    yield ""


def _cell(proposal: Proposal) -> str:
    rule = f"[{proposal.rule.partition('.')[2]}](#{proposal.rule})"
    outcome = f"**{words.outcome(proposal.outcome, 'en')}**"
    if proposal.asks:
        question = words.question(proposal.question, "en")
        outcome += f", {words.asks(proposal.asks, 'en')}: {question}"
    return f"{outcome}<br>{linked(proposal.grounds[0])}<br>{rule}"


def _threshold() -> Iterator[str]:
    yield "## Before any right"
    yield ""
    for number, rule in enumerate(threshold.RULES, 1):
        yield f"{number}. {told(rule, name_of(rule)).line}"
    yield ""


def _rights() -> Iterator[str]:
    for right, rules in RULES.items():
        yield f'## <a id="{right}"></a>{words.right(right, "en").capitalize()}'
        yield ""
        yield sentence_of(sys.modules[f"dsr.law.{right}"])
        yield ""
        for number, rule in enumerate(rules, 1):
            yield f"{number}. {told(rule, name_of(rule)).line}"
        yield ""


def _limbs() -> Iterator[str]:
    yield "## The limbs of the articles that limit a right"
    yield ""
    yield "| article | applied by, or judged by whom and why |"
    yield "|---|---|"
    for limb in LIMBS:
        yield f"| {linked(limb.code)} | {_applied(limb)} |"
    yield ""


def _applied(limb: Limb) -> str:
    rules = ", ".join(f"[{name_of(rule)}](#{name_of(rule)})" for rule in limb.rules)
    judged = f"**{words.asks(limb.asks, 'en')}**: {limb.en}" if limb.asks else ""
    return "<br>".join(one for one in (rules, judged) if one)


def _acting() -> Iterator[str]:
    yield "## Who may act for whom"
    yield ""
    yield (
        "The medical file follows the WGBO (BW 7:446-468), all other data UAVG 5. Where no rule"
        " speaks, an authorisation is asked for."
    )
    yield ""
    yield from _roles("In the medical file", "care_file", CARE_FILE)
    yield from _roles("In other data", "app_data", APP_DATA)
    yield "### After death"
    yield ""
    yield from _numbered("deceased", DECEASED)


def _roles(
    title: str, name: str, tables: Mapping[Role, tuple[Callable[..., object], ...]]
) -> Iterator[str]:
    """Roles with the same rules in the same order share one list."""
    yield f"### {title}"
    yield ""
    shared: dict[tuple[Callable[..., object], ...], list[str]] = {}
    for role, rules in tables.items():
        shared.setdefault(rules, []).append(words.role(role, "en"))
    for rules, roles in shared.items():
        yield f"**{', '.join(roles)}**"
        yield ""
        yield from _numbered(name, rules)


def _numbered(name: str, rules: Iterable[Callable[..., object]]) -> Iterator[str]:
    lines = [
        f"{number}. `{name}.{rule.__name__}`: {sentence_of(rule)}"
        for number, rule in enumerate(rules, 1)
    ]
    yield from lines or ["No rule: while the patient lives, an authorisation is asked for."]
    yield ""


def _levels() -> Iterator[str]:
    yield "## How sure we must be of who asks"
    yield ""
    yield "A choice of this product for legal review; the law asks for what is proportionate."
    yield ""
    yield "| act | account data | health data and messages | medical file | also |"
    yield "|---|---|---|---|---|"
    for act in Act:
        yield "| " + " | ".join(_level_cells(act)) + " |"
    yield ""


def _level_cells(act: Act) -> Iterator[str]:
    asked = ((Field.APP_DATA, False), (Field.APP_DATA, True), (Field.CARE_FILE, True))
    yield act
    gates: dict[str, None] = {}
    for field, special in asked:
        if act is Act.DESTRUCTION and field is not Field.CARE_FILE:
            yield ""
            continue
        needed = level_needed(
            act, field, special=special, by_representative=False, contact_settled=True
        )
        also = "".join(f"; {level} {words.condition(on, 'en')}" for on, level in needed.otherwise)
        gates.update(dict.fromkeys(words.gate(gate, "en") for gate in needed.gates))
        yield f"{needed.level}{also}"
    yield " ".join(gates)


def _deadlines() -> Iterator[str]:
    yield "## Deadlines"
    yield ""
    for one in (deadlines.reply_due, deadlines.deadline, deadlines.court_until):
        yield f"- {whole_of(one)}"
    yield "- A question to the person suspends it only with a ground for asking, put in time."
    days = derivation.choice("prompt_days")
    yield f"- CHOICE: a question is put without undue delay within {days} days of receipt."
    days = derivation.choice("wgbo_service_days")
    yield f'- CHOICE: "as soon as possible" for a medical file is {days} days, as a target.'
    yield ""
    yield "| what was asked | rests on |"
    yield "|---|---|"
    for kind, grounds in deadlines.GROUNDS.items():
        yield f"| `{kind}` | {', '.join(map(linked, grounds))} |"
    yield ""
    yield "Why a pause or an extension has no effect:"
    yield ""
    yield from (f"- `{why}`: {derivation.why_words(why, 'en')}" for why in suspension.NotCounted)
    yield ""


def _open() -> Iterator[str]:
    yield '## <a id="open"></a>Not read in the text in force'
    yield ""
    for code, article in all_articles().items():
        if article.verify:
            yield f"- {linked(code)}: {article.note}"


if __name__ == "__main__":
    main()
