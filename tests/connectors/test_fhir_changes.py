"""The HIS connector changes what the register lets it change, and proves what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from connectors.fhir import build
from connectors.fhir_exact import exact, plain, written
from connectors.http import Call
from demo.files_staff import patient_id
from demo.standins import his
from demo.standins.faults import Fault
from dsr.core.connector import Change, Item, NotOffered, Place
from dsr.core.errors import (
    BrokenRegister,
    ForeignRecord,
    ItemChanged,
    NeedsPerson,
    TryAgain,
    ValueRefused,
)
from dsr.core.receipts import Receipt
from tests.connector_contract import Case, Changing, ConnectorContract, Corrected
from tests.connectors.fhir_world import ANNAS_REF, World, a_world
from tests.connectors.medical_people import ANNA, MARIA, SANNE, subject_of

CHANGES = {"confidentiality": "R", "handling": "NOAUTH"}
SANNES_REF = f"Patient/{patient_id(SANNE)}"
PLACE = Place(subject_ref=ANNAS_REF, dataset="dossier")
#: kinds that others point to
POINTED_TO = ("Patient", "Organization", "Practitioner", "RelatedPerson", "Encounter")


@pytest.fixture
def world() -> Iterator[World]:
    with a_world(changes=CHANGES) as made:
        yield made


class TestContract(ConnectorContract):
    @pytest.fixture(params=["", "meta-add,meta-delete,batch", "integrity"])
    def case(self, request: pytest.FixtureRequest) -> Iterator[Case]:
        with a_world(changes=CHANGES, lacks=request.param) as world:
            yield Case(
                connector=world.connector,
                subject=replace(subject_of(ANNA), email=ANNA.email, phone=ANNA.phone),
                ref=ANNAS_REF,
                stranger=subject_of(replace(ANNA, given="Wie", email="", phone="")),
                several=subject_of(MARIA),
                dataset="dossier",
                secrets=(his.DEMO_TOKEN,),
                changing=Changing(
                    looks=True,
                    erases="dossier",
                    other=SANNES_REF,
                    last=POINTED_TO,
                    rectifies=Corrected(
                        dataset="dossier",
                        path="/recordedDate",
                        new="2020-02-29",
                        refused=("2026-02-30", "not a day", "9999-01-01", ["2020-01-01"]),
                    ),
                    annotates="dossier",
                    statements=lambda: statements(world),
                    restricts="dossier",
                    stops=("A.2", "A.5"),
                    stopped=lambda: stopped(world),
                ),
            )


def added(world: World, kind: str) -> list[dict[str, object]]:
    """What the HIS holds of a kind beside the demo file."""
    return [item.data for item in world.items("dossier") if item.kind == kind]


def statements(world: World) -> list[str]:
    found = []
    for item in world.items("dossier"):
        for file in item.files:
            with file.open() as chunks:
                content = b"".join(chunks)
            found += [content.decode()] if file.media_type == "text/plain" else []
    return found


def stopped(world: World) -> set[str]:
    active = [one for one in added(world, "Consent") if one["status"] == "active"]
    return {row["value"] for one in active for row in one["identifier"][1:]}  # type: ignore[index]  # as we wrote it


def first(world: World, kind: str) -> Item:
    return next(item for item in world.items("dossier") if item.kind == kind)


def calls(world: World, verb: str) -> list[tuple[str, str]]:
    """Reference and outcome of every call of a verb."""
    return [(str(e["ref"]), str(e["outcome"])) for e in world.journal.entries if e["verb"] == verb]


def reasons(receipt: Receipt) -> list[str]:
    return [one.reason for one in receipt.retained]


def change(path: str, old: object, new: object) -> list[Change]:
    return [Change(path=path, old=old, new=new)]


BORN = change("/birthDate", "1984-05-06", "1984-06-05")


# correcting


def test_a_correction_says_who_made_it_in_which_version_and_why(world: World) -> None:
    receipt = world.connector.rectify(PLACE, ANNAS_REF, BORN, "op-1")

    [told] = added(world, "Provenance")
    assert receipt.evidence == {"version": "2", "provenance": f"Provenance/{told['id']}"}
    assert told["target"] == [{"reference": f"{ANNAS_REF}/_history/2"}]
    assert "PATRQT" in str(told["reason"])
    assert not {"1984-05-06", "1984-06-05"} & {str(value) for value in told.values()}
    assert "1984" not in str(receipt.evidence)


def test_a_correction_repeated_under_its_operation_makes_no_second_note(world: World) -> None:
    for _ in range(3):
        world.connector.rectify(PLACE, ANNAS_REF, BORN, "op-1")

    assert len(added(world, "Provenance")) == 1
    assert calls(world, "answer_put") == [(ANNAS_REF, "200")]


def test_a_correction_that_somebody_overtakes_is_not_made(world: World) -> None:
    world.faults.inject(Fault.OVERTAKEN)

    with pytest.raises(ItemChanged):
        world.connector.rectify(PLACE, ANNAS_REF, BORN, "op-1")

    assert calls(world, "answer_put") == [(ANNAS_REF, "412")]
    assert first(world, "Patient").data["birthDate"] == "1984-05-06"
    assert added(world, "Provenance") == []


@pytest.mark.parametrize("fault", [Fault.LATE, Fault.LIES])
def test_a_correction_without_a_proper_answer_is_not_sent_again_by_itself(
    world: World, fault: Fault
) -> None:
    world.faults.inject(fault)

    with pytest.raises(TryAgain):
        world.connector.rectify(PLACE, ANNAS_REF, BORN, "op-1")
    assert len(calls(world, "answer_put")) == 1

    receipt = world.connector.rectify(PLACE, ANNAS_REF, BORN, "op-1")
    assert receipt.done == (ANNAS_REF,)
    assert first(world, "Patient").data["birthDate"] == "1984-06-05"
    assert len(added(world, "Provenance")) == 1


def test_a_value_that_the_his_refuses_is_named_by_its_element(world: World) -> None:
    changes = change("/address/0/postalCode", "3011 ZZ", "B-1000")

    with pytest.raises(ValueRefused, match=r"Patient\.address\[0\]\.postalCode") as caught:
        world.connector.rectify(PLACE, ANNAS_REF, changes, "op-1")

    assert "B-1000" not in str(caught.value)
    assert added(world, "Provenance") == []


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        ("/birthDate", "1984-05-06", "1984-02-30", "birthDate"),
        ("/birthDate", "1984-05-06", "6 mei 1984", "birthDate"),
        ("/birthDate", "1984-05-06", "2984-05-06", "future"),
        ("/gender", "female", "vrouw", "male, female, other, unknown"),
        ("/telecom/0/system", "email", "pigeon", "phone, fax, email"),
        ("/telecom/0/value", "anna@voorbeeld.example", "anna at voorbeeld", "no email"),
        ("/telecom/1/value", "06 0000 0001", "geen", "no phone"),
        ("/name/0/family", "de Vries", 12, "a text"),
        ("/name/0/family", "de Vries", "\t", "empty"),
        ("/name/0/family", "de Vries", "de\x01Vries", "cannot be written"),
        ("/id", "pat-00001", "pat-00002", "kept by the HIS"),
        ("/meta/versionId", "1", "2", "kept by the HIS"),
        ("/managingOrganization", None, {"reference": "Organization/x"}, "by a person"),
        ("/managingOrganization/reference", None, "Organization/x", "by a person"),
        ("birthDate", "1984-05-06", "1984-05-07", "slash"),
        ("/name/9/family", None, "Kok", "does not have"),
    ],
)
def test_an_impossible_value_is_refused_and_nothing_is_sent(
    world: World, path: str, old: object, new: object, said: str
) -> None:
    with pytest.raises(ValueRefused, match=said) as caught:
        world.connector.rectify(PLACE, ANNAS_REF, change(path, old, new), "op-1")

    assert str(new) not in str(caught.value)
    assert calls(world, "answer_put") == []


def test_an_unknown_state_is_refused_before_any_record_is_read(world: World) -> None:
    condition = first(world, "Condition")
    before = len(world.journal.entries)

    for path in ("/clinicalStatus/coding/0/code", "/verificationStatus/coding/0/code"):
        changes = change(path, "active", "made-up")
        with pytest.raises(ValueRefused, match=r"resolved|refuted"):
            world.connector.rectify(PLACE, condition.ref, changes, "op-1")

    assert len(world.journal.entries) == before


def test_several_fields_are_corrected_at_once_and_lists_from_behind(world: World) -> None:
    changes = [
        Change(path="/telecom/0", old=(t := _telecom(world))[0], new=None),
        Change(path="/telecom/1", old=t[1], new=None),
        Change(path="/name/0/family", old="de Vries", new="de Vries-Kok"),
        Change(path="/maritalStatus", old=None, new={"text": "gehuwd"}),
    ]

    world.connector.rectify(PLACE, ANNAS_REF, changes, "op-1")

    patient = first(world, "Patient").data
    assert "telecom" not in patient
    assert patient["maritalStatus"] == {"text": "gehuwd"}
    assert "de Vries-Kok" in str(patient["name"])


def _telecom(world: World) -> list[object]:
    found = first(world, "Patient").data["telecom"]
    assert isinstance(found, list)
    return found


# the person's own words


@pytest.mark.parametrize("kind", ["DocumentReference", "Communication"])
def test_a_statement_stands_beside_the_record_which_stays_as_it_is(kind: str) -> None:
    with a_world(changes={"statement": kind}) as world:
        condition = first(world, "Condition")

        receipt = world.connector.annotate(PLACE, condition.ref, "Dit klopt niet.", "op-1")

        [note] = [one for one in added(world, kind) if one.get("identifier")]
        assert receipt.evidence == {"statement": f"{kind}/{note['id']}"}
        assert condition.ref in str(note.get("about") or note["context"])
        assert note["subject"] == {"reference": ANNAS_REF}
        assert first(world, "Condition").data == condition.data


def test_a_statement_about_the_whole_file_names_no_record(world: World) -> None:
    receipt = world.connector.annotate(PLACE, "", "Ik ben nooit gezien.", "op-1")

    assert receipt.done == ("",)
    assert statements(world).count("Ik ben nooit gezien.") == 1


def test_one_operation_notes_each_record_that_it_changes(world: World) -> None:
    refs = [item.ref for item in world.items("dossier") if item.kind == "Condition"][:2]
    held = world.connector.again(PLACE, refs)
    for ref in refs:
        changes = change("/recordedDate", held[ref].data["recordedDate"], "2020-02-29")
        world.connector.rectify(PLACE, ref, changes, "op-1")
        world.connector.annotate(PLACE, ref, "Dit ook niet.", "op-1")

    assert len(added(world, "Provenance")) == 2
    assert statements(world).count("Dit ook niet.") == 2


def test_a_statement_whose_answer_was_lost_is_there_once(world: World) -> None:
    world.faults.inject(Fault.LATE)
    with pytest.raises(TryAgain):
        world.connector.annotate(PLACE, "", "Eenmaal.", "op-1")

    world.connector.annotate(PLACE, "", "Eenmaal.", "op-1")

    assert statements(world).count("Eenmaal.") == 1


def test_an_empty_statement_is_refused(world: World) -> None:
    with pytest.raises(ValueRefused, match="nothing was added"):
        world.connector.annotate(PLACE, "", "  ", "op-1")


# restricting


def labels(world: World, ref: str) -> list[tuple[str, str]]:
    item = world.connector.again(PLACE, [ref])[ref]
    meta = item.data["meta"]
    assert isinstance(meta, dict)
    return [(one["system"].split("/")[-1], one["code"]) for one in meta.get("security", [])]


def give_label(world: World, ref: str, code: str) -> None:
    """A label of the HIS itself."""
    system = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
    item = world.connector.again(PLACE, [ref])[ref]
    meta = {**item.data["meta"], "security": [{"system": system, "code": code}]}  # type: ignore[dict-item]  # an object
    world.connector.server.http.call(_put(ref, {**item.data, "meta": meta}))


def _put(ref: str, resource: dict[str, object]) -> Call:
    return Call(method="PUT", path=ref, content=written(resource))


@pytest.mark.parametrize("lacks", ["", "meta-add,meta-delete"])
@pytest.mark.parametrize(
    ("own", "while_restricted"),
    [("N", {"R", "NOAUTH"}), ("R", {"R", "NOAUTH"}), ("V", {"V", "NOAUTH"})],
)
def test_lifting_takes_off_exactly_what_was_put_on(
    own: str, while_restricted: set[str], lacks: str
) -> None:
    with a_world(changes=CHANGES, lacks=lacks) as world:
        ref = first(world, "Condition").ref
        give_label(world, ref, own)
        before = labels(world, ref)

        world.connector.restrict(PLACE, [ref], "op-1")
        assert {code for _, code in labels(world, ref)} == while_restricted
        receipt = world.connector.restrict(PLACE, [ref], "op-2", lift=True)

        assert labels(world, ref) == before
        assert receipt.done == (() if own in "RV" else (ref,))
        assert [own in "RV"] == [bool(receipt.retained)]
        tags = world.connector.again(PLACE, [ref])[ref].data["meta"]
        assert "privacybalie" not in str(tags)


def test_a_restriction_waits_for_what_somebody_else_writes_and_keeps_it() -> None:
    with a_world(changes=CHANGES, lacks="meta-add") as world:
        ref = first(world, "Condition").ref
        world.faults.inject(Fault.OVERTAKEN)

        receipt = world.connector.restrict(PLACE, [ref], "op-1")

        assert receipt.done == (ref,)
        assert [code for _, code in calls(world, "answer_put")] == ["412", "200"]


def test_a_mark_that_never_shows_is_not_called_done(world: World) -> None:
    world.faults.inject(Fault.LIES, 9)

    with pytest.raises(TryAgain, match="does not show"):
        world.connector.restrict(PLACE, [first(world, "Condition").ref], "op-1")


def test_records_of_others_are_not_restricted(world: World) -> None:
    practitioner = first(world, "Practitioner").ref

    receipt = world.connector.restrict(PLACE, [practitioner], "op-1")

    assert (receipt.done, len(receipt.retained)) == ((), 1)


def test_the_access_log_is_restricted_by_hand_where_it_may_only_be_read(world: World) -> None:
    log = Place(subject_ref=ANNAS_REF, dataset="access_log")
    refs = [item.ref for item in world.items("access_log")]

    assert "op-1" in world.connector.restrict(log, refs, "op-1").by_hand
    assert "op-2" in world.connector.erase(log, refs, "op-2").by_hand
    assert [item.ref for item in world.items("access_log")] == refs


def test_a_flag_shows_until_the_last_record_is_lifted() -> None:
    with a_world(changes={**CHANGES, "flag": True}) as world:
        refs = [item.ref for item in world.items("dossier") if item.kind == "Condition"][:2]
        for _ in range(2):
            world.connector.restrict(PLACE, refs, "op-1")
        assert [one["status"] for one in added(world, "Flag")] == ["active"]

        world.connector.restrict(PLACE, refs[:1], "op-2", lift=True)
        assert [one["status"] for one in added(world, "Flag")] == ["active"]
        world.connector.restrict(PLACE, refs[1:], "op-3", lift=True)
        assert [one["status"] for one in added(world, "Flag")] == ["inactive"]


def test_a_flag_is_lowered_for_its_own_records_alone() -> None:
    with a_world(changes={**CHANGES, "flag": True}) as world:
        ref = first(world, "Condition").ref
        world.connector.restrict(PLACE, [ref], "op-1")
        world.connector.restrict(PLACE, [first(world, "Encounter").ref], "op-2")
        world.connector.restrict(PLACE, [ref], "op-3", lift=True)
        world.connector.restrict(PLACE, [ref], "op-4")
        assert [one["status"] for one in added(world, "Flag")] == ["inactive", "active", "active"]


# stopping a use


def test_a_purpose_is_denied_in_the_words_of_the_his() -> None:
    code = "http://terminology.hl7.org/CodeSystem/v3-ActReason|HMARKT"
    with a_world(changes={"purposes": {"A.5": code}}) as world:
        world.connector.stop_using(ANNAS_REF, ["A.5", "A.2"], "op-1")

        told = [str(one["provision"]) for one in added(world, "Consent")]
        assert "'code': 'HMARKT'" in told[0]
        assert "urn:privacybalie:purpose" in told[1]


def test_a_use_that_stopped_is_not_stopped_twice_by_another_operation(world: World) -> None:
    world.connector.stop_using(ANNAS_REF, ["A.2"], "op-1")
    world.connector.stop_using(ANNAS_REF, ["A.2"], "op-2")

    assert len(added(world, "Consent")) == 1


def test_a_stop_that_comes_late_does_not_undo_what_was_taken_up(world: World) -> None:
    world.connector.stop_using(ANNAS_REF, ["A.2"], "op-1")
    world.connector.stop_using(ANNAS_REF, ["A.2"], "op-2", resume=True)

    late = world.connector.stop_using(ANNAS_REF, ["A.2"], "op-1")

    assert (late.done, [one.ref for one in late.retained]) == ((), ["A.2"])
    assert stopped(world) == set()
    assert world.connector.stop_using(ANNAS_REF, ["A.2"], "op-3").done == ("A.2",)
    assert stopped(world) == {"A.2"}


def test_a_consent_that_somebody_changes_meanwhile_is_tried_again(world: World) -> None:
    world.connector.stop_using(ANNAS_REF, ["A.2"], "op-1")
    world.faults.inject(Fault.OVERTAKEN)

    with pytest.raises(TryAgain, match="meanwhile"):
        world.connector.stop_using(ANNAS_REF, ["A.2"], "op-2", resume=True)

    assert stopped(world) == {"A.2"}


def test_a_consent_that_is_refused_is_for_a_person() -> None:
    lacks = "Consent/create"
    with a_world(changes={}, lacks=lacks) as world, pytest.raises(NeedsPerson, match="op-1"):
        world.connector.stop_using(ANNAS_REF, ["A.2"], "op-1")


def test_a_correction_without_a_provenance_says_so() -> None:
    with a_world(changes={}, lacks="Provenance/create") as world:
        receipt = world.connector.rectify(PLACE, ANNAS_REF, BORN, "op-1")

    assert receipt.evidence == {"version": "2", "provenance": "refused with code 405"}


# whose it is, and what is not offered


@pytest.mark.parametrize("verb", ["rectify", "annotate", "restrict", "lift", "erase"])
def test_a_record_of_another_patient_stops_every_verb(world: World, verb: str) -> None:
    theirs = next(i for i in world.items("dossier", SANNES_REF) if i.kind == "Condition")
    mine, connector = first(world, "Condition").ref, world.connector
    before = len(world.journal.entries)
    acts = {
        "rectify": lambda: connector.rectify(
            PLACE, theirs.ref, change("/recordedDate", None, "2020-01-01"), "op"
        ),
        "annotate": lambda: connector.annotate(PLACE, theirs.ref, "words", "op"),
        "restrict": lambda: connector.restrict(PLACE, [mine, theirs.ref], "op"),
        "lift": lambda: connector.restrict(PLACE, [mine, theirs.ref], "op", lift=True),
        "erase": lambda: connector.erase(PLACE, [mine, theirs.ref], "op"),
    }

    with pytest.raises(ForeignRecord):
        acts[verb]()

    verbs = {str(entry["verb"]) for entry in world.journal.entries[before:]}
    assert verbs <= {"answer_read", "answer_batch"}


def test_without_leave_of_the_register_all_is_for_a_person() -> None:
    with a_world() as world:
        ref = first(world, "Condition").ref
        receipts = (
            world.connector.erase(PLACE, [ref], "op-1"),
            world.connector.restrict(PLACE, [ref], "op-1"),
            world.connector.rectify(PLACE, ref, BORN, "op-1"),
            world.connector.annotate(PLACE, ref, "words", "op-1"),
            world.connector.stop_using(ANNAS_REF, ["A.2"], "op-1"),
        )

        assert all("op-1" in one.by_hand for one in receipts)
        assert {"answer_put", "answer_delete", "answer_post"} & set(world.journal.verbs()) == set()


@pytest.mark.parametrize("lacks", ["update", "create", "delete"])
def test_what_the_his_does_not_offer_is_for_a_person(lacks: str) -> None:
    with a_world(changes=CHANGES, lacks=f"{lacks},meta-add") as world:
        ref = first(world, "Condition").ref
        connector = world.connector
        receipts = {
            "update": [
                connector.restrict(PLACE, [ref], "op-1"),
                connector.rectify(PLACE, ANNAS_REF, BORN, "op-1"),
            ],
            "create": [
                connector.annotate(PLACE, "", "words", "op-1"),
                connector.stop_using(ANNAS_REF, ["A.2"], "op-1"),
            ],
            "delete": [connector.erase(PLACE, [ref], "op-1")],
        }

        for action, told in receipts.items():
            assert all(("op-1" in one.by_hand) is (action == lacks) for one in told), action
            assert all(bool(one.done) is (action != lacks) for one in told), action


@pytest.mark.parametrize(
    ("settings", "lacks", "said"),
    [
        ({}, "", "by hand"),
        ({"changes": {}}, "", "over FHIR."),
        ({"changes": {}}, "update,create", "without update and create"),
        ({"changes": {}}, "expunge", "no way to remove earlier versions"),
    ],
)
def test_check_says_what_becomes_of_changes(
    settings: dict[str, object], lacks: str, said: str
) -> None:
    with a_world(lacks=lacks, **settings) as world:
        assert said in world.connector.check().words


def test_a_his_has_no_hold_and_is_not_purged(world: World) -> None:
    assert isinstance(world.connector.hold(PLACE, "op-1"), NotOffered)


def test_a_reference_of_another_system_is_refused(world: World) -> None:
    odd = Place(subject_ref="12/../Patient", dataset="dossier")
    for act in (
        lambda: world.connector.again(odd, []),
        lambda: world.connector.erase(odd, [], "op-1"),
        lambda: world.connector.stop_using(odd.subject_ref, ["A.2"], "op-1"),
    ):
        with pytest.raises(NeedsPerson, match="none of a HIS"):
            act()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"confidentiality": "X"}, "R or V"),
        ({"handling": "no auth"}, "v3-ActCode"),
        ({"statement": "Letter"}, "DocumentReference or Communication"),
        ({"versions": "some"}, "kept or none"),
        ({"purposes": {"A.5": "HMARKT"}}, "system|code"),
        ({"erase": True}, "erase"),
    ],
)
def test_a_wrong_setting_of_changes_is_named(changes: dict[str, object], said: str) -> None:
    with pytest.raises(BrokenRegister) as caught:
        build({"base_url": "https://his.example", "changes": changes})
    assert said in str(caught.value)


def test_numbers_go_back_as_they_came() -> None:
    came = b'{"value":7.10,"big":1.0E+2,"n":3,"text":"7.10","list":[0.50]}'

    assert written(exact(came)) == came
    assert plain(exact(came)) == {"value": 7.1, "big": 100.0, "n": 3, "text": "7.10", "list": [0.5]}
