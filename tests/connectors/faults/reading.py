"""Reading a dataset to its end by the office's own rules, and what an error tells."""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import dataclass, field

import orjson

from dsr.core.connector import Connector, Item, NotKept
from dsr.core.errors import BadAnswer
from dsr.jobs.seen import Seen

type_of_shown = tuple[object, ...]


@dataclass
class Reading:
    """A dataset of one person, page by page. `after` is where it stands when it stops.

    Like the office it refuses an item that comes twice, a mark that comes twice, and a count that
    was promised and not given.
    """

    connector: Connector
    ref: str
    dataset: str
    after: str | None = None
    items: list[Item] = field(default_factory=list)
    shown: list[type_of_shown] = field(default_factory=list)
    said: int = 0
    marks: set[str] = field(default_factory=set)

    def to_the_end(self) -> list[type_of_shown]:
        """All items as they can be compared; goes on where it stopped."""
        while self.next_page():
            pass
        self._refuse_odd()
        return self.shown

    def next_page(self) -> bool:
        """Read one page; whether there is more."""
        page = self.connector.find(self.ref, self.dataset, self.after)
        assert not isinstance(page, NotKept), "the dataset is there"
        self.shown += [shown(item) for item in page.items]
        self.items += page.items
        self.said = max(self.said, page.total or 0)
        if page.next in self.marks:
            raise BadAnswer("the same page mark twice", from_start=True)
        self.marks.add(page.next or "")
        self.after = page.next
        return page.next is not None

    def _refuse_odd(self) -> None:
        seen = Seen()
        for item in self.items:
            seen.add(hashlib.sha256(item.ref.encode()).hexdigest())
        if seen.any_twice or len(self.items) < self.said:
            raise BadAnswer("the list does not tally", from_start=True)


def shown(item: Item) -> type_of_shown:
    """All that the archive would keep of an item; like it refuses what cannot be kept."""
    try:
        data = orjson.dumps(item.data, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        raise BadAnswer("an item that cannot be kept") from None
    assert orjson.loads(data) == item.data, "what is kept is what came"
    files = tuple((file.name, file.media_type, file.size) for file in item.files)
    about = (item.kind, item.author, item.about_subject, item.restricted)
    return (item.ref, *about, data, tuple(sorted(map(str, item.dates.items()))), files)


def told_by(error: BaseException) -> str:
    """Everything that a log or a screen could show of an error and of what it came from."""
    return f"{error!s} {error!r} {''.join(traceback.format_exception(error))}"
