"""A look by the virus scanner of the practice, where it has one (`DSR_SCAN_COMMAND`; T40)."""

from __future__ import annotations

import os
import shlex
import subprocess

from dsr.core.errors import DsrError

SECONDS = 60
#: what scanners for the command line answer when they found something (clamdscan, clamscan)
_FOUND = 1


class Infected(DsrError):
    """The scanner of this practice found something in the file."""


class NotScanned(DsrError):
    """The virus scanner did not answer as it should; look at DSR_SCAN_COMMAND."""


def scan(command: str, content: bytes) -> None:
    """Give a file to the scanner on its standard input; nothing happens without a command.

    `Infected` on exit code 1, `NotScanned` when it cannot be run, takes too long or fails.
    """
    if not command:
        return
    try:
        done = subprocess.run(  # noqa: S603  # the command is the operator's own setting
            shlex.split(command), input=content, capture_output=True, timeout=SECONDS, check=False,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},  # and none of our keys
        )  # fmt: skip
    except (OSError, ValueError, subprocess.TimeoutExpired):
        raise NotScanned from None
    if done.returncode == _FOUND:
        raise Infected
    if done.returncode:
        raise NotScanned
