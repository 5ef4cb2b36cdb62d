"""What goes along of care data as a FHIR R4 bundle, with the person it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dsr.core.package import PackageContents
from dsr.core.portable_fields import provided_part
from dsr.rendering.archive import Archive
from dsr.rendering.member import joined
from dsr.rendering.package_portable import bundle

#: addresses that resolve inside the bundle alone: a reference `Patient/1` finds its resource
_BASE = "https://overdraagbaar.privacybalie.example"
#: where a resource says whom it is about
_ABOUT = ("subject", "patient", "source", "individual")


def portable_bundle(contents: PackageContents, archive: Archive) -> Iterator[bytes]:
    """The bundle in chunks. Each system has a base of its own, as two may use the same id."""
    return joined(bundle(contents, _resources(archive)))


def _resources(archive: Archive) -> Iterator[tuple[str, object]]:
    for taken in archive.portable.taken:
        people: dict[str, bool] = {}
        for entry in archive.entries(taken.fhir):
            data = provided_part(entry.data)
            _note_people(people, data)
            yield _address(taken.system, data), data
        for reference in (one for one, found in people.items() if not found):
            # Nothing but the id by which the others name the person: nothing is made up.
            known = {"resourceType": "Patient", "id": reference.removeprefix("Patient/")}
            yield _address(taken.system, known), known


def _note_people(people: dict[str, bool], data: Mapping[str, object]) -> None:
    """Which patients are named, and which of them have their own resource here."""
    if data["resourceType"] == "Patient":
        people[f"Patient/{data.get('id')}"] = True
        return
    for key in _ABOUT:
        about = data.get(key)
        said = about.get("reference") if isinstance(about, Mapping) else None
        if isinstance(said, str) and said.startswith("Patient/"):
            people.setdefault(said, False)


def _address(system: str, data: Mapping[str, object]) -> str:
    return f"{_BASE}/{system}/{data['resourceType']}/{data.get('id')}"
