"""Doing the batches of a plan: look, act once, keep the receipt, read back, go on with the next.

Calls to the system happen outside any transaction; each checkpoint is one short transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from dsr.core.connector import Connector, Item, Nobody, One, Place
from dsr.core.errors import DsrError, NeedsPerson
from dsr.core.receipts import Receipt
from dsr.core.request import Verb
from dsr.db import plans
from dsr.jobs.lease import several_kept
from dsr.jobs.noted import noted
from dsr.jobs.second_look import differences
from dsr.services import accounting, broken_off, changing, search
from dsr.services.changing import Looked, Work
from dsr.services.house import House

#: verbs that a system may have done before it was lost: what is gone is not asked for again
_LOOK_FIRST = frozenset({Verb.ERASE})
#: verbs about a use as a whole
_USES = frozenset({Verb.STOP, Verb.RESUME})
#: who a person is in each system, as one hand found it
Known = dict[str, str]


def run(house: House, systems: Mapping[str, Connector], batch_id: str) -> None:
    """Do a batch that is due, and then those of its plan that follow on it."""
    with several_kept(house, plans.write_if_mine) as leases:
        with house.writing() as session:
            works = changing.begin_with(session, house.office, batch_id)
        desk = _Desk(house, systems)
        while works:
            leases.rows = [(work.batch_id, work.fence) for work in works]
            works = desk.tried(works)


@dataclass
class _Desk:
    """One hand at work; `known` is who the person is in each system, as it found them."""

    house: House
    systems: Mapping[str, Connector]
    known: Known = field(default_factory=dict)
    now: Work = field(init=False)

    def tried(self, works: tuple[Work, ...]) -> tuple[Work, ...]:
        """What follows on a batch, or on the last looks at one system."""
        with noted(partial(self._note, works)):
            if works[0].verb is Verb.LOOK_AGAIN:
                return self._look(works)
            return self._change(works[0])

    def _note(self, works: tuple[Work, ...], error: DsrError) -> None:
        with self.house.writing() as session:
            changing.trouble(session, self.house.office, self.now, error)
            for work in works:
                if work is not self.now:  # it was claimed beside, and is done again later
                    plans.write_if_mine(session, work.batch_id, work.fence, {"lease_until": None})

    def _look(self, works: tuple[Work, ...]) -> tuple[Work, ...]:
        found = []
        for work in works:
            connector, place = self._at(work)
            differing = differences(self.house, connector, work, place)
            found.append(Looked(subject_ref=place.subject_ref, differences=differing))
        with self.house.writing() as session:
            office, ended = self.house.office, None
            for work, looked in zip(works, found, strict=True):
                ended = changing.looked(session, office, work, looked)
                if ended is None:
                    return ()
            then = changing.following(session, office, ended) if ended else None
            return changing.go_on(session, office, works[0], then)

    def _change(self, work: Work) -> tuple[Work, ...]:
        connector, place = self._at(work)
        if work.broken:
            held = connector.again(place, [ref for ref, _key, _content in work.refs])
            with self.house.writing() as session:
                broken_off.note(session, self.house.office, work, held)
            return ()
        receipt = work.receipt or _acted(self.house, connector, work, place)
        if receipt.by_hand:
            return ()
        refs = accounting.to_read_back(work.verb, receipt)
        held = connector.again(place, refs) if refs else {}
        with self.house.writing() as session:
            following = changing.verified(session, self.house.office, work, receipt, held)
            return changing.go_on(session, self.house.office, work, following)

    def _at(self, work: Work) -> tuple[Connector, Place]:
        self.now = work
        connector = self.systems.get(work.system)
        if connector is None:
            raise NeedsPerson("This system has no connector here; a person has to do it.")
        person = _person(self.house, connector, work, self.known)
        return connector, Place(subject_ref=person, dataset=work.dataset)


def _person(house: House, connector: Connector, work: Work, known: Known) -> str:
    """Who the person is in a system: the one that was searched, and nobody else (T10)."""
    if work.known_ref and work.person in ("", _mark(house, work.system, work.known_ref)):
        return work.known_ref  # as the last look found it: by now the account may be gone
    if work.system not in known:
        found = search.as_sure(connector.locate(work.subject))
        if isinstance(found, Nobody) and work.verb in _USES and not work.person:
            return ""  # who is not known there is not used there
        if not isinstance(found, One):
            raise NeedsPerson("This system does not know the person any more; open it and look.")
        if work.person and work.person != search.person_in(house.office, work.system, found):
            raise NeedsPerson("This system found another record than the one that was searched.")
        known[work.system] = found.subject_ref
    return known[work.system]


def _mark(house: House, system: str, ref: str) -> str:
    return search.person_in(house.office, system, One(subject_ref=ref, agrees=()))


def _acted(house: House, connector: Connector, work: Work, place: Place) -> Receipt:
    asked = [ref for ref, _key, _content in work.refs]
    gone: list[str] = []
    if work.begun and work.verb in _LOOK_FIRST:
        held = connector.again(place, asked)
        gone = [ref for ref in asked if ref not in held]
    rest = [ref for ref in asked if ref not in set(gone)]
    if not place.subject_ref:
        made = Receipt(gone=work.purposes)
    else:
        made = Receipt() if gone and not rest else _VERBS[work.verb](connector, work, place, rest)
    wanted = work.purposes if work.verb in _USES else rest
    receipt = accounting.joined(gone, accounting.whole(made, wanted))
    with house.writing() as session:
        changing.received(session, house.office, work, receipt)
    return receipt


def _erase(connector: Connector, work: Work, place: Place, refs: Sequence[str]) -> Receipt:
    return connector.erase(place, refs, work.batch_id)


def _rectify(connector: Connector, work: Work, place: Place, refs: Sequence[str]) -> Receipt:
    return connector.rectify(place, refs[0], work.changes, work.batch_id)


def _annotate(connector: Connector, work: Work, place: Place, refs: Sequence[str]) -> Receipt:
    ref = refs[0] if refs else ""
    return connector.annotate(place, ref, str(work.detail.get("statement", "")), work.batch_id)


def _restrict(connector: Connector, work: Work, place: Place, refs: Sequence[str]) -> Receipt:
    return connector.restrict(place, refs, work.batch_id)


def _lift(connector: Connector, work: Work, place: Place, refs: Sequence[str]) -> Receipt:
    return connector.restrict(place, refs, work.batch_id, lift=True)


def _stop(connector: Connector, work: Work, place: Place, refs: Sequence[str]) -> Receipt:
    return connector.stop_using(place.subject_ref, work.purposes, work.batch_id)


def _resume(connector: Connector, work: Work, place: Place, refs: Sequence[str]) -> Receipt:
    return connector.stop_using(place.subject_ref, work.purposes, work.batch_id, resume=True)


Doing = Callable[[Connector, Work, Place, Sequence[str]], Receipt]
_VERBS: Mapping[Verb, Doing] = MappingProxyType(
    {
        Verb.ERASE: _erase,
        Verb.RECTIFY: _rectify,
        Verb.ANNOTATE: _annotate,
        Verb.RESTRICT: _restrict,
        Verb.LIFT: _lift,
        Verb.STOP: _stop,
        Verb.RESUME: _resume,
    }
)
Held = Mapping[str, Item]
