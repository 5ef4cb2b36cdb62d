"""All that a letter about a change is made from, read once: the plan, its batches, the law, words.

Names are those of the register, in the language of the letter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy.orm import Session

from dsr.core.letters_words import AS_LONG_AS, REASON_HOLDS
from dsr.core.plans import PlanLine, from_json
from dsr.core.purposes import Part, Purpose, Retention
from dsr.core.register import Dataset, Register
from dsr.core.request import Decision, Verb
from dsr.core.wishes import DESTRUCTION, Wish
from dsr.core.words import Words
from dsr.db import plans
from dsr.db.plans import Batch, Plan
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.articles import all_articles
from dsr.law.rights import Nature, Right
from dsr.services import case, planning, weighing, wishes
from dsr.services.office import Office
from dsr.services.weighing import Weighed
from dsr.vault.fields import unseal_json

#: what a dataset is kept under by a law, where the plan names a retention rule and no article
_KEPT_BY_LAW = {Nature.FINANCE: "AWR:52", Nature.ACCESS_LOG: "STCRT:2019-38007"}
#: our own list, where a use stops that no system serves
OUR_LIST = Words("Onze eigen lijst", "Our own list")
#: articles that tell how to answer, and do not say why something is not done
_MANNERS = frozenset({"GDPR:12(6)", "GDPR:19", "GDPR:28(3)(e)", "BW:7:455(1)"})
#: never named in a letter: that there is a note on a child's safety may reach whoever it is kept
#: from (UAVG 41(1)(i)); the articles of the Civil Code beside it say why something stays (CHOICE)
_UNNAMED = frozenset({"KNMG:meldcode"})
#: the duty to keep a file never bars its destruction: 7:455(2) alone does, or a claim
_NO_BAR = frozenset({"BW:7:455", "BW:7:454(3)", "GDPR:17(3)(b)", "GDPR:17(3)(c)"})
#: who may act says nothing of what is not done
_WHO_MAY_ACT = ("UAVG:5(", "BW:7:447", "BW:7:465")
_MEANWHILE = {Right.OBJECTION: "GDPR:18(1)(d)", Right.RECTIFICATION: "GDPR:18(1)(a)"}
#: articles that keep something: what is done never rests on them
_KEEPING = ("GDPR:17(3)", "GDPR:12(", "GDPR:19", "GDPR:32", "BW:7:455(2)", "BW:7:454(3)", "STCRT:")


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """An item that was decided, with its plan as far as there is one.

    `words` are the officer's: facts, instead, heard. `weighed` is the law per purpose. `purposes`
    are the uses that a batch stops, by its id.
    """

    office: Office
    row: SubjectRequest
    item: RequestItem
    decision: Decision
    wish: Wish = field(repr=False)
    lines: tuple[PlanLine, ...] = ()
    batches: tuple[Batch, ...] = ()
    weighed: tuple[Weighed, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict, repr=False)
    purposes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def language(self) -> str:
        """The language of the letter."""
        return self.row.language

    @property
    def register(self) -> Register:
        """The register."""
        return self.office.register

    def said(self, words: Words) -> str:
        """Words in the language of the letter."""
        return words.in_(self.language)

    def system(self, system_id: str) -> str:
        """The name of a system; our own list where there is none."""
        known = {one.id: one.name for one in self.register.systems}
        return self.said(known.get(system_id, OUR_LIST))

    def dataset(self, line: PlanLine) -> str:
        """The name of a line's dataset, or of its purpose where it is a use as a whole."""
        if not line.dataset:
            return self.purpose(line.activity)
        return self.said(self._dataset(line).name)

    def what(self, line: PlanLine) -> str:
        """What a line is about, in one term."""
        if not line.dataset:
            return self.purpose(line.activity)
        return f"{self.dataset(line)} ({self.system(line.system)})"

    def purpose(self, activity: str) -> str:
        """The name of a purpose or of a part of one."""
        _purpose, part = self.kept_for(activity)
        return self.said((part or _purpose).name)

    def kept_for(self, activity: str) -> tuple[Purpose, Part | None]:
        """The purpose that an activity is, or the purpose and the part of it."""
        for purpose in self.register.purposes:
            for part in purpose.parts:
                if part.id == activity:
                    return purpose, part
        return self.register.purpose(activity), None

    def in_file(self, line: PlanLine) -> bool:
        """Whether a line is about the medical file."""
        return bool(line.dataset) and self._dataset(line).medical_file

    def refusing(self, line: PlanLine) -> tuple[str, ...]:
        """The articles by which a line is not done; a retention rule stands for its law."""
        articles = self.why_not(line.because)
        if not articles and line.dataset:
            nature = self.register.activity(line.activity).nature
            dataset = self._dataset(line)
            named = "BW:7:454(3)" if dataset.medical_file else _KEPT_BY_LAW.get(nature, "")
            articles = tuple(filter(None, ("GDPR:17(3)(b)", named)))
        return articles or self.why_not(self.item.grounds)

    def why_not(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Those of these codes that are articles and say why something is not done."""
        known = [code for code in codes if code in all_articles()]
        known = [c for c in known if c not in _UNNAMED and not c.startswith(_WHO_MAY_ACT)]
        left_out = _MANNERS | {_MEANWHILE.get(self.wish.right, "")}
        left_out |= _NO_BAR if self.wish.kind == DESTRUCTION else frozenset()
        return tuple(code for code in known if code not in left_out) or tuple(known)

    def grounds(self, lines: Iterable[PlanLine]) -> tuple[str, ...]:
        """The articles on which what is done rests."""
        codes = [code for line in lines for code in line.because] or list(self.item.grounds)
        known = [code for code in dict.fromkeys(codes) if code in all_articles()]
        return tuple(code for code in known if not code.startswith(_KEEPING)) or tuple(known)

    def as_long_as(self, line: PlanLine, articles: tuple[str, ...]) -> str:
        """How long a line stays where no day is known."""
        for code, words in AS_LONG_AS.items():
            if code in articles:
                return self.said(words)
        purpose, part = self.kept_for(line.activity)
        rule = self._dataset(line).retention if line.dataset else ""
        rules: tuple[Retention, ...] = (*(part.rules if part else ()), *purpose.rules)
        found = next((one.words for one in rules if one.rule == rule), REASON_HOLDS)
        return self.said(found)

    def _dataset(self, line: PlanLine) -> Dataset:
        return self.register.system(line.system).dataset(line.dataset)


def gather(session: Session, office: Office, row: SubjectRequest, item: RequestItem) -> Gathered:
    """Read all of it; nothing is written."""
    plan = plan_of(session, item)
    lines = tuple(map(from_json, plan.summary.get("lines", ()))) if plan else ()
    batches = tuple(plans.batches(session, plan.id)) if plan else ()
    key = case.case_key(session, office, row)
    return Gathered(
        office=office,
        row=row,
        item=item,
        decision=Decision(item.decision or ""),
        wish=wishes.of(session, office, row, item),
        lines=lines,
        batches=batches,
        weighed=weighing.weighed(session, office, row, item),
        words=reasons(key, item),
        purposes={one.id: _purposes(key, one) for one in batches if one.verb == Verb.STOP},
    )


def plan_of(session: Session, item: RequestItem) -> Plan | None:
    """The plan that was carried out, or is; None when there was nothing to plan."""
    known = [one for one in plans.of_item(session, item.id) if one.ended_how in ("", "done")]
    return known[-1] if known else None


def reasons(key: bytes, item: RequestItem) -> dict[str, str]:
    """The officer's words with a decision: facts, instead, heard; empty where none were asked."""
    words: dict[str, str] = {}
    if item.reasons_sealed is not None:
        words = unseal_json(key, ("request_items", "reasons_sealed", item.id), item.reasons_sealed)
    return {name: words.get(name, "") for name in ("facts", "instead", "heard")}


def _purposes(key: bytes, batch: Batch) -> tuple[str, ...]:
    listed = planning.detail_of(key, batch).get("purposes", ())
    return tuple(str(one) for one in listed)


def day_of(text: object) -> date | None:
    """A day as the desk's facts keep it, or None."""
    return date.fromisoformat(text) if isinstance(text, str) and text else None
