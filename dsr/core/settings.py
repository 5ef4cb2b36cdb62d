"""The settings of one process, read and checked once by `dsr.bootstrap`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class CognitoSettings:
    """How app tokens are verified. Issuer and JWKS URL are separate: emulators differ in both."""

    issuer: str
    jwks_url: str
    client_id: str
    #: the app's hosted login; empty when the practice has none
    login_url: str = ""
    token_url: str = ""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where everything is, and the secrets. `repr` shows none of them."""

    environment: str  # "demo" | "development" | "production"
    public_url: str
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    vault_url: str
    folder: Path
    register_path: Path
    keys: str = field(repr=False)
    root: str = field(repr=False)
    secret_key: str = field(repr=False)
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    signing_key: str = field(default="", repr=False)
    mail_mode: str = "folder"  # "folder" (never leaves this machine) | "smtp"
    smtp_url: str = field(default="", repr=False)
    mail_from: str = ""
    trusted_proxies: int = 0
    metrics_token: str = field(default="", repr=False)
    host: str = "127.0.0.1"
    port: int = 5000
    queues: tuple[str, ...] = ("work",)
    cognito: CognitoSettings | None = None
    open_questions_accepted: tuple[str, ...] = ()
    #: empty: `ledger` in `folder`
    ledger_folder: str = ""
    #: a virus scanner that reads a file on its standard input and answers 1 when it found something
    scan_command: str = ""
    source_purge: str = "off"  # "off" | "on": whether we purge the systems by the register's terms
    #: periods that a practice may set, in days, by their names in `Terms`
    term_days: dict[str, int] = field(default_factory=dict)
    #: in the demo alone: how long it waits where a practice waits days; 0: the same days
    demo_wait_seconds: int = 0
    system_settings: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def ledger(self) -> Path:
        """Where the erasure ledger and the key shares lie: outside the database's backup."""
        return Path(self.ledger_folder) if self.ledger_folder else self.folder / "ledger"

    @property
    def in_production(self) -> bool:
        """Whether real people's data are at stake."""
        return self.environment == "production"

    @property
    def secure(self) -> bool:
        """Whether people reach us over https; then cookies are `Secure` and `__Host-`."""
        return self.public_url.startswith("https://")
