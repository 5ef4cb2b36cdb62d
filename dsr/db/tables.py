"""All tables in one place, for migrations and tests."""

from dsr.db import (
    answers,
    data_keys,
    events,
    outbox,
    paces,
    staff,
    steps,
    subject_requests,
    visits,
)
from dsr.db.columns import Row

MODULES = (answers, data_keys, events, outbox, paces, staff, steps, subject_requests, visits)
METADATA = Row.metadata
