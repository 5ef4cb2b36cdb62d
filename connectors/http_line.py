"""The line below `HttpSystem`: one deadline for a whole call, and unpacking that cannot explode.

httpx bounds each wait for bytes, so an answer that drips in byte by byte could take for ever; and
it unpacks whatever an answer says it is packed with, so a few bytes could become more than memory.
"""

from __future__ import annotations

import ssl
import time
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from dsr.core.errors import BadAnswer

#: bytes that are unpacked at a time
_PART = 256 * 1024
_PLAIN = frozenset({"", "identity"})
_PACKED = frozenset({"gzip", "x-gzip"})
_deadline: ContextVar[float] = ContextVar("deadline")


@contextmanager
def until(deadline: float) -> Generator[None]:
    """Calls of this thread end at this moment of `time.monotonic()`, whatever still drips in."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


def line(tls: ssl.SSLContext | None) -> httpx.HTTPTransport:
    """What httpx speaks over; `tls` says whom to trust."""
    made = httpx.HTTPTransport(verify=tls or True, trust_env=False)
    # httpx has no way to hand over httpcore's own setting of this name
    made._pool._network_backend = _Backend()
    return made


def unpacked(response: httpx.Response) -> Iterator[bytes]:
    """The body's bytes in parts of bounded size; `BadAnswer` for a packing we did not ask for."""
    how = response.headers.get("content-encoding", "").strip().lower()
    if how in _PLAIN:
        yield from response.iter_raw()
    elif how in _PACKED:
        yield from _gunzipped(response.iter_raw())
    else:
        raise BadAnswer("The system packs its answer in a way we did not ask for; try again later.")


def _gunzipped(parts: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    came = False
    try:
        for packed in parts:
            waiting, came = packed, True
            while waiting or not unpacker.eof:
                part = unpacker.decompress(waiting, _PART)
                waiting = unpacker.unconsumed_tail
                if not part:
                    break
                yield part
    except zlib.error:
        raise BadAnswer("The system's answer was cut or damaged; try again later.") from None
    if came and (not unpacker.eof or unpacker.unused_data):
        raise BadAnswer("The system's answer was cut or damaged; try again later.")


def _left(timeout: float | None, late: type[Exception]) -> float:
    left = _deadline.get(time.monotonic() + 3600.0) - time.monotonic()
    if left <= 0:
        raise late
    return left if timeout is None else min(timeout, left)


class _Backend(httpcore.SyncBackend):
    """Opens connections that mind the deadline of whoever uses them now."""

    def connect_tcp(  # type: ignore[override]  # the rest passes through
        self, host: str, port: int, timeout: float | None = None, **more: Any
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, left, **more))


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
