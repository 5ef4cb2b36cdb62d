"""Reading the settings from the environment: every mistake at once, each with its mend."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from dotenv import dotenv_values

from dsr.core.errors import BrokenSettings
from dsr.core.settings import CognitoSettings, Settings

ENVIRONMENTS = ("demo", "development", "production")
SHORTEST_SECRET = 32
#: variable -> the name in `Terms`, its default, the least and the most, in days
TERMS: Mapping[str, tuple[str, int, int, int]] = MappingProxyType(
    {
        "DSR_COOL_OFF_DAYS": ("cool_off", 7, 1, 30),
        "DSR_APPROVAL_DAYS": ("approval", 14, 1, 30),
        "DSR_LIFTING_NOTICE_DAYS": ("lifting_notice", 7, 1, 30),
        "DSR_RESTRICTION_REVIEW_DAYS": ("restriction_review", 30, 1, 92),
        "DSR_BACKUP_DAYS": ("backup_days", 35, 1, 400),
    }
)
#: `int` takes digits of any script, and refuses very many with words of its own
_DIGITS = re.compile(r"[0-9]{1,9}")


class _Reader:
    """Reads variables one by one and collects what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.mistakes: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        value = self.environment.get(name, default)
        if value is None or (not value and default is None):
            self.mistakes.append(f"{name} is missing; set it (see `python -m dsr config`).")
            return ""
        return value

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self.environment.get(name, str(default))
        if not _DIGITS.fullmatch(value) or not least <= int(value) <= most:
            self.mistakes.append(f"{name} must be a whole number from {least} to {most}.")
            return default
        return int(value)

    def one_of(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        value = self.environment.get(name, default)
        if value not in allowed:
            self.mistakes.append(f"{name} must be one of {', '.join(allowed)}.")
        return value

    def url(self, name: str, schemes: tuple[str, ...], default: str | None = None) -> str:
        value = self.text(name, default)
        if value and urlsplit(value).scheme not in schemes:
            self.mistakes.append(f"{name} must begin with one of: {', '.join(schemes)}.")
        return value

    def secret(self, name: str) -> str:
        value = self.text(name)
        if value and (len(value) < SHORTEST_SECRET or len(set(value)) < 10):
            self.mistakes.append(f"{name} is too weak; make one with `python -m dsr keys new`.")
        return value


@dataclass(frozen=True)
class Connected:
    """Where the register is, and the variables that its systems' settings name."""

    register_path: Path
    system_settings: dict[str, str] = field(repr=False)


def read_connected(environment: Mapping[str, str] | None = None) -> Connected:
    """All that trying a connection needs: no key of ours, no database."""
    read = _Reader(_with_file(dict(os.environ if environment is None else environment)))
    return _connected(read)


def _connected(read: _Reader) -> Connected:
    return Connected(
        register_path=Path(read.text("DSR_REGISTER", "registers/jansapp.yaml")).absolute(),
        system_settings={k: v for k, v in read.environment.items() if k.startswith("DSR_")},
    )


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process; `BrokenSettings` lists every mistake at once."""
    read = _Reader(_with_file(dict(os.environ if environment is None else environment)))
    folder = Path(read.text("DSR_FOLDER", "var")).absolute()
    connected = _connected(read)
    settings = Settings(
        environment=read.one_of("DSR_ENVIRONMENT", ENVIRONMENTS, "development"),
        public_url=read.url("DSR_PUBLIC_URL", ("http", "https"), "http://127.0.0.1:5000"),
        database_url=read.url(
            "DSR_DATABASE_URL",
            ("sqlite", "postgresql+psycopg"),
            f"sqlite:///{folder / 'privacybalie.db'}",
        ),
        redis_url=read.url(
            "DSR_REDIS_URL", ("redis", "rediss", "unix"), f"unix://{folder / 'valkey.sock'}"
        ),
        vault_url=read.url("DSR_VAULT_URL", ("file", "s3"), f"file://{folder / 'vault'}"),
        folder=folder,
        register_path=connected.register_path,
        keys=read.text("DSR_KEYS"),
        root=read.text("DSR_ROOT"),
        secret_key=read.secret("DSR_SECRET_KEY"),
        secret_key_fallbacks=_listed(read.text("DSR_SECRET_KEY_FALLBACKS", "")),
        signing_key=read.text("DSR_SIGNING_KEY", ""),
        mail_mode=read.one_of("DSR_MAIL_MODE", ("folder", "smtp"), "folder"),
        smtp_url=read.text("DSR_SMTP_URL", ""),
        mail_from=read.text("DSR_MAIL_FROM", ""),
        trusted_proxies=read.whole("DSR_TRUSTED_PROXIES", 0, 0, 5),
        metrics_token=read.text("DSR_METRICS_TOKEN", ""),
        host=read.text("DSR_HOST", "127.0.0.1"),
        port=read.whole("DSR_PORT", 5000, 1, 65535),
        queues=_listed(read.text("DSR_QUEUES", "work")),
        cognito=_cognito(read),
        open_questions_accepted=_listed(read.text("DSR_OPEN_QUESTIONS_ACCEPTED", "")),
        ledger_folder=_folder(read.text("DSR_LEDGER_FOLDER", "")),
        scan_command=read.text("DSR_SCAN_COMMAND", ""),
        source_purge=read.one_of("DSR_SOURCE_PURGE", ("off", "on"), "off"),
        term_days={name: read.whole(at, *most) for at, (name, *most) in TERMS.items()},
        demo_wait_seconds=read.whole("DSR_DEMO_WAIT_SECONDS", 0, 0, 3600),
        system_settings=connected.system_settings,
    )
    mistakes = read.mistakes + (_unsafe(settings) if settings.in_production else [])
    if settings.demo_wait_seconds and settings.environment != "demo":
        mistakes.append("DSR_DEMO_WAIT_SECONDS is for the demo alone; take it out.")
    if mistakes:
        raise BrokenSettings("The settings cannot be used:\n- " + "\n- ".join(mistakes))
    return settings


def _with_file(environment: dict[str, str]) -> dict[str, str]:
    # `make run` keeps the secrets that it made in a file of its own folder, mode 600.
    path = environment.get("DSR_ENV_FILE", "")
    if not path:
        return environment
    kept = {k: v for k, v in dotenv_values(path).items() if v is not None}
    return {**kept, **environment}


def _cognito(read: _Reader) -> CognitoSettings | None:
    if not read.environment.get("DSR_COGNITO_ISSUER"):
        return None
    return CognitoSettings(
        issuer=read.text("DSR_COGNITO_ISSUER"),
        jwks_url=read.url("DSR_COGNITO_JWKS_URL", ("http", "https")),
        client_id=read.text("DSR_COGNITO_CLIENT_ID"),
        login_url=read.text("DSR_COGNITO_LOGIN_URL", ""),
        token_url=read.text("DSR_COGNITO_TOKEN_URL", ""),
    )


def _unsafe(settings: Settings) -> list[str]:
    """What a production start refuses, each with its mend (T82)."""
    checks = {
        "DSR_PUBLIC_URL must begin with https:// in production.": not settings.secure,
        "DSR_DATABASE_URL must be PostgreSQL in production; SQLite is for the demo.": (
            settings.database_url.startswith("sqlite")
        ),
        "DSR_REDIS_URL must carry a password, or be a socket, in production.": (
            _is_open(settings.redis_url)
        ),
        "DSR_MAIL_MODE must be smtp in production; `folder` sends nothing.": (
            settings.mail_mode != "smtp"
        ),
        "DSR_SMTP_URL is missing; without it nobody gets an answer.": not settings.smtp_url,
        "DSR_SIGNING_KEY is missing; make one with `python -m dsr keys new`.": (
            not settings.signing_key
        ),
        "DSR_METRICS_TOKEN is missing; without it anybody on this host reads the metrics.": (
            not settings.metrics_token
        ),
        "DSR_LEDGER_FOLDER must lie outside the folder of the vault and of the database: one"
        " backup must never bring both back.": _is_beside_backup(settings),
        "FLASK_DEBUG and PYTHONDEVMODE must be off in production.": bool(
            os.environ.get("FLASK_DEBUG") or os.environ.get("PYTHONDEVMODE")
        ),
        "The Cognito addresses must begin with https:// in production.": (
            settings.cognito is not None and not settings.cognito.jwks_url.startswith("https://")
        ),
    }
    return [mend for mend, wrong in checks.items() if wrong]


def _folder(text: str) -> str:
    return str(Path(text).absolute()) if text else ""


def _is_beside_backup(settings: Settings) -> bool:
    saved = [Path(urlsplit(settings.vault_url).path)] if settings.vault_url[:4] == "file" else []
    if settings.database_url.startswith("sqlite"):
        saved.append(Path(urlsplit(settings.database_url).path.removeprefix("/")).parent)
    ledger = settings.ledger.resolve()
    return any(ledger.is_relative_to(folder.resolve()) for folder in saved)


def _is_open(redis_url: str) -> bool:
    parts = urlsplit(redis_url)
    return parts.scheme != "unix" and not parts.password


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
