"""What is asked with each item of a request: sealed, and which data it is about."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from dsr.core.errors import BadInput
from dsr.core.register import Dataset, Register
from dsr.core.stages import Stage
from dsr.core.wishes import MEDICAL_FILE, Around, Wish, check_wish
from dsr.db.columns import new_id
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.law.rights import Basis, Right
from dsr.services import case
from dsr.services.office import Office
from dsr.vault.fields import seal_json, unseal_json

#: the group of data (`plan.group_of`) that a field to be corrected stands in
_GROUP_OF_FIELD = {"medical": "medical", "message": "messages", "other": "all"}
_GROUP_OF_KIND = {"account": "account", "messages": "messages", "medical": "medical"}
#: a use can be objected to on these bases (Art. 21(1)-(2)), and marketing always
_OBJECTIONABLE = frozenset(
    {
        Basis.LEGITIMATE_INTEREST,
        Basis.PUBLIC_TASK,
        Basis.DIRECT_MARKETING,
        Basis.SCIENTIFIC_RESEARCH,
    }
)
_CONSENTED = frozenset({Basis.CONSENT, Basis.CONSENT_OR_CONTRACT})


def check(register: Register, wishes: Iterable[Wish], today: date | None = None) -> None:
    """Refuse wishes that cannot be meant, or the same right twice; `BadInput` names the field."""
    seen: set[str] = set()
    for wish in wishes:
        around = around_of(register, wish.right, today)
        check_wish(wish, around.purposes, around.marketing, around.today)
        if wish.kind in seen:
            raise BadInput("wishes", f"Ask for `{wish.kind}` once, with all that you want.")
        seen.add(wish.kind)


def around_of(register: Register, right: Right, today: date | None = None) -> Around:
    """What a wish for this right is checked against."""
    purposes = purposes_of(register, right)
    marketing = [p for p in purposes if register.activity(p).basis is Basis.DIRECT_MARKETING]
    return Around(purposes=purposes, marketing=tuple(marketing), today=today)


def purposes_of(register: Register, right: Right) -> tuple[str, ...]:
    """The activities that can be objected to, or whose consent can be withdrawn."""
    bases = _OBJECTIONABLE if right is Right.OBJECTION else _CONSENTED
    if right not in (Right.OBJECTION, Right.WITHDRAWAL):
        return ()
    return tuple(name for name in register.activity_ids if register.activity(name).basis in bases)


def new_item(key: bytes, wish: Wish) -> RequestItem:
    """A row for one right, with what is asked sealed in it."""
    item_id = new_id()
    body = {"data": dict(wish.data)}
    return RequestItem(
        id=item_id,
        right=wish.right,
        part=wish.part,
        stage=Stage.RECEIVED,
        grounds=[],
        facts={},
        wish_sealed=seal_json(key, _place(item_id), body),
    )


def of(session: Session, office: Office, row: SubjectRequest, item: RequestItem) -> Wish:
    """What is asked with an item."""
    data: dict[str, Any] = {}
    if item.wish_sealed is not None:
        key = case.case_key(session, office, row)
        data = unseal_json(key, _place(item.id), item.wish_sealed)["data"]
    return Wish(right=Right(item.right), part=item.part, data=data)


def groups(wish: Wish) -> tuple[str, ...]:
    """The groups of data that a wish is about, as `plan.in_scope` knows them; access says itself.

    An objection and a withdrawal are about a use: nothing has to be read for them.
    """
    if wish.part == MEDICAL_FILE:
        return ("medical",)
    if wish.right is Right.RECTIFICATION:
        return (_GROUP_OF_FIELD.get(str(wish.data.get("field")), "account"),)
    if wish.right in (Right.ERASURE, Right.RESTRICTION):
        return _named(wish)
    return ("account", "messages", "medical") if wish.right is Right.PORTABILITY else ()


def purposes_named(wish: Wish) -> list[str]:
    """The uses that an objection or a withdrawal names, `OTHER_USE` among them."""
    named = wish.data.get("purposes", ())
    return [str(one) for one in named] if isinstance(named, list | tuple) else []


def touches(wish: Wish, group: str) -> bool:
    """Whether a wish is about a group of data. What erasing `all` means leaves the file alone:
    its destruction is an item of its own (BW 7:455).
    """
    named = groups(wish)
    if wish.right is Right.ERASURE and not wish.part and group in ("medical", "log"):
        return group == "log" and "all" in named
    return "all" in named or group in named


def scope(wishes: Iterable[Wish], asked: Iterable[str]) -> list[str]:
    """What has to be searched: the scope of an access request, and what the others are about."""
    asked = list(asked)
    found = [] if not any(wish.right is Right.ACCESS for wish in wishes) else asked
    for wish in wishes:
        found += [group for group in groups(wish) if group not in found]
    return ["all"] if "all" in found else found


def about(wish: Wish, dataset: Dataset, group: str) -> bool:
    """Whether items of a dataset belong to what a wish asks."""
    if wish.right is Right.PORTABILITY:
        return dataset.portable
    named = wish.data.get("activities")
    if isinstance(named, list):  # an erasure that follows from a withdrawal
        return (dataset.part or dataset.purpose) in named
    return touches(wish, group)


def _named(wish: Wish) -> tuple[str, ...]:
    chosen = wish.data.get("what", ())
    named = [str(one) for one in chosen] if isinstance(chosen, list | tuple) else []
    return tuple(dict.fromkeys(_GROUP_OF_KIND.get(one, "all") for one in named))


def _place(item_id: str) -> tuple[str, str, str]:
    return ("request_items", "wish_sealed", item_id)
