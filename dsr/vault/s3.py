"""The vault as a bucket of an S3-compatible store; it only ever sees sealed bytes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from dsr.vault.store import MissingBlob, StoreTrouble, checked_name, probe

PART = 8 * 1024 * 1024
_MOST_PARTS = 10_000
_MISSING = {"NoSuchKey", "404", "NotFound"}
#: Answers of stores that keep no versions and so cannot list them.
_NO_VERSIONS = {"NotImplemented", "MethodNotAllowed", "501"}


class S3Store:
    """Blobs as objects below `prefix`; credentials come from boto3's own chain."""

    def __init__(self, bucket: str, endpoint_url: str | None = None, prefix: str = "") -> None:
        self.bucket = bucket
        self.endpoint_url = endpoint_url
        self.prefix = f"{checked_name(prefix.strip('/'))}/" if prefix.strip("/") else ""
        self._client: Any = None  # boto3's clients are made at run time and have no type
        self._client_of = 0

    def write(self, name: str, chunks: Iterable[bytes]) -> int:
        """One put for a small blob, a multipart upload for a large one: all or nothing."""
        key, parts = self._key(name), _parts(chunks)
        first = next(parts)
        if len(first) < PART:
            with _in_words():
                self._s3().put_object(Bucket=self.bucket, Key=key, Body=first)
            return len(first)
        return self._upload(key, first, parts)

    def read(self, name: str, start: int, length: int) -> bytes:
        """Bytes from `start`, fewer than `length` only at the end."""
        if length <= 0:
            return b""
        where = {"Bucket": self.bucket, "Key": self._key(name)}
        with _in_words():
            try:
                answer = self._s3().get_object(**where, Range=f"bytes={start}-{start + length - 1}")
                body: bytes = answer["Body"].read()
            except ClientError as error:
                if _code(error) not in {"InvalidRange", "416"}:
                    raise
                body = b""
        return body

    def size(self, name: str) -> int:
        """Bytes of the object."""
        with _in_words():
            answer = self._s3().head_object(Bucket=self.bucket, Key=self._key(name))
        return int(answer["ContentLength"])

    def delete(self, name: str) -> None:
        """Remove the object with all its older versions; one that is not there is fine."""
        key = self._key(name)
        with _in_words():
            doomed = list(self._versions(key)) or [{"Key": key}]
            for at in range(0, len(doomed), 1_000):
                batch = {"Objects": doomed[at : at + 1_000], "Quiet": True}
                answer = self._s3().delete_objects(Bucket=self.bucket, Delete=batch)
                _refuse_errors(answer.get("Errors", []))

    def names(self, prefix: str) -> Iterator[str]:
        """Names that begin with the prefix, in order."""
        with _in_words():
            pages = self._s3().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix + prefix):
                for entry in page.get("Contents", []):
                    yield entry["Key"][len(self.prefix) :]

    def sweep(self, older_than: timedelta) -> int:
        """Abort uploads begun that long ago: a killed process leaves its parts behind, paid for."""
        before, swept = datetime.now(UTC) - older_than, 0
        with _in_words():
            pages = self._s3().get_paginator("list_multipart_uploads")
            for page in pages.paginate(Bucket=self.bucket, Prefix=self.prefix):
                for upload in page.get("Uploads", []):
                    if upload["Initiated"] < before:
                        self._abort(upload["Key"], upload["UploadId"])
                        swept += 1
        return swept

    def check(self) -> None:
        """Write, read and delete a probe; VaultError says in words what is wrong."""
        probe(self)

    def _upload(self, key: str, first: bytes, rest: Iterator[bytes]) -> int:
        with _in_words():
            begun = self._s3().create_multipart_upload(Bucket=self.bucket, Key=key)
        upload = {"Bucket": self.bucket, "Key": key, "UploadId": begun["UploadId"]}
        try:
            written, tags = self._send_parts(upload, first, rest)
            with _in_words():
                self._s3().complete_multipart_upload(**upload, MultipartUpload={"Parts": tags})
        except BaseException:
            with suppress(ClientError, BotoCoreError):
                self._abort(key, begun["UploadId"])
            raise
        return written

    def _send_parts(
        self, upload: dict[str, str], first: bytes, rest: Iterator[bytes]
    ) -> tuple[int, list[dict[str, object]]]:
        tags: list[dict[str, object]] = []
        written, part = 0, first
        while part:
            number = len(tags) + 1
            _refuse_too_many(number)
            with _in_words():
                sent = self._s3().upload_part(**upload, PartNumber=number, Body=part)
            tags.append({"PartNumber": number, "ETag": sent["ETag"]})
            written += len(part)
            part = next(rest, b"")
        return written, tags

    def _abort(self, key: str, upload_id: str) -> None:
        self._s3().abort_multipart_upload(Bucket=self.bucket, Key=key, UploadId=upload_id)

    def _versions(self, key: str) -> Iterator[dict[str, str]]:
        """Every version and delete marker of one key, where the bucket keeps versions."""
        pages = self._s3().get_paginator("list_object_versions")
        try:
            for page in pages.paginate(Bucket=self.bucket, Prefix=key):
                entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                own = [entry for entry in entries if entry["Key"] == key]
                yield from ({"Key": key, "VersionId": entry["VersionId"]} for entry in own)
                # Keys come in order and the shortest first: after the first longer one we are done.
                if len(own) < len(entries):
                    return
        except ClientError as error:
            if _code(error) not in _NO_VERSIONS:
                raise

    def _key(self, name: str) -> str:
        return self.prefix + checked_name(name)

    def _s3(self) -> Any:
        """A client of this process: a forked worker must not share its parent's sockets."""
        if self._client_of != os.getpid():
            self._client, self._client_of = _client(self.endpoint_url), os.getpid()
        return self._client


def _client(endpoint_url: str | None) -> Any:
    config = Config(
        signature_version="s3v4",
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "max_attempts": 3},
        s3={"addressing_style": "path" if endpoint_url else "auto"},
        # Frames carry their own tags, and not every compatible store knows the newer checksums.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client("s3", endpoint_url=endpoint_url, config=config)


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pieces of PART bytes and a shorter last one; a single empty piece for an empty blob."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    yield bytes(held)


def _refuse_too_many(number: int) -> None:
    if number > _MOST_PARTS:
        most = PART * _MOST_PARTS // 10**9
        raise StoreTrouble(f"A blob of more than {most} GB does not fit in the bucket: split it.")


def _refuse_errors(errors: list[dict[str, str]]) -> None:
    """A delete answers 200 even when single keys failed: read what it says about each."""
    failed = [error.get("Code", "") for error in errors if error.get("Code") not in _MISSING]
    if failed:
        raise StoreTrouble(f"The bucket did not delete a blob ({failed[0]}): check its rights.")


@contextmanager
def _in_words() -> Iterator[None]:
    """Turn the store's error into one that says what to do; keys and names stay out of it."""
    try:
        yield
    except ClientError as error:
        if _code(error) in _MISSING:
            raise MissingBlob from None
        raise StoreTrouble(
            f"The vault's bucket refuses ({_code(error)}): check that it exists and that the"
            " account may list (versions too), read, write and delete in it."
        ) from None
    except (BotoCoreError, OSError) as error:
        raise StoreTrouble(
            f"The vault's bucket does not answer ({type(error).__name__}): check its address and"
            " the credentials."
        ) from None


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
