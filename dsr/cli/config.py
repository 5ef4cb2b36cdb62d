"""`config`: are the settings good, and which are there."""

from __future__ import annotations

import click

from dsr.bootstrap import build_house, build_systems
from dsr.db.engine import check_database
from dsr.jobs.bell import check_doorbell
from dsr.services.ledger_watch import LedgerWatch
from dsr.settings import read_settings

TABLE = (
    ("DSR_ENVIRONMENT", "demo, development or production; production refuses what is unsafe"),
    ("DSR_PUBLIC_URL", "the address people use, such as https://privacy.example.nl"),
    ("DSR_DATABASE_URL", "postgresql+psycopg://... ; sqlite:///... for the demo"),
    ("DSR_REDIS_URL", "redis://:password@host:6379/0 or unix:///path; Redis or Valkey"),
    ("DSR_VAULT_URL", "file:///folder or s3://bucket/prefix?endpoint=https://host"),
    ("DSR_FOLDER", "where this host keeps its files (heads of the log, mail of the demo)"),
    (
        "DSR_LEDGER_FOLDER",
        "the erasure ledger and the key shares; one folder for all hosts, in no backup of the"
        " database or the vault; mirror it, never put an older copy back",
    ),
    (
        "DSR_SOURCE_PURGE",
        "on: `python -m dsr purge` erases in the systems what is past its term; off by default",
    ),
    ("DSR_COOL_OFF_DAYS", "days between approval and erasure, in which the person can stop it; 7"),
    ("DSR_APPROVAL_DAYS", "days after the cooling off for which an approval is good; 14"),
    ("DSR_LIFTING_NOTICE_DAYS", "days between telling that a restriction ends, and lifting it; 7"),
    ("DSR_RESTRICTION_REVIEW_DAYS", "days after which a restriction is looked at again; 30"),
    ("DSR_BACKUP_DAYS", "days after which no backup holds what was erased; letters say so; 35"),
    ("DSR_DEMO_WAIT_SECONDS", "in the demo alone: seconds instead of the days of the two waits"),
    ("DSR_REGISTER", "the Art. 30 register, a YAML file"),
    (
        "DSR_OPEN_QUESTIONS_ACCEPTED",
        "ids of the register's open questions, separated by commas, whose readings the practice"
        " decided to work with; production refuses any other (see `register show`)",
    ),
    ("DSR_KEYS", "key-encryption keys, id:base64 separated by commas; the first is current"),
    ("DSR_ROOT", "the root of derived keys (blind indexes, request secrets); never changes"),
    ("DSR_SECRET_KEY", "signs browser cookies; DSR_SECRET_KEY_FALLBACKS holds older ones"),
    ("DSR_SIGNING_KEY", "signs the heads of the log (Ed25519)"),
    ("DSR_MAIL_MODE", "folder (nothing leaves this host) or smtp"),
    ("DSR_SMTP_URL", "smtp+starttls://login:password@host:587 or smtps://..."),
    ("DSR_MAIL_FROM", "the sender of mails; empty: the practice's address"),
    ("DSR_TRUSTED_PROXIES", "how many proxies stand in front; 0 to 5"),
    (
        "DSR_SCAN_COMMAND",
        "a virus scanner for what patients send along, which reads a file on its standard input and"
        " answers 1 when it found something: clamdscan --no-summary -",
    ),
    ("DSR_METRICS_TOKEN", "the bearer token of /metrics; empty: this host only, not in production"),
    ("DSR_HOST, DSR_PORT", "where the web server listens"),
    ("DSR_QUEUES", "the queue of this worker; one queue a process"),
    ("DSR_COGNITO_ISSUER", "with _JWKS_URL, _CLIENT_ID, _LOGIN_URL, _TOKEN_URL: app logins"),
    ("DSR_ENV_FILE", "a file with the variables above, read where they are not set"),
)


@click.group(invoke_without_command=True)
@click.pass_context
def config(context: click.Context) -> None:
    """List all settings; `config check` tries those that are set."""
    if context.invoked_subcommand is None:
        for name, what in TABLE:
            click.echo(f"{name:28} {what}")


@config.command()
def check() -> None:
    """Check every setting, the keys, the register and the database; all mistakes at once."""
    settings = read_settings()
    house = build_house(settings)
    check_database(house.engine)
    check_doorbell(settings.redis_url)
    house.office.vault.store.check()
    house.office.ledger.append([], house.office.now())  # can it be written?
    LedgerWatch(house=house).refuse()
    build_systems(house)
    click.echo(f"The settings are good ({settings.environment}).")


COMMANDS = {"config": config}
