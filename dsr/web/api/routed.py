"""Our blueprint of flask-smorest: typed, read strictly, and with our own form of errors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import marshmallow as ma
from flask_smorest import Blueprint

from dsr.web.api import faults
from dsr.web.api.strict import StrictParser

View = TypeVar("View", bound=Callable[..., Any])


class Same(Protocol):
    """A decorator that leaves the view's type as it is."""

    def __call__(self, view: View, /) -> View:
        """The view, decorated."""
        ...


class StrictBlueprint(Blueprint):  # type: ignore[misc]
    """Routes of the API, documented as they are declared."""

    ARGUMENTS_PARSER = StrictParser()

    def __init__(self, name: str, url_prefix: str, description: str) -> None:
        super().__init__(name, __name__, url_prefix=url_prefix, description=description)
        faults.install(self)

    def route(self, rule: str, **options: Any) -> Same:
        """As flask-smorest's own."""
        return cast(Same, super().route(rule, **options))

    def arguments(self, schema: type[ma.Schema], **options: Any) -> Same:
        """As flask-smorest's own; the parsed values come first."""
        return cast(Same, super().arguments(schema, **options))

    def response(
        self, status_code: int, schema: type[ma.Schema] | None = None, **options: Any
    ) -> Same:
        """As flask-smorest's own."""
        return cast(Same, super().response(status_code, schema, **options))


def documented(blueprint: StrictBlueprint, **words: Any) -> Same:
    """Add to the document what the other decorators cannot say."""
    return cast(Same, blueprint.doc(**words))
