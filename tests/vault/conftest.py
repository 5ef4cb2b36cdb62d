"""One S3 server a module; a bucket of its own for each test."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from dsr.vault.local import LocalStore
from dsr.vault.s3 import S3Store
from dsr.vault.store import BlobStore
from tests.vault.stores import ACCOUNT, make_bucket, s3_server


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket(s3_address: str, account: None) -> str:
    name = f"vault-{secrets.token_hex(6)}"
    make_bucket(s3_address, name)
    return name


@pytest.fixture(params=["folder", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    """Both places: what holds for one holds for the other."""
    if request.param == "folder":
        return LocalStore(tmp_path / "vault")
    name = request.getfixturevalue("bucket")
    return S3Store(name, request.getfixturevalue("s3_address"), prefix="dsr")
