"""Who may act: ordered rules by field and role, the first that speaks (UAVG 5; BW 7:465)."""

from __future__ import annotations

from dsr.law.authority import Acting, Authority, Field
from dsr.law.representatives_app import APP_DATA
from dsr.law.representatives_care import CARE_FILE
from dsr.law.representatives_deceased import DECEASED, has_died
from dsr.law.requester import acting_from
from dsr.law.standing import first

__all__ = ["acting_from", "who_may_act"]


def who_may_act(acting: Acting) -> Authority:
    """Whether this person may do this for the subject, with the grounds.

    A fact that a rule needs and nobody knows is asked for (`Standing.ASK_PROOF`, `needs`);
    where no answer is safe without it, it is a `MissingFact`. Nothing is granted by default.
    `acting_from` makes the question from the closed vocabulary.
    """
    if has_died(acting):
        return first("deceased", DECEASED, acting)
    tables = CARE_FILE if acting.field is Field.CARE_FILE else APP_DATA
    name = "care_file" if acting.field is Field.CARE_FILE else "app_data"
    return first(name, tables[acting.role], acting)
