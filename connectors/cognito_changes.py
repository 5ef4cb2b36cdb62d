"""What a user pool can change: attributes, whether an account is enabled, and whether it is there.

An account is always looked up by its `sub` and read with AdminGetUser before it is touched: a user
name can be somebody else's by now, and ListUsers lags behind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from connectors.batch import within_cap
from connectors.changes import ChangesByHand
from connectors.cognito_attributes import FLAGS, attribute_of, check_values, schema_of
from connectors.cognito_calls import FeatureOff, NoSuchPerson, Refused, UserPool
from connectors.cognito_stop import Stop, stop_or_resume
from connectors.old_values import steps_of, still_to_change, value_at
from dsr.core.connector import Change, Due, Item, NotKept, NotOffered, Page, Place, Purged
from dsr.core.errors import ForeignRecord, NeedsPerson, TryAgain, ValueRefused
from dsr.core.receipts import Receipt, Retained, by_hand

#: every operation that changes something or that a change needs; the AWS policy names them
OPERATIONS = (
    "admin_add_user_to_group",
    "admin_delete_user",
    "admin_delete_user_attributes",
    "admin_disable_user",
    "admin_enable_user",
    "admin_forget_device",
    "admin_remove_user_from_group",
    "admin_update_user_attributes",
    "admin_user_global_sign_out",
    "describe_user_pool",
)
_TOKENS = "access tokens given before stay valid until they expire"
_VALUE_CODES = {
    "AliasExistsException": "This address or number is in use by another account of the pool.",
    "InvalidParameterException": "The pool does not take this value, or never changes this field.",
    "UserLambdaValidationException": "A rule of the app refuses this value.",
}
_OF_THE_ACCOUNT = "Cognito keeps sign-ins with the account; they go when the account goes."
_AWAITS = "The pool shows the new value only after the person has confirmed it to Cognito."


@dataclass(frozen=True, kw_only=True)
class Rules:
    """Choices of the register: whether a corrected contact point counts as verified, because the
    desk verified it, and how the use for a purpose stops.
    """

    verified: bool = False
    stop: Mapping[str, Stop] = field(default_factory=dict)


@dataclass(frozen=True)
class _Account:
    name: str = field(repr=False)
    item: Item = field(repr=False)


class CognitoChanges(ChangesByHand, ABC):
    """The changing verbs of one user pool."""

    datasets: Sequence[str]
    _pool: UserPool
    _rules: Rules

    @abstractmethod
    def find(self, subject_ref: str, dataset: str, after: str | None) -> Page | NotKept:
        """One page of a dataset."""

    @abstractmethod
    def _name_of(self, sub: str) -> str: ...

    @abstractmethod
    def _account(self, sub: str, name: str) -> Item: ...

    def again(self, place: Place, refs: Sequence[str]) -> Mapping[str, Item]:
        """The items that are there now; whether an account is gone is asked of AdminGetUser."""
        wanted = set(refs)
        if not wanted:
            return {}
        if place.dataset != "account":
            return {ref: one for ref, one in self._listed_now(place).items() if ref in wanted}
        account = self._standing(place.subject_ref)
        there = account is not None and account.item.ref in wanted
        return {account.item.ref: account.item} if account and there else {}

    def rectify(self, place: Place, ref: str, changes: Sequence[Change], operation: str) -> Receipt:
        """Set or clear attributes; an e-mail address or number together with its verification.

        Kept as `retained` when the pool waits for the person to confirm the new value.
        """
        if place.dataset != "account":
            raise ValueRefused("Cognito writes this record itself; only an account is corrected.")
        account = self._standing(place.subject_ref) if ref == place.subject_ref else None
        if account is None:
            return Receipt(gone=(ref,))
        for change in changes:
            attribute_of(change)
        left = still_to_change(account.item.data, changes)
        if not left:
            return Receipt(done=(ref,))
        check_values(left, schema_of(self._pool.call("describe_user_pool")))
        try:
            self._write(account.name, left)
            return self._looked_after(place, ref, left)
        except NoSuchPerson:
            return Receipt(gone=(ref,))

    def annotate(self, place: Place, ref: str, statement: str, operation: str) -> Receipt:
        """Cognito has no place for a statement."""
        return by_hand(
            "Cognito has no place for a statement. Keep it with this request, and show it to"
            f" whoever uses this account. Write down date and outcome under operation {operation}."
        )

    def erase(self, place: Place, refs: Sequence[str], operation: str) -> Receipt:
        """Erase the account with all that hangs on it; or devices and groups by themselves."""
        once = within_cap(refs)
        erasers: Mapping[str, Callable[[Place, tuple[str, ...]], Receipt]] = {
            "account": self._erase_account,
            "devices": self._forget_devices,
            "groups": self._leave_groups,
            "auth_events": self._keep_sign_ins,
        }
        if place.dataset not in erasers:
            raise NeedsPerson(f"Cognito has no dataset {place.dataset!r}.")
        return erasers[place.dataset](place, once) if once else Receipt()

    def restrict(
        self, place: Place, refs: Sequence[str], operation: str, *, lift: bool = False
    ) -> Receipt:
        """Disable the account and sign it out everywhere, or enable it again."""
        once = within_cap(refs)
        if place.dataset != "account":
            return by_hand(
                "Cognito cannot mark groups, devices or sign-ins. Note the restriction where people"
                f" look at them, and write down date and outcome under operation {operation}."
            )
        mine = tuple(ref for ref in once if ref == place.subject_ref)
        account = self._standing(place.subject_ref) if mine else None
        if account is None:
            return Receipt(gone=once)
        try:
            evidence = self._enable(account) if lift else self._disable(account)
        except NoSuchPerson:
            return Receipt(gone=once)
        gone = tuple(ref for ref in once if ref not in mine)
        return Receipt(done=mine, gone=gone, evidence=evidence)

    def stop_using(
        self, subject_ref: str, purposes: Sequence[str], operation: str, *, resume: bool = False
    ) -> Receipt:
        """Stop what the setting `stop` has a way for; the rest is for a person."""
        ways = {one: self._rules.stop[one] for one in purposes if one in self._rules.stop}
        if not ways:
            return super().stop_using(subject_ref, purposes, operation, resume=resume)
        account = self._standing(subject_ref)
        if account is None:
            return Receipt(gone=tuple(purposes))
        for way in ways.values():
            is_on = value_at(account.item.data, ("UserAttributes", way.name)) == way.value
            if way.kind == "group" or is_on is resume:
                stop_or_resume(self._pool, account.name, way, resume=resume)
        others = (one for one in purposes if one not in ways)
        words = "No way to stop this purpose is set for Cognito; do it by hand."
        return Receipt(done=tuple(ways), retained=tuple(Retained(one, words) for one in others))

    def hold(self, place: Place, operation: str, *, lift: bool = False) -> Receipt | NotOffered:
        """A pool erases accounts only when it is told to; its sign-ins expire by themselves."""
        return NotOffered("Cognito has no hold: sign-ins expire by its own term.")

    def purge(
        self, due: Due, limit: int, operation: str, *, dry_run: bool = False
    ) -> Purged | NotOffered:
        """Cognito cannot be asked by date."""
        return NotOffered("Cognito cannot list accounts by date; it is purged by hand.")

    def _standing(self, sub: str) -> _Account | None:
        """The account as AdminGetUser knows it; None when it is gone.

        One that ListUsers does not list (any more, or yet) is asked for by its `sub`.
        """
        try:
            try:
                name = self._name_of(sub)
            except NoSuchPerson:
                name = sub
            return _Account(name, self._account(sub, name))
        except NoSuchPerson:
            return None

    def _listed_now(self, place: Place) -> dict[str, Item]:
        """All items of a list; nothing when its feature is off."""
        found: dict[str, Item] = {}
        after: str | None = None
        while True:
            page = self.find(place.subject_ref, place.dataset, after)
            if isinstance(page, NotKept):
                return found
            found |= {item.ref: item for item in page.items}
            if page.next is None:
                return found
            after = page.next

    def _write(self, name: str, changes: Sequence[Change]) -> None:
        """A contact point that is set says at once whether it is verified."""
        flag = "true" if self._rules.verified else "false"
        told: dict[str, str] = {}
        for change in changes:
            attribute = attribute_of(change)
            if change.new is not None:
                told |= {FLAGS[attribute]: flag} if attribute in FLAGS else {}
                told[attribute] = str(change.new)
        cleared = [attribute_of(change) for change in changes if change.new is None]
        both = [{"Name": key, "Value": value} for key, value in told.items()]
        try:
            if both:
                self._pool.attempt(
                    "admin_update_user_attributes", Username=name, UserAttributes=both
                )
            if cleared:
                names = {"UserAttributeNames": cleared}
                self._pool.attempt("admin_delete_user_attributes", Username=name, **names)
        except Refused as fault:
            if fault.code not in _VALUE_CODES:
                raise NeedsPerson(str(fault)) from None
            raise ValueRefused(f"{_VALUE_CODES[fault.code]} Nothing was changed.") from None

    def _looked_after(self, place: Place, ref: str, changes: Sequence[Change]) -> Receipt:
        account = self._standing(place.subject_ref)
        if account is None:
            return Receipt(gone=(ref,))
        names = [attribute_of(change) for change in changes]
        evidence: dict[str, object] = {"attributes": names, "verified": self._rules.verified}
        now = {c.path: value_at(account.item.data, steps_of(c.path)) for c in changes}
        late = [change for change in changes if now[change.path] != change.new]
        if not late:
            return Receipt(done=(ref,), evidence=evidence)
        if all(attribute_of(c) in FLAGS and now[c.path] == c.old for c in late):
            return Receipt(retained=(Retained(ref, _AWAITS),), evidence=evidence)
        raise TryAgain("Cognito does not show the correction yet; look again later.")

    def _disable(self, account: _Account) -> dict[str, object]:
        was = account.item.restricted
        self._pool.call("admin_disable_user", Username=account.name)
        self._pool.call("admin_user_global_sign_out", Username=account.name)
        return {"was_disabled": was, "signed_out": True, "note": _TOKENS}

    def _enable(self, account: _Account) -> dict[str, object]:
        self._pool.call("admin_enable_user", Username=account.name)
        return {"was_disabled": account.item.restricted}

    def _erase_account(self, place: Place, refs: tuple[str, ...]) -> Receipt:
        """Devices first, then every sign-in, then the account; whatever was gone before is gone."""
        sub = place.subject_ref
        if any(self._standing(ref) for ref in refs if ref != sub):
            raise ForeignRecord("An account of somebody else was to be erased; nothing was.")
        account = self._standing(sub) if sub in refs else None
        if account is None:
            return Receipt(gone=refs)
        devices = self._forget_all(place, account.name) if "devices" in self.datasets else 0
        try:
            self._pool.call("admin_user_global_sign_out", Username=account.name)
            self._pool.call("admin_delete_user", Username=account.name)
        except NoSuchPerson:
            return Receipt(gone=refs)
        others = tuple(ref for ref in refs if ref != sub)
        evidence: dict[str, object] = {"devices": devices, "signed_out": True, "note": _TOKENS}
        return Receipt(done=(sub,), gone=others, evidence=evidence)

    def _forget_all(self, place: Place, name: str) -> int:
        devices = self._listed_now(Place(subject_ref=place.subject_ref, dataset="devices"))
        return sum(self._forget(name, key) for key in devices)

    def _forget(self, name: str, key: str) -> bool:
        """Whether the device was there to forget."""
        return self._did("admin_forget_device", Username=name, DeviceKey=key)

    def _did(self, operation: str, **arguments: object) -> bool:
        """Whether there was something to do it to."""
        try:
            self._pool.attempt(operation, **arguments)
        except (NoSuchPerson, FeatureOff):
            return False
        except Refused as fault:
            if fault.code != "ResourceNotFoundException":
                raise NeedsPerson(str(fault)) from None
            return False
        return True

    def _forget_devices(self, place: Place, refs: tuple[str, ...]) -> Receipt:
        return self._each(place, refs, self._forget)

    def _leave_groups(self, place: Place, refs: tuple[str, ...]) -> Receipt:
        def leave(name: str, group: str) -> bool:
            return self._did("admin_remove_user_from_group", Username=name, GroupName=group)

        return self._each(place, refs, leave)

    def _each(
        self, place: Place, refs: tuple[str, ...], erase: Callable[[str, str], bool]
    ) -> Receipt:
        """Only what is listed is asked for: of anything else Cognito does not say whose it is."""
        account = self._standing(place.subject_ref)
        listed = self._listed_now(place) if account else {}
        done = tuple(ref for ref in refs if account and ref in listed and erase(account.name, ref))
        gone = tuple(ref for ref in refs if ref not in done)
        return Receipt(done=done, gone=gone, evidence={"listed": len(listed)})

    def _keep_sign_ins(self, place: Place, refs: tuple[str, ...]) -> Receipt:
        listed = self._listed_now(place) if self._standing(place.subject_ref) else {}
        kept = tuple(Retained(ref, _OF_THE_ACCOUNT) for ref in refs if ref in listed)
        return Receipt(gone=tuple(ref for ref in refs if ref not in listed), retained=kept)
