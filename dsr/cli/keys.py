"""`keys`: secrets made, and the key-encryption key rotated."""

from __future__ import annotations

import sys

import click
from rich.progress import Progress
from sqlalchemy import func, select

from dsr.cli.house import open_house
from dsr.db.data_keys import DataKey
from dsr.services.rotate import rotate
from dsr.vault.fresh import fresh_secrets
from dsr.vault.signing import public_key_of, signing_key_from_text


@click.group()
def keys() -> None:
    """Make secrets, rotate them, show the public key of the log."""


@keys.command("new")
def new() -> None:
    """Print a full set of fresh secrets, to be kept outside the database's backup."""
    for name, value in fresh_secrets().items():
        click.echo(f"{name}={value}")


@keys.command("rotate")
def rotate_now() -> None:
    """Wrap every data key under the first key of DSR_KEYS; goes on where it was when stopped.

    Put the new key first (`new,old`), restart everything, run this, then take the old key out.
    """
    house = open_house()
    with house.reading() as session:
        wanted = select(func.count()).select_from(DataKey).where(
            DataKey.kek_id != house.office.keys.current_id, DataKey.wrapped.is_not(None)
        )  # fmt: skip
        total = session.scalars(wanted).one()
    done = 0
    with Progress(disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task("Wrapping data keys", total=total)
        for done in rotate(house):
            bar.update(task, completed=done)
    click.echo(f"{done} data keys are wrapped under {house.office.keys.current_id}.")


@keys.command("public")
def public() -> None:
    """Print the public key that checks the heads of the log."""
    signing = signing_key_from_text(open_house().settings.signing_key)
    click.echo(public_key_of(signing).hex())


COMMANDS = {"keys": keys}
