"""A full set of fresh secrets for a new house."""

from __future__ import annotations

import secrets

from dsr.vault.keys import new_keyring_text, new_root_text
from dsr.vault.signing import new_signing_key


def fresh_secrets() -> dict[str, str]:
    """Every secret that a house needs, as environment variables."""
    signing, _public = new_signing_key()
    return {
        "DSR_KEYS": new_keyring_text(),
        "DSR_ROOT": new_root_text(),
        "DSR_SECRET_KEY": secrets.token_urlsafe(48),
        "DSR_SIGNING_KEY": signing,
    }
