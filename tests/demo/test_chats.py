"""The made-up chats: the same every time, in order, with others' names, files and one odd pair."""

from __future__ import annotations

import io
import itertools
import tracemalloc

import pikepdf
from PIL import Image

from demo import small_files
from demo.chats import Chat, messages_of
from demo.population import Cast, people, played_by

EVERYBODY = people()
APP, HEAVY = (played_by(EVERYBODY, who) for who in (Cast.APP, Cast.HEAVY))


def test_a_chat_is_the_same_every_time() -> None:
    assert list(messages_of(APP)) == list(messages_of(APP))
    assert len(list(messages_of(APP))) == APP.messages


def test_messages_come_in_order_with_ids_of_their_own() -> None:
    for person in EVERYBODY[:60]:
        chat = list(messages_of(person))
        pairs = list(itertools.pairwise(chat))
        assert all(a.sent_ms <= b.sent_ms and a.id < b.id for a, b in pairs)


def test_two_messages_share_a_millisecond_also_where_a_page_of_200_ends() -> None:
    chat = Chat(HEAVY)
    assert chat[2].sent_ms == chat[3].sent_ms
    assert chat[199].sent_ms == chat[200].sent_ms


def test_a_chat_is_entered_at_an_id_or_at_a_time() -> None:
    chat = Chat(HEAVY)
    message = chat[12_345]
    assert chat.place_of(message.id) == 12_345
    assert chat.place_of(chat[-1].id + 1) is None
    assert (chat.before(chat[200].sent_ms), chat.until(chat[200].sent_ms)) == (199, 201)


def test_patient_practice_and_system_all_speak() -> None:
    assert {message.author for message in messages_of(APP)} == {"subject", "staff", "system"}
    assert {message.care for message in messages_of(APP)} == {True, False}


def test_many_messages_name_somebody_else() -> None:
    naming = [message for message in Chat(HEAVY)[:300] if message.others]
    assert len(naming) > 60
    assert all(name in message.text for message in naming for name in message.others)


def test_no_blank_is_left_open_in_a_text() -> None:
    assert not any("{" in message.text for message in Chat(HEAVY)[:500])


def test_twenty_thousand_messages_are_never_all_in_memory() -> None:
    tracemalloc.start()
    count = sum(1 for _ in itertools.islice(messages_of(HEAVY), 4000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 4000
    assert peak < 200_000


def test_a_few_messages_carry_a_real_file() -> None:
    kinds = {m.file.media_type for m in Chat(HEAVY)[:200] if m.file is not None}
    assert kinds == {"image/png", "image/jpeg", "application/pdf"}


def test_the_files_open() -> None:
    Image.open(io.BytesIO(small_files.png())).load()
    Image.open(io.BytesIO(small_files.jpeg())).load()
    with pikepdf.open(io.BytesIO(small_files.pdf())) as pdf:
        assert len(pdf.pages) == 1
