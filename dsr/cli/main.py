"""The list of commands, each with one sentence; a command's file is imported when it is used."""

from __future__ import annotations

import errno
import io
import os
import sys
from importlib import import_module
from types import MappingProxyType
from typing import Any

import click

from dsr.core.errors import DsrError
from dsr.core.printable import printable_lines

#: why a terminal, a pipe or a file takes no more of what we print
_TAKES_NO_MORE = {errno.ENOSPC, errno.EDQUOT, errno.EPIPE, errno.EIO, errno.EBADF, errno.EFBIG}

#: command -> (module, what it does)
COMMANDS: MappingProxyType[str, tuple[str, str]] = MappingProxyType(
    {
        "run": ("dsr.cli.run", "Start everything here: Valkey, web, worker, the demo practice."),
        "web": ("dsr.cli.processes", "Start only the web server (gunicorn)."),
        "worker": ("dsr.cli.processes", "Start one worker; it also sweeps up what is due."),
        "demo": ("dsr.cli.demo", "Walk all seven rights headless; leave letters and packages."),
        "migrate": ("dsr.cli.data", "Bring the database to the newest shape."),
        "config": ("dsr.cli.config", "Check the settings, or list them all."),
        "keys": ("dsr.cli.keys", "Make new secrets, or rotate the key-encryption key."),
        "staff": ("dsr.cli.people", "Add, list or disable accounts of the desk."),
        "api-key": ("dsr.cli.people", "Make or end a key for the API."),
        "replay-erasures": ("dsr.cli.replay", "Erase again what a restored backup brought back."),
        "purge": ("dsr.cli.purge", "Erase in the systems what is past its term, or count it."),
        "verify-log": ("dsr.cli.log", "Check an exported log against its signed heads."),
        "export-log": ("dsr.cli.log", "Write the log as JSON lines, for `verify-log`."),
        "register": ("dsr.cli.register", "Check the Art. 30 register, or list what it says."),
        "explain": ("dsr.cli.explain", "Say what the law proposes for a right, and why."),
        "vectors": ("dsr.cli.vectors", "Run cases with expected results through the law."),
        "connector": ("dsr.cli.connector", "Try the configuration of a connected system."),
    }
)


class Lazy(click.Group):
    """A group whose commands are imported when they are called, so that each starts fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command with this name."""
        if cmd_name not in COMMANDS:
            return None
        module: Any = import_module(COMMANDS[cmd_name][0])
        command: click.Command = module.COMMANDS[cmd_name]
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table itself, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, what) for name, (_module, what) in COMMANDS.items()])


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def dsr() -> None:
    """Privacybalie: answers people who use their GDPR rights.

    Settings come from environment variables (DSR_...); `python -m dsr config` lists them.
    Begin with `make run`, which sets up everything and starts a filled demo practice.
    """


def main() -> None:
    """Run a command; a refusal is one clear message and exit code 2, never a traceback."""
    _print_whatever_comes()
    try:
        dsr(standalone_mode=False)
    except DsrError as error:
        click.echo(printable_lines(f"{error}"), err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except OSError as error:
        if error.errno not in _TAKES_NO_MORE or error.filename is not None:
            raise
        _forget_output()
        click.echo(f"The output could not be written whole: {error.strerror}.", err=True)
        sys.exit(2)


def _print_whatever_comes() -> None:
    """A letter that the terminal does not have is printed as an escape, never a failure."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _forget_output() -> None:
    """What is left in the buffer goes nowhere: Python would try it once more at the end."""
    with open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
