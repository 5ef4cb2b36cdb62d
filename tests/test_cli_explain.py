"""`explain` at a terminal: the whole answer on one page, and each mistake in one sentence."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from dsr.cli.main import main
from dsr.law.articles import article

ROOT = Path(__file__).parents[1]
KNOWN = ("--fact", "identity=verified", "--fact", "requester=self")
TODAY = ("--today", "2026-11-21")


@pytest.fixture
def explain(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Explain:
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("DSR_REGISTER", raising=False)
    return Explain(monkeypatch, capsys)


class Explain:
    """The command as it is typed; gives what was printed, or the code and the refusal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *typed: str) -> str:
        self._monkeypatch.setattr(sys, "argv", ["dsr", "explain", *typed])
        main()
        return self._capsys.readouterr().out

    def refused(self, *typed: str) -> str:
        with pytest.raises(SystemExit) as ended:
            self(*typed)
        told = self._capsys.readouterr()
        assert (ended.value.code, told.out) == (2, "")
        return told.err


HIS = ("--right", "erasure", "--purpose", "A.3", "--fact", "system=HIS", *TODAY)


def test_nobody_is_taken_for_granted(explain: Explain) -> None:
    told = explain(*HIS)
    assert "[verify_identity]" in told
    assert "threshold.identity_first" in told
    assert "Article 12(6) of the GDPR [GDPR:12(6)]" in told
    now, _label, then = told.partition("Then, once it is sure")
    assert "[treat_as_wgbo_destruction]" not in now
    assert "[treat_as_wgbo_destruction]" in then
    assert "[verify_identity]" in explain(*HIS, "--fact", "identity=verified")


def test_the_destruction_of_a_medical_file_is_shown_whole(explain: Explain) -> None:
    told = explain(*HIS, *KNOWN, "--received", "2026-11-05", "--event", "last_change=2010-02-03")
    for words in (
        "A person decides [professional_judgement]",
        "Rule:          destruction.",
        "the care provider [clinician]",
        "Is there a reason not to destroy this file? [may_file_be_destroyed]",
        "Article 7:455(1) of the Dutch Civil Code [BW:7:455(1)]",
        "[treat_as_wgbo_destruction]",
        "jans_a3_health_20y_from_last_change",
        "kept until 2030-02-03",
        "gone from 2030-02-04",
        'last day 2026-12-07; our own target for "as soon as possible" 2026-11-19',
        "5 December 2026 is not a working day",
        "[IA4]",
        "[two_persons]",
    ):
        assert words in told


def test_every_ground_has_its_citation_its_sentence_and_its_link(explain: Explain) -> None:
    told = explain(*HIS, *KNOWN)
    codes = re.findall(r"^  \S.* \[([A-Z]+:[^\]]+)\]$", told, re.MULTILINE)
    assert len(codes) >= 5
    for code in codes:
        one = article(code)
        assert f"  {one.cited('en')} [{code}]\n      {one.words('en')}\n" in told
        assert one.link("en") in told


def test_without_a_date_the_answer_says_which_one_is_missing(explain: Explain) -> None:
    told = explain(*HIS, *KNOWN)
    assert "cannot be computed: give --received" in told
    assert "cannot be computed: the date of last_change is missing" in told


def test_the_same_in_dutch(explain: Explain) -> None:
    told = explain(*HIS, *KNOWN, "--lang", "nl")
    assert "Een mens beslist [professional_judgement]" in told
    assert "artikel 7:455 lid 1 van het Burgerlijk Wetboek [BW:7:455(1)]" in told
    assert "niet te berekenen: geef --received" in told
    assert "de datum van last_change ontbreekt" in told
    assert "de datum van deregistered of account_holder_deregistered ontbreekt" in told
    english = explain(*HIS, *KNOWN)
    assert "the date of deregistered or account_holder_deregistered is missing" in english


@pytest.mark.parametrize(
    ("purpose", "lang", "words"),
    [
        ("A.1", "en", "last day 2026-12-07; our own target 2026-12-04"),
        ("A.1", "nl", "laatste dag 2026-12-07; eigen streefdatum 2026-12-04"),
        ("A.3", "en", 'our own target for "as soon as possible" 2026-11-19'),
        ("A.3", "nl", 'eigen streefdatum voor "zo spoedig mogelijk" 2026-11-19'),
    ],
)
def test_the_target_says_whether_it_is_that_of_the_medical_file(
    explain: Explain, purpose: str, lang: str, words: str
) -> None:
    asked = ("--right", "access", "--purpose", purpose, *KNOWN, *TODAY)
    assert words in explain(*asked, "--received", "2026-11-05", "--lang", lang)


def test_a_hold_says_why_and_who_judges(explain: Explain) -> None:
    events = ("last_change=2006-11-21", "open_complaint_since=2026-10-01")
    told = explain(*HIS, *KNOWN, *(word for one in events for word in ("--event", one)))
    assert "no end date" in told
    assert "stays on hold (complaint); the data protection officer decides" in told


def test_a_hold_of_a_professional_is_given_key_by_key(explain: Explain) -> None:
    keys = ("by=gp", "placed=2026-11-01", "reason=misuse inquiry", "until=2026-12-31")
    given = [word for key in keys for word in ("--event", f"hold.{key}")]
    told = explain(
        "--right", "access", "--purpose", "A.5", *KNOWN, *TODAY, "--event", "obtained=2026-10-20",
        *given,
    )  # fmt: skip
    assert "kept until 2026-12-31" in told


def test_source_data_go_to_the_his_first(explain: Explain) -> None:
    told = explain(
        "--register", "registers/viplive.yaml", "--right", "erasure", "--purpose", "VIP.nis",
        *KNOWN, *TODAY, "--event", "last_change=2016-11-01", "--event", "fed_back_to_his=false",
        "--event", "kind=ACP",
    )  # fmt: skip
    assert "to the HIS first; it would have to be gone from 2026-11-02" in told


def test_a_term_that_is_not_fixed_is_said_to_be_open(explain: Explain) -> None:
    told = explain("--right", "access", "--purpose", "A.4", *KNOWN, *TODAY)
    assert "a term has to be fixed first (open_ended)" in told


def test_a_part_of_a_purpose_has_its_own_basis_and_rules(explain: Explain) -> None:
    told = explain("--right", "erasure", "--purpose", "CRM", *KNOWN, *TODAY)
    assert "[none_stated]" in told
    assert "GDPR:17(1)(d)" in told


def test_the_name_that_the_vectors_give_to_a_withdrawal_is_known(explain: Explain) -> None:
    told = explain("--right", "consent_withdrawal", "--purpose", "A.2", *KNOWN, *TODAY)
    assert "withdrawal of consent [withdrawal]" in told


def test_a_period_of_the_medical_file_cites_nothing_of_the_account(explain: Explain) -> None:
    told = explain("--right", "access", "--purpose", "A.1", *KNOWN, *TODAY)
    assert "BW:7" not in told
    assert "[IA2]" in told


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        (("--right", "forget", "--purpose", "A.1"), "right", "erasure"),
        (("--purpose", "A.1"), "right", "give one of access"),
        (("--right", "access", "--purpose", "A.9"), "purpose", "A.1, "),
        (("--right", "access"), "purpose", "give one of A.1"),
        (("--right", "access", "--purpose", "A.1", "--fact", "mood=cross"), "fact", "anonymous"),
        (
            ("--right", "access", "--purpose", "A.1", "--fact", "requester=neighbour"),
            "requester",
            "lawyer",
        ),
        (("--right", "access", "--purpose", "A.1", "--fact", "age=old"), "age", "whole number"),
        (("--right", "access", "--purpose", "A.1", "--fact", "objected=1"), "objected", "false"),
        (("--right", "access", "--purpose", "A.1", "--fact", "age"), "fact", "name=value"),
        (
            ("--right", "access", "--purpose", "A.1", "--fact", "age=4", "--fact", "age=5"),
            "fact",
            "twice",
        ),
        (("--right", "access", "--purpose", "A.1", "--lang", "de"), "lang", "en, nl"),
        (("--right", "access", "--purpose", "A.1", "--today", "21-11-2026"), "today", "2026-11-21"),
        (("--right", "access", "--purpose", "A.1", "--today", "9999-12-31"), "today", "1900"),
        (
            ("--right", "access", "--purpose", "A.1", *TODAY, "--received", "2026-11-22"),
            "received",
            "in the future",
        ),
        (
            ("--right", "access", "--purpose", "A.1", *TODAY, "--received", "2026-02-30"),
            "received",
            "no date",
        ),
        (
            ("--right", "access", "--purpose", "A.1", *TODAY, "--event", "died=2026-11-22"),
            "died",
            "in the future",
        ),
        (("--right", "access", "--purpose", "A.1", "--event", "born=2001-01-01"), "event", "sent"),
        (
            ("--right", "access", "--purpose", "A.1", "--event", "deregistered=soon"),
            "deregistered",
            "date",
        ),
        (
            ("--right", "access", "--purpose", "A.2", "--event", "sent=2026-01-01T10:00"),
            "sent",
            "time zone",
        ),
        (
            ("--right", "access", "--purpose", "A.2", "--event", "sent=9999-12-31T23:59:59-12:00"),
            "sent",
            "9999",
        ),
        (
            ("--right", "access", "--purpose", "A.2", "--event", "access_log=maybe"),
            "access_log",
            "true or false",
        ),
        (("--right", "access", "--purpose", "A.5", "--event", "hold.by=gp"), "hold.placed", "day"),
        (
            ("--right", "access", "--purpose", "A.5", "--event", "hold=x", "--event", "hold.by=gp"),
            "hold.by",
            "one or the other",
        ),
        (("--right", "access", "--purpose", "A.5", "--event", "sent.by=gp"), "event", "sent"),
        (
            ("--right", "access", "--purpose", "A.1", "--register", "none.yaml"),
            "none.yaml:1",
            "no such",
        ),
    ],
)
def test_a_mistake_is_one_sentence_that_names_field_and_mend(
    explain: Explain, typed: tuple[str, ...], field: str, words: str
) -> None:
    told = explain.refused(*typed)
    assert told.startswith((f"{field}: ", f"{field} "))
    assert words in told
    assert len(told.splitlines()) == 1


def test_the_help_names_every_right(explain: Explain) -> None:
    told = explain("--help")
    for right in ("access", "rectification", "erasure", "portability", "withdrawal"):
        assert right in told


PARENT = ("--right", "access", "--purpose", "A.3", "--fact", "identity=verified", "--fact",
          "requester=parent", "--fact", "has_custody=true", *TODAY)  # fmt: skip


def test_who_may_act_ends_on_a_birthday_and_says_so(explain: Explain) -> None:
    told = explain(*PARENT, "--date", "born=2017-05-05")
    assert "Authority:\n  from 2017-05-05\n  until 2029-05-05: the child turns 12" in told
    mentor = (
        "--fact",
        "identity=verified",
        "--fact",
        "requester=mentor",
        "--date",
        "since=2020-01-01",
    )
    told = explain("--right", "access", "--purpose", "A.3", *mentor, *TODAY)
    assert "Authority:\n  from 2020-01-01\n  without an end date" in told
    heir = (
        "--fact",
        "identity=verified",
        "--fact",
        "requester=employee",
        "--date",
        "born=1990-01-01",
    )
    assert "Authority:" not in explain("--right", "access", "--purpose", "A.1", *heir, *TODAY)


@pytest.mark.parametrize("typed", ["born=2027-01-01", "birth=2017-05-05", "born=yesterday", "born"])
def test_a_date_that_decides_who_may_act_is_checked(explain: Explain, typed: str) -> None:
    assert explain.refused(*PARENT, "--date", typed).count("\n") == 1
