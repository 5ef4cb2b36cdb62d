"""Signing in by a call: what the answer holds is put together in a header (Tryton, Matrix)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie

from connectors.http import Answer, HttpSystem
from connectors.rest_outcomes import clock_words
from connectors.rest_path import Path, path, paths
from connectors.rest_template import Template, template
from dsr.core.errors import BadAnswer, BrokenRegister, NeedsPerson
from dsr.core.reading import Entry

_NAMED = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, kw_only=True)
class Login:
    """`value` is a text with {parts} of the answer in it; `seconds` is how long it lasts."""

    http: HttpSystem
    request: Template
    parts: Mapping[str, Path]
    known: Mapping[str, str] = field(repr=False)
    answer_header: str
    cookie: str
    value: str
    encoded: bool
    prefix: str
    seconds: float
    lasts: Path

    def fetch(self) -> tuple[str, float]:
        """The header's value and how many seconds it lasts."""
        answer = self.http.call(self.request.call({}, {}, {}))
        body = _body(answer) if self.parts or self.lasts.text else None
        found = {**self.known, **self._told(answer, body)} if answer.ok else {}
        if not all(found.get(name) for name in _NAMED.findall(self.value)):
            raise NeedsPerson(
                f"The system refuses our sign-in (code {answer.code}); put the right name and"
                " password in the environment settings of this system, then search again."
                + clock_words(answer)
            )
        value = _NAMED.sub(lambda name: found[name[1]], self.value)
        if self.encoded:
            value = base64.b64encode(value.encode()).decode("ascii")
        return self.prefix + value, self._lasting(body)

    def _told(self, answer: Answer, body: object) -> dict[str, str]:
        found = {name: part.text_of(body) for name, part in self.parts.items()}
        if self.answer_header:
            found["header"] = answer.headers.get(self.answer_header, "")
        if self.cookie:
            found["cookie"] = _cookie(answer, self.cookie)
        return found

    def _lasting(self, body: object) -> float:
        found = self.lasts.of(body)
        return float(found) if isinstance(found, int | float) else self.seconds


def _body(answer: Answer) -> object:
    """The body; nothing of a refusal, which may be a web page."""
    try:
        return answer.json() if answer.ok else None
    except BadAnswer:
        return None


def _cookie(answer: Answer, name: str) -> str:
    for line in answer.headers.get_list("set-cookie"):
        try:
            found = SimpleCookie(line).get(name)
        except CookieError:
            continue
        if found:
            return str(found.value)
    return ""


def login(read: Entry, http: HttpSystem) -> Login:
    """The `login_call` kind: `request`, `token` or `parts`, `value`, `encode`, `header` ..."""
    read.only(
        "kind", "request", "token", "parts", "known", "answer_header", "cookie", "value", "encode",
        "header", "prefix", "seconds", "lasts",
    )  # fmt: skip
    parts = dict(paths(read, "parts"))
    parts |= {"token": path(read, "token")} if "token" in read.values else {}
    cookie, header = read.text("cookie", ""), read.text("answer_header", "")
    usual = f"{cookie}={{cookie}}" if cookie else "{header}" if header else "{token}"
    made = Login(
        http=http,
        request=template(read.at("request"), ()),
        parts=parts,
        known=read.pairs("known"),
        answer_header=header,
        cookie=cookie,
        value=read.text("value", usual),
        encoded=_encoded(read),
        prefix=read.text("prefix", "" if cookie or header else "Bearer "),
        seconds=read.number("seconds", 600),
        lasts=path(read, "lasts", ""),
    )
    _refuse_unknown(made, read.path)
    return made


def _encoded(read: Entry) -> bool:
    said = read.text("encode", "none")
    if said not in ("none", "base64"):
        raise BrokenRegister(f"{read.path}.encode: write base64 or none.")
    return said == "base64"


def _refuse_unknown(made: Login, where: str) -> None:
    known = {*made.parts, *made.known}
    known |= {"header"} if made.answer_header else set()
    known |= {"cookie"} if made.cookie else set()
    named = set(_NAMED.findall(made.value))
    if not named or named - known:
        raise BrokenRegister(
            f"{where}: `value` must name parts of the answer in braces; write each under `parts`"
            " with the JMESPath that finds it (or one of them under `token`)."
        )
