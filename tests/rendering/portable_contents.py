"""Contents with a little of everything that goes along under Art. 20, and of what stays."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from typing import Any

from dsr.core.package import BLACKED_OUT, PackageContents, Redaction, ReleasedItem, Sort
from dsr.core.portable import PortableAsk
from dsr.core.request import WithholdReason
from dsr.rendering.portable_package import portable_chunks
from tests.rendering.contents import account, contents, looked, message, packed, resource

ALONE = "overdraagbaar-AVG-7F3K-9QX2/"
GIVE = PortableAsk(voluntary_care=True)
#: invented, and no number that was ever given out: it fails the eleven-test
BSN = "123456780"
SIGN_IN = Sort(dataset="auth_events", kind="sign-in", portable=True)
CARE = resource(1).sort


def own(number: int, **changed: object) -> ReleasedItem:
    """An observation that the patient entered."""
    return dataclasses.replace(resource(number, **changed), author="subject")


def measured(number: int, **changed: object) -> ReleasedItem:
    """An observation by a device."""
    return dataclasses.replace(resource(number, **changed), author="system")


def person(number: int, **changed: object) -> ReleasedItem:
    """The resource about the person, as the medical file has it."""
    data: dict[str, object] = {
        "resourceType": "Patient",
        "id": "p1",
        "name": [{"family": "Voorbeeld", "given": ["Noor"]}],
        "birthDate": "1987-05-14",
        **changed,
    }
    sort = dataclasses.replace(CARE, kind="Patient")
    return ReleasedItem(number, sort, data=data, dates={"recorded": "2020-01-02"})


def signed_in(number: int) -> ReleasedItem:
    """A moment at which the person signed in."""
    data: dict[str, object] = {"EventType": "SignIn", "Risk": None, "Score": -1.5, "Ok": True}
    when = {"recorded": f"2026-10-{number:02d}T07:00:00+00:00"}
    return ReleasedItem(number, SIGN_IN, data=data, dates=when, author="system")


def everything() -> dict[str, list[ReleasedItem]]:
    """What goes along: 1 account, 3 observations, 1 person, 2 sign-ins, 4 messages."""
    notice = dataclasses.replace(message(8, "Het gesprek is gesloten."), author="system")
    about_another = message(10, "Mijn buurvrouw Lien is ook ziek.")
    darkened = dataclasses.replace(
        message(12, f"Ik ben {BLACKED_OUT} en zij."),
        redactions=(Redaction(path="message", reason=WithholdReason.THIRD_PARTY),),
    )
    pictured = dataclasses.replace(message(4, "'=1+1"), files=(packed(),))
    answer = dataclasses.replace(message(5, "Wij bellen u."), files=(packed("brief.pdf"),))
    lab = measured(54, category=[{"coding": [{"code": "laboratory"}]}])
    told = dataclasses.replace(own(55, resourceType="Condition"), sort=_sort("Condition"))
    return {
        "app": [account()],
        "his": [
            *(resource(number) for number in range(1, 6)),
            own(51, interpretation=[{"text": "te hoog"}], issued=BLACKED_OUT),
            own(52),
            measured(53),
            lab,
            told,
            person(56),
            looked(91),
        ],
        "cognito": [signed_in(1), signed_in(2)],
        "sendbird": [
            message(1), message(2), message(3), pictured, answer, notice, about_another, darkened,
        ],
    }  # fmt: skip


def _sort(kind: str) -> Sort:
    return dataclasses.replace(CARE, kind=kind)


def to_carry(items: dict[str, list[ReleasedItem]] | None = None, **changed: Any) -> PackageContents:
    """Contents where the practice chose to give the care data that the person entered."""
    held = everything() if items is None else items
    return contents(held, **{"portable": GIVE, **changed})


def carried(made: PackageContents) -> dict[str, bytes]:
    """The files of the package of its own, by their path in it."""
    zipped = b"".join(portable_chunks(made))
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert archive.testzip() is None
        assert all(name.startswith(ALONE) for name in archive.namelist())
        return {name.removeprefix(ALONE): archive.read(name) for name in archive.namelist()}
