"""Asking the system: signed, understood by the register's rules, and asked anew after a login."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin

from connectors.http import Answer, Call, HttpSystem
from connectors.rest_auth import Auth
from connectors.rest_files import Wanted
from connectors.rest_outcomes import Meaning, Outcomes, refuse
from connectors.rest_template import Template
from dsr.core.errors import BadAnswer


@dataclass(frozen=True, kw_only=True)
class Talk:
    """One system to talk to. `remaining` is the header with the calls that are left to us."""

    http: HttpSystem
    base_url: str
    auth: Auth
    outcomes: Outcomes
    remaining: str = ""

    def ask(self, call: Call) -> tuple[Meaning, Answer, object]:
        """The answer with its meaning; a refused token or session is fetched anew once."""
        meaning, answer, body = self._told(call)
        refuse(meaning, answer)
        return meaning, answer, body

    def change(self, call: Call, rules: Outcomes) -> tuple[Meaning, Answer, object]:
        """The answer to a call that changes something, by the rules of its operation.

        A call that was refused for its key did nothing, so it too is made once more.
        """
        meaning, answer, body = replace(self, outcomes=rules)._told(call)
        if meaning is Meaning.AUTH:
            refuse(meaning, answer)
        return meaning, answer, body

    def _told(self, call: Call) -> tuple[Meaning, Answer, object]:
        headers = self.auth.headers()
        answer, meaning, body = self._once(call, headers)
        if meaning is Meaning.AUTH and self.auth.renew(headers):
            answer, meaning, body = self._once(call, self.auth.headers())
        return meaning, answer, body

    def look_up(self, request: Template, values: Mapping[str, str]) -> object:
        """The body of a look-up's answer; None for "no such person"."""
        meaning, _, body = self.ask(request.call(values, {}, {}))
        return body if meaning is Meaning.OK else None

    def file(self, wanted: Wanted) -> AbstractContextManager[Iterator[bytes]]:
        """A file that a thing names, with our key unless the register says otherwise."""
        headers = self.auth.headers() if wanted.with_key else {}
        return self.http.stream(
            urljoin(self.base_url, wanted.address) if wanted.is_link else wanted.address,
            headers={"Accept": "*/*", **dict(wanted.headers), **headers},
            max_bytes=wanted.max_bytes,
            signed=wanted.with_key,
        )

    def _once(self, call: Call, headers: Mapping[str, str]) -> tuple[Answer, Meaning, object]:
        look = _Look(self)
        answer = self.http.call(self._with_key(call, headers), look)
        if look.damage:
            raise look.damage
        return answer, *look.read

    def _with_key(self, call: Call, headers: Mapping[str, str]) -> Call:
        params = {**(call.params or {}), **self.auth.query()}
        return replace(call, params=params or None, headers={**call.headers, **headers})


@dataclass
class _Look:
    """What an answer means, seen while it can still be asked again; a damaged one is kept."""

    talk: Talk
    read: tuple[Meaning, object] = (Meaning.FAILED, None)
    damage: BadAnswer | None = field(default=None)

    def __call__(self, answer: Answer) -> None:
        self._rest_when_used_up(answer)
        try:
            self.read = self.talk.outcomes.read(answer)
        except BadAnswer as fault:
            self.damage = fault

    def _rest_when_used_up(self, answer: Answer) -> None:
        """Nobody calls before the system counts anew, when it says that nothing is left."""
        left = answer.headers.get(self.talk.remaining, "") if self.talk.remaining else ""
        if left.strip() in ("0", "-1"):
            pauses = self.talk.http.manners.pauses
            seconds = pauses(answer.headers, b"") if pauses else None
            self.talk.http.pace.hold(1.0 if seconds is None else seconds)
