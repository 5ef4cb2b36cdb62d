"""The ways in which an answer goes wrong on the line, in its bytes, or in what it says."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache

from tests.connectors.faults.proxy import Answered, Exchange, type_of_fault
from tests.connectors.faults.rigs import SECRET, Shape, type_of_json

_HTML = f"<!doctype html><title>Login</title><h1>{SECRET}</h1>".encode()
_PART = 64 * 1024
#: bytes after which a server that is not stopped stops by itself
_ENDLESS = 40_000_000


def in_an_hour() -> str:
    """A moment as HTTP writes it."""
    return format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)


# what the line says


def refusal(code: int, **headers: str) -> type_of_fault:
    """A code, with words that nobody may repeat."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def fault(exchange: Exchange) -> None:
        body = json.dumps({"message": SECRET, "error": SECRET}).encode()
        told = Answered(code, {"content-type": "application/json", **named}, body)
        exchange.send(told, reason=SECRET)

    return fault


def page_of_html(code: int) -> type_of_fault:
    """A page for people."""
    return lambda exchange: exchange.send(Answered(code, {"content-type": "text/html"}, _HTML))


def off_host(url: Callable[[], str]) -> type_of_fault:
    """Sends us to another host."""

    def fault(exchange: Exchange) -> None:
        exchange.send(Answered(302, {"location": f"{url()}/{SECRET.replace(' ', '-')}"}, b""))

    return fault


def in_circles(exchange: Exchange) -> None:
    """Sends us to where we are."""
    exchange.send(Answered(307, {"location": exchange.asked.url}, b""))


# what happens to the line


def silence(exchange: Exchange) -> None:
    """Takes the call and says nothing."""
    exchange.hold()


def silence_in_the_middle(exchange: Exchange) -> None:
    """Half of the answer, and then nothing."""
    _half(exchange)
    exchange.hold()


def hang_up(exchange: Exchange) -> None:
    """Half of the answer, and then the end, although its length was told."""
    _half(exchange)


def hang_up_at_once(_exchange: Exchange) -> None:
    """The end, before a word."""


def reset(exchange: Exchange) -> None:
    """The line breaks before a word."""
    exchange.reset()


def reset_in_the_middle(exchange: Exchange) -> None:
    """The line breaks in the answer."""
    _half(exchange)
    exchange.reset()


def cut_chunks(exchange: Exchange) -> None:
    """An answer in chunks whose end never comes."""
    answer = exchange.answer()
    exchange.send_head(answer.code, {**answer.headers, "transfer-encoding": "chunked"})
    half = answer.body[: len(answer.body) // 2]
    exchange.line.sendall(b"%x\r\n%b\r\n" % (len(half), half))


def slow_body(exchange: Exchange) -> None:
    """One byte at a time, each in time."""
    answer = exchange.answer()
    exchange.send_head(200, {**answer.headers, "content-length": str(len(answer.body))})
    _drip(exchange, answer.body)


def slow_head(exchange: Exchange) -> None:
    """The first lines one byte at a time."""
    _drip(exchange, b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-long: " + b"x" * 400)


def no_answer_at_all(exchange: Exchange) -> None:
    """Something that is no HTTP."""
    exchange.line.sendall(b"220 mail.voorbeeld.example ESMTP\r\n")


def _half(exchange: Exchange) -> None:
    answer = exchange.answer()
    exchange.send_head(answer.code, {**answer.headers, "content-length": str(len(answer.body))})
    exchange.line.sendall(answer.body[: len(answer.body) // 2])


def _drip(exchange: Exchange, text: bytes) -> None:
    for place in range(len(text)):
        exchange.line.sendall(text[place : place + 1])
        if exchange.hold(0.05):
            return


# what the bytes are


def bytes_as(change: Callable[[bytes], bytes], **headers: str) -> type_of_fault:
    """The right answer, with its bytes changed."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.answer()
        exchange.send(answer.having(change(answer.body), **headers))

    return fault


def cut(body: bytes) -> bytes:
    """Half of it, with the length of the half."""
    return body[: len(body) // 2]


def latin_1(body: bytes) -> bytes:
    """A letter that is no UTF-8."""
    return _with_first_key(body, b'"\xe9\xe9n": "gel\xfckt"')


def utf_16(body: bytes) -> bytes:
    """Another encoding than what was told."""
    return body.decode().encode("utf-16")


def doubled_key(body: bytes) -> bytes:
    """Every key of the outer object twice, the first time empty."""
    keys = json.loads(body)
    again = ", ".join(f'"{key}": []' for key in keys)
    return body.rstrip()[:-1] + b", " + again.encode() + b"}"


def nan(body: bytes) -> bytes:
    """A number that is none."""
    return _with_first_key(body, b'"odd": NaN')


def _with_first_key(body: bytes, text: bytes) -> bytes:
    return b"{" + text + b", " + body.lstrip()[1:]


def gzip_bomb(exchange: Exchange) -> None:
    """A few bytes that become very many."""
    _send_packed(exchange, "gzip", _bomb())


def gzip_bomb_in_a_bomb(exchange: Exchange) -> None:
    """Packed twice, as a header may say: a few bytes that become more than any memory holds."""
    _send_packed(exchange, "gzip, gzip", gzip.compress(_bomb()))


def _send_packed(exchange: Exchange, how: str, packed: bytes) -> None:
    headers = {"content-type": "application/json", "content-encoding": how}
    exchange.send(Answered(200, headers, packed))


@cache
def _bomb() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [packer.compress(b" " * 1_000_000) for _ in range(300)]
    return b"".join([*parts, packer.flush()])


def endless(exchange: Exchange) -> None:
    """A body that goes on and on."""
    exchange.send_head(200, {"content-type": "application/json"})
    for _ in range(_ENDLESS // _PART):
        exchange.line.sendall(b" " * _PART)


def enormous(exchange: Exchange) -> None:
    """A body that says at once how long it is."""
    exchange.send_head(200, {"content-type": "application/json", "content-length": str(10**11)})
    for _ in range(_ENDLESS // _PART):
        exchange.line.sendall(b" " * _PART)


# what the page says


def page_as(change: Callable[[Exchange, type_of_json], object]) -> type_of_fault:
    """The right answer, saying something else."""

    def fault(exchange: Exchange) -> None:
        answer = exchange.answer()
        told = change(exchange, json.loads(answer.body))
        exchange.send(answer.having(json.dumps(told).encode()))

    return fault


def raw_page(text: bytes) -> type_of_fault:
    """Another text in JSON's place."""
    return bytes_as(lambda _body: text)


def page_before(exchange: Exchange) -> None:
    """What the call before was answered."""
    assert exchange.before is not None, "a page came before"
    exchange.send(exchange.before)


def with_the_last_of_the_page_before(shape: Shape) -> type_of_fault:
    """The right page, and an item of the one before with it."""

    def change(exchange: Exchange, body: type_of_json) -> type_of_json:
        assert exchange.before is not None, "a page came before"
        row = json.loads(exchange.before.body)[shape.rows][-1]
        return {**body, shape.rows: [row, *body[shape.rows]]}

    return page_as(change)


def with_an_item_twice(shape: Shape) -> type_of_fault:
    """An item twice on one page."""
    return page_as(
        lambda _exchange, body: {**body, shape.rows: [*body[shape.rows], *body[shape.rows][-1:]]}
    )


def in_a_loop(shape: Shape) -> type_of_fault:
    """Names itself as the next."""
    assert shape.looped is not None, "its pages name the next"
    return page_as(shape.looped)


def by_a_detour(shape: Shape) -> type_of_fault:
    """An empty page first, with the way to the right one."""

    def fault(exchange: Exchange) -> None:
        asked = exchange.asked
        if "detour" in asked.target or b"detour" in asked.body:
            straight = shape.straight(asked) if shape.straight else asked
            exchange.send(exchange.pass_on(straight))
            return
        answer = exchange.answer()
        assert shape.detour is not None, "its pages name the next"
        told = shape.detour(asked, json.loads(answer.body))
        exchange.send(answer.having(json.dumps(told).encode()))

    return fault


def rows_as(shape: Shape, rows: object) -> type_of_fault:
    """The right page with something else for its list."""
    return page_as(lambda _e, body: {**body, shape.rows: rows})


def last_row_with(shape: Shape, value: bytes, *, of_number: bool = False) -> type_of_fault:
    """The right page, with a value of its last row written as given."""

    def change(body: bytes) -> bytes:
        told = json.loads(body)
        if not told[shape.rows]:
            return body
        inner, key = shape.place(told[shape.rows][-1], of_number)
        inner[key] = "here-it-comes"
        return json.dumps(told).encode().replace(b'"here-it-comes"', value)

    return bytes_as(change)


def deep(levels: int) -> bytes:
    """Lists in lists."""
    return b"[" * levels + b"]" * levels
