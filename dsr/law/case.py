"""One question to the law: a right, a processing activity, and the facts that are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from dsr.law.activity import Activity
from dsr.law.facts import Fact
from dsr.law.proposal import Proposal
from dsr.law.rights import Basis, Nature, Right

#: what an object is by nature, whatever the purpose that it was found under
_OBJECTS: Mapping[str, Nature] = MappingProxyType(
    {
        "access_log": Nature.ACCESS_LOG,
        "app_access_log": Nature.SECURITY,
        "child_abuse_notes": Nature.CARE_FILE,
        "crm_non_care": Nature.ADMINISTRATION,
        "direct_marketing": Nature.OTHER,
        "invoices": Nature.FINANCE,
        "medical_file": Nature.CARE_FILE,
        "personal_work_notes": Nature.CARE_FILE,
    }
)
#: the basis that such an object has of itself, when its purpose states one for something else
_OWN_BASIS: Mapping[Nature, Basis] = MappingProxyType(
    {
        Nature.ACCESS_LOG: Basis.LEGAL_OBLIGATION,  # Stcrt. 2019, 38007, not the user's consent
        Nature.FINANCE: Basis.LEGAL_OBLIGATION,  # AWR 52
        Nature.ADMINISTRATION: Basis.NONE_STATED,  # BW 7:454 covers the medical file alone
    }
)
CARE = frozenset({Nature.CARE_FILE, Nature.CARE_COPY})


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A right on an activity. `facts` are checked; a fact that is not there is not known."""

    right: Right
    activity: Activity
    facts: Mapping[str, Fact]

    def says(self, name: str, *values: Fact) -> bool:
        """Whether the fact is known and has one of these values; without values: is true."""
        return name in self.facts and self.facts[name] in (values or (True,))

    def denies(self, name: str) -> bool:
        """Whether the fact is known to be false, which is more than not known."""
        return self.facts.get(name) is False

    def number(self, name: str) -> int | None:
        """A fact that is a number, or None while it is not known."""
        value = self.facts.get(name)
        return value if isinstance(value, int) else None

    @property
    def nature(self) -> Nature:
        """What it is about by nature: of the object asked about, else of the activity."""
        if self.says("content", "non_care_note"):
            return Nature.ADMINISTRATION
        return _OBJECTS.get(str(self.facts.get("object")), self.activity.nature)

    @property
    def basis(self) -> Basis:
        """The basis that counts: an object of another nature brings its own."""
        if self.says("object", "direct_marketing"):
            return Basis.DIRECT_MARKETING
        if self.nature is self.activity.nature:
            return self.activity.basis
        return _OWN_BASIS.get(self.nature, self.activity.basis)

    @property
    def about_care(self) -> bool:
        """Whether the WGBO (BW 7:446-468) has its own rule for it."""
        return self.nature in CARE


#: a rule: it speaks, or leaves the question to the next one
Rule = Callable[[Case], Proposal | None]
