"""A browser window that notes whatever should not happen behind a page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    sync_playwright,
)

ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--no-first-run", "--disable-dev-shm-usage",
)  # fmt: skip
#: how long a page may take before it counts as broken, in milliseconds
PATIENCE = 15_000


class NoChromium(RuntimeError):
    """Chromium is not there; the text says which package brings it."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, without any other window; raises `NoChromium`."""
    found = shutil.which("chromium")
    if found is None:
        raise NoChromium("The browser checks need Chromium: as root, apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield browser
        browser.close()


@dataclass
class Window:
    """One person's browser: a context, its page, and a list of faults that nobody saw."""

    context: BrowserContext
    page: Page
    home: str
    away: tuple[str, ...] = ()
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Open an address of the house."""
        self.page.goto(f"{self.home}{path}")
        return self.page

    def press(self, name: str | re.Pattern[str], *, role: Any = "button") -> Page:
        """Press the one button (or link) that is called so."""
        self.page.get_by_role(role, name=name, exact=isinstance(name, str)).click()
        self.page.wait_for_load_state()
        return self.page

    def download(self, name: str | re.Pattern[str], folder: Path, *, role: Any = "link") -> Path:
        """Press what gives a file; the file lies in the folder under its own name."""
        with self.page.expect_download() as coming:
            self.page.get_by_role(role, name=name).click()
        target = folder / coming.value.suggested_filename
        coming.value.save_as(target)
        return target

    def title(self) -> str:
        """The words of the one main heading."""
        return self.page.get_by_role("heading", level=1).inner_text()

    def says(self, words: str) -> bool:
        """Whether these words stand on the page."""
        return words in " ".join(self.page.locator("body").inner_text().split())


def watched(browser: Browser, home: str, away: tuple[str, ...] = (), **asked: Any) -> Window:
    """A window on a house; `away` are the origins besides it that a journey may visit."""
    context = browser.new_context(
        **{"locale": "nl-NL", "viewport": {"width": 1280, "height": 900}, **asked}
    )
    context.set_default_timeout(PATIENCE)
    window = Window(context=context, page=context.new_page(), home=home, away=away)
    context.on("console", lambda message: _note_console(window, message))
    context.on("weberror", lambda error: window.faults.append(f"script: {error.error}"))
    context.on("request", lambda request: _note_request(window, request))
    return window


def _note_console(window: Window, message: ConsoleMessage) -> None:
    if message.type not in ("error", "warning"):
        return
    # A form that is sent back with its mistakes is an answer of 4xx, which Chromium reports.
    if re.search(r"status of 4(01|03|04|09|22)", message.text):
        return
    window.faults.append(f"console on {urlsplit(window.page.url).path}: {message.text}")


def _note_request(window: Window, request: Request) -> None:
    parts = urlsplit(request.url)
    if parts.scheme in ("data", "blob", "about"):
        return
    origin = f"{parts.scheme}://{parts.netloc}"
    if origin not in (window.home, *window.away):
        window.faults.append(f"call to {origin}")
