"""What every connector must do. A connector's test file subclasses `ConnectorContract` and gives
a `case` fixture; a broken promise then fails there under the promise's own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from dsr.core.connector import Connector, Item, Nobody, NotKept, One, Page, Several
from dsr.core.errors import BadAnswer, BrokenRegister, DsrError, ForeignRecord, TryAgain
from dsr.core.subject import Subject

_MOST_PAGES = 1000


@dataclass(frozen=True, kw_only=True)
class Case:
    """A connector with a system behind it, and what the contract needs to know of that system.

    `later` are faults that pass, `damaged` those that cut or spoil an answer, `foreign` those
    that plant a record of somebody else in `dataset`: each a call that plans the fault.
    `content_read` counts calls that read more than identifiers, for systems that can tell.
    """

    connector: Connector
    subject: Subject
    ref: str
    stranger: Subject
    several: Subject
    dataset: str
    later: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    damaged: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    foreign: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    content_read: Callable[[], int] = lambda: 0
    secrets: Sequence[str] = ()


def pages_of(connector: Connector, ref: str, dataset: str) -> list[Page]:
    """All pages of a dataset; none when it is not kept."""
    pages: list[Page] = []
    after: str | None = None
    while len(pages) < _MOST_PAGES:
        page = connector.find(ref, dataset, after)
        if isinstance(page, NotKept):
            return []
        pages.append(page)
        if page.next is None:
            return pages
        after = page.next
    raise AssertionError(f"{dataset} has more than {_MOST_PAGES} pages: does it ever end?")


def items_of(connector: Connector, ref: str, dataset: str) -> list[Item]:
    """All items of a dataset."""
    return [item for page in pages_of(connector, ref, dataset) for item in page.items]


class ConnectorContract:
    """Subclass as `Test...` and override `case`."""

    @pytest.fixture
    def case(self) -> Case:
        raise NotImplementedError("give a `case` fixture in the subclass")

    def test_a_right_configuration_is_usable(self, case: Case) -> None:
        health = case.connector.check()
        assert health.usable, health.words

    def test_the_subject_is_found(self, case: Case) -> None:
        located = case.connector.locate(case.subject)
        assert isinstance(located, One)
        assert located.subject_ref == case.ref
        assert located.agrees

    def test_a_stranger_is_nobody(self, case: Case) -> None:
        assert isinstance(case.connector.locate(case.stranger), Nobody)

    def test_an_empty_subject_is_nobody(self, case: Case) -> None:
        assert isinstance(case.connector.locate(Subject()), Nobody)

    def test_when_several_match_all_are_shown_and_nothing_is_read(self, case: Case) -> None:
        before = case.content_read()
        located = case.connector.locate(case.several)
        assert isinstance(located, Several)
        assert len(located.candidates) > 1
        assert case.content_read() == before
        shown = {key for candidate in located.candidates for key in candidate.shown}
        assert shown <= {"name", "birth_date", "town"}

    def test_every_dataset_ends_and_repeats_no_reference(self, case: Case) -> None:
        for dataset in case.connector.datasets:
            items = items_of(case.connector, case.ref, dataset)
            refs = [item.ref for item in items]
            assert len(set(refs)) == len(refs), dataset
            assert {item.dataset for item in items} <= {dataset}

    def test_the_systems_own_count_is_what_came(self, case: Case) -> None:
        for dataset in case.connector.datasets:
            pages = pages_of(case.connector, case.ref, dataset)
            if pages and pages[0].total is not None:
                assert sum(len(page.items) for page in pages) == pages[0].total, dataset

    def test_the_dataset_of_the_case_holds_something(self, case: Case) -> None:
        assert items_of(case.connector, case.ref, case.dataset)

    def test_reading_twice_gives_the_same(self, case: Case) -> None:
        first = items_of(case.connector, case.ref, case.dataset)
        again = items_of(case.connector, case.ref, case.dataset)
        assert [(item.ref, item.data) for item in first] == [(i.ref, i.data) for i in again]

    def test_dates_have_a_time_zone(self, case: Case) -> None:
        for dataset in case.connector.datasets:
            for item in items_of(case.connector, case.ref, dataset):
                for event, when in item.dates.items():
                    assert getattr(when, "tzinfo", "a day") is not None, (dataset, event)

    def test_secrets_stay_in_the_system(self, case: Case) -> None:
        for dataset in case.connector.datasets:
            told = str([item.data for item in items_of(case.connector, case.ref, dataset)])
            assert [secret for secret in case.secrets if secret in told] == []

    def test_nothing_of_a_person_shows_in_a_repr(self, case: Case) -> None:
        located = case.connector.locate(case.subject)
        items = items_of(case.connector, case.ref, case.dataset)
        told = repr((located, items))
        private = [case.subject.name, case.subject.email, case.subject.phone, f"'{case.ref}'"]
        assert [value for value in private if value and value in told] == []

    def test_passing_faults_say_try_again(self, case: Case) -> None:
        for name, plan in case.later.items():
            plan()
            with pytest.raises(TryAgain) as caught:
                case.connector.find(case.ref, case.dataset, None)
            assert not isinstance(caught.value, BadAnswer), name
            assert_no_personal_data(case, caught.value)

    def test_damaged_answers_are_never_complete(self, case: Case) -> None:
        for plan in case.damaged.values():
            plan()
            with pytest.raises(BadAnswer) as caught:
                pages_of(case.connector, case.ref, case.dataset)
            assert_no_personal_data(case, caught.value)

    def test_a_foreign_record_stops_everything(self, case: Case) -> None:
        for plan in case.foreign.values():
            plan()
            with pytest.raises(ForeignRecord) as caught:
                pages_of(case.connector, case.ref, case.dataset)
            assert_no_personal_data(case, caught.value)

    def test_a_spoiled_place_to_go_on_from_is_refused(self, case: Case) -> None:
        with pytest.raises(BadAnswer) as caught:
            case.connector.find(case.ref, case.dataset, "not a place")
        assert caught.value.from_start

    def test_an_unknown_dataset_is_refused_with_the_known_ones(self, case: Case) -> None:
        with pytest.raises(DsrError, match=case.dataset):
            case.connector.find(case.ref, "no-such-dataset", None)

    def test_changes_are_for_a_person_and_account_for_all(self, case: Case) -> None:
        connector, refs = case.connector, ("a", "b")
        receipts = (
            connector.erase(refs, "op-1"),
            connector.restrict(refs, "op-2"),
            connector.restrict(refs, "op-3", lift=True),
            connector.rectify("a", {"name": "secret value"}, "op-4"),
            connector.stop_using(case.ref, ["A.2"], "op-5"),
        )
        for number, receipt in enumerate(receipts, start=1):
            assert f"op-{number}" in receipt.by_hand
            assert receipt.unaccounted(refs) == ()
            assert "secret value" not in receipt.by_hand


def assert_no_personal_data(case: Case, fault: BaseException) -> None:
    """Neither the message nor what it was raised from may name the person."""
    told = f"{fault!s} {fault.__cause__!r}"
    private = [case.ref, case.subject.name, case.subject.email, case.subject.phone]
    assert [value for value in private if value and value in told] == []


def refused_settings(build: Callable[[Mapping[str, object]], Connector], **settings: object) -> str:
    """The message with which settings are refused."""
    with pytest.raises(BrokenRegister) as caught:
        build(settings)
    return str(caught.value)
