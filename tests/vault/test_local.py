"""The folder: private, whole after a kill, and clear when the disk is full."""

import errno
import os
import subprocess
import sys
import time
import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest

from dsr.core.errors import VaultError
from dsr.vault.keys import new_data_key
from dsr.vault.local import LocalStore
from dsr.vault.store import MissingBlob, StoreTrouble
from dsr.vault.vault import Vault

MEGABYTE = bytes(range(256)) * 4096


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def everything_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_files_and_all_new_folders_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        LocalStore(tmp_path / "deep" / "vault").write("a/b/c", [b"x"])
    finally:
        os.umask(before)
    top = tmp_path / "deep"
    folders = [top, top / "vault", top / "vault" / "a", top / "vault" / "a" / "b"]
    assert [oct(mode(folder)) for folder in folders] == ["0o700"] * 4
    assert mode(top / "vault" / "a" / "b" / "c") == 0o600


def in_a_small_disk(folder: Path, code: str) -> str:
    """Run the code in a process that may not write a file of more than 1 MiB; what it prints."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
    head = (
        "import pathlib, sys\n"
        "from dsr.vault.local import LocalStore\n"
        "from dsr.vault.store import StoreTrouble\n"
        "store = LocalStore(pathlib.Path(sys.argv[1]))\n"
    )
    run = [sys.executable, "-c", head + limit + code, str(folder)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_a_full_disk_is_told_in_words_and_the_old_blob_stays(tmp_path: Path) -> None:
    LocalStore(tmp_path).write("a/b", [b"before"])
    told = in_a_small_disk(
        tmp_path,
        "try: store.write('a/b', [bytes(300_000)] * 10)\n"
        "except StoreTrouble as error: print(error)\n"
        "print(store.write('a/small', [b'fits']))\n",
    )
    assert told.startswith("the disk of the vault is full")
    assert told.endswith("4\n")
    assert everything_in(tmp_path) == ["a/b", "a/small"]
    assert LocalStore(tmp_path).read("a/b", 0, 100) == b"before"


def test_no_room_at_all_on_a_real_full_device_is_told_in_words(tmp_path: Path) -> None:
    """/dev/full answers every write as a disk without a free block does."""
    code = (
        "import os\n"
        "real = os.open\n"
        "def full(path, flags, *mode):\n"
        "    made = real(path, flags, *mode)\n"
        "    if not flags & os.O_CREAT: return made\n"
        "    os.close(made)\n"
        "    return real('/dev/full', os.O_WRONLY)\n"
        "os.open = full\n"
        "try: store.write('a/b', [b'x'])\n"
        "except StoreTrouble as error: print(error)\n"
    )
    assert in_a_small_disk(tmp_path, code).startswith("the disk of the vault is full")
    assert everything_in(tmp_path) == []


def test_a_process_killed_while_writing_leaves_no_blob_and_the_sweep_clears_up(
    tmp_path: Path,
) -> None:
    code = (
        "import os\n"
        "def chunks():\n"
        "    yield b'half'\n"
        "    os.kill(os.getpid(), 9)\n"
        "store.write('a/b', chunks())\n"
    )
    with pytest.raises(subprocess.CalledProcessError):
        in_a_small_disk(tmp_path, code)
    store = LocalStore(tmp_path)
    (part,) = (tmp_path / "a").iterdir()
    assert list(store.names("")) == []
    assert store.sweep(timedelta(hours=1)) == 0
    hour_ago = time.time() - 3700
    os.utime(part, (hour_ago, hour_ago))
    assert store.sweep(timedelta(hours=1)) == 1
    assert everything_in(tmp_path) == []


def test_the_sweep_touches_no_blob(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.write("a/b", [b"x"])
    os.utime(tmp_path / "a" / "b", (0, 0))
    assert store.sweep(timedelta(0)) == 0
    assert list(store.names("")) == ["a/b"]


def test_a_vault_that_is_a_file_is_told_by_the_check(tmp_path: Path) -> None:
    (tmp_path / "vault").write_bytes(b"")
    with pytest.raises(StoreTrouble, match="cannot be used") as caught:
        LocalStore(tmp_path / "vault").check()
    assert os.strerror(errno.ENOTDIR) in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


def test_a_link_in_the_place_of_a_blob_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"not of the vault")
    store = LocalStore(tmp_path / "vault")
    store.write("a/b", [b"x"])
    (tmp_path / "vault" / "a" / "link").symlink_to(tmp_path / "secret")
    with pytest.raises(VaultError):
        store.read("a/link", 0, 100)
    with pytest.raises(MissingBlob):
        store.size("a/link")


def test_a_folder_of_the_vault_is_no_blob(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    store.write("a/b", [b"x"])
    with pytest.raises(MissingBlob):
        store.size("a")


def test_200_megabytes_go_in_and_out_in_a_few_megabytes_of_memory(tmp_path: Path) -> None:
    vault, key = Vault(LocalStore(tmp_path)), new_data_key()
    tracemalloc.start()
    try:
        vault.put("big", key, (MEGABYTE for _ in range(200)))
        _, peak_in = tracemalloc.get_traced_memory()
        read = sum(map(len, vault.open("big", key)))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert read == 200 * len(MEGABYTE)
    assert peak_in < 4_000_000
    assert peak < 12_000_000
