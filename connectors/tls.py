"""Whom we trust on the other side, and what we show of ourselves, when a line is encrypted."""

from __future__ import annotations

import ssl

import httpx

from dsr.core.errors import BrokenRegister
from dsr.core.reading import Entry

_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def tls_context(read: Entry | None) -> ssl.SSLContext:
    """The `tls` block of the settings: `ca_file`, `client_cert`, `client_key`, `min_version`.

    Certificates are always checked; `ca_file` adds a practice's own authority to the known ones.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if read is None:
        return context
    read.only("ca_file", "client_cert", "client_key", "min_version")
    context.minimum_version = _version(read)
    if "ca_file" in read.values:
        _load_authority(context, read)
    if "client_cert" in read.values:
        _load_own(context, read)
    return context


def _version(read: Entry) -> ssl.TLSVersion:
    said = read.text("min_version", "1.2")
    if said not in _VERSIONS:
        raise BrokenRegister(f"{read.path}.min_version: write '1.2' or '1.3'.")
    return _VERSIONS[said]


def _load_authority(context: ssl.SSLContext, read: Entry) -> None:
    try:
        context.load_verify_locations(cafile=read.text("ca_file"))
    except OSError:  # also ssl.SSLError
        raise BrokenRegister(
            f"{read.path}.ca_file: this is no readable file of certificates in PEM form."
        ) from None


def _load_own(context: ssl.SSLContext, read: Entry) -> None:
    key = read.text("client_key") if "client_key" in read.values else None
    try:
        context.load_cert_chain(read.text("client_cert"), key, password=_no_password)
    except OSError:
        raise BrokenRegister(
            f"{read.path}: client_cert and client_key must be readable PEM files that belong"
            " together, the key without a password."
        ) from None


def _no_password() -> str:
    """An empty one: without this, OpenSSL would wait for somebody to type it."""
    return ""
