"""No setting, name or question about the environment opens a gate, for a test or for a bench."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator

import pytest

from dsr.core.settings import Settings
from dsr.settings import TERMS
from tests.test_architecture import PRODUCT, is_in, module_of, tree_of

#: every setting of a process, and what it is for; one that opens a gate has no line to stand on
SETTINGS = {
    "environment": "production refuses an unsafe start and asks more of weighty keys; never less",
    "public_url": "the address in links and cookies",
    "database_url": "where our rows are",
    "redis_url": "where the doorbell is",
    "vault_url": "where sealed blobs are",
    "folder": "where files of this process are",
    "register_path": "the practices, systems and purposes",
    "keys": "the keys that seal",
    "root": "the secret that the keys of hashes and indexes come from",
    "secret_key": "signs the cookies of a browser",
    "secret_key_fallbacks": "earlier ones, while cookies live",
    "signing_key": "signs the heads of the log",
    "mail_mode": "to a mail server, or to a folder",
    "smtp_url": "the mail server",
    "mail_from": "the sender's address",
    "trusted_proxies": "how many proxies are ours",
    "metrics_token": "who may read the metrics",
    "host": "the address to listen on",
    "port": "the port to listen on",
    "queues": "which queue is heard",
    "cognito": "who signs app tokens",
    "ledger_folder": "where the erasure ledger and the key shares are",
    "scan_command": "a virus scanner of the practice; without one every file is still made anew",
    "source_purge": "whether the systems are purged by the register's terms; off unless said",
    "open_questions_accepted": "the readings that a practice decided to work with; none is a rule",
    "term_days": "how long a practice waits, each within bounds; the law's own days are no setting",
    "demo_wait_seconds": "days of waiting as seconds in the demo; any other start is refused",
    "system_settings": "addresses and secrets that the register asks for by name",
}
#: variables that are no setting of `Settings`: the supervisor's own
OTHER_VARIABLES = {"DSR_SUPERVISED", "DSR_DEMO_LOGINS", "DSR_ENV_FILE", "DSR_COGNITO_ISSUER",
                   "DSR_COGNITO_JWKS_URL", "DSR_COGNITO_CLIENT_ID", "DSR_COGNITO_LOGIN_URL",
                   "DSR_COGNITO_TOKEN_URL"}  # fmt: skip
#: who may read the process's variables at all
READS_VARIABLES = ("dsr.settings", "dsr.cli", "dsr.rendering.server")
#: who may ask in which environment it runs: to refuse a start, to ask for more, or to say it
ASKS_WHERE = ("dsr.settings", "dsr.core.settings", "dsr.bootstrap", "dsr.web.api.callers",
              "dsr.cli.config", "dsr.cli.seed", "dsr.logs")  # fmt: skip
#: a purge and a replay may be tried without erasing anything; nothing else has a dry run
TRIES_FIRST = ("connectors", "dsr.core.connector", "dsr.services.purge", "dsr.jobs.purge",
               "dsr.jobs.replay", "dsr.cli.purge", "dsr.cli.replay")  # fmt: skip
#: how a way around identity, review or approval would be called
WAY_AROUND = re.compile(
    r"(^|_)((is_|in_|under_)?test(ing|_mode|_run)|(bench|fast|dev|demo|debug|unsafe)_?mode"
    r"|benchmark(ing)?|dry_run|back_?door|(auto|force|mass|pre)_?(approv|decid|identif|verif|releas"
    r"|sign_?off|grant)\w*|(assum|trust)\w*_(identity|identified|verified|approved|caller)"
    r"|(skip|bypass|disable|without|ignore)_?(identi|review|approv|decision|sign_?off|gate|check)\w*"
    r"|is_bench|for_bench)(_|$)",
    re.IGNORECASE,
)


def ways_around(module: str, source: ast.AST) -> Iterator[str]:
    """What in a module could open a gate: names, variables, and questions about where it runs."""
    for node in ast.walk(source):
        line = getattr(node, "lineno", 0)
        words = [str(getattr(node, part, "") or "") for part in ("id", "attr", "arg", "name")]
        words = [word for word in words if word != "dry_run" or not _any_of(module, TRIES_FIRST)]
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if any(WAY_AROUND.search(word) for word in [*words, text if text.isidentifier() else ""]):
            yield f"{module}:{line} is called {' '.join(filter(None, [*words, text]))}"
        named = (f"DSR_{name.upper()}" for name in SETTINGS)
        known = {*OTHER_VARIABLES, *TERMS, *named, "DSR_REGISTER"}
        if re.fullmatch(r"DSR_[A-Z_]+", text) and text not in {*known, "DSR_"}:
            yield f"{module}:{line} reads {text}"
        if {"environ", "getenv", "environb"} & set(words) and not _any_of(module, READS_VARIABLES):
            yield f"{module}:{line} reads the process's variables"
        asked = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
        asks = re.search(r"in_production$|settings\.environment$", asked)
        if asks and not _any_of(module, ASKS_WHERE):
            yield f"{module}:{line} asks where it runs"


def _any_of(module: str, packages: tuple[str, ...]) -> bool:
    return any(is_in(module, package) for package in packages)


def test_every_setting_is_known_and_nothing_opens_a_gate_for_a_test_or_a_bench() -> None:
    """`make bench` drives the product through the desk's own services: there is no other way."""
    assert {found.name for found in dataclasses.fields(Settings)} == set(SETTINGS)
    wrong = [found for path in PRODUCT for found in ways_around(module_of(path), tree_of(path))]
    assert wrong == []


@pytest.mark.parametrize(
    "planted",
    [
        "if house.settings.in_production: pass",
        "def decide(row, *, auto_approve=False): pass",
        "if os.environ.get('DSR_FOLDER'): pass",
        "fast = read('DSR_BENCH')",
        "if app.testing: pass",
        "level = IA4 if skip_identity else IA0",
        "pre_approved = True",
        "settings['dry_run']",
    ],
)
def test_a_planted_way_around_is_found(planted: str) -> None:
    assert list(ways_around("dsr.services.decide", ast.parse(planted)))
