"""Settings: every mistake at once, and a production start that refuses what is unsafe (T82)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from dsr.bootstrap import make_terms
from dsr.core.errors import BrokenRegister, BrokenSettings
from dsr.services.office import Terms
from dsr.settings import read_settings
from dsr.systems import build, load_register, resolved
from dsr.vault.fresh import fresh_secrets

REGISTER = Path(__file__).parents[1] / "registers" / "jansapp.yaml"
SAFE = {
    "DSR_ENVIRONMENT": "production",
    "DSR_PUBLIC_URL": "https://privacy.example.nl",
    "DSR_DATABASE_URL": "postgresql+psycopg://dsr:secret@database/dsr",
    "DSR_REDIS_URL": "redis://:secret@valkey:6379/0",
    "DSR_MAIL_MODE": "smtp",
    "DSR_SMTP_URL": "smtp+starttls://mail.example.nl:587",
    "DSR_METRICS_TOKEN": "a token for the metrics",
}


def variables(**changed: str) -> dict[str, str]:
    return {**fresh_secrets(), **SAFE, **changed}


def test_a_safe_production_starts() -> None:
    assert read_settings(variables()).in_production


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"DSR_PUBLIC_URL": "http://privacy.example.nl"}, "https://"),
        ({"DSR_DATABASE_URL": "sqlite:////tmp/x.db"}, "PostgreSQL"),
        ({"DSR_REDIS_URL": "redis://valkey:6379/0"}, "password"),
        ({"DSR_MAIL_MODE": "folder"}, "DSR_MAIL_MODE"),
        ({"DSR_SMTP_URL": ""}, "DSR_SMTP_URL"),
        ({"DSR_SIGNING_KEY": ""}, "DSR_SIGNING_KEY"),
        ({"DSR_METRICS_TOKEN": ""}, "DSR_METRICS_TOKEN"),
        ({"DSR_SECRET_KEY": "short"}, "too weak"),
        ({"DSR_SECRET_KEY": "a" * 64}, "too weak"),
        ({"DSR_KEYS": ""}, "DSR_KEYS"),
        (
            {"DSR_VAULT_URL": "file:///srv/vault", "DSR_LEDGER_FOLDER": "/srv/vault/ledger"},
            "DSR_LEDGER_FOLDER",
        ),
        ({"DSR_SOURCE_PURGE": "yes"}, "DSR_SOURCE_PURGE must be one of off, on"),
        ({"DSR_COOL_OFF_DAYS": "0"}, "DSR_COOL_OFF_DAYS must be a whole number from 1 to 30"),
        ({"DSR_BACKUP_DAYS": "soon"}, "DSR_BACKUP_DAYS must be a whole number"),
        ({"DSR_DEMO_WAIT_SECONDS": "5"}, "DSR_DEMO_WAIT_SECONDS is for the demo alone"),
    ],
)
def test_production_refuses_and_says_what_to_mend(changed: dict[str, str], words: str) -> None:
    with pytest.raises(BrokenSettings, match=words):
        read_settings(variables(**changed))


def test_the_ledger_lies_in_the_folder_of_the_house_unless_said_otherwise() -> None:
    assert read_settings(variables(DSR_FOLDER="/srv/house")).ledger == Path("/srv/house/ledger")
    said = read_settings(variables(DSR_LEDGER_FOLDER="/mnt/other/ledger"))
    assert said.ledger == Path("/mnt/other/ledger")
    assert said.source_purge == "off"


def test_the_waits_of_a_practice_are_those_of_its_settings_or_of_the_house() -> None:
    assert make_terms(read_settings(variables())) == Terms()
    set_here = make_terms(read_settings(variables(DSR_COOL_OFF_DAYS="10", DSR_BACKUP_DAYS="14")))
    assert (set_here.cool_off, set_here.backup_days) == (timedelta(days=10), 14)
    assert set_here.lifting_notice == Terms().lifting_notice


def test_the_demo_alone_may_wait_seconds_where_a_practice_waits_days() -> None:
    short = {"DSR_ENVIRONMENT": "demo", "DSR_DEMO_WAIT_SECONDS": "5"}
    terms = make_terms(read_settings(variables(**short)))
    assert terms.cool_off == terms.lifting_notice == timedelta(seconds=5)
    with pytest.raises(BrokenSettings, match="for the demo alone"):
        read_settings(variables(**{**short, "DSR_ENVIRONMENT": "development"}))


def test_production_refuses_a_debugger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_DEBUG", "1")
    with pytest.raises(BrokenSettings, match="FLASK_DEBUG"):
        read_settings(variables())


def test_all_mistakes_come_in_one_message() -> None:
    with pytest.raises(BrokenSettings) as told:
        read_settings({"DSR_ENVIRONMENT": "test", "DSR_PORT": "many", "DSR_VAULT_URL": "ftp://x"})
    said = str(told.value)
    for name in ("DSR_ENVIRONMENT", "DSR_PORT", "DSR_VAULT_URL", "DSR_KEYS", "DSR_SECRET_KEY"):
        assert name in said


@pytest.mark.parametrize("typed", ["\u00b2", "\u0665", "9" * 5000, "-1", "0", ""])
def test_a_number_is_digits_alone_and_of_a_size_that_can_be(typed: str) -> None:
    with pytest.raises(BrokenSettings, match="DSR_PORT must be a whole number from 1 to 65535"):
        read_settings(variables(DSR_PORT=typed))


def test_no_secret_shows_in_the_settings_or_in_a_message() -> None:
    settings = read_settings(variables())
    assert settings.secret_key not in repr(settings)
    assert settings.keys not in repr(settings)


def test_the_file_of_secrets_is_read_where_a_variable_is_not_set(tmp_path: Path) -> None:
    lines = "".join(f"{name}={value}\n" for name, value in variables().items())
    (tmp_path / "secrets.env").write_text(lines)
    path = str(tmp_path / "secrets.env")
    settings = read_settings({"DSR_ENV_FILE": path, "DSR_METRICS_TOKEN": "another"})
    assert (settings.metrics_token, settings.in_production) == ("another", True)


def test_a_missing_register_is_refused_with_the_setting_to_mend(tmp_path: Path) -> None:
    with pytest.raises(BrokenRegister, match="DSR_REGISTER"):
        load_register(tmp_path / "nothing.yaml")


def test_a_register_that_is_no_yaml_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "register.yaml"
    path.write_text("register: x\nsystems: [\n")
    with pytest.raises(BrokenRegister, match=r"register\.yaml:\d+: this is not valid YAML"):
        load_register(path)


def test_a_setting_from_the_environment_that_is_missing_is_named() -> None:
    with pytest.raises(BrokenRegister, match="DSR_APP_DB_URL"):
        resolved({"url": {"env": "DSR_APP_DB_URL"}}, {}, "system app")


def test_an_unknown_connector_is_refused_with_those_that_exist() -> None:
    system = load_register(REGISTER).systems[0]
    unknown = type(system)(**{**vars(system), "connector": "telepathy"})
    with pytest.raises(BrokenRegister, match=r"telepathy.*sql"):
        build(unknown, {})
