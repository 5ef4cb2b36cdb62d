"""What can go wrong while a letter or a part of the dossier is made."""

from __future__ import annotations

from dsr.core.errors import DsrError


class RenderingFailed(DsrError):
    """This document could not be made; look at its template or data and try again."""
