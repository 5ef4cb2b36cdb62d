"""`web` and `worker`: the processes of a running house."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from dsr.bootstrap import build_systems, make_serializer, tell_open_questions
from dsr.cli.heaps import share_heaps
from dsr.cli.house import open_house
from dsr.cli.tied import die_with_parent
from dsr.jobs.worker import CREW, Crew, work
from dsr.logs import set_up


@click.command()
@click.option("--threads", default=8, show_default=True, help="Requests answered at once.")
@click.option("--processes", default=1, show_default=True, help="Web processes.")
def web(threads: int, processes: int) -> None:
    """Serve the public pages, the desk and the API."""
    die_with_parent()
    host, port = os.environ.get("DSR_HOST", "127.0.0.1"), os.environ.get("DSR_PORT", "5000")
    command = [
        sys.executable, "-m", "gunicorn", "app:app", "--worker-class", "gthread",
        "--bind", f"{host}:{port}", "--threads", str(threads), "--workers", str(processes),
        "--timeout", "120", "--graceful-timeout", "20", "--log-level", "warning",
        "--worker-tmp-dir", "/dev/shm",  # noqa: S108 (gunicorn's heartbeat, no data)
        "--limit-request-line", "4094", "--limit-request-field_size", "8190",
        "--no-control-socket",
    ]  # fmt: skip
    os.chdir(Path(__file__).resolve().parents[2])
    os.execv(sys.executable, command)  # noqa: S606 (our own interpreter, fixed arguments)


@click.command()
@click.option("--hands", default=CREW.hands, show_default=True, help="Tasks done at once.")
@click.option("--packs", default=CREW.packs, show_default=True, help="Answers made at once.")
def worker(hands: int, packs: int) -> None:
    """Do the work that is due: search systems, make answers, send mail."""
    work_as(Crew(hands=hands, packs=packs))


def work_as(crew: Crew) -> None:
    """Be a worker of this house until told to stop."""
    die_with_parent()
    share_heaps()
    house = open_house()
    set_up(house.settings)
    tell_open_questions(house)
    work(house, build_systems(house), make_serializer(house.office.keys), crew)


COMMANDS = {"web": web, "worker": worker}
