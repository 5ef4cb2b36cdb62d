"""Which items of an archive go along under Art. 20, and how many stay for which reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from dsr.core.package import ReleasedItem, Sort
from dsr.core.portable import LeftOut, Origin, PortableAsk, Verdict, Why, verdict
from dsr.core.portable_fields import is_laboratory, provided_part
from dsr.core.register import Register
from dsr.rendering.places import Places

_OF_ART_20 = ("GDPR:20(1)",)


@dataclass(frozen=True, kw_only=True)
class Left:
    """Things that stay behind; `partly`: only judgements inside items that do go along."""

    system: str
    dataset: str
    reason: LeftOut
    articles: tuple[str, ...]
    partly: bool = False


@dataclass
class Taken:
    """The items of one dataset that go along; `fhir` are those that are resources of FHIR.

    `whys` counts them by reason, `articles` are the codes of each reason.
    """

    system: str
    dataset: str
    places: Places = field(default_factory=Places)
    fhir: Places = field(default_factory=Places)
    whys: Counter[Why] = field(default_factory=Counter)
    articles: dict[Why, tuple[str, ...]] = field(default_factory=dict)
    _why_of: dict[tuple[str, str], Why] = field(default_factory=dict)

    def why(self, kind: str, author: str) -> Why:
        """Why items of this kind and author went along."""
        return self._why_of[kind, author]

    def take(self, item: ReleasedItem, place: int, why: Why, articles: tuple[str, ...]) -> None:
        """Note one item."""
        self.places.add(place, place + 1)
        if "resourceType" in item.data:
            self.fhir.add(place, place + 1)
        self.whys[why] += 1
        self.articles.setdefault(why, articles)
        self._why_of[item.sort.kind, item.author] = why


class Portion:
    """Told of every item once, in the order of the archive; keeps places and counts, no data."""

    def __init__(self, register: Register, ask: PortableAsk) -> None:
        self._register, self._ask = register, ask
        self._taken: dict[tuple[str, str], Taken] = {}
        self._system = ""
        self._sort: Sort | None = None
        #: of the sort at hand by author, and of all that have passed
        self._verdicts: dict[str, Verdict] = {}
        self._known: dict[tuple[str, Sort, str], Verdict] = {}
        self.left: Counter[Left] = Counter()

    def note(self, system: str, item: ReleasedItem, place: int) -> bool:
        """Whether this item goes along."""
        if item.sort is not self._sort or system != self._system:
            self._system, self._sort, self._verdicts = system, item.sort, {}
        found = self._verdicts.get(item.author)
        if found is None:
            found = self._verdicts[item.author] = self._verdict(item.sort, item.author)
        if isinstance(found.reason, LeftOut):
            self._leave(item.sort, found.reason, found.articles)
            return False
        if found.reason is Why.OWN_CHOICE and item.author == "system" and is_laboratory(item.data):
            self._leave(item.sort, LeftOut.CONCLUDED, _OF_ART_20)
            return False
        self._take(item, place, found.reason, found.articles)
        return True

    @property
    def taken(self) -> Iterator[Taken]:
        """The datasets of which something goes along, in the order of the archive."""
        return iter(self._taken.values())

    @property
    def has_fhir(self) -> bool:
        """Whether anything that goes along is a resource of FHIR."""
        return any(len(one.fhir) for one in self._taken.values())

    def __len__(self) -> int:
        return sum(len(one.places) for one in self._taken.values())

    def _verdict(self, sort: Sort, author: str) -> Verdict:
        key = (self._system, sort, author)
        if key not in self._known:
            origin = Origin(
                system=self._system,
                dataset=sort.dataset,
                kind=sort.kind,
                author=author,
                portable=sort.portable,
                medical_file=sort.medical_file,
            )
            self._known[key] = verdict(self._register, self._ask, origin)
        return self._known[key]

    def _take(self, item: ReleasedItem, place: int, why: Why, articles: tuple[str, ...]) -> None:
        key = (self._system, item.sort.dataset)
        if key not in self._taken:
            self._taken[key] = Taken(*key)
        self._taken[key].take(item, place, why, articles)
        if provided_part(item.data) is not item.data:
            self._leave(item.sort, LeftOut.CONCLUDED, _OF_ART_20, partly=True)

    def _leave(
        self, sort: Sort, reason: LeftOut, articles: tuple[str, ...], *, partly: bool = False
    ) -> None:
        left = Left(
            system=self._system,
            dataset=sort.dataset,
            reason=reason,
            articles=articles,
            partly=partly,
        )
        self.left[left] += 1
