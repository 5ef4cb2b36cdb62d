"""Hands that know no mouse: Tab to a thing, press it, and count what was pressed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page

MOST_STOPS = 150
_HERE = "(el) => el === document.activeElement"


@dataclass
class Keyboard:
    """Works a page by keys alone; `pressed` holds every press that another would have clicked."""

    page: Page
    pressed: list[str] = field(default_factory=list)

    def to(self, target: Locator) -> None:
        """Tab until the focus is there."""
        target.wait_for()
        for _ in range(MOST_STOPS):
            if target.evaluate(_HERE):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab never reached {target}")

    def press(self, name: str | re.Pattern[str], role: str = "button") -> None:
        """Reach the button or link that is called so and press Enter."""
        found = self.page.get_by_role(role, name=name, exact=isinstance(name, str))  # type: ignore[arg-type]
        with self.page.expect_navigation():
            self.enter(found, name if isinstance(name, str) else name.pattern)

    def enter(self, target: Locator, what: str) -> None:
        """Reach a thing and press Enter."""
        self.to(target)
        self.page.keyboard.press("Enter")
        self.pressed.append(what)

    def write(self, target: Locator, words: str) -> None:
        """Reach a field and type."""
        self.to(target)
        self.page.keyboard.type(words)
