"""Every fault that a system behind HTTP can have, for each connector: what must come of it.

A real server stands between the connector and its system and spoils a page: the first, and the
second. Whatever it does, the call ends in time, in one of the office's own errors, without a word
about anybody; what is read is never short; and when the fault is over, the same call goes on and
the whole is what it was. The id of each case is a row of the table: connector, fault, outcome.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from dsr.core.connector import Connector
from dsr.core.errors import BadAnswer, TryAgain
from tests.connectors.faults import ways
from tests.connectors.faults.proxy import Asked, Exchange, FaultProxy, any_call, type_of_fault
from tests.connectors.faults.reading import Reading, told_by, type_of_shown
from tests.connectors.faults.rigs import RIGS, Rig, Shape

#: seconds in which a spoiled reading must be over
BOUND = 5.0
COMPLETE = "complete"
LATER, BAD, PERSON, FOREIGN = "TryAgain", "BadAnswer", "NeedsPerson", "ForeignRecord"
#: a list that the mapping does not find is for whoever wrote the mapping
UNMAPPED = {"rest": PERSON}
type_of_rigs = Callable[[str], tuple[Rig, list[type_of_shown]]]
type_of_fits = Callable[[Asked], bool]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A fault, and what comes of it: for all connectors, or else for some.

    `hasty` waits little, for faults that only time ends. `at` are the calls that it spoils, of
    those that `fits` names (else of pages). `after` is the pause that the error must carry.
    """

    outcome: str
    fault: Callable[[Rig], type_of_fault]
    but: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    after: tuple[float, float] | None = None
    at: tuple[int, ...] = (1, 2)
    hasty: bool = False
    fits: Callable[[Rig], type_of_fits] = lambda rig: rig.shape.is_page


def every(fault: type_of_fault) -> Callable[[Rig], type_of_fault]:
    """A fault that is the same for all systems."""
    return lambda _rig: fault


def page(make: Callable[[Shape], type_of_fault]) -> Callable[[Rig], type_of_fault]:
    """A fault that goes by the shape of a system's pages."""
    return lambda rig: make(rig.shape)


def promised(rig: Rig) -> type_of_fault:
    """A count that is higher than what comes."""
    assert rig.shape.total is not None, "it counts"
    change = rig.shape.total[1]
    return ways.page_as(lambda _exchange, body: change(body))


CASES: dict[str, Case] = {
    "429 with seconds": Case(
        outcome=LATER, fault=every(ways.refusal(429, Retry_After="77")), after=(77, 77),
    ),
    "429 with a date": Case(
        outcome=LATER, fault=every(ways.refusal(429, Retry_After=ways.in_an_hour())),
        after=(3000, 3600),
    ),
    "429 without a pause": Case(outcome=LATER, fault=every(ways.refusal(429))),
    "500": Case(outcome=LATER, fault=every(ways.refusal(500))),
    "502": Case(outcome=LATER, fault=every(ways.page_of_html(502))),
    "503": Case(outcome=LATER, fault=every(ways.refusal(503, Retry_After="77")), after=(77, 77)),
    "504": Case(outcome=LATER, fault=every(ways.page_of_html(504))),
    "401": Case(outcome=PERSON, fault=every(ways.refusal(401))),
    "403": Case(outcome=PERSON, fault=every(ways.refusal(403))),
    "404": Case(outcome=PERSON, fault=every(ways.page_of_html(404)), at=(2,), but={"fhir": BAD}),
    "410": Case(outcome=PERSON, fault=every(ways.refusal(410)), at=(2,), but={"fhir": BAD}),
    "silence": Case(outcome=LATER, fault=every(ways.silence), hasty=True, at=(2,)),
    "silence in the middle": Case(
        outcome=LATER, fault=every(ways.silence_in_the_middle), hasty=True, at=(2,)
    ),
    "slow drip of the body": Case(outcome=LATER, fault=every(ways.slow_body), hasty=True, at=(2,)),
    "slow drip of the head": Case(outcome=LATER, fault=every(ways.slow_head), hasty=True, at=(2,)),
    "reset": Case(outcome=LATER, fault=every(ways.reset)),
    "reset in the middle": Case(outcome=LATER, fault=every(ways.reset_in_the_middle)),
    "hang up at once": Case(
        outcome=BAD, fault=every(ways.hang_up_at_once), but={"cognito": LATER}
    ),
    "hang up in the middle": Case(outcome=BAD, fault=every(ways.hang_up)),
    "cut chunks": Case(outcome=BAD, fault=every(ways.cut_chunks), but={"cognito": LATER}),
    "no HTTP": Case(outcome=BAD, fault=every(ways.no_answer_at_all), but={"cognito": LATER}),
    "half JSON": Case(outcome=BAD, fault=every(ways.bytes_as(ways.cut))),
    "empty body": Case(
        outcome=BAD, fault=every(ways.raw_page(b"")), but=UNMAPPED
    ),
    "HTML with 200": Case(outcome=BAD, fault=every(ways.page_of_html(200))),
    "latin-1 told as UTF-8": Case(outcome=BAD, fault=every(ways.bytes_as(ways.latin_1))),
    "UTF-16 told as UTF-8": Case(outcome=BAD, fault=every(ways.bytes_as(ways.utf_16))),
    "doubled keys": Case(outcome=BAD, fault=every(ways.bytes_as(ways.doubled_key))),
    "NaN": Case(outcome=BAD, fault=every(ways.bytes_as(ways.nan))),
    "nesting of 100000": Case(outcome=BAD, fault=every(ways.raw_page(ways.deep(100_000)))),
    "a list for an object": Case(
        outcome=BAD, fault=every(ways.raw_page(b"[]")), but=UNMAPPED
    ),
    "null for an object": Case(
        outcome=BAD, fault=every(ways.raw_page(b"null")), but=UNMAPPED
    ),
    "a text for an object": Case(
        outcome=BAD, fault=every(ways.raw_page(b'"ok"')), but=UNMAPPED
    ),
    "an object with nothing in it": Case(
        outcome=BAD, fault=every(ways.raw_page(b"{}")), but=UNMAPPED, without=("cognito",)
    ),
    "an object for the list": Case(
        outcome=BAD, fault=page(lambda s: ways.rows_as(s, {"a": 1})), but=UNMAPPED
    ),
    "a text for the list": Case(
        outcome=BAD, fault=page(lambda s: ways.rows_as(s, "none")), but=UNMAPPED
    ),
    "null for the list": Case(
        outcome=BAD, fault=page(lambda s: ways.rows_as(s, None)), but=UNMAPPED
    ),
    "texts for records": Case(outcome=BAD, fault=page(lambda s: ways.rows_as(s, ["a", "b"]))),
    "null for a record": Case(outcome=BAD, fault=page(lambda s: ways.rows_as(s, [None]))),
    "records with nothing in them": Case(
        outcome=BAD, fault=page(lambda s: ways.rows_as(s, [{}])), but={"rest": FOREIGN}
    ),
    "the page before again": Case(outcome=BAD, fault=every(ways.page_before), at=(2,)),
    "an item of the page before": Case(
        outcome=BAD, fault=page(ways.with_the_last_of_the_page_before), at=(2,)
    ),
    "an item twice on a page": Case(
        outcome=BAD, fault=page(ways.with_an_item_twice), but={"cognito": COMPLETE}
    ),
    "pages in a loop": Case(
        outcome=BAD, fault=page(ways.in_a_loop), at=(2,), without=("sendbird",)
    ),
    "an empty page on the way": Case(
        outcome=COMPLETE, fault=page(ways.by_a_detour), without=("sendbird",), at=(2,)
    ),
    "an empty page first": Case(
        outcome=COMPLETE, fault=page(ways.by_a_detour), without=("sendbird", "fhir"), at=(1,)
    ),
    "an empty page at the end": Case(
        outcome=BAD, fault=page(lambda s: ways.rows_as(s, [])), without=("fhir", "rest", "cognito")
    ),
    "a record of somebody else": Case(
        outcome=FOREIGN,
        fault=lambda rig: ways.page_as(lambda _e, body: rig.shape.foreign[1](body)),
        fits=lambda rig: rig.shape.foreign[0],
    ),
    "more promised than given": Case(
        outcome=BAD, fault=promised, fits=lambda rig: rig.shape.total[0], at=(1,),
        without=("cognito",),
    ),
    "NUL in a text": Case(
        outcome=COMPLETE, fault=page(lambda s: ways.last_row_with(s, b'"a\\u0000b"'))
    ),
    "half an emoji": Case(
        outcome=COMPLETE, fault=page(lambda s: ways.last_row_with(s, b'"a\\ud83d b"'))
    ),
    "a number of 40 digits": Case(
        outcome=COMPLETE, but={"cognito": BAD},
        fault=page(lambda s: ways.last_row_with(s, b"9" * 40, of_number=True)),
    ),
    "a number beyond all floats": Case(
        outcome=COMPLETE, but={"cognito": BAD},
        fault=page(lambda s: ways.last_row_with(s, b"1e999", of_number=True)),
    ),
    "a number of 10000 digits": Case(
        outcome=COMPLETE, but={"cognito": BAD},
        fault=page(lambda s: ways.last_row_with(s, b"9" * 10_000, of_number=True)),
    ),
    "nesting of 400": Case(
        outcome=BAD, fault=page(lambda s: ways.last_row_with(s, ways.deep(400)))
    ),
    "an endless body": Case(
        outcome=PERSON, fault=every(ways.endless), at=(2,), but={"cognito": BAD}
    ),
    "an enormous body": Case(
        outcome=PERSON, fault=every(ways.enormous), at=(2,), but={"cognito": BAD}
    ),
    "a gzip bomb": Case(outcome=PERSON, fault=every(ways.gzip_bomb), at=(2,), but={"cognito": BAD}),
    "a gzip bomb in a bomb": Case(
        outcome=BAD, fault=every(ways.gzip_bomb_in_a_bomb), at=(2,)
    ),
    "a redirect in circles": Case(
        outcome=BAD, fault=every(ways.in_circles), but={"cognito": PERSON}
    ),
}  # fmt: skip
TABLE = [
    pytest.param(name, case, case.but.get(name, case.outcome), id=f"{name}, {fault}: {outcome}")
    for fault, case in CASES.items()
    for name in RIGS
    if name not in case.without
    for outcome in [case.but.get(name, case.outcome)]
]


@pytest.fixture(scope="module")
def rig_of() -> Iterator[type_of_rigs]:
    """The system of each connector, and what it holds; started when first asked for."""
    made: dict[str, tuple[Rig, list[type_of_shown]]] = {}
    with ExitStack() as stack:

        def rig_of(name: str) -> tuple[Rig, list[type_of_shown]]:
            if name not in made:
                rig = stack.enter_context(RIGS[name]())
                whole = Reading(rig.connect(False), rig.ref, rig.dataset).to_the_end()
                made[name] = rig, whole
            return made[name]

        yield rig_of


@dataclass
class Told:
    """What came of a spoiled reading."""

    reading: Reading
    fault: Exception | None
    seconds: float

    @property
    def outcome(self) -> str:
        """The name of the error, or that there was none."""
        return COMPLETE if self.fault is None else type(self.fault).__name__


def read(connector: Connector, rig: Rig) -> Told:
    """Read the dataset until its end or its error."""
    reading = Reading(connector, rig.ref, rig.dataset)
    began, fault = time.monotonic(), None
    try:
        reading.to_the_end()
    except Exception as error:
        fault = error
    return Told(reading, fault, time.monotonic() - began)


def assert_it_goes_on(told: Told, whole: list[type_of_shown]) -> None:
    """The call that failed works now, unless only the beginning helps; nothing is lost by it."""
    from_start = isinstance(told.fault, BadAnswer) and told.fault.from_start
    if told.fault is not None and not from_start:
        assert told.reading.to_the_end() == whole


def assert_tells_nothing(told: Told, rig: Rig, log: pytest.LogCaptureFixture) -> None:
    """No word about anybody, in the error or in the log."""
    said = told_by(told.fault) if told.fault else ""
    ours = (one for one in log.records if one.name != "werkzeug")  # that one is the stand-in's
    said += "\n".join(one.getMessage() for one in ours)
    assert [word for word in rig.private if word in said] == []


@pytest.mark.parametrize(("name", "case", "outcome"), TABLE)
def test_a_fault_ends_in_time_by_its_name_and_leaves_nothing_behind(
    rig_of: type_of_rigs, name: str, case: Case, outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig, whole = rig_of(name)
    connector = rig.connect(case.hasty)
    for nth in case.at:
        rig.proxy.plant(case.fault(rig), case.fits(rig), at=nth)
        told = read(connector, rig)
        rig.proxy.clear()
        assert told.outcome == outcome, (nth, told.fault)
        assert told.seconds < BOUND
        if told.fault is None:
            assert [item.ref for item in told.reading.items] == [row[0] for row in whole]
        if case.after and name != "cognito":  # it does not say how long: a rest of our own
            assert isinstance(told.fault, TryAgain)
            assert case.after[0] <= (told.fault.after or 0) <= case.after[1]
        assert_tells_nothing(told, rig, caplog)
        assert_it_goes_on(told, whole)
    # All pages in a row, with the patience of every day: a busy machine is no fault.
    assert Reading(rig.connect(False), rig.ref, rig.dataset).to_the_end() == whole


@pytest.mark.parametrize("name", RIGS)
@pytest.mark.parametrize("fault", ["reset", "500", "502", "503 soon", "hang up at once"])
def test_a_fault_that_passes_at_once_is_not_even_noticed(
    rig_of: type_of_rigs, name: str, fault: str
) -> None:
    rig, whole = rig_of(name)
    planted = {"503 soon": every(ways.refusal(503, Retry_After="0"))}.get(fault)
    made = (planted or CASES[fault].fault)(rig)
    rig.proxy.plant(made, rig.shape.is_page, at=2, times=1)
    told = read(rig.connect(False), rig)
    rig.proxy.clear()
    assert (told.outcome, told.reading.shown) == (COMPLETE, whole)


@pytest.mark.parametrize("name", RIGS)
@pytest.mark.parametrize("how", ["refuse", "ignore"])
def test_a_system_that_takes_no_call_is_asked_again_later(
    rig_of: type_of_rigs, name: str, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig, whole = rig_of(name)
    connector = rig.connect(True)
    getattr(rig.proxy, how)()
    told = read(connector, rig)
    health = connector.check()
    rig.proxy.clear()
    assert told.outcome == LATER, told.fault
    assert told.seconds < BOUND
    assert not health.usable
    assert_tells_nothing(told, rig, caplog)
    assert_it_goes_on(told, whole)


@pytest.mark.parametrize("name", RIGS)
def test_nobody_follows_to_another_host(
    rig_of: type_of_rigs, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    rig, whole = rig_of(name)
    heard: list[Asked] = []

    def hear(exchange: Exchange) -> None:
        heard.append(exchange.asked)

    elsewhere = FaultProxy("http://127.0.0.1:9")
    elsewhere.plant(hear, any_call)
    connector = rig.connect(False)
    rig.proxy.plant(ways.off_host(lambda: elsewhere.url), rig.shape.is_page, at=2)
    told = read(connector, rig)
    rig.proxy.clear()
    elsewhere.close()
    assert (told.outcome, heard) == (PERSON, [])
    assert_tells_nothing(told, rig, caplog)
    assert_it_goes_on(told, whole)


@pytest.mark.parametrize("name", RIGS)
@pytest.mark.parametrize("fault", ["500", "401", "HTML with 200", "half JSON", "NaN", "silence"])
def test_a_check_says_in_words_what_is_wrong(rig_of: type_of_rigs, name: str, fault: str) -> None:
    rig, _ = rig_of(name)
    connector = rig.connect(True)
    rig.proxy.plant(CASES[fault].fault(rig), any_call)
    began = time.monotonic()
    health = connector.check()
    rig.proxy.clear()
    assert not health.usable
    assert len(health.words) > 20
    assert time.monotonic() - began < BOUND
    assert [word for word in rig.private if word in health.words] == []
    assert connector.check().usable
