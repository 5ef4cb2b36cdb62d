"""Restricting records (Art. 18) and lifting that: labels on each, and a flag beside the name.

A mark counts when a later reading shows it, so that what somebody else wrote meanwhile is kept
and a server that says yes and forgets is seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from connectors.fhir_correcting import NOT_THEIRS
from connectors.fhir_exchange import Ask, Exchange, Reply
from connectors.fhir_items import Reading
from connectors.fhir_json import objects, type_of_resource
from connectors.fhir_marks import added, is_closed, marked, unmarked
from connectors.fhir_notes import OPERATION, ensured, flag, listed, restricted_ref
from connectors.fhir_writing import Writing
from dsr.core.errors import TryAgain
from dsr.core.receipts import Receipt, Retained, by_hand

#: a record is marked at once, unless others write it at the same time
_ROUNDS = 3
_OWN_MARK = "The HIS had marked it as confidential itself, and that mark stays."
_REFUSED = "The HIS refuses to mark it; mark it there by hand."
_LACKING = "The HIS does not offer marking this over FHIR; mark it there by hand."
_OVERTAKEN = frozenset({409, 412})


@dataclass(kw_only=True)
class Restricting:
    """One restriction, or its lifting."""

    exchange: Exchange
    reading: Reading
    writing: Writing
    lift: bool
    done: list[str] = field(default_factory=list, repr=False)
    gone: list[str] = field(default_factory=list, repr=False)
    kept: dict[str, str] = field(default_factory=dict, repr=False)

    def receipt(self, refs: Sequence[str]) -> Receipt:
        """Mark (or unmark) each; what others overtake is read and marked again."""
        waiting = self._round(refs)
        for _ in range(_ROUNDS):
            if waiting:
                waiting = self._round(waiting)
        if waiting:
            raise TryAgain("The HIS does not show the mark that it took; try again later.")
        if self.kept and not (self.done or self.gone) and {*self.kept.values()} == {_LACKING}:
            return self._hand()
        told = self._flag()
        return Receipt(
            done=tuple(self.done),
            gone=tuple(self.gone),
            retained=tuple(Retained(ref, why) for ref, why in self.kept.items()),
            evidence={"flag": told} if told else {},
        )

    def _round(self, refs: Sequence[str]) -> list[str]:
        """Settle what is as wanted, change the rest; gives what has to be read again."""
        asks: dict[str, Ask] = {}
        replies = self.exchange.each([Ask(path=ref) for ref in refs])
        for ref, reply in zip(refs, replies, strict=True):
            if reply.gone:
                self.gone.append(ref)
            elif ask := self._ask(ref, reply):
                asks[ref] = ask
        sent: dict[str, Reply] = {}
        for method in ("POST", "PUT"):
            some = {ref: ask for ref, ask in asks.items() if ask.method == method}
            sent |= dict(zip(some, self.exchange.each([*some.values()]), strict=True))
        return [ref for ref in asks if self._is_open(ref, sent[ref])]

    def _ask(self, ref: str, reply: Reply) -> Ask | None:
        """The change that a record needs; None when it is settled without."""
        before = reply.resource or {}
        if not self.reading.is_theirs(reply.held):
            self.kept[ref] = NOT_THEIRS
            return None
        after = unmarked(before) if self.lift else marked(before, self.writing.labels)
        if after == before:
            self._settle(ref, before)
            return None
        ask = self._operation(ref, before, after) or self._update(ref, reply.version, after)
        if ask is None:
            self.kept[ref] = _LACKING
        return ask

    def _settle(self, ref: str, resource: type_of_resource) -> None:
        if self.lift and is_closed(resource):
            self.kept[ref] = _OWN_MARK
        else:
            self.done.append(ref)

    def _operation(self, ref: str, before: type_of_resource, after: type_of_resource) -> Ask | None:
        """`$meta-add` or `$meta-delete` where offered: the record itself is not written anew."""
        name = "meta-delete" if self.lift else "meta-add"
        part = added(after, before) if self.lift else added(before, after)
        if not part or not self.exchange.server.capability().operates(ref.split("/")[0], name):
            return None
        body: type_of_resource = {
            "resourceType": "Parameters",
            "parameter": [{"name": "meta", "valueMeta": part}],
        }
        return Ask(method="POST", path=f"{ref}/${name}", resource=body)

    def _update(self, ref: str, version: str, after: type_of_resource) -> Ask | None:
        can = self.exchange.server.capability().may(ref.split("/")[0], "update")
        if not version or not can:
            return None
        return Ask(method="PUT", path=ref, resource=after, if_match=version)

    def _is_open(self, ref: str, reply: Reply) -> bool:
        """Whether the record has to be read again; a refusal is final."""
        if reply.ok or reply.code in _OVERTAKEN or reply.gone:
            return True
        self.kept[ref] = _LACKING if reply.lacking else _REFUSED
        return False

    def _flag(self) -> str:
        """The flag beside the name, where the register wants it."""
        can = self.exchange.server.capability()
        if not self.writing.flag or not self.done or not can.offers("Flag", "patient"):
            return ""
        if self.lift:
            return self._lower()
        note = flag(self.reading.subject_ref, self.done, self.exchange.operation)
        reply = ensured(self.exchange, note)
        return "raised" if reply.ok else f"refused with code {reply.code}"

    def _lower(self) -> str:
        """Take the lifted records out of our flags; a flag without records becomes inactive."""
        lifted = [restricted_ref(ref) for ref in self.done]
        for held in listed(self.exchange, f"Flag?patient={self.reading.subject_ref}"):
            names = objects(held.get("identifier"))
            left = [one for one in names if one not in lifted]
            ours = any(one.get("system") == OPERATION for one in names)
            if not ours or len(left) == len(names) or held.get("status") != "active":
                continue
            more = any(one.get("system") == restricted_ref("")["system"] for one in left)
            new = {**held, "identifier": left, "status": "active" if more else "inactive"}
            self._put_flag(new, held)
        return "lowered"

    def _put_flag(self, new: type_of_resource, held: Mapping[str, object]) -> None:
        version = str(next(iter(objects(held.get("meta"))), {}).get("versionId", ""))
        ask = Ask(method="PUT", path=f"Flag/{new['id']}", resource=new, if_match=version)
        if not self.exchange.one(ask).ok:
            raise TryAgain("The flag of a restriction was changed meanwhile; try again later.")

    def _hand(self) -> Receipt:
        what = "take the mark off" if self.lift else "mark as restricted"
        return by_hand(
            f"Open the HIS and {what} {len(self.kept)} records: it does not offer this over FHIR."
            f" Write down date and outcome under operation {self.exchange.operation}."
        )
