"""A browser without script: it sees a page, fills in its form, and follows where that leads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

Values = Mapping[str, str | list[str]]


@dataclass
class PageForm:
    """A form as it stands on a page: where it goes, and what is filled in already."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)


class _Reader(HTMLParser):
    """The forms, links and title of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.links: list[str] = []
        self.title, self._in_title = "", False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(PageForm(values.get("action", ""), values.get("method", "get")))
        if tag == "a":
            self.links.append(values.get("href", ""))
        if tag == "input" and self.forms and _is_sent(values):
            self.forms[-1].fields.append((values["name"], values.get("value", "")))
        self._in_title = tag == "title"

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._in_title = False


def _is_sent(values: Mapping[str, str]) -> bool:
    chosen = values.get("type") not in ("radio", "checkbox") or "checked" in values
    return chosen and "name" in values


class Browser:
    """One visitor; `page` is what they see now."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.visited: list[str] = []
        self.path, self.page = "/", TestResponse([], "200 OK", {}, None)  # type: ignore[arg-type]

    @property
    def text(self) -> str:
        """The page as text."""
        return self.page.get_data(as_text=True)

    @property
    def title(self) -> str:
        """The title of the page."""
        return self._read().title.strip()

    @property
    def links(self) -> list[str]:
        """Where the links of the page lead."""
        return self._read().links

    def open(self, path: str, **headers: str) -> Browser:
        """Go to an address, and on where it leads."""
        return self._arrived(path, self.client.get(path, headers=headers))

    def form(self, to: str = "") -> PageForm:
        """The form of the page whose address ends so; the first that is not the way out."""
        forms = [one for one in self._read().forms if one.action.rstrip("/").endswith(to)]
        return next(one for one in forms if to or "afsluiten" not in one.action)

    def send(self, to: str = "", values: Values | None = None, **more: Any) -> Browser:
        """Fill in the form and send it."""
        form = self.form(to)
        action = form.action or self.path
        answer = self.client.post(action, data=self.filled(form, {**(values or {}), **more}))
        return self._arrived(action, answer)

    def filled(self, form: PageForm, typed: Values) -> MultiDict[str, str]:
        """What the form sends when these values are typed over what it holds."""
        data = MultiDict(form.fields)
        for name, value in typed.items():
            data.setlist(name, value if isinstance(value, list) else [value])
        return data

    def _arrived(self, path: str, answer: TestResponse) -> Browser:
        self.visited.append(path)
        for _ in range(5):
            if answer.status_code not in (301, 302, 303, 308) or urlsplit(answer.location).netloc:
                break
            path = answer.location
            answer = self.client.get(path)
            self.visited.append(path)
        self.path, self.page = path, answer
        return self

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.text)
        return reader


DETAILS = {
    "name": "Anouk Voorbeeld",
    "day": "31",
    "month": "3",
    "year": "1980",
    "postcode": "3063 BR",
    "contact": "email",
    "email": "anouk@voorbeeld.example",
}


def to_details(browser: Browser, way: str = "guest", practice: str = "kralingen") -> Browser:
    """Through the form, up to the page with the details."""
    browser.open(f"/nl/?{urlencode({'praktijk': practice})}").send("begin")
    browser.send(wants=["access"]).send(scope=["account", "messages"])
    return browser.send(way=way)


def to_check(browser: Browser, way: str = "guest", **details: str) -> Browser:
    """Through the form, up to the check of all answers."""
    return to_details(browser, way).send(values={**DETAILS, **details})


def to_sent(browser: Browser, way: str = "guest", **details: str) -> Browser:
    """Through the form, and sent."""
    return to_check(browser, way, **details).send("versturen")
