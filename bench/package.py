"""Row f: a package of 1 GB, and a medical file of 500 pages."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pypdf

from bench.driver import Account, Driver, accounts
from bench.ground import Ground, Row
from bench.house import PRODUCT, Running
from bench.memory import Peaks
from bench.postgres import Cluster, run_file
from bench.registers import files_register
from dsr.db import answers, subject_requests
from dsr.services import case

PHOTOS, PHOTO = 64, 16 * 1024**2
MANY_PHOTOS, LONG_FILE, LITTLE = 1, 2, 3
SQL = Path(__file__).with_name("files.sql")


def package(ground: Ground) -> Iterator[Row]:
    """How fast, and how much more memory than before."""
    url = files_database(ground.target)
    people = accounts(url, range(1, 4))
    register = files_register(ground.folder / "files.yaml")
    with ground.running(register, DSR_TARGET_DB_URL=url) as running:
        running.start_web()
        running.start_workers(1, PRODUCT)
        driver = Driver(running)
        made(driver, people[LITTLE])  # warm
        yield large(running, driver, people[MANY_PHOTOS])
        yield long(running, driver, people[LONG_FILE])
        driver.close()


def large(running: Running, driver: Driver, account: Account) -> Row:
    """1 GB of photos."""
    searching = Peaks(lambda: {"worker": running.pids("worker")})
    with searching:
        request_id = searched(driver, account)
    peaks = Peaks(lambda: {"worker": running.pids("worker")})
    with peaks:
        took = driver.finish(request_id)
    megabytes = PHOTOS * PHOTO / 1e6
    more = peaks.highest["worker"] - peaks.before["worker"]
    return Row(
        what="package of 1 GB, decision to sealed",
        measured=f"{megabytes / took:.0f} MB/s ({took:.0f} s), {more:.0f} MB more",
        bar="25 MB/s, 100 MB more",
        memory=f"{peaks.in_words()}; while it was searched {searching.in_words()}",
    )


def long(running: Running, driver: Driver, account: Account) -> Row:
    """A file of some 500 pages, letter included."""
    peaks = Peaks(lambda: {"worker and rendering children": running.pids("worker")})
    request_id = searched(driver, account)
    driver.sign_off(request_id)
    with peaks:
        took = driver.finish(request_id)
    count = pages(running, request_id)
    return Row(
        what=f"medical file of {count} pages, decision to sealed ({took:.0f} s)",
        measured=f"{took * 500 / count:.0f} s for 500 pages",
        bar="60 s, 250 MB a process",
        memory=peaks.in_words(),
    )


def made(driver: Driver, account: Account) -> None:
    """One answer from the first to the last."""
    request_id = searched(driver, account)
    driver.sign_off(request_id)
    driver.finish(request_id)


def searched(driver: Driver, account: Account) -> str:
    """A request whose search has ended; its id."""
    request_id = driver.show_card(driver.file(account))
    driver.wait_searched(request_id)
    return request_id


def pages(running: Running, request_id: str) -> int:
    """How many pages the medical file in the package has."""
    house = running.house
    with house.reading() as session:
        row = subject_requests.by_id(session, request_id)
        key = case.case_key(session, house.office, row)
        held = answers.package_of(session, request_id)
        if held is None:
            raise SystemExit("The bench found no package.")
        whole = b"".join(house.office.vault.open(held.blob, key))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = [name for name in archive.namelist() if "/dossier/" in name]
        read = (pypdf.PdfReader(io.BytesIO(archive.read(name))) for name in parts)
        return sum(len(one.pages) for one in read)


def files_database(cluster: Cluster) -> str:
    """The address of the target with photos and a medical file, made when it is not there."""
    if not cluster.holds("files", "entry"):
        cluster.create("files")
        run_file(cluster, "files", SQL)
        put = b"INSERT INTO photo VALUES (%s, %s, %s, 'image/jpeg', %b)"
        with cluster.connect("files") as connection:
            for number in range(1, PHOTOS + 2):
                whose = MANY_PHOTOS if number <= PHOTOS else LITTLE
                size = PHOTO if number <= PHOTOS else 1000
                content = os.urandom(size)
                connection.execute(put, (number, whose, f"foto-{number}.jpg", content))
    return cluster.url("files")
