"""`staff` and `api-key`: who works at the desk, and which keys they made."""

from __future__ import annotations

import click

from dsr.cli.house import open_house
from dsr.db import staff as rows
from dsr.services import api_keys, staff_login
from dsr.services.house import House
from dsr.services.staff_login import ROLES, NewStaff


@click.group()
def staff() -> None:
    """Accounts of the desk."""


@staff.command("add")
@click.argument("login")
@click.option("--name", prompt=True)
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice(ROLES))
@click.option("--practice", "practices", multiple=True, required=True)
@click.option("--person", required=True, help="What makes the human being unique: a staff number.")
@click.password_option(help="At least 12 characters.")
def add(login: str, **new: object) -> None:
    """Add an account; prints its TOTP secret once."""
    house = open_house()
    wanted = NewStaff(
        login=login,
        name=str(new["name"]),
        password=str(new["password"]),
        roles=tuple(new["roles"]),  # type: ignore[arg-type]
        practices=tuple(new["practices"]),  # type: ignore[arg-type]
        person_key=str(new["person"]),
    )
    with house.writing() as session:
        _row, secret = staff_login.make(session, house.office, wanted)
    click.echo(f"Added. TOTP secret for the authenticator app, shown only now: {secret}")


@staff.command("list")
def everybody() -> None:
    """Show all accounts."""
    house = open_house()
    with house.reading() as session:
        for row in staff_login.everybody(session):
            closed = " (closed)" if row.disabled_at else ""
            click.echo(f"{row.login}: {', '.join(row.roles)}; {', '.join(row.practices)}{closed}")


@staff.command("disable")
@click.argument("login")
def disable(login: str) -> None:
    """Close an account; its logins are dead at once."""
    house = open_house()
    with house.writing() as session:
        staff_login.disable(session, house.office, _id_of(house, login))
    click.echo("Closed.")


@click.group("api-key")
def api_key() -> None:
    """Keys for the API."""


@api_key.command("create")
@click.argument("login")
@click.option("--practice", required=True)
@click.option("--scope", "scopes", multiple=True, default=("read", "work"), show_default=True)
@click.option("--days", default=90, show_default=True)
def create(login: str, practice: str, scopes: tuple[str, ...], days: int) -> None:
    """Make a key that belongs to one person and one practice; prints it once."""
    house = open_house()
    wanted = api_keys.NewKey(login=login, practice=practice, scopes=scopes, days=days)
    with house.writing() as session:
        row, plain = api_keys.make(session, house.office, wanted)
    click.echo(f"Key {row.id}, shown only now: {plain}")


def _id_of(house: House, login: str) -> str:
    with house.reading() as session:
        found = rows.by_login(session, login)
    if found is None:
        raise click.ClickException("There is no account with this login.")
    return found.id


COMMANDS = {"staff": staff, "api-key": api_key}
