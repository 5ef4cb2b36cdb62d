"""Whoever can write to Redis can run nothing of ours, and nothing of theirs (T66)."""

from __future__ import annotations

import json
import pickle
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from demo.population import Cast
from dsr.core.stages import Stage
from dsr.jobs.bell import NAMES, Bell
from dsr.jobs.guarded import ForgedJob, MacSerializer, job_class
from tests.faults.running import firm
from tests.servers import Valkey, wait_until

KEY = b"k" * 32


class Bomb:
    """Unpickling it would run a command."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.path,))


def as_json(name: str, *args: object) -> bytes:
    return json.dumps([name, None, list(args), {}]).encode()


def push(redis: Redis, job_id: str, **fields: bytes | str) -> None:
    """A job as anybody with access to Redis can write one."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    common = {"created_at": now, "enqueued_at": now, "origin": "work", "status": "queued",
              "timeout": "180", "description": "x", "result_ttl": "500"}  # fmt: skip
    redis.hset(f"rq:job:{job_id}", mapping={**common, **fields})  # type: ignore[arg-type]
    redis.sadd("rq:queues", "rq:queue:work")
    redis.lpush("rq:queue:work", job_id)


FORGED: dict[str, Callable[[Path], bytes]] = {
    "os.system as JSON": lambda path: as_json("os.system", f"touch {path}"),
    "os.system, packed": lambda path: zlib.compress(as_json("os.system", f"touch {path}")),
    "eval": lambda path: as_json("builtins.eval", f"open({str(path)!r}, 'w')"),
    "a pickle": lambda path: pickle.dumps(Bomb(path)),
    "a packed pickle": lambda path: zlib.compress(pickle.dumps(Bomb(path))),
    "a MAC of zeros": lambda path: b"0" * 64 + b" " + as_json("os.system", f"touch {path}"),
    "one of ours without a MAC": lambda _path: as_json("step", "a" * 32),
    "nothing": lambda _path: b"",
    "noise": lambda _path: bytes(range(256)),
}
HOOKS = ("success_callback_name", "failure_callback_name", "stopped_callback_name")


@pytest.mark.slow
def test_forged_jobs_run_nothing_and_stop_nothing(
    tmp_path: Path, sqlite_url: str, valkey: Valkey
) -> None:
    """A real worker reads them all, does not run one, and goes on with its own work."""
    marks = [tmp_path / f"ran-{number}" for number in range(len(FORGED) + len(HOOKS) + 2)]
    with firm(tmp_path, sqlite_url, valkey) as running:
        ring = Bell(valkey.redis(), _serializer(running.house.office.keys.derive("job mac")))
        with valkey.redis() as redis:
            for number, made in enumerate(FORGED.values()):
                push(redis, f"forged{number}", data=made(marks[number]))
            ring.ring("step", ["f" * 32])  # ours, of a row that is not there
            [genuine] = [k for k in redis.keys("rq:job:*") if b"forged" not in k]
            stolen = redis.hget(genuine, "data") or b""
            for number, hook in enumerate(HOOKS, len(FORGED)):
                command = as_json("os.system", f"touch {marks[number]}")
                more = {hook: "os.system", "meta": pickle.dumps(Bomb(marks[number]))}
                push(redis, f"hooked{number}", data=stolen, callback_args=command, **more)
            push(redis, "no-such-fields", data=stolen, func_name="os.system", serializer="pickle")
            redis.lpush("rq:queue:work", "no-such-job")
        running.start_worker()
        row = running.ask(Cast.QUIET)
        running.wait_for(row, Stage.REVIEWING)
        with valkey.redis() as redis:
            wait_until(
                lambda: redis.llen("rq:queue:work") == 0, what="the queue is read to its end"
            )
        assert [mark for mark in marks if mark.exists()] == []
        said = running.log.read_text()
    assert "os.system" not in said
    assert "touch" not in said


def _serializer(key: bytes) -> MacSerializer:
    return MacSerializer(key, NAMES)


# The pieces themselves


@pytest.mark.parametrize("made", FORGED.values(), ids=FORGED)
def test_what_we_did_not_sign_is_not_even_read(made: Callable[[Path], bytes]) -> None:
    path = Path("/nowhere/at-all")
    with pytest.raises(ForgedJob):
        _serializer(KEY).loads(made(path))


@pytest.mark.parametrize(
    "call",
    [
        ["os.system", None, ["x"], {}],
        ["step", "instance", ["a"], {}],
        ["step", None, ["a", "b"], {}],
        ["step", None, [1], {}],
        ["step", None, ["../../etc"], {}],
        ["step", None, [], {}],
        ["step", None, ["a"], {"timeout": 1}],
        ["step"],
        {"step": 1},
        "step",
        None,
    ],
)
def test_even_signed_only_one_shape_of_call_is_ours(call: object) -> None:
    """So that a slip of our own code cannot be used to run something else."""
    signed = _serializer(KEY).dumps(call)
    with pytest.raises(ForgedJob):
        _serializer(KEY).loads(signed)


def test_our_own_call_comes_back_and_another_key_reads_nothing() -> None:
    signed = _serializer(KEY).dumps(["step", None, ["a1"], {}])
    assert _serializer(KEY).loads(signed) == ["step", None, ["a1"], {}]
    with pytest.raises(ForgedJob):
        _serializer(b"x" * 32).loads(signed)
    with pytest.raises(ForgedJob):
        _serializer(KEY).loads(signed[:-1] + b" ")


def test_a_job_holds_an_id_and_no_more(valkey: Valkey) -> None:
    with valkey.redis() as redis:
        assert Bell(redis, _serializer(KEY)).ring("step", ["a1", "a1", "a2"]) == 2
        for key in redis.scan_iter("rq:job:*"):
            fields = redis.hgetall(key)
            assert fields[b"description"] == b"step"
            assert not fields.get(b"meta")
            assert not fields.get(b"success_callback_name")


def test_a_job_finds_its_function_in_our_table_only(valkey: Valkey) -> None:
    with valkey.redis() as redis:
        job = job_class({"step": print})(id="x", connection=redis, serializer=_serializer(KEY))
        for name in ("os.system", "builtins.eval", "dsr.jobs.worker.work", ""):
            job._func_name = name
            with pytest.raises(ForgedJob):
                _ = job.func
