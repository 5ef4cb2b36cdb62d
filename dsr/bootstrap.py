"""Everything put together, once per process; nothing else in the product wires anything."""

from __future__ import annotations

import logging
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dsr.core.connector import Connector
from dsr.core.errors import BrokenSettings
from dsr.core.register import Register
from dsr.core.settings import Settings
from dsr.db.clock import DatabaseClock
from dsr.db.engine import make_engine, make_readers, make_sessions
from dsr.jobs.bell import NAMES, Bell, connect, ring_after_commit
from dsr.jobs.guarded import MacSerializer
from dsr.services.house import House
from dsr.services.office import Office, Terms
from dsr.services.pace import keeper
from dsr.systems import load_register, load_systems
from dsr.vault.keys import KeyRing
from dsr.vault.ledger_file import Ledger
from dsr.vault.local import LocalStore
from dsr.vault.store import BlobStore
from dsr.vault.vault import Vault

_log = logging.getLogger(__name__)


def build_house(settings: Settings) -> House:
    """The house of this process."""
    keys = make_keys(settings)
    engine = make_engine(settings.database_url)
    sessions = make_sessions(engine)
    ring_after_commit(sessions, make_bell(settings, keys))
    office = Office(
        register=_register(settings),
        keys=keys,
        vault=Vault(make_store(settings.vault_url)),
        ledger=Ledger(settings.ledger),
        public_url=settings.public_url.rstrip("/"),
        clock=DatabaseClock(engine),
        terms=make_terms(settings),
    )
    return House(
        settings=settings,
        office=office,
        engine=engine,
        sessions=sessions,
        readers=make_readers(engine),
    )


def _register(settings: Settings) -> Register:
    """The register with its required settings; production asks who answers what it leaves open."""
    accepted = settings.open_questions_accepted if settings.in_production else None
    return load_register(settings.register_path, settings.system_settings, accepted=accepted)


def make_terms(settings: Settings) -> Terms:
    """The periods of this practice; the demo need not wait for days."""
    periods: dict[str, Any] = {
        name: many if name == "backup_days" else timedelta(days=many)
        for name, many in settings.term_days.items()
    }
    if settings.demo_wait_seconds:
        wait = timedelta(seconds=settings.demo_wait_seconds)
        periods |= {"cool_off": wait, "lifting_notice": wait}
    return Terms(**periods)


def tell_open_questions(house: House) -> None:
    """One line in the log of a process that starts, wherever it runs."""
    asked = {one.id for one in house.office.register.open_questions}
    waiting = asked - set(house.settings.open_questions_accepted)
    told = {"count": len(asked), "waiting": len(waiting)}
    _log.info("open questions in the register", extra=told)


def build_systems(house: House) -> dict[str, Connector]:
    """A connector for every system that has one, at the pace that all workers keep together."""
    return load_systems(house.office.register, house.settings.system_settings, keeper(house))


def make_keys(settings: Settings) -> KeyRing:
    """The key ring; a mistake names the setting, never the key."""
    try:
        return KeyRing.from_text(settings.keys, root=settings.root)
    except BrokenSettings as error:
        raise BrokenSettings(f"DSR_KEYS and DSR_ROOT: {error}") from error


def make_bell(settings: Settings, keys: KeyRing) -> Bell:
    """The doorbell of this process."""
    return Bell(connect(settings.redis_url), make_serializer(keys), settings.queues[0])


def make_serializer(keys: KeyRing) -> MacSerializer:
    """What reads and writes jobs: our functions only, with our MAC."""
    return MacSerializer(keys.derive("job mac"), NAMES)


def make_store(vault_url: str) -> BlobStore:
    """The vault's store: `file:///folder`, or `s3://bucket/prefix?endpoint=http://host`."""
    parts = urlsplit(vault_url)
    if parts.scheme == "file":
        return LocalStore(Path(parts.path))
    if parts.scheme == "s3":
        # boto3 is slow to import and only this store needs it.
        s3 = import_module("dsr.vault.s3")
        endpoint = parts.query.removeprefix("endpoint=") or None
        store: BlobStore = s3.S3Store(parts.netloc, endpoint, parts.path.strip("/"))
        return store
    raise BrokenSettings("DSR_VAULT_URL begins with file:// or s3://.")
