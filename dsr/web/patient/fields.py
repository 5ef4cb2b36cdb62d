"""What people type, read field by field: values for the next step, or what to mend."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from dsr.core.errors import BadInput
from dsr.law.rights import Right
from dsr.services.notify import check_address
from dsr.services.receive import ANSWER_FORMS, check_birth_date
from dsr.web.words import LANGUAGES

SCOPES = ("account", "messages", "medical", "log", "all")
#: the questions that help to choose; an answer that stands here points at a right
HELP: Mapping[str, Mapping[str, str]] = {
    "know": {"yes": Right.ACCESS},
    "change": {
        "wrong": Right.RECTIFICATION,
        "gone": Right.ERASURE,
        "pause": Right.RESTRICTION,
        "take": Right.PORTABILITY,
    },
    "use": {"agreed": Right.WITHDRAWAL, "never": Right.OBJECTION},
}
_POSTCODE = re.compile(r"([1-9][0-9]{3}) ?([A-Za-z]{2})")
_LONGEST_NAME = 120


#: a submitted form, as Flask gives it
Form = MultiDict[str, str]


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a field; `at` is the id of the input that the summary links to."""

    field: str
    at: str
    words: str


@dataclass(frozen=True)
class Read:
    """A form as it was read: `typed` is shown again, `values` go on when nothing is wrong."""

    typed: Mapping[str, Any] = field(repr=False)
    values: Any = field(repr=False)
    mistakes: Sequence[Mistake] = ()


def one_of(form: Form, name: str, allowed: Sequence[str], mistake: Mistake) -> Read:
    """A choice of one."""
    chosen = form.get(name, "")
    wrong = () if chosen in allowed else (mistake,)
    return Read({name: chosen}, chosen, wrong)


def some_of(form: Form, name: str, allowed: Sequence[str], words: str) -> Read:
    """A choice of one or more."""
    chosen = [one for one in allowed if one in form.getlist(name)]
    wrong = () if chosen else (Mistake(name, f"{name}-{allowed[0]}", words),)
    return Read({name: chosen}, chosen, wrong)


def helped(form: Form) -> Read:
    """Three questions in plain words, and the rights that the answers point at."""
    typed = {name: form.get(name, "") for name in HELP}
    found = [HELP[name][typed[name]] for name in HELP if typed[name] in HELP[name]]
    words = _("Kies wat bij u past. Past er niets bij u? Bel ons.")
    wrong = () if found else (Mistake("know", "know-yes", words),)
    return Read(typed, found, wrong)


def scope(form: Form) -> Read:
    """Which kinds of data; `all` covers the others."""
    chosen = [one for one in SCOPES if one in form.getlist("scope")]
    wrong = () if chosen else (_no_scope(),)
    return Read({"scope": chosen}, ["all"] if "all" in chosen else chosen, wrong)


def answer_form(form: Form) -> Read:
    """How the answer comes, and in which language."""
    typed = {"answer_form": form.get("answer_form", ""), "reply": form.get("reply", "")}
    wrong = []
    if typed["answer_form"] not in ANSWER_FORMS:
        wrong.append(Mistake("answer_form", "form-online", _("Kies hoe u het antwoord wilt.")))
    if typed["reply"] not in LANGUAGES:
        wrong.append(Mistake("reply", "reply-nl", _("Kies een taal.")))
    return Read(typed, typed, wrong)


def details(form: Form, today: date, *, by_app: bool = False) -> Read:
    """Name, birth date, and how to reach somebody; a postcode unless the app knows the person."""
    names = ("name", "day", "month", "year", "postcode", "abroad", "contact", "email", "phone")
    typed = {name: form.get(name, "").strip() for name in names}
    values: dict[str, Any] = {}
    checks = [_name, _birth_date] if by_app else [_name, _birth_date, _postcode, _contact]
    wrong = [mistake for check in checks if (mistake := check(typed, values, today))]
    if form.get("website", ""):
        # Hidden from people; a program that fills everything fills this too.
        wrong.append(Mistake("website", "website", _("Laat dit veld leeg.")))
    return Read(typed, {**typed, **values}, wrong)


def _name(typed: Mapping[str, str], values: dict[str, Any], _today: date) -> Mistake | None:
    words = " ".join(unicodedata.normalize("NFC", typed["name"]).split())
    name = "".join(c for c in words if unicodedata.category(c) != "Cc")
    values["name"] = name
    if not name or not any(c.isalpha() for c in name):
        return Mistake("name", "name", _("Vul uw naam in."))
    if len(name) > _LONGEST_NAME:
        return Mistake("name", "name", _("Uw naam is te lang. Gebruik hooguit 120 tekens."))
    return None


def _birth_date(typed: Mapping[str, str], values: dict[str, Any], today: date) -> Mistake | None:
    parts = [typed[name] for name in ("year", "month", "day")]
    try:
        born = date(*(_whole(part) for part in parts))
        check_birth_date(born, today)
    except (ValueError, BadInput):
        return Mistake(
            "birth_date",
            _first_wrong(typed),
            _("Vul een geboortedatum in die bestaat, bijvoorbeeld 31 3 1980."),
        )
    values["birth_date"] = born.isoformat()
    return None


def _postcode(typed: Mapping[str, str], values: dict[str, Any], _today: date) -> Mistake | None:
    if typed["abroad"]:
        values["postcode"] = typed["postcode"][:12]
        return None
    found = _POSTCODE.fullmatch(typed["postcode"])
    if found is None:
        words = _("Vul een postcode in zoals 3063 BR. Woont u in een ander land? Zet een vinkje.")
        return Mistake("postcode", "postcode", words)
    values["postcode"] = f"{found[1]} {found[2].upper()}"
    return None


def _contact(typed: Mapping[str, str], values: dict[str, Any], _today: date) -> Mistake | None:
    checks = {"email": _email, "phone": _phone, "post": _post}
    # Who types an address has said how to be reached, also without choosing it first.
    implied = next((way for way in ("email", "phone") if typed[way].strip()), "")
    check = checks.get(typed["contact"] or implied)
    if check is None:
        return Mistake("contact", "contact-email", _("Kies hoe wij u kunnen bereiken."))
    return check(typed, values)


def _email(typed: Mapping[str, str], values: dict[str, Any]) -> Mistake | None:
    values["phone"] = ""
    try:
        values["email"] = check_address(typed["email"])
    except BadInput:
        words = _("Vul een e-mailadres in zoals naam@voorbeeld.nl.")
        return Mistake("email", "email", words)
    return None


def _phone(typed: Mapping[str, str], values: dict[str, Any]) -> Mistake | None:
    values["email"] = ""
    digits = re.sub(r"[ ().\-]", "", typed["phone"])
    if not re.fullmatch(r"\+?[0-9]{8,15}", digits):
        words = _("Vul een telefoonnummer in zoals 06 0000 0123.")
        return Mistake("phone", "phone", words)
    values["phone"] = typed["phone"]
    return None


def _post(_typed: Mapping[str, str], values: dict[str, Any]) -> Mistake | None:
    values["email"] = values["phone"] = ""
    return None


def _whole(text: str) -> int:
    # `int` takes signs, spaces and digits of any script; a date of birth has none of those.
    if not re.fullmatch(r"[0-9]{1,4}", text):
        raise ValueError("not a number")
    return int(text)


def _first_wrong(typed: Mapping[str, str]) -> str:
    most = {"day": 31, "month": 12, "year": 9999}
    for name, top in most.items():
        text = typed[name]
        if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= top:
            return name
    return "day"


def _no_scope() -> Mistake:
    words = _("Kies minstens een soort gegevens, of kies “alles”.")
    return Mistake("scope", "scope-all", words)
