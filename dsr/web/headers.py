"""Headers that every answer carries, errors included (T29, T30, T51, T52)."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from dsr.core.errors import NotAllowed
from dsr.web.current import house

FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex",
}
_READS = frozenset({"GET", "HEAD", "OPTIONS"})


def init(app: Flask) -> None:
    """Set the headers on every answer, and refuse what another site sends (T27)."""
    app.before_request(_refuse_strangers)
    app.after_request(_set)
    app.jinja_env.globals["csp_nonce"] = nonce


def nonce() -> str:
    """The nonce of this page's script; made when first asked for."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return str(g.csp_nonce)


def allow_form_to(url: str) -> None:
    """Let a form of this page end at another origin (the app's login), and nowhere else."""
    parts = urlsplit(url)
    g.form_target = f"{parts.scheme}://{parts.netloc}"


def policy() -> str:
    """The content security policy of this answer."""
    script = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
    target = f" {g.form_target}" if "form_target" in g else ""
    return (
        "default-src 'none'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
        f"script-src 'self'{script}; connect-src 'self'; form-action 'self'{target}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )


def _set(response: Response) -> Response:
    _stay_here(response)
    for name, value in FIXED.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", policy())
    if request.endpoint != "static" or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    if house().settings.secure:
        response.headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return response


def _stay_here(response: Response) -> None:
    """A redirect to ourselves names no host: the one in the header may be anybody's (T39)."""
    parts = urlsplit(response.location or "")
    if parts.netloc and parts.netloc == request.host:
        response.location = parts._replace(scheme="", netloc="").geturl()


def _refuse_strangers() -> None:
    """A browser says where a form came from; what another site sends changes nothing here.

    With `Referrer-Policy: no-referrer` our own forms send `Origin: null`, so `Sec-Fetch-Site`
    is looked at first. Callers without a browser send neither, and need a token anyhow.
    """
    if request.method in _READS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed
    origin = request.headers.get("Origin", "null")
    if origin != "null" and urlsplit(origin).netloc not in _our_hosts():
        raise NotAllowed


def _our_hosts() -> set[str]:
    return {request.host, urlsplit(house().settings.public_url).netloc}
