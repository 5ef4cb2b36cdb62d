"""Who may act: the rules in order; the first that speaks decides (law.md 3.2)."""

from __future__ import annotations

from collections.abc import Mapping

from dsr.law.authority import Act, Acting, Authority, Field, Need, Role, Standing
from dsr.law.facts import Fact
from dsr.law.rights import Nature, Right


def who_may_act(acting: Acting) -> Authority:
    """Whether this person may do this; `MissingFact` where no safe answer exists without a fact."""
    return Authority(
        standing=Standing.ASK_PROOF, needs=(Need.AUTHORISATION,), rule=f"{acting.role}.unproved"
    )


def acting_from(right: Right, nature: Nature, facts: Mapping[str, Fact]) -> Acting:
    """The question as the closed vocabulary puts it."""
    del nature
    return Acting(role=Role(str(facts["requester"])), field=Field.APP_DATA, act=Act(right))
