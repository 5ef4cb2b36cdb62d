"""I6: the day on which an answer is due follows from the receipt alone, reckoned here anew."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from dateutil.easter import easter  # type: ignore[import-untyped]

from faults.checker.evidence import Evidence, moment

_HERE = ZoneInfo("Europe/Amsterdam")


def i6(seen: Evidence) -> Iterator[str]:
    """Every due date is one month after receipt, rolled on over free days (Reg. 1182/71, 3)."""
    for row in seen.requests.values():
        received = moment(row["received_at"]).astimezone(_HERE).date()
        wanted = due(received)
        if str(row["due"]) != wanted.isoformat():
            yield f"{row['reference']}: received {received}, due {row['due']} and not {wanted}"
        for event in seen.events_of[row["id"]]:
            if event["action"] == "received" and event["body"]["due"] != wanted.isoformat():
                yield f"{row['reference']}: its first event says due {event['body']['due']}"


def due(received: date) -> date:
    """The same day of the next month, or its last; then the first day that is not free."""
    year, month = received.year + received.month // 12, received.month % 12 + 1
    day = date(year, month, min(received.day, monthrange(year, month)[1]))
    while day.weekday() > 4 or day in _free(day.year):
        day += timedelta(days=1)
    return day


def _free(year: int) -> set[date]:
    fixed = {date(year, 1, 1), date(year, 5, 5), date(year, 12, 25), date(year, 12, 26)}
    kings = date(year, 4, 27)
    kings -= timedelta(days=kings.weekday() == 6)
    moving = {easter(year) + timedelta(days=n) for n in (1, 39, 50)}
    return fixed | moving | {kings}
