"""Who may call an endpoint: closed unless it says otherwise, and every endpoint says it.

`@guard("public")` and its like stand on each view; a kind other than `public` has one check,
put there by the side that owns it. An endpoint without a guard stops the app from starting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request
from flask.typing import ResponseReturnValue

from dsr.core.errors import BrokenSettings, NotAllowed

View = TypeVar("View", bound=Callable[..., Any])
KINDS = ("public", "visit", "desk", "api", "ops", "processor")


@dataclass(frozen=True)
class Guard:
    """The kind of caller an endpoint is for, and which roles at the desk."""

    kind: str
    roles: tuple[str, ...] = ()


#: answers instead of the view (a redirect to sign in), or None to let the caller through;
#: raises `NotAllowed` when signing in would not help
Check = Callable[[Guard], ResponseReturnValue | None]


def guard(kind: str, *, roles: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Mark a view, or a class of views, with its guard."""
    if kind not in KINDS:
        raise BrokenSettings(f"A guard is one of {', '.join(KINDS)}, not {kind!r}.")

    def marked(view: View) -> View:
        view.guard = Guard(kind, roles)  # type: ignore[attr-defined]
        return view

    return marked


def init(app: Flask) -> None:
    """Look at the guard before every view."""
    app.extensions["guard_checks"] = {"public": _nothing}
    guard("public")(app.view_functions["static"])
    app.before_request(_look)


def check_with(app: Flask, kind: str, check: Check) -> None:
    """Set how callers of a kind are checked."""
    app.extensions["guard_checks"][kind] = check


def guard_of(app: Flask, endpoint: str) -> Guard | None:
    """The guard of an endpoint, on its function or on its class."""
    view = app.view_functions[endpoint]
    found = getattr(view, "guard", None) or getattr(
        getattr(view, "view_class", None), "guard", None
    )
    return cast(Guard | None, found)


def refuse_unguarded(app: Flask) -> None:
    """Stop when an endpoint says nothing about who may call it."""
    bare = [name for name in sorted(app.view_functions) if guard_of(app, name) is None]
    if bare:
        raise BrokenSettings(f"These endpoints have no guard: {', '.join(bare)}.")


def _look() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None
    found = guard_of(current_app, request.endpoint)
    if found is None:
        raise NotAllowed
    check: Check | None = current_app.extensions["guard_checks"].get(found.kind)
    if check is None:
        raise NotAllowed
    return check(found)


def _nothing(_guard: Guard) -> None:
    return None
