"""Trying a configuration: every look-up is asked for a person who cannot exist."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.rest_people import Lookup, People, type_of_ask
from dsr.core.connector import Health
from dsr.core.errors import TryAgain

#: a person who cannot exist, in forms that systems accept
NOBODY: Mapping[str, str] = {
    "patient_number": "0",
    "bsn": "000000000",
    "email": "nobody.at.all@nowhere.invalid",
    "phone": "+31600000000",
    "phone_national": "0600000000",
    "phone_e164": "+31600000000",
    "name": "Nobody Nowhere-Atall",
    "birth_date": "1800-01-01",
    "postcode": "0000 AA",
    "reference": "0",
}
GOOD = "The system answers and takes our key."


def try_lookups(people: People, ask: type_of_ask) -> Health:
    """Whether every look-up answers that it does not know the person who cannot exist."""
    for lookup in people.lookups:
        if words := _wrong(lookup, ask):
            return Health(False, words)
    return Health(True, GOOD)


def _wrong(lookup: Lookup, ask: type_of_ask) -> str:
    if lookup.by != "reference" and lookup.hits(ask, NOBODY):
        return (
            f"The look-up by {lookup.by} finds somebody for a person who cannot exist, as if the"
            " system did not look; correct its request in the register (a name that it does not"
            " know is often passed over in silence)."
        )
    if lookup.by == "reference":
        ask(lookup.request, NOBODY)
    return ""


def wait_words(fault: TryAgain) -> str:
    """What went wrong, and the wait that a busy system asks for."""
    if fault.after:
        return f"{fault} It asks us to wait {fault.after:.0f} seconds first."
    return str(fault)
