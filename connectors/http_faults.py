"""What a fault of the line means: our errors, which say what to look at first.

All are raised `from None` or without their cause, because httpx's own texts can hold an address.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from typing import NoReturn

import httpx

from dsr.core.errors import BadAnswer, TryAgain

#: OpenSSL's numbers of what is wrong with a certificate
_CERTIFICATES = {
    10: "its certificate has run out: ask the supplier for a new one",
    9: "its certificate is not valid yet: compare the clocks of both sides",
    62: "its certificate is for another host name: correct `base_url`",
    64: "its certificate is for another address: use the host's name in `base_url`",
}
_UNTRUSTED = "nobody we know vouches for its certificate: put its authority's file in `tls.ca_file`"


def translate(fault: httpx.HTTPError) -> NoReturn:
    """Our error for a fault of the line."""
    if isinstance(fault, httpx.ConnectTimeout):
        raise TryAgain(
            "The system did not take our call in time; try again later. If it never does, a"
            " firewall may stand between: correct the host or port in `base_url`."
        ) from None
    if isinstance(fault, httpx.TimeoutException):
        raise TryAgain("The system did not answer in time; try again later.") from None
    for cause in _causes(fault):
        if words := _words(cause):
            raise TryAgain(words) from None
    if isinstance(fault, httpx.DecodingError | httpx.RemoteProtocolError):
        raise BadAnswer("The system's answer was cut or damaged; try again later.") from None
    raise TryAgain("The system cannot be reached; try again later.") from None


def _causes(fault: BaseException | None) -> Iterator[BaseException]:
    while fault is not None:
        yield fault
        fault = fault.__cause__ or fault.__context__


def _words(cause: BaseException) -> str:
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = _CERTIFICATES.get(cause.verify_code, _UNTRUSTED)
        return f"The system cannot be trusted: {why}; then try again."
    if isinstance(cause, ssl.SSLError):
        return _tls_words(str(cause.reason or ""))
    if isinstance(cause, socket.gaierror):
        return (
            "The system cannot be reached: its host name is not known. Correct the host in"
            " `base_url`, or look at this machine's name server; then try again."
        )
    if isinstance(cause, OSError) and cause.errno == errno.ECONNREFUSED:
        return (
            "The system cannot be reached: nobody listens on this port. Start the system, or"
            " correct the port in `base_url`; then try again."
        )
    return ""


def _tls_words(reason: str) -> str:
    if "CERTIFICATE_REQUIRED" in reason or "HANDSHAKE_FAILURE" in reason:
        return (
            "The system wants a certificate of ours, or another cipher: put `client_cert` and"
            " `client_key` under `tls`; then try again."
        )
    if "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER" in reason:
        return (
            "The system does not speak TLS on this port: write http:// in `base_url`, or the port"
            " of https; then try again."
        )
    if "VERSION" in reason:
        return (
            "The system speaks an older TLS than `tls.min_version` allows: ask its supplier for"
            " TLS 1.2 or newer; then try again."
        )
    return "The encrypted line to the system failed; try again later."
