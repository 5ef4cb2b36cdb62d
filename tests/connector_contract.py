"""What every connector must do. A connector's test file subclasses `ConnectorContract` and gives
a `case` fixture; a broken promise then fails there under the promise's own name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from dsr.core.connector import Connector, Nobody, One, Several
from dsr.core.errors import BadAnswer, BrokenRegister, DsrError, ForeignRecord, TryAgain
from dsr.core.subject import Subject
from tests.changing_contract import ChangingContract
from tests.connector_case import (
    Case,
    Changing,
    Corrected,
    assert_no_personal_data,
    items_of,
    pages_of,
)

__all__ = [
    "Case",
    "Changing",
    "ConnectorContract",
    "Corrected",
    "assert_no_personal_data",
    "items_of",
    "pages_of",
    "refused_settings",
]


class ConnectorContract(ChangingContract):
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


def refused_settings(build: Callable[[Mapping[str, object]], Connector], **settings: object) -> str:
    """The message with which settings are refused."""
    with pytest.raises(BrokenRegister) as caught:
        build(settings)
    return str(caught.value)
