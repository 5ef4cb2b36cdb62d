"""Looking at the pages of the public with all rules."""

from __future__ import annotations

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as Timeout

from tests.journeys import rules
from tests.journeys.asking import Patient

#: how long painting may take, in milliseconds
FOCUS = 3000
WRONG = {"nl": "Fout:", "en": "Error:"}


class Look:
    """Looks at the page of a patient with all rules, and keeps what is wrong."""

    def __init__(self, patient: Patient) -> None:
        self.patient, self.faults = patient, list[str]()

    def here(self) -> None:
        """At the page as it stands."""
        self.faults += rules.broken(self.patient.window.page, public=True)

    def at(self, path: str) -> None:
        """At another page."""
        self.patient.window.open(path)
        self.here()

    def refused(self) -> None:
        """Send the form as it stands; the page that comes back says what is wrong."""
        page, code = self.patient.window.page, self.patient.words.code
        page.locator("main form .btn").first.click()
        page.wait_for_load_state()
        if not page.title().startswith(WRONG[code]):
            self.faults.append(f"{page.title()}: does not begin with {WRONG[code]}")
        if not _has_focus(page):
            self.faults.append(f"{page.title()}: the summary has no focus")
        self.faults += rules.dead_links_of_summary(page)
        self.here()


def _has_focus(page: Page) -> bool:
    """Whether the summary of mistakes has the focus; the browser gives it when it paints."""
    try:
        page.locator(".fault:focus").wait_for(timeout=FOCUS)
    except Timeout:
        return False
    return True
