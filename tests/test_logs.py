"""Logs hold codes and never a person (T44, T69)."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from dsr import logs
from tests.makers import make_settings

CANARY = "Anouk Kanarie-Voorbeeld"
LINE_BREAKERS = ["\r\n", "\n", "\x1b[31m", "\u2028", "\u2029", "\x85", "\x00", "\x0b"]


class Written:
    """What was logged since the set-up."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def last(self) -> dict[str, Any]:
        return self.lines[-1]


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    root = logging.getLogger()
    names = [*logs.LEVELS, "py.warnings"]
    before = (root.handlers[:], root.level, logging.raiseExceptions)
    kept = {n: (x.handlers[:], x.level, x.propagate) for n in names if (x := logging.getLogger(n))}
    made = Written()
    logs.set_up(make_settings(tmp_path), stream=made.stream)
    yield made
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers, root.level, logging.raiseExceptions = before
    for name, (handlers, level, propagate) in kept.items():
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def test_only_allowed_keys_pass_from_both_ways_of_logging(written: Written) -> None:
    logging.getLogger("dsr.test").info("step done", extra={"system": "crm", "name_of": CANARY})
    structlog.get_logger("dsr.test").info("step done", system="crm", patient=CANARY)

    for line in written.lines[-2:]:
        assert (line["event"], line["system"], line["level"]) == ("step done", "crm", "info")
        assert not {"name_of", "patient"} & line.keys()
    assert CANARY not in written.text


def test_a_value_that_is_no_plain_code_is_left_out(written: Written) -> None:
    for value in (CANARY, "anouk@voorbeeld.example", {"a": CANARY}, CANARY.encode()):
        logging.getLogger("dsr.test").info("x", extra={"system": value})
        assert written.last["system"] == "(left out)"

    assert "Kanarie" not in written.text
    assert "anouk" not in written.text


def test_an_exception_tells_its_class_and_lines_and_never_its_message(written: Written) -> None:
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as error:
            raise ValueError(f"no such patient: {CANARY}") from error
    except ValueError as error:
        logging.getLogger("dsr.test").exception("step failed")
        structlog.get_logger("dsr.test").exception("step failed")
        logs.tell_unexpected(error, "abcd1234")

    for line in written.lines[-3:]:
        assert (line["error"], line["because"]) == ("ValueError", "KeyError")
        assert "tests.test_logs:" in line["where"]
    assert written.last["error_id"] == "abcd1234"
    assert CANARY not in written.text
    assert "Kanarie" not in written.text


def test_arguments_of_a_message_are_never_filled_in(written: Written) -> None:
    logging.getLogger("dsr.test").warning("cannot mail %s", CANARY)

    assert written.last["event"] == "cannot mail %s"
    assert CANARY not in written.text


@pytest.mark.parametrize("name", ["werkzeug", "gunicorn.error", "rq.worker", "httpx", "sqlalchemy"])
def test_a_library_s_words_are_dropped(written: Written, name: str) -> None:
    said = f"GET /x?name={CANARY} failed"
    logging.getLogger(name).error(said, exc_info=ValueError(CANARY))

    assert written.last["event"] == "a library says something"
    assert written.last["logger"] == name
    assert written.last["error"] == "ValueError"
    assert CANARY not in written.text


def test_a_warning_of_python_is_dropped_too(written: Written) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn(CANARY, UserWarning, stacklevel=1)

    assert CANARY not in written.text


@pytest.mark.parametrize("breaker", LINE_BREAKERS)
def test_one_event_is_one_line_whatever_it_holds(written: Written, breaker: str) -> None:
    before = len(written.text.splitlines())

    event = f"a{breaker}b"
    logging.getLogger("dsr.test").info(event, extra={"where": f"x{breaker}y"})

    added = written.text.splitlines()[before:]
    assert len(added) == 1
    assert written.text.isascii()
    assert json.loads(added[0])["where"] == "(left out)"
    assert "\x1b" not in written.text
