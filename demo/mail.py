"""The demo's letter box: a page that lists the mails in a folder. Nothing leaves the machine."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path

from flask import Flask, abort, render_template_string

_LIST = """<!doctype html><html lang="nl"><meta charset="utf-8"><title>Mail van de demo</title>
<h1>Mail van de demo</h1><p>Deze berichten gaan nergens heen. / These mails go nowhere.</p>
{% if mails %}<ol>{% for name, mail in mails %}
<li><a href="{{ name }}">{{ mail['Subject'] or '-' }}</a>, {{ mail['To'] }}, {{ mail['Date'] }}</li>
{% endfor %}</ol>{% else %}<p>Nog geen mail. / No mail yet.</p>{% endif %}</html>"""
_ONE = """<!doctype html><html lang="nl"><meta charset="utf-8"><title>{{ mail['Subject'] }}</title>
<p><a href="./">Alle mail / All mail</a></p><h1>{{ mail['Subject'] }}</h1>
<p>{{ mail['From'] }} &rarr; {{ mail['To'] }}, {{ mail['Date'] }}</p><pre>{{ text }}</pre></html>"""


def build(folder: Path) -> Flask:
    """A small site over the `.eml` files of a folder, newest first; it only reads."""
    app = Flask(__name__)

    @app.get("/")
    def mails() -> str:
        newest = sorted(folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
        return render_template_string(_LIST, mails=[(path.name, _read(path)) for path in newest])

    @app.get("/<name>")
    def one(name: str) -> str:
        found = next((path for path in folder.glob("*.eml") if path.name == name), None)
        if found is None:
            abort(404)
        mail = _read(found)
        return render_template_string(_ONE, mail=mail, text=_text(mail))

    return app


def _read(path: Path) -> EmailMessage:
    with path.open("rb") as file:
        return email.message_from_binary_file(file, policy=email.policy.default)


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    return str(body.get_content()) if body is not None else ""
