"""The REST connector against Roundup, by the YAML of the documentation alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from connectors.rest import RestConnector
from dsr.core.connector import One
from dsr.core.errors import ForeignRecord, TryAgain
from dsr.core.subject import Subject
from tests.connector_case import Case, Changing, Corrected, items_of
from tests.connector_contract import ConnectorContract
from tests.peers.rest_examples import connected, example
from tests.peers.roundup_people import FILE, ISSUES, MESSAGES, Roundup
from tests.peers.running import Peer

pytestmark = pytest.mark.peer
Prove = Callable[..., None]


@pytest.fixture(scope="module")
def roundup(peer: Callable[..., Peer]) -> Roundup:
    return Roundup(peer("roundup").url)


@pytest.fixture(scope="module")
def connector(roundup: Roundup) -> Iterator[RestConnector]:
    with connected("roundup", roundup.environment) as made:
        yield made


@pytest.fixture
def proves(proved: Prove) -> Callable[[str], None]:
    return lambda verb: proved(connector="rest", peer="roundup", verb=verb)


class TestContract(ConnectorContract):
    @pytest.fixture
    def case(
        self, connector: RestConnector, roundup: Roundup, proves: Callable[[str], None]
    ) -> Iterator[Case]:
        roundup = Roundup(roundup.url)  # people of its own, whom a test may change
        yield Case(
            connector=connector,
            subject=roundup.subject,
            ref=roundup.anna,
            stranger=Subject(name="Niemand Nergens", email=roundup.mail("niemand")),
            several=Subject(name=roundup.several),
            dataset="messages",
            secrets=("admin-secret-1", "{PBKDF2"),
            changing=Changing(
                looks=True,
                rectifies=Corrected(
                    dataset="account",
                    path="/attributes/phone",
                    new="06 0000 0002",
                ),
            ),
        )
        for verb in ("contract", "again", "rectify"):
            proves(verb)


def test_everything_comes_over_pages_and_below_issues(
    connector: RestConnector, roundup: Roundup, proves: Callable[[str], None]
) -> None:
    read = {name: len(items_of(connector, roundup.anna, name)) for name in connector.datasets}

    assert roundup.count("issue", nosy=roundup.anna) == ISSUES
    assert read == {"account": 1, "issues": ISSUES, "messages": ISSUES * MESSAGES, "files": 1}
    proves("find")


def test_who_wrote_a_message_and_when(connector: RestConnector, roundup: Roundup) -> None:
    found = items_of(connector, roundup.anna, "messages")

    assert [item.author for item in found[:MESSAGES]] == ["staff", "subject"]
    assert {item.dates["sent"] for item in found} == {datetime(2024, 5, 6, 10, tzinfo=UTC)}
    assert "Goedendag" in str(found[0].data)


def test_a_file_comes_byte_for_byte(
    connector: RestConnector, roundup: Roundup, proves: Callable[[str], None]
) -> None:
    [item] = items_of(connector, roundup.anna, "files")
    [file] = item.files

    with file.open() as chunks:
        assert b"".join(chunks) == FILE
    assert (file.name, file.media_type) == ("brief.bin", "application/octet-stream")
    proves("files")


def test_the_person_is_found_in_two_steps(
    connector: RestConnector, roundup: Roundup, proves: Callable[[str], None]
) -> None:
    found = connector.locate(roundup.subject)

    assert isinstance(found, One)
    assert found.subject_ref == roundup.anna
    assert {"email", "name", "patient_number"} <= set(found.agrees)
    proves("locate")


def test_an_issue_of_somebody_else_stops_everything(roundup: Roundup) -> None:
    """As if the filter were forgotten: Roundup then gives everybody's issues."""
    datasets = example("roundup")["datasets"]
    datasets["issues"]["request"] = {
        "path": "/rest/data/issue",
        "query": {"@fields": "nosy", "@sort": "-id"},
    }
    made = connected("roundup", roundup.environment, datasets=datasets)
    with made as forgetful, pytest.raises(ForeignRecord):
        items_of(forgetful, roundup.anna, "issues")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"DSR_TICKETS_PASSWORD": "wrong"}, "refuses our key (code 401)"),
        ({"DSR_TICKETS_USER": "P{key}"}, "refuses our key"),
        ({"DSR_TICKETS_URL": "{url}demo/"}, "not"),
    ],
)
def test_what_is_wrong_is_said_in_words(
    roundup: Roundup, changed: dict[str, str], words: str, proves: Callable[[str], None]
) -> None:
    told = {name: value.format(key=roundup.key, url=roundup.url) for name, value in changed.items()}
    with connected("roundup", {**roundup.environment, **told}) as connector:
        health = connector.check()

    assert not health.usable
    assert words in health.words
    proves("check")


@dataclass
class Held:
    """A pace that remembers how long the system wants to rest."""

    seconds: list[float] = field(default_factory=list)

    def turn(self) -> None:
        """Always at once."""

    def hold(self, seconds: float) -> None:
        """Remembered."""
        self.seconds.append(seconds)


def _ask(connector: RestConnector, *, times: int) -> None:
    for _ in range(times):
        connector.find("1", "account", None)


def test_its_own_limit_of_calls_is_kept(
    peer: Callable[..., Peer], proves: Callable[[str], None]
) -> None:
    busy = peer("roundup", CALLS="5")
    environment = {
        "DSR_TICKETS_URL": busy.url,
        "DSR_TICKETS_ORIGIN": busy.url,
        "DSR_TICKETS_USER": "admin",
        "DSR_TICKETS_PASSWORD": "admin-secret-1",
    }
    pace = Held()
    with connected("roundup", environment) as connector:
        connector.http.pace = pace
        with pytest.raises(TryAgain) as caught:
            _ask(connector, times=9)

    assert caught.value.after
    assert caught.value.after > 60
    assert pace.seconds
    proves("limits")
