"""`make screens`: the pictures of docs/screens anew, from a fresh demo in a real Chromium."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser

from demo.population import Cast, people, played_by
from dsr.cli import seed
from dsr.cli.demo import Walk, running
from dsr.services.house import House
from tests.journeys.asking import Filed, Patient
from tests.journeys.window import Window, chromium, watched
from tests.journeys.working import Colleague

TARGET = Path(__file__).parent / "screens"
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 860}}
#: pictures are small enough to stand in a README
MOST_BYTES = 200_000
EVERYBODY = people()


@dataclass
class Studio:
    """A running house and a browser that takes pictures of it."""

    house: House
    url: str
    browser: Browser

    def window(self, look: dict[str, Any]) -> Window:
        """A window with this look; the app's login is elsewhere."""
        login = self.house.settings.cognito
        parts = urlsplit(login.login_url if login else "")
        return watched(self.browser, self.url, (f"{parts.scheme}://{parts.netloc}",), **look)

    def colleague(self, login: str, *, dark: bool = False) -> Colleague:
        """One of the demo's colleagues, signed in."""
        window = self.window({**DESK, "color_scheme": "dark" if dark else "light"})
        secret = seed.totp_secret(self.house, login)
        one = Colleague(self.house, window, login, login, seed.PASSWORD, secret)
        one.sign_in()
        return one

    def walked(self, who: Cast, *steps: str) -> Walk:
        """A request that went this far."""
        walk = Walk(self.house, self.url, played_by(EVERYBODY, who))
        for step in ("ask", *steps):
            getattr(walk, step)()
        return walk


def main() -> None:
    """Take all pictures; says where they lie."""
    TARGET.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as (house, url),
        chromium() as browser,
    ):
        studio = Studio(house, url, browser)
        for take in (_patient, _desk, _answer):
            take(studio)
        house.engine.dispose()
    sys.stdout.write(f"The pictures lie in {TARGET}\n")


def _patient(studio: Studio) -> None:
    """The form on a phone."""
    youssef = Patient(studio.window(PHONE), played_by(EVERYBODY, Cast.GUEST))
    page = youssef.window.open("/nl/praktijk/centrum")
    _shoot(youssef.window, "patient-start")
    youssef.window.press(youssef.words.start)
    page.get_by_role("checkbox", name=youssef.words.see, exact=True).check()
    _shoot(youssef.window, "patient-wants")
    youssef.window.press(youssef.words.on)
    page.get_by_role("checkbox", name="Alles", exact=True).check()
    _shoot(youssef.window, "patient-what")
    youssef.window.press(youssef.words.on)
    page.get_by_role("radio", name="Een code per e-mail").check()
    _shoot(youssef.window, "patient-who")
    youssef.window.press(youssef.words.on)
    youssef.tell()
    youssef.window.press(youssef.words.send)
    _shoot(youssef.window, "patient-sent")


def _desk(studio: Studio) -> None:
    """The queue, a request, reviewing, deciding, and the law behind it."""
    for who in (Cast.TWIN, Cast.QUIET, Cast.LONG_NAME):
        studio.walked(who)
    for who in (Cast.FATHER, Cast.CYRILLIC):
        studio.walked(who, "identify", "search")
    walk = studio.walked(Cast.APP, "identify", "search", "by_hand", "withhold")
    reference = walk.filed["reference"]
    anna = studio.colleague("anna")
    anna.window.open("/desk/queue")
    _shoot(anna.window, "desk-queue")
    anna.open(reference)
    anna.press(re.compile("^Toon"))
    _shoot(anna.window, "desk-request")
    page = anna.open(reference, "review?system=sendbird&n=7")
    words = " ".join(page.locator("[data-path='/message'] .pre").inner_text().split()[-3:])
    page.get_by_label("Maak deze woorden zwart").fill(words)
    anna.press("Maak zwart")
    page.evaluate("() => scrollTo(0, 0)")
    _shoot(anna.window, "desk-review")
    walk.sign_off()
    page = anna.open(reference, "decision")
    page.frame_locator("iframe").locator("h1").first.wait_for()
    _shoot(anna.window, "desk-decision")
    page = anna.open(reference, "law")
    page.get_by_label("Recht", exact=True).select_option("erasure")
    page.get_by_label("Waarvoor zijn de gegevens?").select_option("A.3")
    anna.press("Vraag de wet")
    _shoot(anna.window, "desk-law")
    merel = studio.colleague("merel", dark=True)
    merel.window.open("/desk/")
    _shoot(merel.window, "desk-day-dark")


def _answer(studio: Studio) -> None:
    """What the patient gets: the page, the letter, the package."""
    steps = ("identify", "search", "by_hand", "withhold", "sign_off", "decide")
    walk = studio.walked(Cast.APP, *steps)
    walk.reach("replying")
    walk.desk("anna", "POST", "/answer")
    nora = Patient(studio.window(PHONE), walk.person)
    nora.follow(Filed(walk.filed["reference"], walk.filed["secret"]))
    nora.window.press("Bekijk uw antwoord", role="link")
    nora.window.press(nora.words.from_desk, role="link")
    nora.type_code(walk.code)
    _shoot(nora.window, "patient-answer")
    with tempfile.TemporaryDirectory() as folder:
        letter = nora.window.download("Download de brief", Path(folder))
        package = nora.window.download("Download zip", Path(folder))
        zipfile.ZipFile(package).extractall(folder)
        _letter(letter)
        window = watched(studio.browser, "file://", **DESK)
        window.page.goto(next(Path(folder).glob("*/LEES-MIJ-EERST.html")).as_uri())
        _shoot(window, "package")


def _letter(letter: Path) -> None:
    """The first page of the letter, where Poppler is there to draw it."""
    if shutil.which("pdftoppm") is None:
        sys.stderr.write(
            "No pdftoppm (apt-get install poppler-utils): letter.png stays as it was\n"
        )
        return
    drawn = letter.with_name("letter")
    command = ["pdftoppm", "-png", "-r", "90", "-f", "1", "-singlefile", str(letter), str(drawn)]
    subprocess.run(command, check=True, timeout=60)  # noqa: S603 (a fixed command)
    _keep(drawn.with_suffix(".png"), "letter")


def _shoot(window: Window, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        taken = Path(folder) / "taken.png"
        window.page.screenshot(path=taken)
        _keep(taken, name)


def _keep(taken: Path, name: str) -> None:
    """Keep a picture with a palette: a third of the size, and nobody sees the difference."""
    target = TARGET / f"{name}.png"
    with Image.open(taken) as picture:
        reduced = picture.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE)
        reduced.save(target, optimize=True)
    if target.stat().st_size > MOST_BYTES:
        raise SystemExit(f"{target.name} is larger than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main()
