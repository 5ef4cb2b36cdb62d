"""The pages of the record of processing keep the rules of every page, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import rules
from tests.journeys.window import watched

pytestmark = pytest.mark.browser
PAGES = sorted((Path(__file__).parents[2] / "docs" / "registers").glob("*.html"))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_a_record_page_has_no_fault(browser: Browser, page: Path) -> None:
    window = watched(browser, "about:blank")
    window.page.set_content(page.read_text(encoding="utf-8"))
    found = rules.broken(window.page, public=False)
    window.context.close()
    assert found == [], "\n".join(found)
