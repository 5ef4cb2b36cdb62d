"""Who calls the API: nobody known, the app, a desk key, or the holder of a request's secret.

Only the Authorization header counts; a cookie never does, so no other site can act for anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, current_app, g, request

from dsr.core.errors import NotAllowed
from dsr.services import api_keys
from dsr.services.api_keys import PREFIX, Held
from dsr.services.identify import AppLogin
from dsr.web import guards
from dsr.web.api.faults import NotKnown
from dsr.web.app_token import BadToken, verify
from dsr.web.current import house
from dsr.web.guards import Guard, guard

View = TypeVar("View", bound=Callable[..., Any])
#: who may see requests at all; an administrator runs the machine and sees no patient (T23)
CASE_ROLES = ("officer", "approver", "clinician")
LONGEST_HEADER = 9000


@dataclass(frozen=True)
class Offered:
    """What the Authorization header offers: a scheme in small letters, and the credential."""

    scheme: str
    value: str = field(repr=False)


def offered() -> Offered | None:
    """The Authorization header, taken apart; None when there is none."""
    header = request.headers.get("Authorization", "")
    if not header:
        return None
    scheme, _, value = header.partition(" ")
    if not value.strip() or len(header) > LONGEST_HEADER:
        raise NotKnown
    return Offered(scheme.casefold(), value.strip())


def app_login(token: str) -> AppLogin:
    """The login that an app token proves."""
    cognito = house().settings.cognito
    if cognito is None:
        raise BadToken("This practice has no app login. Use the reference and the secret instead.")
    return verify(cognito, token, now=house().office.now())


def is_key(credential: Offered) -> bool:
    """Whether this is a desk key rather than an app token."""
    return credential.scheme == "bearer" and credential.value.startswith(PREFIX)


def key_held(credential: Offered) -> Held:
    """What a desk key gives."""
    with house().reading() as session:
        found = api_keys.held(session, house().office, credential.value)
    if found is None:
        raise NotKnown("This key is not known, has expired or was ended. Ask for a new one.")
    return found


def check_key(key: Held, scope: str, roles: tuple[str, ...]) -> None:
    """Refuse a key that may not do this, or whose person may not."""
    fresh = house().settings.in_production
    with house().reading() as session:
        api_keys.check_scope(session, house().office, key, scope, fresh=fresh)
    if not any(key.who.has(role) for role in roles):
        raise NotAllowed(f"The person of this key needs one of the roles: {', '.join(roles)}.")
    if api_keys.is_worth_noting(house().office, key):
        with house().writing() as session:
            api_keys.touch(session, house().office, key.key_id)


def for_key(scope: str, *roles: str) -> Callable[[View], View]:
    """Guard a view of the desk: a key with this scope, of somebody with one of these roles."""
    wanted = roles or CASE_ROLES

    def wrap(view: View) -> View:
        @wraps(view)
        def kept(*args: Any, **kwargs: Any) -> Any:
            return view(*args, **kwargs)

        kept.scope = scope  # type: ignore[attr-defined]
        return cast(View, guard("api", roles=wanted)(kept))

    return wrap


def me() -> Held:
    """The key of this call; only behind `for_key`."""
    return cast(Held, g.api_key)


def install(app: Flask) -> None:
    """Check every endpoint of kind `api` by its key."""
    guards.check_with(app, "api", _check)


def _check(found: Guard) -> None:
    credential = offered()
    if credential is None or not is_key(credential):
        raise NotKnown
    key = key_held(credential)
    view: Any = current_app.view_functions[request.endpoint or ""]
    check_key(key, view.scope, found.roles)
    g.api_key = key
