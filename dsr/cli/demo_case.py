"""One request of the demo, from both sides of the counter: the person over HTTP, the desk beside.

The person uses the API with what they hold: the secret of the request, a code, the app's token.
The desk's API searches, reads and decides on a copy. What changes systems is decided at pages of
the desk; the services behind those pages are called here, in the name of a colleague.
"""

from __future__ import annotations

import secrets
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy.orm import Session

from demo.person import Person
from dsr.cli.demo_waiting import WalkFailed, until
from dsr.core.request import Outcome
from dsr.core.stages import Stage
from dsr.core.wishes import DESTRUCTION, Wish
from dsr.db import plans, subject_requests
from dsr.db.plans import Batch
from dsr.db.staff import by_login
from dsr.db.subject_requests import RequestItem, SubjectRequest
from dsr.services import agreed, api_keys, plan, release, resolve, review, staff_login, weighing
from dsr.services.case import Who
from dsr.services.house import House
from dsr.services.office import Office
from dsr.services.resolve import Resolution
from dsr.services.weighing import Facts, Judgement

SCOPES = ("read", "work", "identity", "decide")
#: what the desk writes where a reason is asked; nobody real is meant
REASONS = "Wij bespraken dit met u op 20 november 2026."
INSTEAD = "Wij spraken af dat u ons belt als er iets verandert."
HEARD = "De functionaris las het op 20 november en is het met ons eens."


@dataclass(frozen=True)
class At:
    """An item in an open transaction, with all that a service asks."""

    session: Session
    office: Office
    row: SubjectRequest
    item: RequestItem

    @property
    def both(self) -> tuple[SubjectRequest, RequestItem]:
        """The request and the item, as services take them."""
        return (self.row, self.item)


@dataclass
class Case:
    """A request with everybody's part in it. An item goes by its kind: a right, or destruction."""

    house: House
    url: str
    person: Person
    filed: dict[str, str] = field(default_factory=dict, repr=False)
    keys: dict[str, str] = field(default_factory=dict, repr=False)
    visit: str = field(default="", repr=False)

    @property
    def reference(self) -> str:
        """The number of the request."""
        return self.filed["reference"]

    # The person

    def ask(self, *asked: Wish, words: str = "", token: str = "") -> None:
        """File the request, as the form does; with the app's token it is proved at once."""
        body: dict[str, Any] = {
            "practice": self.person.practice,
            "name": self.person.name,
            "birth_date": self.person.birth_date.isoformat(),
            "email": self.person.email,
            "words": words,
            "wishes": [{"right": w.right, "part": w.part, "data": dict(w.data)} for w in asked],
        }
        headers = {"Idempotency-Key": secrets.token_urlsafe(24)}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.filed = good(
            httpx.post(f"{self.url}/api/v1/requests", json=body, headers=headers, timeout=30)
        )
        self.visit = f"Bearer {token}" if token else ""

    def told(self) -> dict[str, Any]:
        """The request as the person sees it who holds its secret."""
        headers = {"Authorization": f"Request {self.filed['secret']}"}
        shown: dict[str, Any] = good(httpx.get(self._own(""), headers=headers, timeout=30))
        return shown

    def stop(self, kind: str) -> None:
        """Take an erasure back while it cools off."""
        self._as_person("POST", f"/items/{self.item(kind).id}/cancel")

    def fetch(self, kind: str, folder: Path) -> Path:
        """The letter of an item, and its package where there is one, unpacked."""
        item, where = self.item(kind).id, folder / self.reference
        where.mkdir(parents=True, exist_ok=True)
        letter = where / f"{kind}.pdf"
        letter.write_bytes(self._as_person("GET", f"/letter?item={item}").content)
        if kind in ("access", "portability"):
            package = self._as_person("GET", f"/package?item={item}").content
            (where / f"{kind}.zip").write_bytes(package)
            zipfile.ZipFile(BytesIO(package)).extractall(where / kind)
        return letter

    def printed(self, kind: str, folder: Path, name: str) -> Path:
        """The newest letter of an item as the desk prints it, for who cannot fetch it."""
        answer = self.desk_call("GET", f"/letters/{self.letter_of(kind)}", None, "anna")
        good(answer, read=False)
        where = folder / self.reference / f"{name}.pdf"
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(answer.content)
        return where

    def letter_of(self, kind: str) -> str:
        """The id of the newest letter of an item; empty while there is none."""
        with self.house.reading() as session:
            row = subject_requests.by_reference(session, self.reference)
            made = row and release.answer_letter(session, row, _of_kind(row, kind))
            return made.id if made else ""

    # The desk, over its API

    def identify(self) -> None:
        """Anna takes the request and sees an identity document: IA4, and a code to collect with."""
        self.desk("POST", "/take")
        seen = self.desk("POST", "/identity", {"document": "identity_card"})
        headers = {"Authorization": f"Request {self.filed['secret']}"}
        typed = {"purpose": "collect", "code": seen["collection_code"]}
        url = self._own("/code/check")
        self.visit = "Visit " + good(httpx.post(url, json=typed, headers=headers))["visit"]

    def search(self, *, by_hand: Callable[[Case], None] | None = None) -> None:
        """Wait for the systems; what has no API a person searches, and finds nothing."""
        until(lambda: all(s["outcome"] or s["needs_person"] for s in self._searches()), "search")
        if by_hand is not None:
            by_hand(self)
        for source in self._searches():
            if source["outcome"] is None:
                found = {"outcome": "none_found", "proof": "Gebeld met OneAssist; niets gevonden."}
                self.desk("POST", f"/steps/{source['step']}/by-hand", found)
        self._choose_nobody()
        until(lambda: all(i.stage != Stage.SEARCHING for i in self.items()), "review")

    def _choose_nobody(self) -> None:
        """Where a system shows several people, none of them is the one (T9)."""
        with self.house.writing() as session:
            row = subject_requests.by_reference(session, self.reference, lock=True)
            for step in plan.searches_of(session, row):
                if step.outcome == Outcome.SEVERAL_PEOPLE:
                    plan.choose_person(session, self.house.office, step, "", self.who("anna"))

    def desk(self, method: str, path: str, body: Any = None, login: str = "anna") -> Any:
        """One call of the desk's API on this request."""
        return good(self.desk_call(method, path, body, login))

    def desk_call(self, method: str, path: str, body: Any, login: str) -> httpx.Response:
        """Such a call with its answer as it came."""
        if login not in self.keys:
            wanted = api_keys.NewKey(
                login=login, practice=self.person.practice, scopes=SCOPES, days=1
            )
            with self.house.writing() as session:
                self.keys[login] = api_keys.make(session, self.house.office, wanted)[1]
        url = f"{self.url}/api/v1/desk/requests/{self.reference}{path}"
        headers = {"Authorization": f"Bearer {self.keys[login]}", "View-Reason": "sign-off"}
        sent = {} if method == "POST" and body is None else body
        return httpx.request(method, url, json=sent, headers=headers, timeout=60)

    # The desk, at the pages of an item

    @contextmanager
    def at(self, kind: str) -> Iterator[At]:
        """An item, locked, in a transaction that commits at the end."""
        with self.house.writing() as session:
            row = subject_requests.by_reference(session, self.reference, lock=True)
            assert row is not None  # noqa: S101 (it was filed above)
            yield At(session, self.house.office, row, _of_kind(row, kind))

    def who(self, login: str) -> Who:
        """A colleague, as services know them."""
        with self.house.reading() as session:
            staff = by_login(session, login)
            assert staff is not None  # noqa: S101 (the seed made them)
            return staff_login.who_is(staff)

    def say(self, kind: str, activity: str, **facts: object) -> None:
        """Anna says what the case is like for one purpose."""
        with self.at(kind) as at:
            told = Facts(activity=activity, facts=facts)
            weighing.say(at.session, at.office, at.both, told, self.who("anna"))

    def judge(self, kind: str, outcome: str, reasons: str, login: str = "dokter") -> None:
        """Whom the law asks answers, for each purpose on which it does."""
        with self.at(kind) as at:
            for one in weighing.weighed(at.session, at.office, at.row, at.item):
                if one.open:
                    made = Judgement(activity=one.activity, outcome=outcome, reasons=reasons)
                    weighing.judge(at.session, at.office, at.both, made, self.who(login))

    def decide(self, kind: str, **more: Any) -> None:
        """Anna decides on what she sees; a plan is frozen where something changes."""
        with self.at(kind) as at:
            seen = review.review_digest(at.session, at.row)
            words = {"facts": REASONS, "instead": INSTEAD, "heard": HEARD}
            made = Resolution(seen=seen, **{**words, **more})
            resolve.resolve(at.session, at.office, at.both, made, self.who("anna"))

    def approve(self, kind: str) -> None:
        """Merel, another person, agrees with the plan exactly as it is."""
        with self.at(kind) as at:
            plan = plans.current(at.session, at.item.id)
            digest = agreed.digest(at.item, plan)
            resolve.approve(at.session, at.office, at.both, digest, self.who("merel"))

    def send_back(self, kind: str, why: str) -> None:
        """Merel does not agree, and says why."""
        with self.at(kind) as at:
            resolve.send_back(at.session, at.office, at.both, why, self.who("merel"))

    def answer(self, *kinds: str) -> None:
        """Wait for each letter, and send it."""
        for kind in kinds:
            self.reach(kind, Stage.REPLYING)
            until(partial(self.letter_of, kind), f"the letter of {kind}")
            with self.at(kind) as at:
                release.send(at.session, at.office, at.row, self.who("anna"), at.item.id)

    def reach(self, kind: str, *stages: Stage) -> None:
        """Wait until an item stands at one of these stages."""
        until(lambda: self.item(kind).stage in stages, f"{kind} {stages[0]}")

    # What there is to see

    def items(self) -> list[RequestItem]:
        """All items as they are now."""
        with self.house.reading() as session:
            row = subject_requests.by_reference(session, self.reference)
            return list(row.items) if row else []

    def item(self, kind: str) -> RequestItem:
        """One of them."""
        return next(item for item in self.items() if kind_of(item) == kind)

    def batches(self, kind: str) -> list[Batch]:
        """What its newest plan did, or is about to do."""
        with self.house.reading() as session:
            made = plans.of_item(session, self.item(kind).id)
            return plans.batches(session, made[-1].id) if made else []

    def _searches(self) -> list[dict[str, Any]]:
        sources: list[dict[str, Any]] = self.desk("GET", "")["sources"]
        found = [source for source in sources if source["verb"] == "search"]
        return found or [{"outcome": None, "needs_person": False}]

    def _as_person(self, method: str, path: str) -> httpx.Response:
        headers = {"Authorization": self.visit}
        answer = httpx.request(method, self._own(path), headers=headers, timeout=60)
        good(answer, read=False)
        return answer

    def _own(self, path: str) -> str:
        return f"{self.url}/api/v1/requests/{self.reference}{path}"


def kind_of(item: RequestItem) -> str:
    """The kind of an item: its right, or `destruction`."""
    return DESTRUCTION if item.part else item.right


def good(answer: httpx.Response, *, read: bool = True) -> Any:
    """What the API said, or `WalkFailed` with its words."""
    if answer.is_error:
        raise WalkFailed(f"The API answered {answer.status_code}: {answer.text[:300]}")
    return answer.json() if read and answer.content else {}


def _of_kind(row: SubjectRequest, kind: str) -> RequestItem:
    return next(item for item in row.items if kind_of(item) == kind)
