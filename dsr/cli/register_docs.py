"""`register docs`: write the record of processing activities (Art. 30) of each register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from dsr.core.errors import BadInput
from dsr.core.printable import printable
from dsr.rendering.record_of_processing import LANGUAGES, record_html, record_markdown
from dsr.settings import read_connected
from dsr.systems import load_register

ROOT = Path(__file__).resolve().parents[2]
FORMS = {"html": record_html, "md": record_markdown}


def records(path: Path, environment: Mapping[str, str] | None = None) -> Iterator[tuple[str, str]]:
    """The name and the text of each page of one register's record: two languages, two forms.

    Without an `environment` a required setting reads "to be filled in".
    """
    register = load_register(path, environment)
    for language in LANGUAGES:
        for ending, made in FORMS.items():
            yield f"{register.id}.{language}.{ending}", made(register, language)


@click.command()
@click.argument("register", nargs=-1, type=click.Path(path_type=Path))
@click.option("--folder", type=click.Path(path_type=Path), help="Default: docs/registers.")
@click.option("--filled", is_flag=True, help="Fill the required settings from the environment.")
def docs(register: tuple[Path, ...], folder: Path | None, *, filled: bool) -> None:
    """Write the Article 30 record of each register, or of all in registers/."""
    wanted = register or tuple(sorted((ROOT / "registers").glob("*.yaml")))
    target = folder or ROOT / "docs" / "registers"
    given = read_connected().system_settings if filled else None
    for path in wanted:
        for name, text in records(path, given):
            _write(target / name, text)
            click.echo(printable(name))


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        where = error.filename or file
        words = f"--folder: {where} cannot be written ({error.strerror}); name another folder."
        raise BadInput("folder", words) from error


COMMANDS = {"docs": docs}
