"""One house and one browser for all journeys; each test gets its own windows and accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from demo.population import Cast, people, played_by
from dsr.cli.demo import Walk, running
from dsr.services.house import House
from tests.journeys.asking import NL, Patient, Words
from tests.journeys.window import Window, chromium, watched
from tests.journeys.working import Colleague, colleague

EVERYBODY = people()


@dataclass(frozen=True)
class Premises:
    """A running house: its address, its rows, its letter box, the origin of the app's login."""

    house: House
    url: str
    letter_box: Path
    app: str


@pytest.fixture(scope="session")
def premises(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    """A whole house with its demo practice, in processes of its own."""
    folder = tmp_path_factory.mktemp("premises")
    with running(folder) as (house, url):
        login = house.settings.cognito
        assert login is not None
        parts = urlsplit(login.login_url)
        yield Premises(house, url, folder / "mail", f"{parts.scheme}://{parts.netloc}")
        house.engine.dispose()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with chromium() as found:
        yield found


Opens = Callable[..., Window]


@pytest.fixture
def window(premises: Premises, browser: Browser) -> Iterator[Opens]:
    """Opens windows; at the end of the test no page may have had a hidden fault."""
    opened: list[Window] = []

    def opens(**asked: Any) -> Window:
        opened.append(watched(browser, premises.url, (premises.app,), **asked))
        return opened[-1]

    yield opens
    for one in opened:
        one.context.close()
    assert not [fault for one in opened for fault in one.faults]


@pytest.fixture
def patient(window: Opens) -> Callable[..., Patient]:
    """Somebody of the cast at a browser without script, on a phone."""

    def comes(who: Cast, words: Words = NL, **asked: Any) -> Patient:
        phone = {"java_script_enabled": False, "viewport": {"width": 390, "height": 844}}
        return Patient(window(**{**phone, **asked}), played_by(EVERYBODY, who), words)

    return comes


@pytest.fixture
def staff(premises: Premises, window: Opens) -> Callable[..., Colleague]:
    """A colleague who has signed in, in a window of their own."""

    def comes(*roles: str, name: str = "Anna Bakker", **asked: Any) -> Colleague:
        one = colleague(premises.house, window(**asked), *roles, name=name)
        one.sign_in()
        return one

    return comes


@pytest.fixture(scope="session")
def found(premises: Premises) -> Walk:
    """A request of somebody with everything found, waiting for its review; nobody decides it."""
    walk = Walk(premises.house, premises.url, played_by(EVERYBODY, Cast.APP))
    for step in (walk.ask, walk.identify, walk.search, walk.by_hand, walk.withhold):
        step()
    return walk


@pytest.fixture(scope="session")
def answered(premises: Premises) -> Walk:
    """A request that was answered in part; its letter and package wait for the patient."""
    walk = Walk(premises.house, premises.url, played_by(EVERYBODY, Cast.APP))
    for step in (walk.ask, walk.identify, walk.search, walk.by_hand, walk.withhold):
        step()
    walk.sign_off()
    walk.decide()
    walk.reach("replying")
    walk.desk("anna", "POST", "/answer")
    return walk
