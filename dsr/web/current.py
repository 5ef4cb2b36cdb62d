"""What a view needs of the process it runs in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app, g, request

from dsr.core.register import Practice, Register
from dsr.services.house import House


def house() -> House:
    """The house that this app was made for."""
    return cast(House, current_app.extensions["house"])


def register() -> Register:
    """The register of this house."""
    return house().office.register


@dataclass(frozen=True, kw_only=True)
class Face:
    """Who a page comes from: a practice, or the controller while no practice is chosen.

    `id` chooses the theme; it is empty for the controller.
    """

    id: str
    name: str
    town: str
    phone: str
    email: str
    address: str
    hours: str

    @property
    def title(self) -> str:
        """The name without its legal form and without the town that stands under it."""
        return self.full_name.removesuffix(self.town).strip() or self.full_name

    @property
    def full_name(self) -> str:
        """The name without its legal form."""
        return self.name.removesuffix(" BV")

    @property
    def dialled(self) -> str:
        """The phone number as a `tel:` link wants it."""
        digits = "".join(c for c in self.phone if c.isdigit() or c == "+")
        return f"+31{digits[1:]}" if digits.startswith("0") else digits


def face(language: str) -> Face:
    """The practice of this visit, of the address (`?praktijk=`), or else the controller."""
    chosen = practice_of(getattr(g, "practice", "")) or practice_of(request.args.get("praktijk"))
    if chosen is None:
        return _controller(language)
    return Face(
        id=chosen.id,
        name=chosen.name,
        town=chosen.town,
        phone=chosen.phone,
        email=chosen.email,
        address=chosen.address,
        hours=chosen.hours.in_(language),
    )


def practice_of(practice_id: str | None) -> Practice | None:
    """The practice with this id, or None."""
    found = (one for one in register().practices if one.id == practice_id)
    return next(found, None)


def _controller(language: str) -> Face:
    told = register().controller
    return Face(
        id="",
        name=told.name,
        town="",
        phone=told.phone,
        email=told.email,
        address=told.address,
        hours=register().practices[0].hours.in_(language),
    )
