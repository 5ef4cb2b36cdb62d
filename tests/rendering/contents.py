"""Package contents of an invented person, on the real register; keyword arguments change parts."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from demo.practice import PRACTICE
from dsr.core.package import (
    BLACKED_OUT,
    DatasetCount,
    PackageContents,
    PackedFile,
    Redaction,
    ReleasedItem,
    Sort,
    Source,
    WithheldItem,
)
from dsr.core.register import Register
from dsr.core.request import Decision, Outcome, WithholdReason
from dsr.rendering.package import package_chunks
from dsr.systems import load_register

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "inzage-AVG-7F3K-9QX2/"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63"
    "60f8cf50c0c000000501010127e2a9b60000000049454e44ae426082"
)
START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def the_register() -> Register:
    """The register that ships with the product."""
    return load_register(ROOT / "registers" / "jansapp.yaml", PRACTICE)


def packed(name: str = "foto.png", media_type: str = "image/png") -> PackedFile:
    """A small file with any name."""

    @contextmanager
    def reading() -> Iterator[Iterator[bytes]]:
        yield iter((PIXEL,))

    opened: Callable[[], AbstractContextManager[Iterator[bytes]]] = reading
    return PackedFile(name=name, media_type=media_type, size=len(PIXEL), open=opened)


def message(number: int, text: str = "Goedemorgen, mijn herhaalrecept is op.") -> ReleasedItem:
    """One chat message; every second one is written by staff."""
    return ReleasedItem(
        number,
        Sort(dataset="messages", kind="message", special=True, portable=True),
        data={"message_id": number, "type": "MESG", "message": text, "custom": {"depth": [1, 2]}},
        dates={"sent": (START + timedelta(minutes=number)).isoformat()},
        author="staff" if number % 2 else "subject",
        kept_until="1 maand nadat het is verstuurd",
    )


def resource(number: int, **changed: object) -> ReleasedItem:
    """One observation of the medical file."""
    data: dict[str, object] = {
        "resourceType": "Observation",
        "id": f"obs-{number}",
        "status": "final",
        "code": {
            "coding": [{"system": "http://loinc.org", "code": "8480-6", "display": "Bovendruk"}],
            "text": "Bovendruk",
        },
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": f"20{number % 20 + 6:02d}-03-12T09:30:00+01:00",
        "valueQuantity": {"value": 120 + number % 9, "unit": "mmHg"},
        "note": [{"text": "Patiënt voelt zich goed. #let x = 1 *niet vet* $a$ <b>niet vet</b>"}],
        **changed,
    }
    return ReleasedItem(
        number,
        Sort(dataset="dossier", kind=str(data["resourceType"]), special=True, medical_file=True),
        data=data,
        dates={"recorded": date(number % 20 + 2006, 3, 12).isoformat()},
        author="staff",
    )


def looked(number: int) -> ReleasedItem:
    """One line of the access log."""
    return ReleasedItem(
        number,
        Sort(dataset="access_log", kind="AuditEvent", special=True, access_log=True),
        data={"recorded": "2026-02-03T10:11:00Z", "action": "R", "who": "huisarts"},
        dates={"recorded": "2026-02-03T10:11:00+00:00"},
        author="system",
    )


def account() -> ReleasedItem:
    """An account with words that a spreadsheet or a page may take for something else."""
    return ReleasedItem(
        1,
        Sort(dataset="account", kind="account", portable=True),
        data={
            "first_name": "Noor",
            "birth_date": "1987-05-14",
            "email": "noor@voorbeeld.example",
            "practice": '=HYPERLINK("http://canary.example")',
            "nickname": "<script>alert(1)</script>",
            "opt_in": True,
            "empty": None,
        },
        dates={"recorded": "2021-02-02"},
        author="subject",
    )


def ordinary_items() -> dict[str, list[ReleasedItem]]:
    """A little of everything."""
    darkened = dataclasses.replace(
        message(3, f"Mijn buurvrouw {BLACKED_OUT} zei dat u dicht bent."),
        redactions=(Redaction(path="message", reason=WithholdReason.THIRD_PARTY),),
    )
    hostile = packed("../../etc/C:\\x\x00\u202egpj.html", "text/html")
    pictured = dataclasses.replace(message(4), files=(packed(), hostile))
    masked = resource(90, note=[{"text": BLACKED_OUT}], issued=BLACKED_OUT)
    return {
        "app": [account()],
        "his": [*(resource(number) for number in range(1, 41)), masked, looked(91), looked(92)],
        "sendbird": [message(1), message(2), darkened, pictured],
    }


def contents(
    items: dict[str, list[ReleasedItem]] | None = None, **changed: object
) -> PackageContents:
    """Contents for a package; systems without items were searched in vain."""
    held = ordinary_items() if items is None else items
    ours = the_register()
    made = PackageContents(
        reference="AVG-7F3K-9QX2",
        language="nl",
        practice=ours.practices[0],
        register=ours,
        decision_made=Decision.PARTLY,
        received=date(2026, 11, 3),
        answered=date(2026, 11, 27),
        download_until=date(2026, 12, 27),
        sources=tuple(_source(ours, s.id, held.get(s.id, [])) for s in ours.systems),
        items=lambda system: iter(held.get(system, [])),
        withheld=_withheld,
        letter_pdf=b"%PDF-1.7 letter",
        decision={"decision": "partly"},
    )
    return dataclasses.replace(made, **changed)  # type: ignore[arg-type]


def _source(ours: Register, system_id: str, held: list[ReleasedItem]) -> Source:
    system = ours.system(system_id)
    counts = tuple(
        DatasetCount(
            dataset=dataset.id,
            found=sum(item.sort.dataset == dataset.id for item in held),
            released=sum(item.sort.dataset == dataset.id for item in held),
        )
        for dataset in system.datasets
    )
    outcome = Outcome.DONE if held else Outcome.NONE_FOUND
    return Source(
        system=system.id,
        folder=system.folder,
        name=system.name,
        outcome=Outcome.BY_HAND if system.searched_by_hand else outcome,
        searched_at=None if system.searched_by_hand else datetime(2026, 11, 9, 10, tzinfo=UTC),
        identifiers=("patient_number", "email"),
        counts=counts,
        connector=system.connector,
        connector_version="1",
        words="",
    )


def streamed(count: int) -> PackageContents:
    """Contents with so many messages, each made when it is read."""

    def items(system: str) -> Iterator[ReleasedItem]:
        return (message(number) for number in range(count if system == "sendbird" else 0))

    made = contents({})
    told = (DatasetCount(dataset="messages", found=count, released=count),)
    sources = tuple(
        dataclasses.replace(source, counts=told) if source.system == "sendbird" else source
        for source in made.sources
    )
    return dataclasses.replace(made, items=items, sources=sources)


def _withheld() -> Iterator[WithheldItem]:
    yield WithheldItem(
        system="his",
        dataset="dossier",
        reason=WithholdReason.THIRD_PARTY,
        count=9,
        medical_file=True,
        words="Uw huisarts las de regels opnieuw.",
    )
    yield WithheldItem(
        system="sendbird", dataset="messages", reason=WithholdReason.THIRD_PARTY, partly=True
    )


def package_bytes(made: PackageContents) -> bytes:
    """The whole zip."""
    return b"".join(package_chunks(made))


def unpacked(zipped: bytes) -> dict[str, bytes]:
    """Its files by their path below the package's folder."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        return {name.removeprefix(FOLDER): archive.read(name) for name in archive.namelist()}
