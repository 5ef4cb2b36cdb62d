"""What colleagues do on the parts of a request that change systems: decide, approve, by hand.

Every act is one transaction of the product's own services, as the desk's pages make it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from dsr.core.request import Outcome
from dsr.core.stages import Stage
from dsr.db import plans
from dsr.db.plans import Batch
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.proposal import Asks
from dsr.law.proposal import Outcome as Proposed
from dsr.law.rights import Right
from dsr.services import agreed, correcting, hasten, resolve, review, settling, weighing, wishes
from dsr.services.case import Who
from dsr.services.correcting import Correction, Corrections
from dsr.services.office import Office
from dsr.services.planning import About
from dsr.services.resolve import Resolution
from dsr.services.settling import ByHand

#: what the officer knows of everybody here: the app account is closed with the erasure
SAID = {"A.1": {"account_closed": True}}
#: the address that a rectification asks for
NEW_MAIL = "nieuw-{mark}@voorbeeld.example"
Said = list[tuple[str, str, str]]


def is_copy(item: RequestItem) -> bool:
    """Whether a part is answered with a copy of data, and changes nothing."""
    return item.right == Right.ACCESS


@dataclass(frozen=True)
class Parts:
    """Acts on one part; `said` collects texts that count as saved once the act is committed."""

    office: Office
    staff: dict[str, Who]

    def act_on(self, stage: Stage) -> Callable[..., bool] | None:
        """What is done on a part that stands there; True when something was."""
        acts: dict[Stage, Callable[..., bool]] = {
            Stage.REVIEWING: self.decide,
            Stage.APPROVING: self.approve,
            Stage.EXECUTING: self.by_hand,
        }
        return acts.get(stage)

    def decide(self, session: Session, row: SubjectRequest, item: RequestItem, said: Said) -> bool:
        """Facts first, then whoever the law asks, then the officer."""
        what = (row, item)
        weighed = weighing.weighed(session, self.office, row, item)
        if item.right == Right.ERASURE and not item.part and "said" not in item.facts:
            for activity in SAID.keys() & {one.activity for one in weighed}:
                told = weighing.Facts(activity=activity, facts=SAID[activity])
                weighing.say(session, self.office, what, told, self.staff["anna"])
                return True
        for one in weighed:
            if one.open and one.proposal.outcome is Proposed.PROFESSIONAL_JUDGEMENT:
                return self._judge(session, what, one, said)
        self._sign(session, row)
        facts = f"Zo besloten door Anna, kenmerk {secrets.token_hex(8)}."
        made = Resolution(
            seen=review.review_digest(session, row), facts=facts,
            instead="Uitgelegd aan de balie, met de brief erbij.",
            heard="De functionaris las het en is het ermee eens.",
            corrections=self._corrections(session, row, item),
        )  # fmt: skip
        resolve.resolve(session, self.office, what, made, self.staff["anna"])
        said.append(("reasons", facts, item.id))
        return True

    def approve(self, session: Session, row: SubjectRequest, item: RequestItem, said: Said) -> bool:
        """Another person agrees with exactly the plan that is there."""
        plan = plans.current(session, item.id)
        merel = self.staff["merel"]
        second = self.staff["tweede"] if item.decided_by == merel.staff_id else merel
        digest = agreed.digest(item, plan)
        resolve.approve(session, self.office, (row, item), digest, second)
        return True

    def by_hand(self, session: Session, row: SubjectRequest, item: RequestItem, said: Said) -> bool:
        """What no system does by itself is done by a person; what broke is tried again."""
        plan = plans.current(session, item.id)
        waiting = plans.batches(session, plan.id) if plan else []
        for batch in waiting:
            if batch.outcome is None and batch.needs_person:
                return self._settle(session, row, batch, said)
        return False

    def _settle(self, session: Session, row: SubjectRequest, batch: Batch, said: Said) -> bool:
        system = self.office.register.system(batch.system)
        if not system.searched_by_hand and not batch.trouble.startswith("NeedsPerson"):
            hasten.batch(session, self.office, row, batch, self.staff["anna"])
            return True
        if batch.acting_at is None:
            return False
        text = f"Gedaan door Anna, gezien op het scherm, kenmerk {secrets.token_hex(8)}."
        made = ByHand(outcome=Outcome.DONE, proof=text)
        settling.settle(session, self.office, batch, made, self.staff["anna"])
        said.append(("proof", text, batch.id))
        return True

    def _judge(self, session: Session, what: Any, one: weighing.Weighed, said: Said) -> bool:
        text = f"Geen bezwaar van een ander en geen klacht, kenmerk {secrets.token_hex(8)}."
        made = weighing.Judgement(activity=one.activity, outcome="grant", reasons=text)
        who = self.staff["dokter" if one.proposal.asks is Asks.CLINICIAN else "anna"]
        weighing.judge(session, self.office, what, made, who)
        said.append(("judgement", text, f"{what[1].id} {one.activity}"))
        return True

    def _sign(self, session: Session, row: SubjectRequest) -> None:
        for system in review.medical_systems(session, self.office, row):
            review.sign_off(session, self.office, row, system, self.staff["dokter"])
        session.flush()

    def _corrections(self, session: Session, row: SubjectRequest, item: RequestItem) -> Corrections:
        if item.right != Right.RECTIFICATION:
            return Corrections()
        wish = wishes.of(session, self.office, row, item)
        about = About(row=row, item=item, wish=wish)
        found = correcting.candidates(session, self.office, about)
        fields = [
            Correction(system=one.system, key=one.key, path=one.path, new=str(wish.data["should"]))
            for one in found
            if one.system == "crm"
        ]
        return Corrections(fields=tuple(fields[:1]))
