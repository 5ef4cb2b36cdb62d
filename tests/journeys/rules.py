"""What every page promises, looked at in a real browser; each rule gives its faults as words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = (Path(__file__).parents[1] / "vendor" / "axe.min.js").read_text()
TAGS = [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice", "EN-301-549",
]  # fmt: skip
NARROW = {"width": 320, "height": 800}
#: what changes between the light and the dark desk
COLOURS = ["color-contrast", "link-in-text-block"]
#: sizes in CSS pixels: WCAG 2.5.8 for all, and our own for the buttons of the public side
SMALLEST, PUBLIC_BUTTON = 24, 44

_SIDEWAYS = """() => {
  const wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= wide) return [];
  const inside = (el) => el.closest('.table-scroll, .scroll');
  return [...document.body.querySelectorAll('*')]
    .filter((el) => !inside(el) && el.getBoundingClientRect().right > wide + 1)
    .map((el) => el.tagName.toLowerCase() + '.' + el.className).slice(0, 5);
}"""
_TARGETS = """([all, button]) => {
  const seen = (el) => el.checkVisibility({ visibilityProperty: true })
    && el.getBoundingClientRect().width > 1 && !el.closest('.sr, .skip, .sprite');
  const inText = (el) => el.tagName === 'A' && getComputedStyle(el).display === 'inline';
  const named = (el, r) => `${el.tagName.toLowerCase()} "${el.textContent.trim().slice(0, 30)}" `
    + `${Math.round(r.width)}x${Math.round(r.height)}`;
  const small = [];
  for (const el of document.querySelectorAll('a[href], button, input, select, textarea, summary')) {
    if (!seen(el) || inText(el) || el.type === 'hidden') continue;
    const pressed = ['radio', 'checkbox'].includes(el.type) && el.closest('label') || el;
    const r = pressed.getBoundingClientRect();
    const least = button && pressed.matches('.btn, .choice') ? button : all;
    if (r.height < least - 0.5 || r.width < all - 0.5) small.push(named(pressed, r));
  }
  return small;
}"""
_LINKED = """() => [...document.querySelectorAll('[aria-describedby], [aria-labelledby]')]
  .flatMap((el) => ['aria-describedby', 'aria-labelledby'].flatMap(
    (name) => (el.getAttribute(name) || '').split(/\\s+/)
      .filter((id) => id && !document.getElementById(id)).map((id) => `${name} ${id}`)))"""

#: text in a box so narrow that hardly a word fits: it stands letter under letter
_SQUEEZED = """() => [...document.querySelectorAll('dt, dd, li, td, th, p, h1, h2, h3, h4')]
  .filter((el) => el.checkVisibility({ visibilityProperty: true }) && !el.closest('.sr'))
  .filter((el) => el.innerText.trim().length > 8 && el.clientWidth > 0)
  .filter((el) => el.clientWidth < 2.5 * parseFloat(getComputedStyle(el).fontSize))
  .map((el) => `${el.tagName.toLowerCase()} "${el.innerText.trim().slice(0, 30)}"`)"""


def broken(page: Page, *, public: bool) -> list[str]:
    """All faults of a page as it stands, each with the page, the rule and where."""
    where = f"{page.title()} ({page.url.split('?')[0].rsplit('/', 2)[-1]})"
    found = [f"axe {fault}" for fault in axe(page)]
    found += [f"no such id: {fault}" for fault in page.evaluate(_LINKED)]
    button = PUBLIC_BUTTON if public else 0
    found += [f"too small: {fault}" for fault in page.evaluate(_TARGETS, [SMALLEST, button])]
    found += [f"squeezed: {fault}" for fault in page.evaluate(_SQUEEZED)]
    found += [f"sideways at 320 px: {fault}" for fault in sideways(page)]
    return [f"{where}: {fault}" for fault in found]


def axe(page: Page, rules: list[str] | None = None) -> list[str]:
    """The violations that axe-core finds: rule and selector."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": TAGS}
    asked = {"runOnly": only, "resultTypes": ["violations"]}
    result: dict[str, Any] = page.evaluate("(asked) => axe.run(document, asked)", asked)
    return [
        f"{one['id']}: {' '.join(map(str, node['target']))}"
        for one in result["violations"]
        for node in one["nodes"]
    ]


def sideways(page: Page) -> list[str]:
    """What makes a page scroll sideways on a narrow phone; data tables may, in their own frame."""
    before = page.viewport_size
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    found: list[str] = page.evaluate(_SIDEWAYS)
    if before:
        page.set_viewport_size(before)
    return found


def dead_links_of_summary(page: Page) -> list[str]:
    """The links of the summary of mistakes that do not put the focus into a field."""
    found = []
    for link in page.locator(".fault a").all():
        link.focus()
        page.keyboard.press("Enter")
        if not page.evaluate("() => document.activeElement.matches('input, select, textarea')"):
            found.append(f"{page.title()}: {link.inner_text()} leads to no field")
    return found


_STOP = """() => {
  const el = document.activeElement;
  if (el === document.body) return null;
  const box = el.getBoundingClientRect();
  const held = el.closest('.card, .choice') || el;
  const ringed = [el, held].some((one) => {
    const look = getComputedStyle(one);
    return (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) >= 2);
  });
  const x = Math.min(Math.max(box.x + box.width / 2, 0), innerWidth - 1);
  const [from, to] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  const top = document.elementFromPoint(x, (from + to) / 2);
  const free = top && (el.contains(top) || top.contains(el) || (el.labels
    && [...el.labels].some((label) => label.contains(top))));
  return { name: el.id || el.textContent.trim().slice(0, 30), ringed, free: Boolean(free),
    y: box.y + scrollY, tag: el.tagName, group: el.type === 'radio' ? el.name : '' };
}"""
#: more stops than any page has
MOST_STOPS = 200


def walk_by_keyboard(page: Page) -> list[str]:
    """Tab through a page: each stop has a ring and is not covered; the walk ends; skip first."""
    faults, stops = [], list[str]()
    page.evaluate("() => document.activeElement.blur()")
    page.mouse.click(1, 1)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(_STOP)
        if stop is None:
            break
        stops.append(stop["name"])
        faults += [
            f"{page.title()}: focus on {stop['name']} {words}"
            for fits, words in ((stop["ringed"], "has no ring"), (stop["free"], "is covered"))
            if not fits
        ]
    if len(stops) == MOST_STOPS:
        faults.append(f"{page.title()}: the focus never leaves the page")
    return faults
