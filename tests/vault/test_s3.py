"""The bucket: multipart, aborts, versions, and failures told in words."""

import os
import secrets
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from dsr.core.errors import VaultError
from dsr.vault.s3 import PART, S3Store
from dsr.vault.store import MissingBlob, StoreTrouble
from tests.vault.stores import make_bucket, odd_store, refusal

BEGUN = "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>"


def client(address: str) -> Any:
    return boto3.client("s3", endpoint_url=address)


def test_a_large_blob_goes_up_in_parts_and_a_small_one_in_one(bucket: str, s3_address: str) -> None:
    store = S3Store(bucket, s3_address)
    store.write("small", [b"x"])
    store.write("large", [bytes(PART), bytes(PART), b"x"])
    tags = {
        entry["Key"]: entry["ETag"].strip('"').partition("-")[2]
        for entry in client(s3_address).list_objects_v2(Bucket=bucket)["Contents"]
    }
    assert tags == {"small": "", "large": "3"}


def test_the_prefix_keeps_two_vaults_in_one_bucket_apart(bucket: str, s3_address: str) -> None:
    one, other = S3Store(bucket, s3_address, "one/"), S3Store(bucket, s3_address, "/one-b")
    one.write("a", [b"1"])
    other.write("a", [b"2"])
    assert (one.read("a", 0, 9), other.read("a", 0, 9)) == (b"1", b"2")
    one.delete("a")
    assert (list(one.names("")), list(other.names(""))) == ([], ["a"])


def test_the_sweep_aborts_an_upload_that_a_killed_process_left(
    bucket: str, s3_address: str
) -> None:
    store = S3Store(bucket, s3_address, "dsr")
    raw = client(s3_address)
    begun = raw.create_multipart_upload(Bucket=bucket, Key="dsr/left")
    raw.upload_part(
        Bucket=bucket, Key="dsr/left", UploadId=begun["UploadId"], PartNumber=1, Body=b"x"
    )
    assert store.sweep(timedelta(seconds=-60)) == 1
    assert store.sweep(timedelta(seconds=-60)) == 0


def test_deleting_in_a_bucket_with_versions_removes_every_version(
    s3_address: str, account: None
) -> None:
    bucket = f"vault-{secrets.token_hex(6)}"
    make_bucket(s3_address, bucket, versioned=True)
    store = S3Store(bucket, s3_address)
    for text in (b"1", b"2", b"3"):
        store.write("a", [text])
    store.write("a-longer", [b"stays"])
    store.delete("a")
    left = client(s3_address).list_object_versions(Bucket=bucket)
    kept = [*left.get("Versions", []), *left.get("DeleteMarkers", [])]
    assert [entry["Key"] for entry in kept] == ["a-longer"]
    assert list(store.names("")) == ["a-longer"]
    with pytest.raises(MissingBlob):
        store.size("a")


def test_a_part_that_is_refused_ends_in_words_and_aborts_the_upload(account: None) -> None:
    answers = {
        "POST uploads": (200, BEGUN),
        "PUT uploadId=u1&partNumber=2": (403, refusal("QuotaExceeded")),
    }
    with odd_store(answers) as server:
        with pytest.raises(StoreTrouble, match="QuotaExceeded"):
            S3Store("vault", server.address).write("a", [bytes(PART), bytes(PART), b"x"])
        calls = list(server.journal)
    parts = ["PUT uploadId=u1&partNumber=1", "PUT uploadId=u1&partNumber=2"]
    assert calls == ["POST uploads", *parts, "DELETE uploadId=u1"]


def test_a_completion_that_is_refused_aborts_the_upload(account: None) -> None:
    answers = {"POST uploads": (200, BEGUN), "POST uploadId": (400, refusal("InvalidPart"))}
    with odd_store(answers) as server:
        with pytest.raises(StoreTrouble, match="InvalidPart"):
            S3Store("vault", server.address).write("a", [bytes(PART)])
        assert server.journal[-1] == "DELETE uploadId=u1"


def test_a_delete_that_fails_for_the_key_alone_is_noticed(account: None) -> None:
    failed = "<DeleteResult><Error><Key>a</Key><Code>AccessDenied</Code></Error></DeleteResult>"
    with (
        odd_store({"POST delete": (200, failed)}) as server,
        pytest.raises(StoreTrouble, match=r"did not delete a blob \(AccessDenied\)"),
    ):
        S3Store("vault", server.address).delete("a")


@pytest.mark.parametrize("code", ["NotImplemented", "MethodNotAllowed"])
def test_a_store_that_knows_no_versions_still_deletes(account: None, code: str) -> None:
    answers = {"GET versions": (405, refusal(code)), "POST delete": (200, "<DeleteResult/>")}
    with odd_store(answers) as server:
        S3Store("vault", server.address).delete("a")
        assert server.journal[-1].startswith("POST delete")


def test_versions_that_may_not_be_listed_are_not_left_behind_silently(account: None) -> None:
    with (
        odd_store({"GET versions": (403, refusal("AccessDenied"))}) as server,
        pytest.raises(StoreTrouble, match=r"list \(versions too\)"),
    ):
        S3Store("vault", server.address).delete("a")


def test_a_store_that_gives_back_something_else_is_told_by_the_check(account: None) -> None:
    answers = {"GET ": (200, "something else"), "POST delete": (200, "<DeleteResult/>")}
    answers = {"GET versions": (405, refusal("MethodNotAllowed")), **answers}
    with (
        odd_store(answers) as server,
        pytest.raises(VaultError, match="does not give back what was written"),
    ):
        S3Store("vault", server.address).check()


def test_a_read_that_the_store_refuses_is_told_in_words(account: None) -> None:
    with (
        odd_store({"GET ": (403, refusal("AccessDenied"))}) as server,
        pytest.raises(StoreTrouble, match="AccessDenied"),
    ):
        S3Store("vault", server.address).read("a", 0, 5)


def test_the_sweep_leaves_a_young_upload_to_its_owner(account: None) -> None:
    began = {"old": datetime.now(UTC) - timedelta(days=2), "young": datetime.now(UTC)}
    uploads = "".join(
        f"<Upload><Key>{key}</Key><UploadId>{key}</UploadId><Initiated>{at.isoformat()}</Initiated>"
        "</Upload>"
        for key, at in began.items()
    )
    listing = f"<ListMultipartUploadsResult>{uploads}</ListMultipartUploadsResult>"
    with odd_store({"GET uploads": (200, listing)}) as server:
        assert S3Store("vault", server.address).sweep(timedelta(days=1)) == 1
        assert [call for call in server.journal if "DELETE" in call] == ["DELETE uploadId=old"]


def test_a_blob_with_more_parts_than_a_bucket_takes_is_aborted(
    account: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dsr.vault.s3._MOST_PARTS", 2)
    with odd_store({"POST uploads": (200, BEGUN)}) as server:
        with pytest.raises(StoreTrouble, match="split it"):
            S3Store("vault", server.address).write("a", [bytes(PART)] * 3)
        assert server.journal[-1] == "DELETE uploadId=u1"


def test_a_bucket_that_does_not_exist_is_told_by_the_check(s3_address: str, account: None) -> None:
    with pytest.raises(StoreTrouble, match=r"refuses \(NoSuchBucket\): check that it exists"):
        S3Store("no-such-bucket", s3_address).check()


def test_an_address_where_nobody_answers_is_told_in_words(account: None) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(StoreTrouble, match="does not answer"):
            S3Store("vault", address).size("a")


def test_without_credentials_the_message_says_so(
    bucket: str, s3_address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(StoreTrouble, match=r"NoCredentialsError.*credentials"):
        S3Store(bucket, s3_address).check()


def test_no_message_names_the_blob(s3_address: str, account: None) -> None:
    store = S3Store("no-such-bucket", s3_address)
    with pytest.raises(VaultError) as caught:
        store.write("requests/17/archive", [b"x"])
    assert "17" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_prefix_that_is_no_name_is_refused() -> None:
    with pytest.raises(VaultError, match="A blob's name"):
        S3Store("vault", prefix="../up")


def test_a_forked_process_makes_its_own_connection(bucket: str, s3_address: str) -> None:
    store = S3Store(bucket, s3_address)
    store.write("a", [b"x"])
    parent = store._s3()
    store._client_of = os.getpid() + 1
    assert store._s3() is not parent
    assert store.read("a", 0, 9) == b"x"
