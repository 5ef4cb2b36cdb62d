"""All tables in one place, for migrations and tests."""

from dsr.db import (
    answers,
    data_keys,
    events,
    holds,
    ledger,
    outbox,
    paces,
    plans,
    processor_tasks,
    staff,
    steps,
    subject_requests,
    suppressions,
    visits,
)
from dsr.db.columns import Row

MODULES = (
    answers,
    data_keys,
    events,
    holds,
    ledger,
    outbox,
    paces,
    plans,
    processor_tasks,
    staff,
    steps,
    subject_requests,
    suppressions,
    visits,
)
METADATA = Row.metadata
