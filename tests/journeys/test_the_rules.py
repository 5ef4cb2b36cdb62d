"""The rules themselves: a page with planted faults does not pass."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.journeys import rules
from tests.journeys.window import watched

pytestmark = pytest.mark.browser
BROKEN = """<!doctype html><html lang="nl"><head><title>Proef</title><style>
:focus { outline: none } .over { position: fixed; inset: 0; background: white; opacity: .5 }
</style></head><body><main><h1>Proef</h1><p style="color: #bbb">Bleek</p>
<input id="a"><button style="height: 10px; width: 10px; padding: 0">x</button>
<button class="btn" style="height: 30px">Verder</button>
<div style="width: 900px">breed</div><p style="width: 1rem">22 december</p>
<input aria-label="b" aria-describedby="weg">
<div class="fault"><a href="#">Vul uw naam in.</a></div></main>
<div class="over"></div></body></html>"""


@pytest.mark.parametrize(
    "fault",
    [
        "axe color-contrast", "axe label: #a", "too small: button", 'too small: button "Verder"',
        "sideways at 320 px", 'squeezed: p "22 december', "no such id: aria-describedby weg",
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(browser: Browser, fault: str) -> None:
    window = watched(browser, "about:blank")
    window.page.set_content(BROKEN)
    found = rules.broken(window.page, public=True)
    window.context.close()
    assert any(fault in one for one in found), "\n".join(found)


def test_a_focus_that_nobody_sees_is_found(browser: Browser) -> None:
    window = watched(browser, "about:blank")
    window.page.set_content(BROKEN)
    found = "\n".join(rules.walk_by_keyboard(window.page))
    dead = rules.dead_links_of_summary(window.page)
    window.context.close()
    assert "has no ring" in found
    assert "is covered" in found
    assert dead == ["Proef: Vul uw naam in. leads to no field"]


def test_what_happens_behind_a_page_is_noted(browser: Browser) -> None:
    window = watched(browser, "http://127.0.0.1:9")
    window.page.set_content(
        "<meta http-equiv=Content-Security-Policy content=\"script-src 'nonce-a'\">"
        "<script nonce=a>console.error('mis')</script><script>1</script>"
        "<img src='http://localhost:9/x.png'>"
    )
    window.context.close()
    seen = "\n".join(window.faults)
    assert "mis" in seen
    assert "Content Security Policy" in seen
    assert "call to http://localhost:9" in seen
