"""The demo's letter box shows the mails of a folder and nothing else."""

from __future__ import annotations

import urllib.request
from email.message import EmailMessage
from pathlib import Path
from urllib.error import HTTPError

import pytest

from demo import mail
from demo.serving import Server


def put(folder: Path, name: str, title_line: str, text: str) -> None:
    message = EmailMessage()
    message["Subject"], message["To"] = title_line, "patient00001@example.nl"
    message["From"] = "praktijk@voorbeeld.example"
    message.set_content(text)
    (folder / name).write_bytes(bytes(message))


def test_the_page_lists_mails_and_shows_one(tmp_path: Path) -> None:
    put(tmp_path, "1.eml", "Uw code", "Uw code is 123456.")
    client = mail.build(tmp_path).test_client()
    assert "Uw code" in client.get("/").text
    assert "Uw code is 123456." in client.get("/1.eml").text


def test_an_empty_folder_says_that_there_is_no_mail(tmp_path: Path) -> None:
    assert "Nog geen mail" in mail.build(tmp_path).test_client().get("/").text


def test_html_in_a_mail_is_shown_as_text(tmp_path: Path) -> None:
    put(tmp_path, "1.eml", "<script>1</script>", "<script>2</script>")
    client = mail.build(tmp_path).test_client()
    assert "<script>" not in client.get("/").text + client.get("/1.eml").text


@pytest.mark.parametrize("name", ["2.eml", "..%2Fapp.db", "app.db"])
def test_nothing_but_mails_is_served(tmp_path: Path, name: str) -> None:
    (tmp_path / "app.db").write_bytes(b"secret")
    assert mail.build(tmp_path).test_client().get(f"/{name}").status_code == 404


def test_the_server_answers_under_a_prefix_and_is_healthy(tmp_path: Path) -> None:
    put(tmp_path, "1.eml", "Uw code", "Uw code is 123456.")
    server = Server({"/mail": mail.build(tmp_path)}, 0)
    try:
        with urllib.request.urlopen(f"{server.url}/healthz", timeout=5) as answer:
            assert answer.status == 200
        with urllib.request.urlopen(f"{server.url}/mail/", timeout=5) as answer:
            assert "Uw code" in answer.read().decode()
        with pytest.raises(HTTPError, match="404") as missing:
            urllib.request.urlopen(f"{server.url}/", timeout=5)
        missing.value.close()
    finally:
        server.close()


def test_a_taken_port_is_an_error_of_the_caller(tmp_path: Path) -> None:
    server = Server({}, 0)
    try:
        with pytest.raises(OSError, match="in use"):
            Server({}, int(server.url.rpartition(":")[2]))
    finally:
        server.close()
