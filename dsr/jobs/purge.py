"""Purging the systems by the register's terms, in rounds that leave readers their turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from dsr.core.connector import Connector, NotOffered, Purged
from dsr.core.errors import DsrError, NeedsPerson, NotAllowed, TryAgain
from dsr.core.register import Dataset, System
from dsr.db.columns import new_id
from dsr.services import purge
from dsr.services.house import House
from dsr.services.ledger_watch import LedgerWatch
from dsr.services.purge import Dated, Spared

#: rows that one call erases, so that nobody waits long for its locks
ROUND = 1000
#: the most that a dry run counts in one dataset
COUNTED = 100_000
OFF = (
    "The systems are not purged: set DSR_SOURCE_PURGE=on once the practice decided so, and look at"
    " `python -m dsr purge --dry-run` first."
)


@dataclass(frozen=True, kw_only=True)
class DatasetPurged:
    """What a purge did in one dataset, or would do: counts, or why nothing went.

    `more` says that a dry run stopped counting. `trouble` is what a system answered instead;
    `again` says that it may answer later, else a person has to mend it.
    """

    system: str
    dataset: str
    until: date | None = None
    erased: int = 0
    spared: int = 0
    more: bool = False
    why: str = ""
    trouble: str = ""
    again: bool = False


def run(
    house: House, systems: Mapping[str, Connector], *, dry_run: bool = False
) -> list[DatasetPurged]:
    """Purge every dataset whose term is over; or only count, which changes nothing.

    `NotAllowed` while DSR_SOURCE_PURGE is off; `LedgerDisagrees` on an older database.
    """
    if not dry_run and house.settings.source_purge != "on":
        raise NotAllowed(OFF)
    LedgerWatch(house=house).refuse()
    today = house.office.today()
    return [
        _one(house, systems, (system, dataset, today), dry_run=dry_run)
        for system, dataset in purge.every_dataset(house.office.register)
    ]


def _one(
    house: House,
    systems: Mapping[str, Connector],
    what: tuple[System, Dataset, date],
    *,
    dry_run: bool,
) -> DatasetPurged:
    system, dataset, today = what
    found = purge.dated(house.office.register, system, dataset, today)
    told = DatasetPurged(system=system.id, dataset=dataset.id)
    if isinstance(found, Spared):
        return replace(told, why=found)
    told = replace(told, until=found.until)
    connector = systems.get(system.id)
    if connector is None:
        return replace(told, why=Spared.NOT_OFFERED)
    return _Rounds(house, connector, found, dry_run).all(told)


@dataclass
class _Rounds:
    """The rounds of one dataset; `event` is the name of the date that the system knows."""

    house: House
    connector: Connector
    what: Dated
    dry_run: bool
    event: str = ""
    seen: tuple[object, ...] = ()
    spare: frozenset[str] = field(default=frozenset(), repr=False)

    def all(self, told: DatasetPurged) -> DatasetPurged:
        """Go on until nothing is left, a hold has to be placed first, or the system fails."""
        more = True
        while more and not told.why and not told.trouble:
            before = told.erased
            told, more = self._next(told)
            # A round that erased nothing and promises more would go on for ever.
            more = more and told.erased > before
        if not self.dry_run and (told.erased or told.spared):
            with self.house.writing() as session:
                counts = {"erased": told.erased, "spared": told.spared}
                purge.tell(session, self.house.office, self.what, counts)
        return told

    def _next(self, told: DatasetPurged) -> tuple[DatasetPurged, bool]:
        if self._waits():
            return replace(told, why=Spared.HOLDS), False
        try:
            answer = self._asked()
        except DsrError as error:
            again = isinstance(error, TryAgain)
            return replace(told, trouble=str(error)[:200], again=again), False
        if answer is None:
            return replace(told, why=Spared.NOT_OFFERED), False
        erased = told.erased + answer.erased
        done = replace(told, erased=erased, spared=answer.spared, more=self.dry_run and answer.more)
        return done, answer.more and not self.dry_run

    def _waits(self) -> bool:
        """Whether a hold comes first; and look anew what is to be spared, if that changed."""
        with self.house.reading() as session:
            if purge.waits_for_holds(session, self.what):
                return True
            seen = purge.mark(session)
            if seen != self.seen:
                self.spare = purge.sparing(session, self.house.office, self.what)
                self.seen = seen
        return False

    def _asked(self) -> Purged | None:
        """One round; the first time by each date that the rule counts from, until one is known."""
        limit = COUNTED if self.dry_run else ROUND
        refusal: NeedsPerson | None = None
        for event in (self.event,) if self.event else self.what.events:
            due = self.what.due(event, self.spare)
            try:
                answer = self.connector.purge(due, limit, new_id(), dry_run=self.dry_run)
            except NeedsPerson as error:
                refusal = error  # this system has no such date
                continue
            if not isinstance(answer, NotOffered):
                self.event = event
                return answer
        if refusal is not None:
            raise refusal
        return None
