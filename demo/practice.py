"""What the demo practices set themselves: values that the privacy statement leaves blank.

All of it is invented, and the addresses go nowhere (`.example`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_HOURS_NL: Final = "Werkdagen van 8.00 tot 17.00 uur"
_HOURS_EN: Final = "Working days from 8.00 to 17.00"

#: the required settings of registers/jansapp.yaml, by their variables
PRACTICE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DSR_STATEMENT_DATE": "2023-06",
        "DSR_STATEMENT_URL": "https://jansapp.voorbeeld.example/privacy",
        "DSR_CONTROLLER_EMAIL": "privacy@jansapp.voorbeeld.example",
        "DSR_CONTROLLER_OFFICER": (
            "Functionaris gegevensbescherming van Jans Huisartsen, fg@jansapp.voorbeeld.example"
        ),
        "DSR_CONTROLLER_COMPLAINTS_OFFICER": (
            "Klachtenfunctionaris van Jans Huisartsen, klachten@jansapp.voorbeeld.example"
        ),
        "DSR_ONEASSIST_EMAIL": "privacy@oneassist.voorbeeld.example",
        "DSR_SENDER_SIGNED_BY": "Functionaris gegevensbescherming van Jans Huisartsen",
        **{
            f"DSR_PRACTICE_{name.upper()}_{key}": value
            for name in ("kralingen", "centrum", "zuidplein")
            for key, value in (
                ("EMAIL", f"privacy@{name}.voorbeeld.example"),
                ("HOURS_NL", _HOURS_NL),
                ("HOURS_EN", _HOURS_EN),
            )
        },
    }
)
