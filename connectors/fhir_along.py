"""What a file cannot be read without: who treated, which drug, which place.

Records of a file point to a practitioner or a medication by a number alone. Some servers send
what is pointed to with `$everything`, some do not, and a walk of the compartment never does; so
whatever did not come is read by itself, and a file is the same in each way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from connectors.fhir_json import ref_of, type_of_resource

#: what is read along unless the register says otherwise
KINDS = (
    "Practitioner", "PractitionerRole", "Organization", "Location", "HealthcareService",
    "Medication", "Substance", "Device",
)  # fmt: skip
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


def pointed_to(targets: Iterable[str], kinds: frozenset[str], base_url: str) -> Iterator[str]:
    """Those of the references that lead to records of these types on this server, as Type/id."""
    for target in dict.fromkeys(targets):
        parts = target.removeprefix(base_url + "/").split("/_history/")[0].split("/")
        if len(parts) == 2 and parts[0] in kinds and _ID.fullmatch(parts[1]):
            yield f"{parts[0]}/{parts[1]}"


def along_refs(resources: Iterable[type_of_resource], kinds: frozenset[str]) -> list[str]:
    """Those of the records that are of these types themselves."""
    return [ref_of(one) for one in resources if one["resourceType"] in kinds]
