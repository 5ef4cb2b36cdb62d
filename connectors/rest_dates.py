"""Dates in the forms that systems use, and in the forms that the register names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from connectors.rest_path import Path
from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry

_EPOCH = re.compile(r"(?:/Date\()?(\d{9,14})(?:[+-]\d{4})?(?:\)/)?")
_PARTS = ("year", "month", "day", "hour", "minute", "second", "microsecond")


@dataclass(frozen=True, kw_only=True)
class Dates:
    """Where a thing holds its dates, the system's own forms, and the zone of those without one."""

    paths: Mapping[str, Path]
    forms: tuple[str, ...] = ()
    zone: tzinfo | None = None

    def of(self, thing: object) -> dict[str, datetime | date]:
        """The dates that a thing holds, by the register's names."""
        found = {name: self._moment(where.of(thing)) for name, where in self.paths.items()}
        return {name: day for name, day in found.items() if day}

    def _moment(self, value: object) -> datetime | date | None:
        return moment(value, self.forms, self.zone)


def moment(
    value: object, forms: tuple[str, ...] = (), zone: tzinfo | None = None
) -> datetime | date | None:
    """A date or moment in ISO, RFC 5322 or one of `forms`, as seconds or milliseconds since 1970,
    or as an object with year, month and day; None for others.

    A moment without a time zone is of `zone`; where that is unknown it counts as its day only:
    which hour it was nobody can tell.
    """
    if isinstance(value, dict):
        return _placed(_of_parts(value), zone)
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = value / 1000 if value > 1e11 else value
        return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1e11 else None
    return _placed(_of_text(value.strip(), forms), zone) if isinstance(value, str) else None


def _placed(found: datetime | date | None, zone: tzinfo | None) -> datetime | date | None:
    if not isinstance(found, datetime) or found.tzinfo:
        return found
    return found.replace(tzinfo=zone) if zone else found.date()


def _of_parts(value: Mapping[str, object]) -> datetime | date | None:
    numbers = [value.get(part, 0) for part in _PARTS]
    if not all(isinstance(number, int) for number in numbers):
        return None
    try:
        made = datetime(*numbers)  # type: ignore[arg-type]  # noqa: DTZ001 (`_placed` adds the zone)
    except ValueError:
        return None
    return made if "hour" in value else made.date()


def _of_text(text: str, forms: tuple[str, ...]) -> datetime | date | None:
    for form in forms:
        try:
            found = datetime.strptime(text, form)  # noqa: DTZ007 (`_placed` adds the zone)
        except ValueError:
            continue
        return found if _has_time(form) else found.date()
    if epoch := _EPOCH.fullmatch(text):
        return moment(int(epoch[1]))
    return _of_known_form(text)


def _has_time(form: str) -> bool:
    return any(sign in form for sign in ("%H", "%I", "%c", "%X"))


def _of_known_form(text: str) -> datetime | date | None:
    try:
        return date.fromisoformat(text) if len(text) <= 10 else datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except ValueError:
        return None


def dates(read: Entry, paths: Mapping[str, Path], usual: Entry) -> Dates:
    """The dates of a dataset; `date_forms` and `time_zone` may stand there or for all datasets."""
    forms = read.texts("date_forms") or usual.texts("date_forms")
    place = read if "time_zone" in read.values else usual
    return Dates(paths=paths, forms=forms, zone=_zone(place))


def _zone(read: Entry) -> tzinfo | None:
    name = read.text("time_zone", "")
    try:
        return ZoneInfo(name) if name else None
    except (LookupError, ValueError, OSError):
        raise BrokenRegister(
            f"{read.path}.time_zone: write a zone such as Europe/Amsterdam or UTC."
        ) from None
