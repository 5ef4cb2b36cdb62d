"""Encrypted lines: whom we trust, what we show of ourselves, and what is said when it fails."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from connectors.http import HttpSystem, Limits, Manners
from connectors.tls import tls_context
from dsr.core.errors import BrokenRegister, TryAgain
from dsr.core.reading import Entry
from tests.connectors.certificates import Authority, Pair
from tests.connectors.serving import served


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def app() -> Flask:
    """Answers JSON."""
    made = Flask("tls")
    made.add_url_rule("/", "root", lambda: {"yes": True})
    return made


def serving(pair: Pair, **changed: Any) -> ssl.SSLContext:
    """A server's side with this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    for name, value in changed.items():
        setattr(context, name, value)
    return context


def said(context: ssl.SSLContext, scheme: str = "https", **tls: str) -> str:
    """What the client says of a server: empty when all is well."""
    with served(app(), context) as address:
        base = f"{scheme}://{address.partition('://')[2]}"
        manners = Manners(tls=tls_context(Entry(tls, "settings.tls")))
        system = HttpSystem(base, limits=Limits(tries=1), manners=manners)
        try:
            return "" if system.get("/").ok else "refused"
        except TryAgain as fault:
            return str(fault)
        finally:
            system.close()


def test_an_authority_of_the_practice_is_trusted(authority: Authority) -> None:
    assert said(serving(authority.pair("server")), ca_file=str(authority.file)) == ""


def test_one_that_nobody_vouches_for_is_not(authority: Authority) -> None:
    assert "tls.ca_file" in said(serving(authority.pair("server")))


@pytest.mark.parametrize(
    ("pair", "words"), [({"days": -1}, "run out"), ({"host": "elsewhere.example"}, "base_url")]
)
def test_a_certificate_that_does_not_fit_says_why(
    authority: Authority, pair: dict[str, Any], words: str
) -> None:
    server = serving(authority.pair("server", **pair))
    assert words in said(server, ca_file=str(authority.file))


def test_a_server_may_want_our_certificate(authority: Authority) -> None:
    server, ours = serving(authority.pair("server")), authority.pair("ours")
    server.load_verify_locations(authority.file)
    server.verify_mode = ssl.CERT_REQUIRED
    server.maximum_version = ssl.TLSVersion.TLSv1_2
    known = {"ca_file": str(authority.file)}

    shown = {"client_cert": str(ours.certificate), "client_key": str(ours.key)}
    assert said(server, **known, **shown) == ""
    assert "client_cert" in said(server, **known)


def test_an_older_line_than_allowed_is_refused(authority: Authority) -> None:
    server = serving(authority.pair("server"), maximum_version=ssl.TLSVersion.TLSv1_2)
    known = {"ca_file": str(authority.file)}

    assert said(server, **known) == ""
    assert "min_version" in said(server, **known, min_version="1.3")


def test_https_on_a_port_without_it_says_so() -> None:
    with served(app()) as address:
        system = HttpSystem(address.replace("http", "https"), limits=Limits(tries=1))
        with pytest.raises(TryAgain, match="http://"):
            system.get("/")
        system.close()


@pytest.mark.parametrize(
    "tls",
    [
        {"ca_file": "/not/there.pem"},
        {"client_cert": "/not/there.pem"},
        {"min_version": "1.1"},
        {"verify": "no"},
    ],
)
def test_settings_that_cannot_be_used_are_refused_at_the_start(tls: dict[str, str]) -> None:
    with pytest.raises(BrokenRegister, match=r"settings\.tls"):
        tls_context(Entry(tls, "settings.tls"))
