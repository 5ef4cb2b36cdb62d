"""Every limb of the articles that limit a right: the rule for it, or why a person must judge."""

from __future__ import annotations

from dataclasses import dataclass

from dsr.law import access, destruction, erasure, objection, portability, restriction, threshold
from dsr.law.case import Rule
from dsr.law.proposal import Asks


@dataclass(frozen=True, kw_only=True)
class Limb:
    """One limb: the rules that apply it, or who judges and why no rule can (`nl`, `en`)."""

    code: str
    rules: tuple[Rule, ...] = ()
    asks: Asks = Asks.NOBODY
    nl: str = ""
    en: str = ""


def _ruled(code: str, *rules: Rule) -> Limb:
    return Limb(code=code, rules=rules)


def _judged(code: str, asks: Asks, nl: str, en: str) -> Limb:
    return Limb(code=code, asks=asks, nl=nl, en=en)


_DPO, _CLINICIAN = Asks.DPO, Asks.CLINICIAN

#: a fee or a refusal needs proof (12(5)); others' rights (15(4))
ACCESS = (
    _judged(
        "GDPR:12(5)(a)",
        _DPO,
        "Een vergoeding in plaats van een weigering vraagt hetzelfde bewijs. De vergoeding voor een"
        " tweede kopie rust op artikel 15 lid 3 en heeft een eigen regel.",
        "A fee instead of a refusal asks for the same proof. The fee for a further copy rests on"
        " Article 15(3) and has a rule of its own.",
    ),
    _ruled("GDPR:12(5)(b)", threshold.abuse_was_proven),
    _judged(
        "GDPR:12(5)",
        _DPO,
        "Of een verzoek kennelijk ongegrond of buitensporig is, moet de praktijk bewijzen. Een"
        " aantal of een reden bewijst niets; daarom stelt geen regel dit voor zonder bewijs.",
        "The practice has to prove that a request is manifestly unfounded or excessive. A number"
        " or a motive proves nothing, so no rule proposes it without proof.",
    ),
    _ruled(
        "GDPR:15(4)",
        access.the_third_party_gets_its_own,
        access.another_in_a_message,
        access.another_told_it_to_the_carer,
        access.own_log_lines,
    ),
)

ERASURE_GROUNDS = (
    _ruled("GDPR:17(1)(a)", erasure.the_contract_still_needs_it, erasure.notes_outside_the_file),
    _ruled("GDPR:17(1)(b)", erasure.consent_ends_with_the_request),
    _ruled("GDPR:17(1)(c)", erasure.after_an_objection, erasure.marketing_stops),
    _ruled("GDPR:17(1)(d)", erasure.no_basis_at_all, erasure.a_third_party_without_consent),
    _judged(
        "GDPR:17(1)(e)",
        _DPO,
        "Of een wet tot wissen verplicht, zegt die wet of een rechter. Een mens leest dat na.",
        "Whether a law obliges to erase is said by that law or by a court. A person reads it.",
    ),
    _judged(
        "GDPR:17(1)(f)",
        _DPO,
        "Dit gaat over apps en sites die aan kinderen zijn aangeboden. De app is voor mensen van"
        " 16 jaar en ouder; blijkt een kind hem te gebruiken, dan kijkt een mens ernaar.",
        "This is about services offered to children. The app is for people of 16 and older; where"
        " a child turns out to use it, a person looks at it.",
    ),
)

ERASURE_EXCEPTIONS = (
    _judged(
        "GDPR:17(3)(a)",
        _DPO,
        "Vrijheid van meningsuiting vraagt een weging van twee grondrechten.",
        "Freedom of expression asks that two fundamental rights are weighed.",
    ),
    _ruled(
        "GDPR:17(3)(b)",
        erasure.a_duty_to_keep,
        erasure.the_books_are_kept_for_tax,
        erasure.access_logs_are_kept_five_years,
        destruction.destruction_is_for_the_gp,
    ),
    _ruled("GDPR:17(3)(c)", destruction.destruction_is_for_the_gp),
    _ruled("GDPR:17(3)(d)", erasure.research_stops_from_now),
    _ruled(
        "GDPR:17(3)(e)",
        erasure.a_claim_needs_it,
        erasure.a_claim_may_need_it,
        erasure.a_professional_needs_it_longer,
        destruction.a_claim_against_us_runs,
    ),
)

RESTRICTION = tuple(
    _ruled(code, restriction.a_ground_is_there, restriction.care_stays_safe)
    for code in restriction.GROUNDS.values()
)

PORTABILITY = (
    _ruled("GDPR:20(1)(a)", portability.given_by_the_person, portability.other_bases_give_a_copy),
    _ruled("GDPR:20(1)(b)", portability.paper_is_outside),
    _ruled("GDPR:20(2)", portability.straight_to_another_controller),
    _ruled("GDPR:20(3)", portability.other_bases_give_a_copy),
    _ruled("GDPR:20(4)", portability.others_speak_in_it_too),
)

OBJECTION = (
    _ruled(
        "GDPR:21(1)",
        objection.the_situation_was_stated,
        objection.weigh_the_interests,
        objection.our_grounds_compel,
    ),
    _ruled("GDPR:21(2)", objection.marketing_always_stops),
    _ruled("GDPR:21(3)", objection.marketing_always_stops),
    _judged(
        "GDPR:21(4)",
        Asks.OFFICER,
        "Dat het recht van bezwaar duidelijk is verteld, staat in de privacyverklaring en niet in"
        " een besluit. De praktijk leest haar verklaring na.",
        "That the right to object was told clearly stands in the privacy statement, not in a"
        " decision. The practice reads its statement.",
    ),
    _judged(
        "GDPR:21(5)",
        Asks.OFFICER,
        "Bezwaar via een instelling in een app of browser komt binnen als elk ander bezwaar. Een"
        " mens ziet dat het er een is.",
        "An objection by a setting of an app or browser comes in as any other. A person sees that"
        " it is one.",
    ),
    _ruled("GDPR:21(6)", objection.research_stops),
)

_STATE = (
    "Dit gaat over taken van de overheid. Een huisartsenpraktijk kan er zelden een beroep op doen;"
    " wie dat wil, weegt de acht punten van artikel 41 lid 2.",
    "This is about tasks of the authorities. A GP practice can rarely rely on it; who wants to"
    " weighs the eight points of Article 41(2).",
)
_CASE_BY_CASE = (
    "Een recht opzij zetten mag alleen in dit ene geval, als het nodig is en niet te ver gaat. Die"
    " weging (artikel 41 lid 2) doet een mens.",
    "A right is set aside in one single case only, where needed and not too far. That weighing"
    " (Article 41(2)) is done by a person.",
)

#: Art. 23(1)(a)-(j) as UAVG 41(1) takes them over
OVERRIDING = (
    *(_judged(f"UAVG:41(1)({limb})", _DPO, *_STATE) for limb in "abcefh"),
    _judged("UAVG:41(1)(d)", _DPO, *_CASE_BY_CASE),
    _judged("UAVG:41(1)(g)", _DPO, *_CASE_BY_CASE),
    Limb(
        code="UAVG:41(1)(i)",
        rules=(access.another_told_it_to_the_carer,),
        asks=_CLINICIAN,
        nl=_CASE_BY_CASE[0],
        en=_CASE_BY_CASE[1],
    ),
    _judged("UAVG:41(1)(j)", _DPO, *_CASE_BY_CASE),
    _judged("UAVG:41(2)", _DPO, *_CASE_BY_CASE),
    *(_judged(f"GDPR:23(1)({limb})", _DPO, *_CASE_BY_CASE) for limb in "abcdefghij"),
)

LIMBS: tuple[Limb, ...] = (
    *ACCESS,
    *ERASURE_GROUNDS,
    *ERASURE_EXCEPTIONS,
    *RESTRICTION,
    *PORTABILITY,
    *OBJECTION,
    *OVERRIDING,
)
