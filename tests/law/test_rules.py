"""Each rule of each right, as a sentence: which rule speaks, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from dsr.law.activity import Activity
from dsr.law.decide import NOT_ACTED_ON, RULES, decide, name_of
from dsr.law.errors import UnknownValue
from dsr.law.facts import Fact, checked, parsed
from dsr.law.proposal import Asks, Outcome
from dsr.law.rights import Basis, Nature, Right
from dsr.law.threshold import RULES as THRESHOLD
from tests.law.cases import asked, of_nature, on_basis

GRANT, PARTLY, REFUSE = Outcome.GRANT, Outcome.PARTLY, Outcome.REFUSE
JUDGE, NONE, NO_DATA = Outcome.PROFESSIONAL_JUDGEMENT, Outcome.NOT_APPLICABLE, Outcome.NO_DATA
ACCOUNT = of_nature(Nature.ACCOUNT, erase_actions=("delete_app_db",), minimum_age=16,
                    minimum_age_ground="SEED:JansApp-VII")  # fmt: skip
MESSAGES = of_nature(Nature.MESSAGES, erase_actions=("delete_sendbird",))
FILE, COPY = (
    of_nature(Nature.CARE_FILE),
    of_nature(Nature.CARE_COPY, by_processor=True, source_elsewhere=True),
)
NOTES, BOOKS = of_nature(Nature.ADMINISTRATION), of_nature(Nature.FINANCE)
FIGURES, SECURITY = (
    of_nature(Nature.STATISTICS),
    of_nature(Nature.SECURITY, kept_longer_ground="SEED:JansApp-F-A.5"),
)
ACCESS_LOG, SHOWN = of_nature(Nature.ACCESS_LOG), of_nature(Nature.PASS_THROUGH)
RESEARCH = of_nature(Nature.RESEARCH)
INTEREST, DUTY = on_basis(Basis.LEGITIMATE_INTEREST), on_basis(Basis.LEGAL_OBLIGATION)
PUBLIC, VITAL = on_basis(Basis.PUBLIC_TASK), on_basis(Basis.VITAL_INTERESTS)
EITHER = on_basis(Basis.CONSENT_OR_CONTRACT)


@dataclass(frozen=True)
class Said:
    """A sentence of law: what is asked, by which rule, with what outcome."""

    sentence: str
    on: Activity
    rule: str
    outcome: Outcome
    facts: dict[str, Fact] = field(default_factory=dict)
    cites: tuple[str, ...] = ()
    does: tuple[str, ...] = ()


ACCESS = (
    Said("an account is shown, without its password hash", ACCOUNT, "access.access_is_the_rule",
         GRANT, cites=("GDPR:15(1)", "GDPR:15(3)"), does=("exclude_password_hash",)),
    Said("messages are shown and frozen at receipt", MESSAGES, "access.access_is_the_rule",
         GRANT, does=("freeze_messages_at_receipt",)),
    Said("access does not depend on the basis", DUTY, "access.access_is_the_rule", GRANT),
    Said("work notes are no part of the file", FILE, "access.work_notes_are_no_file", REFUSE,
         {"object": "personal_work_notes"}, ("BW:7:454(1)",)),
    Said("a third party whose data cannot be told apart is looked at", MESSAGES,
         "access.the_third_party_gets_its_own", JUDGE, {"requester": "third_party_mentioned"}),
    Said("staff get their own data of a file", FILE, "access.staff_get_their_own", PARTLY,
         {"requester": "employee"}, ("GDPR:15(4)", "BW:7:457(1)"), ("redact",)),
    Said("staff get their own lines of an access log", ACCESS_LOG, "access.staff_get_their_own",
         PARTLY, {"requester": "care_provider"}),
    Said("staff get their own account", ACCOUNT, "access.access_is_the_rule", GRANT,
         {"requester": "care_provider"}),
    Said("who looked in the file is told where the file is asked", FILE,
         "access.who_looked_in_the_file", GRANT, {"wants": "staff_names"}, ("WABVPZ:15e",)),
    Said("a second file soon after may cost something on paper", FILE,
         "access.the_same_copy_again", PARTLY,
         {"copy_number": 2, "no_changes": True, "interval_days": 10}, ("GDPR:15(3)",),
         ("fee_for_paper_only",)),
    Said("a second file after a while is free", FILE, "access.copy_of_the_medical_file", GRANT,
         {"copy_number": 2, "no_changes": True, "interval_days": 400}, does=("free_of_charge",)),
    Said("figures that name somebody are no question",
         of_nature(Nature.STATISTICS, named=True), "access.access_is_the_rule", GRANT),
    Said("what is only shown is not held", SHOWN, "threshold.nothing_is_stored_here", NO_DATA,
         does=("refer_to_source_system",)),
    Said("what had gone before the request is not held", MESSAGES, "access.gone_before_the_request",
         NO_DATA, {"messages_expired_before_receipt": True}, does=("state_no_longer_held",)),
    Said("who looked is told by name", ACCESS_LOG, "access.who_looked_in_the_file", GRANT,
         cites=("WABVPZ:15e",), does=("include_names_and_dates",)),
    Said("who looked in the app is told without names", ACCOUNT, "access.staff_names_outside_care",
         PARTLY, {"object": "app_access_log", "wants": "staff_names"}, ("CJEU:C-579/21",)),
    Said("recipients are told by name", ACCOUNT, "access.recipients_by_name", GRANT,
         {"wants": "recipients"}, ("GDPR:15(1)(c)", "CJEU:C-154/21")),
    Said("the GP weighs the privacy of another", FILE, "access.another_told_it_to_the_carer",
         JUDGE, {"dossier_contains": "third_party_confidential"}, ("BW:7:456",)),
    Said("the GP weighs what another told in confidence", FILE,
         "access.another_told_it_to_the_carer", JUDGE, {"supplied_by": "third_party_confidential"}),
    Said("what another told is redacted in messages", MESSAGES, "access.another_in_a_message",
         PARTLY, {"third_party_in_message": True, "supplied_by": "third_party_confidential"},
         ("GDPR:15(4)",), ("redact", "explain_redaction")),
    Said("who told it has to be known", MESSAGES, "access.another_in_a_message", JUDGE,
         {"third_party_in_message": True}),
    Said("what the person typed itself is given", MESSAGES, "access.access_is_the_rule", GRANT,
         {"third_party_in_message": True, "supplied_by": "requester"}),
    Said("an identical second copy may cost something", ACCOUNT, "access.the_same_copy_again",
         PARTLY, {"copy_number": 2, "no_changes": True}, ("GDPR:15(3)",), ("announce_fee_first",)),
    Said("a second copy of changed data is free", ACCOUNT, "access.access_is_the_rule", GRANT,
         {"copy_number": 2, "no_changes": False}),
    Said("a file is given whole and free", FILE, "access.copy_of_the_medical_file", GRANT,
         cites=("BW:7:456", "WABVPZ:15d"), does=("free_of_charge",)),
    Said("a copy at a processor is asked from it", COPY, "access.copy_of_the_medical_file", GRANT,
         does=("instruct_processor",)),
    Said("log lines are given without what guards us", SECURITY, "access.own_log_lines", PARTLY,
         cites=("GDPR:15(4)",)),
    Said("pseudonyms are given as far as we can tell", RESEARCH, "access.pseudonyms_of_research",
         PARTLY, {"pseudonymised": True, "re_identifiable_by_practice": True}, ("GDPR:11(2)",)),
    Said("figures are looked at before they are called anonymous", FIGURES,
         "access.are_the_figures_anonymous", JUDGE, cites=("GDPR:recital26",)),
    Said("figures about a person are shown", FIGURES, "access.access_is_the_rule", GRANT,
         {"anonymous": False}),
    Said("who is signed in is not doubted", ACCOUNT, "access.access_is_the_rule", GRANT,
         {"channel": "app_session", "standard_request": True}, ("GDPR:12(6)",)),
    Said("six requests a year are no abuse", ACCOUNT, "access.access_is_the_rule", GRANT,
         {"requests_last_12_months": 6, "data_changed_each_time": True},
         ("GDPR:12(5)", "CJEU:C-416/23")),
    Said("a claim as motive is no ground to refuse", FILE, "access.copy_of_the_medical_file",
         GRANT, {"motive_stated": "liability_claim"}, ("CJEU:C-307/22",)),
)  # fmt: skip
RECTIFICATION = (
    Said("what is only shown is corrected at its source", SHOWN,
         "threshold.nothing_is_stored_here", NO_DATA, does=("correct_source",)),
    Said("a patient's statement is added unjudged", FILE,
         "rectification.the_patients_own_statement", GRANT, {"field": "patient_statement"},
         ("BW:7:454(2)",)),
    Said("a statement outside the file is added too", NOTES,
         "rectification.the_patients_own_statement", GRANT, {"field": "patient_statement"}),
    Said("an opinion stays, with a statement beside it", FILE, "rectification.an_opinion_stays",
         REFUSE, {"field": "professional_opinion"}, ("BW:7:454(2)",), ("offer_statement",)),
    Said("an opinion outside the file stays too", NOTES, "rectification.an_opinion_stays", REFUSE,
         {"field": "professional_opinion"}, ("GDPR:16",), ("offer_statement",)),
    Said("a log is annotated, not rewritten", SECURITY, "rectification.a_log_is_not_rewritten",
         REFUSE, {"field": "log_line", "technically_wrong": False}, does=("offer_statement",)),
    Said("a technical error in a log is put right", SECURITY,
         "rectification.a_log_is_not_rewritten", GRANT,
         {"field": "log_line", "technically_wrong": True}, does=("keep_audit_trail",)),
    Said("an access log is a log whatever is asked", ACCESS_LOG,
         "rectification.a_log_is_not_rewritten", REFUSE),
    Said("a message stays as it was sent", MESSAGES, "rectification.a_sent_message_stays_as_sent",
         PARTLY, {"field": "sent_message"}, ("GDPR:5(1)(d)",), ("offer_statement",)),
    Said("a wrong fact in the file is corrected", FILE, "rectification.a_fact_that_was_shown",
         GRANT, {"field": "recorded_fact", "objectively_shown": True}, ("BW:7:454",)),
    Said("a wrong fact elsewhere is corrected", NOTES, "rectification.a_fact_that_was_shown",
         GRANT, {"field": "recorded_fact", "objectively_shown": True}, ("GDPR:16",)),
    Said("a fact that was not shown is looked at", FILE, "rectification.is_it_wrong", JUDGE,
         {"field": "recorded_fact"}, does=("restrict_meanwhile", "professional_confirms")),
    Said("a contested fact is looked at", NOTES, "rectification.is_it_wrong", JUDGE,
         {"field": "contested_fact"}, ("GDPR:18(1)(a)",)),
    Said("too young for the account: corrected, and it closes", ACCOUNT,
         "rectification.too_young_for_the_account", GRANT, {"field": "birth_date", "new_age": 15},
         ("SEED:JansApp-VII",), ("close_account",)),
    Said("sixteen is old enough", ACCOUNT, "rectification.who_and_where_somebody_is", GRANT,
         {"field": "birth_date", "new_age": 16}),
    Said("a birth date needs no age", ACCOUNT, "rectification.who_and_where_somebody_is", GRANT,
         {"field": "birth_date"}),
    Said("an address is corrected at the source and passed on", COPY,
         "rectification.who_and_where_somebody_is", GRANT, {"field": "address"}, ("GDPR:19",),
         ("correct_source", "instruct_processor")),
    Said("a processor without another source is told", of_nature(Nature.OTHER, by_processor=True),
         "rectification.who_and_where_somebody_is", GRANT, {"field": "phone"},
         does=("instruct_processor",)),
)  # fmt: skip
ERASURE = (
    Said("what is only shown cannot be erased here", SHOWN, "threshold.nothing_is_stored_here",
         NO_DATA, does=("refer_to_source_system",)),
    Said("a third party without consent is looked at", MESSAGES,
         "erasure.a_third_party_without_consent", JUDGE,
         {"requester": "third_party_mentioned", "third_party_consent_missing": True},
         ("GDPR:17(1)(d)",)),
    Said("books stay for the tax term", BOOKS, "erasure.the_books_are_kept_for_tax", REFUSE,
         {"within_tax_term": True}, ("AWR:52",), ("restrict_to_tax_purpose",)),
    Said("books go after the tax term", BOOKS, "erasure.old_books_go", GRANT,
         {"within_tax_term": False}, ("GDPR:17(1)(a)",)),
    Said("wages go after seven years", BOOKS, "erasure.old_books_go", GRANT,
         {"within_7_years": False}),
    Said("two words on the term keep the books", BOOKS, "erasure.the_books_are_kept_for_tax",
         REFUSE, {"within_tax_term": False, "within_7_years": True}),
    Said("a claim may need old books", BOOKS, "erasure.a_claim_may_need_it", JUDGE,
         {"within_7_years": False, "claim_pending": True}),
    Said("a defence keeps old books", BOOKS, "erasure.a_claim_needs_it", REFUSE,
         {"within_7_years": False, "needed_for_defence": True}),
    Said("an access log stays", ACCESS_LOG, "erasure.access_logs_are_kept_five_years", REFUSE,
         cites=("STCRT:2019-38007",)),
    Said("a professional's hold keeps", SECURITY, "erasure.a_professional_needs_it_longer",
         REFUSE, {"hold_by_health_professional": True, "reason": "misuse_inquiry"},
         ("SEED:JansApp-F-A.5",), ("professional_confirms",)),
    Said("a hold without a reason is looked at", INTEREST,
         "erasure.a_professional_needs_it_longer", JUDGE, {"hold_by_health_professional": True}),
    Said("a file in the CRM is looked at", FILE, "erasure.is_it_care_or_not", JUDGE,
         {"system": "CRM"}, ("BW:7:454",)),
    Said("child abuse notes stay", FILE, "destruction.child_abuse_is_kept", REFUSE,
         {"system": "HIS", "object": "child_abuse_notes"}, ("KNMG:meldcode",)),
    Said("work notes are cleared by their author", FILE, "destruction.work_notes_are_no_file",
         NONE, {"object": "personal_work_notes"}),
    Said("what the GP decided is done in every copy", COPY,
         "destruction.the_gp_decided_to_destroy", GRANT, {"his_decision": "destroy"},
         ("BW:7:455(1)",), ("instruct_processor", "keep_request_without_content")),
    Said("a defence keeps its part of the file", FILE, "destruction.a_claim_against_us_runs",
         REFUSE, {"claim_pending": True, "needed_for_defence": True}, ("BW:7:455(2)",)),
    Said("whether a claim needs the file, the GP says", FILE, "destruction.a_claim_may_need_it",
         JUDGE, {"claim_pending": True}, ("BW:7:455(2)", "GDPR:17(3)(e)")),
    Said("log lines on another basis are weighed",
         of_nature(Nature.SECURITY, basis=Basis.LEGITIMATE_INTEREST), "erasure.after_an_objection",
         JUDGE),
    Said("the sign-in stays when log lines go",
         of_nature(Nature.SECURITY, erase_actions=("delete_app_db",)),
         "erasure.security_keeps_what_the_law_keeps", PARTLY, does=("delete_app_db",)),
    Said("a part may stay for another", FILE, "destruction.another_has_a_considerable_interest",
         JUDGE, {"exception": "considerable_interest_of_another"}, ("BW:7:455(2)",)),
    Said("what a claim needs stays in the file", FILE, "destruction.a_claim_against_us_runs",
         REFUSE, {"exception": "claim_against_practice_pending"},
         ("BW:7:455(2)", "GDPR:17(3)(e)"), ("only_that_part",)),
    Said("source data outside the file are judged as file", COPY,
         "destruction.first_into_the_file", JUDGE, {"fed_back_to_his": False}, ("BW:7:454(3)",)),
    Said("destruction is for the GP, never a flat refusal", FILE,
         "destruction.destruction_is_for_the_gp", JUDGE, {"system": "HIS"},
         ("BW:7:455(1)", "GDPR:17(3)(b)", "GDPR:17(3)(c)"),
         ("treat_as_wgbo_destruction", "warn_consequences", "offer_access_copy")),
    Said("a running treatment does not end the right", FILE,
         "destruction.destruction_is_for_the_gp", JUDGE, {"active_treatment": True}),
    Said("what a defence needs stays", MESSAGES, "erasure.a_claim_needs_it", REFUSE,
         {"claim_pending": True, "needed_for_defence": True}, ("GDPR:17(3)(e)",),
         ("dpo_decides", "restrict_meanwhile")),
    Said("whether a claim needs it is said by the DPO", MESSAGES, "erasure.a_claim_may_need_it",
         JUDGE, {"claim_pending": True}, ("GDPR:17(3)(e)",), ("dpo_decides",)),
    Said("a defence without a claim is none", MESSAGES, "erasure.consent_ends_with_the_request",
         GRANT, {"claim_pending": False, "needed_for_defence": True}),
    Said("a claim that does not need it bars nothing", MESSAGES,
         "erasure.consent_ends_with_the_request", GRANT,
         {"claim_pending": True, "needed_for_defence": False}),
    Said("log lines go, statutory logs stay", SECURITY,
         "erasure.security_keeps_what_the_law_keeps", PARTLY,
         cites=("GDPR:17(1)(b)", "GDPR:17(3)(b)")),
    Said("research stops from now", RESEARCH, "erasure.research_stops_from_now", GRANT,
         does=("exclude_from_extraction",)),
    Said("notes outside care go", NOTES, "erasure.notes_outside_the_file", GRANT,
         cites=("GDPR:17(1)(a)", "GDPR:17(1)(d)")),
    Said("notes outside care go, found under care too", FILE, "erasure.notes_outside_the_file",
         GRANT, {"system": "CRM", "content": "non_care_note"}),
    Said("notes on another basis are looked at",
         of_nature(Nature.ADMINISTRATION, basis=Basis.OTHER),
         "erasure.which_ground_is_there", JUDGE),
    Said("marketing data go", on_basis(Basis.DIRECT_MARKETING), "erasure.marketing_stops", GRANT,
         does=("suppression_list",)),
    Said("consent ends, and the data go", MESSAGES, "erasure.consent_ends_with_the_request",
         GRANT, {"consent_withdrawn": True}, ("GDPR:17(1)(b)",),
         ("delete_sendbird", "tell_his_remains")),
    Said("an open contract keeps its data", ACCOUNT, "erasure.the_contract_still_needs_it",
         REFUSE, {"account_active": True}, ("GDPR:6(1)(b)",), ("offer_account_closure",)),
    Said("a closed account goes", ACCOUNT, "erasure.the_contract_still_needs_it", GRANT,
         {"account_closed": True}, ("GDPR:17(1)(a)",), ("delete_app_db",)),
    Said("closed and open at once has to be cleared up", ACCOUNT,
         "erasure.the_contract_still_needs_it", JUDGE,
         {"account_closed": True, "account_active": True}),
    Said("whether a contract is over has to be known", ACCOUNT,
         "erasure.the_contract_still_needs_it", JUDGE),
    Said("a duty to keep bars", DUTY, "erasure.a_duty_to_keep", REFUSE, cites=("GDPR:17(3)(b)",)),
    Said("after an objection it goes", INTEREST, "erasure.after_an_objection", GRANT,
         {"objected": True, "overriding_grounds": False}, ("GDPR:17(1)(c)", "GDPR:21(1)")),
    Said("after an objection figures are counted anew", FIGURES, "erasure.after_an_objection",
         GRANT, {"anonymous": False, "objected": True, "overriding_grounds": False},
         does=("recompute_aggregate",)),
    Said("without an objection interests are weighed", INTEREST, "erasure.after_an_objection",
         JUDGE, does=("dpo_decides",)),
    Said("a public task is weighed too", PUBLIC, "erasure.after_an_objection", JUDGE,
         cites=("GDPR:17(3)(b)",)),
    Said("backups follow by rotation", on_basis(Basis.ANY), "erasure.backups_follow_by_rotation",
         GRANT, {"backup_copies": True}, does=("suppression_list_for_restore",)),
    Said("any basis alone says nothing", on_basis(Basis.ANY), "erasure.which_ground_is_there",
         JUDGE),
    Said("no basis is unlawful", on_basis(Basis.NONE_STATED), "erasure.no_basis_at_all", GRANT,
         cites=("GDPR:17(1)(d)",)),
    Said("vital interests are looked at case by case", VITAL, "erasure.which_ground_is_there",
         JUDGE),
)  # fmt: skip
RESTRICTION = (
    Said("what is only shown is not restricted here", SHOWN, "threshold.nothing_is_stored_here",
         NO_DATA, {"ground": "needed_for_claim"}),
    Said("no other ground restricts", ACCOUNT, "restriction.no_other_ground", REFUSE,
         {"ground": "none"}, ("GDPR:18(1)",)),
    Said("in a file the ground is asked of the GP", FILE, "restriction.which_ground", JUDGE,
         does=("flag_contested",)),
    Said("in a file masking is offered", FILE, "restriction.no_other_ground", REFUSE,
         {"ground": "none"}, does=("offer_masking_in_his",)),
    Said("the ground has to be known", ACCOUNT, "restriction.which_ground", JUDGE),
    Said("the GP keeps care safe", FILE, "restriction.care_stays_safe", JUDGE,
         {"ground": "accuracy_contested"}, ("GDPR:18(1)(a)", "BW:7:453")),
    Said("books are looked at", BOOKS, "restriction.care_stays_safe", JUDGE,
         {"ground": "unlawful_opposes_erasure"}, ("GDPR:18(1)(b)",)),
    Said("a claim stops the one-month purge", MESSAGES, "restriction.a_ground_is_there", GRANT,
         {"ground": "needed_for_claim"}, ("GDPR:18(1)(c)", "GDPR:18(2)"), ("stop_auto_deletion",)),
    Said("an objection that runs restricts", INTEREST, "restriction.a_ground_is_there", GRANT,
         {"ground": "objection_pending"}, ("GDPR:18(1)(d)",), ("inform_before_lifting",)),
)  # fmt: skip
OBJECTION = (
    Said("what is only shown is objected to elsewhere", SHOWN, "threshold.nothing_is_stored_here",
         NO_DATA),
    Said("marketing stops without a weighing", on_basis(Basis.DIRECT_MARKETING),
         "objection.marketing_always_stops", GRANT, cites=("GDPR:21(3)",)),
    Said("marketing is what it is, whatever the purpose", NOTES,
         "objection.marketing_always_stops", GRANT, {"object": "direct_marketing"}),
    Said("research stops", RESEARCH, "objection.research_stops", GRANT, cites=("GDPR:21(6)",)),
    Said("consent is withdrawn instead", EITHER, "objection.consent_is_withdrawn_instead", REFUSE,
         does=("offer_consent_withdrawal",)),
    Said("a contract is ended instead", ACCOUNT, "objection.a_contract_is_ended_instead", REFUSE,
         does=("offer_account_closure",)),
    Said("a duty is no choice", FILE, "objection.a_duty_is_no_choice", REFUSE,
         cites=("GDPR:6(1)(c)",), does=("offer_withdraw_sharing",)),
    Said("vital interests are no choice", VITAL, "objection.a_duty_is_no_choice", REFUSE,
         cites=("GDPR:6(1)(d)",)),
    Said("compelling grounds are shown by us", INTEREST, "objection.our_grounds_compel", REFUSE,
         {"situation": "stated", "controller_compelling_grounds": True}, does=("human_decision",)),
    Said("reasons without a counterweight stop it", INTEREST,
         "objection.the_situation_was_stated", GRANT,
         {"situation": "stated", "controller_compelling_grounds": False}, ("GDPR:21(1)",)),
    Said("a person is left out of the figures", FIGURES, "objection.the_situation_was_stated",
         GRANT, {"situation": "stated", "controller_compelling_grounds": False},
         does=("exclude_from_input",)),
    Said("reasons alone are weighed", INTEREST, "objection.weigh_the_interests", JUDGE,
         {"situation": "stated"}, ("GDPR:18(1)(d)",)),
    Said("without reasons they are asked for", PUBLIC, "objection.weigh_the_interests", JUDGE,
         {"situation": "not_stated", "controller_compelling_grounds": False},
         does=("restrict_meanwhile",)),
)  # fmt: skip
PORTABILITY = (
    Said("what is only shown is taken along elsewhere", SHOWN,
         "threshold.nothing_is_stored_here", NO_DATA),
    Said("paper is outside", ACCOUNT, "portability.paper_is_outside", REFUSE,
         {"automated": False}, ("GDPR:20(1)(b)",)),
    Said("own entries in a file are given by policy", FILE,
         "portability.what_the_patient_put_in_the_file", PARTLY,
         {"data_origin": "patient", "policy_voluntary_portability": True}),
    Said("without that policy a file gives a copy", FILE, "portability.other_bases_give_a_copy",
         REFUSE, {"data_origin": "patient"}, ("GDPR:20(1)",), ("offer_access_copy",)),
    Said("a copy gives its own entries", COPY, "portability.what_the_patient_put_in_the_file",
         PARTLY),
    Said("a processor's part of the file gives its own entries",
         of_nature(Nature.CARE_FILE, by_processor=True),
         "portability.what_the_patient_put_in_the_file", PARTLY),
    Said("a policy against it counts", COPY, "portability.other_bases_give_a_copy", REFUSE,
         {"policy_voluntary_portability": False}),
    Said("a conclusion in a file is not portable", COPY, "portability.other_bases_give_a_copy",
         REFUSE, {"data_origin": "professional"}),
    Said("another basis gives a copy", INTEREST, "portability.other_bases_give_a_copy", REFUSE),
    Said("a professional's conclusion was not given", ACCOUNT,
         "portability.conclusions_were_not_given", REFUSE, {"data_origin": "professional"}),
    Said("not feasible: to the person itself", ACCOUNT,
         "portability.straight_to_another_controller", PARTLY,
         {"direct_to": "other_controller", "technically_feasible": False}, ("GDPR:20(2)",)),
    Said("feasible: straight on", ACCOUNT, "portability.given_by_the_person", GRANT,
         {"direct_to": "other_controller", "technically_feasible": True}),
    Said("messages go without what others wrote", MESSAGES, "portability.others_speak_in_it_too",
         PARTLY, cites=("GDPR:20(4)",)),
    Said("what the person gave goes along", ACCOUNT, "portability.given_by_the_person", GRANT,
         cites=("GDPR:20(1)(a)",), does=("exclude_password_hash",)),
    Said("consent or contract is the same", EITHER, "portability.given_by_the_person", GRANT),
)  # fmt: skip
WITHDRAWAL = (
    Said("without security there is no account", SECURITY,
         "withdrawal.without_security_no_account", PARTLY, cites=("GDPR:7(3)", "GDPR:32"),
         does=("close_account",)),
    Said("consent ends at once", MESSAGES, "withdrawal.consent_ends_at_once", GRANT,
         cites=("GDPR:7(3)",), does=("stop_processing", "erase_if_no_other_basis")),
    Said("a file rests on the law", FILE, "withdrawal.the_file_rests_on_the_law", NONE,
         cites=("BW:7:454",), does=("offer_withdraw_sharing",)),
    Said("a contract is ended instead", ACCOUNT, "withdrawal.another_basis_is_stated", NONE,
         cites=("GDPR:6(1)(b)",), does=("offer_account_closure",)),
    Said("research is left by objecting", RESEARCH, "withdrawal.research_is_left_by_objecting",
         GRANT,
         does=("exclude_from_extraction",)),
    Said("an unclear basis is looked at", EITHER, "withdrawal.was_there_a_consent", JUDGE),
    Said("an unclear basis of a file is looked at",
         of_nature(Nature.CARE_COPY, basis=Basis.CONSENT_OR_CONTRACT),
         "withdrawal.was_there_a_consent", JUDGE),
)  # fmt: skip
THRESHOLDS = (
    Said("a processor hands it on", ACCOUNT, "threshold.a_processor_hands_it_on", Outcome.FORWARD,
         {"received_by": "processor"}, ("GDPR:28(3)(e)",), ("log_receipt",)),
    Said("as processor we hand it on", on_basis(Basis.PROCESSOR),
         "threshold.a_processor_hands_it_on", Outcome.FORWARD),
    Said("nobody can tell whose it is", ACCOUNT, "threshold.nobody_can_tell_whose", REFUSE,
         {"identity": "not_identifiable", "asked_additional": True, "answered": False},
         ("GDPR:11(2)",)),
    Said("before that, more is asked", ACCOUNT, "threshold.identity_first",
         Outcome.VERIFY_IDENTITY, {"identity": "not_identifiable"}, ("GDPR:12(6)",)),
    Said("identity comes first", FILE, "threshold.identity_first", Outcome.VERIFY_IDENTITY,
         {"identity": "unverified", "channel": "email_unknown_address"},
         does=("use_registered_contact", "suspend_clock")),
    Said("what is about nobody is nobody's", FIGURES, "threshold.anonymous_is_nobodys", NONE,
         {"anonymous": True}, ("GDPR:recital26",)),
    Said("proven abuse is refused by a person", ACCOUNT, "threshold.abuse_was_proven", REFUSE,
         {"abusive_intent_proven": True, "first_request": True}, ("GDPR:12(5)(b)",),
         ("human_decision",)),
)  # fmt: skip

ALL = tuple(
    (right, said)
    for right, cases in (
        (Right.ACCESS, (*ACCESS, *THRESHOLDS)),
        (Right.RECTIFICATION, RECTIFICATION),
        (Right.ERASURE, ERASURE),
        (Right.RESTRICTION, RESTRICTION),
        (Right.OBJECTION, OBJECTION),
        (Right.PORTABILITY, PORTABILITY),
        (Right.WITHDRAWAL, WITHDRAWAL),
    )
    for said in cases
)


@pytest.mark.parametrize(
    ("right", "said"), ALL, ids=[f"{right}: {said.sentence}" for right, said in ALL]
)
def test_the_law_says(right: Right, said: Said) -> None:
    proposal = asked(right, said.on, **said.facts)
    assert (proposal.rule, proposal.outcome) == (said.rule, said.outcome)
    assert set(said.cites) <= set(proposal.grounds)
    assert set(said.does) <= set(proposal.actions)


def test_every_rule_speaks_somewhere() -> None:
    spoken = {said.rule for _, said in ALL}
    rules = {name_of(rule) for right in Right for rule in (*THRESHOLD, *RULES[right])}
    elsewhere = {"threshold.somebody_asks", "threshold.authority_first",
                 "access.the_file_of_the_deceased"}  # fmt: skip
    assert rules - spoken == elsewhere


@pytest.mark.parametrize(("right", "said"), ALL)
def test_what_is_not_done_is_explained_in_writing(right: Right, said: Said) -> None:
    proposal = asked(right, said.on, **said.facts)
    if proposal.outcome in NOT_ACTED_ON:
        assert "art12_4_letter" in proposal.actions


@pytest.mark.parametrize(("right", "said"), ALL)
def test_where_a_person_judges_it_is_said_who_and_what(right: Right, said: Said) -> None:
    proposal = asked(right, said.on, **said.facts)
    judged = proposal.outcome is JUDGE
    assert bool(proposal.question and proposal.asks is not Asks.NOBODY) == (
        judged or proposal.outcome is Outcome.VERIFY_IDENTITY
    )


@pytest.mark.parametrize("right", Right)
@pytest.mark.parametrize("basis", Basis)
@pytest.mark.parametrize("nature", Nature)
def test_without_identity_nothing_is_ever_granted(
    right: Right, basis: Basis, nature: Nature
) -> None:
    activity = Activity(id="some", basis=basis, nature=nature)
    for facts in ({}, {"requester": "self"}, {"identity": "unverified", "requester": "self"}):
        outcome = decide(right, activity, facts).outcome
        assert outcome in (Outcome.VERIFY_IDENTITY, Outcome.FORWARD)


@pytest.mark.parametrize("right", Right)
def test_without_a_requester_nothing_is_granted(right: Right) -> None:
    proposal = decide(right, ACCOUNT, {"identity": "verified"})
    assert proposal.rule == "threshold.somebody_asks"
    assert proposal.outcome is Outcome.VERIFY_IDENTITY


def test_the_file_of_the_deceased_opens_by_its_own_law_alone() -> None:
    facts = {"requester": "heir", "patient_deceased": True, "consent_in_life": True,
             "consent_form": "written"}  # fmt: skip
    proposal = asked(Right.ACCESS, FILE, **facts)
    assert proposal.outcome is GRANT
    assert "BW:7:458a(1)(a)" in proposal.grounds
    assert not [code for code in proposal.grounds if code.startswith("GDPR:15")]


def test_who_judges_reads_by_which_authority_somebody_acts() -> None:
    facts = {"requester": "parent", "child_age": 9, "has_custody": True, "system": "HIS",
             "both_parents_custody": True, "both_signed": True}  # fmt: skip
    proposal = asked(Right.ERASURE, FILE, **facts)
    assert proposal.outcome is JUDGE
    assert {"BW:7:465(1)", "KNMG:both_parents", "BW:7:455(1)"} <= set(proposal.grounds)


@pytest.mark.parametrize("right", [Right.WITHDRAWAL, Right.PORTABILITY, Right.RECTIFICATION])
@pytest.mark.parametrize("activity", [MESSAGES, ACCOUNT])
def test_a_third_party_never_acts_on_the_account_of_another(
    right: Right, activity: Activity
) -> None:
    facts = {"requester": "third_party_mentioned", "field": "address"}
    assert asked(right, activity, **facts).outcome in (JUDGE, Outcome.VERIFY_IDENTITY)


@pytest.mark.parametrize("right", [right for right in Right if right is not Right.ACCESS])
def test_staff_never_use_a_right_of_the_patient(right: Right) -> None:
    for role in ("employee", "care_provider"):
        assert asked(right, FILE, requester=role, ground="needed_for_claim").outcome is JUDGE


@pytest.mark.parametrize("named", ["consent_given_by_parent", "medical_file", "access_log"])
@pytest.mark.parametrize("right", [Right.ACCESS, Right.ERASURE])
def test_no_object_opens_a_file_to_a_parent_whose_child_says_no(right: Right, named: str) -> None:
    facts = {"requester": "parent", "child_age": 14, "has_custody": True,
             "child_consents": False, "object": named, "his_decision": "destroy"}  # fmt: skip
    assert asked(right, FILE, **facts).outcome in (JUDGE, REFUSE)


def test_a_child_gets_words_for_a_child() -> None:
    assert "plain_language_child" in asked(Right.ACCESS, FILE, age=13).actions
    assert "plain_language_child" not in asked(Right.ACCESS, FILE, age=45).actions


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"idenity": "verified"}, "idenity"),
        ({"identity": "sure"}, "not_identifiable, unverified, verified"),
        ({"age": True}, "whole number"),
        ({"age": -1}, "whole number"),
        ({"answered": "no"}, "false, true"),
        ({"answered": 1}, "false, true"),
        ({"system": 7}, "CRM, HIS, app"),
    ],
)
def test_an_unknown_fact_or_value_is_named_with_what_it_may_be(
    facts: dict[str, object], words: str
) -> None:
    with pytest.raises(UnknownValue, match=words):
        checked(facts)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [("age", "45", 45), ("answered", "False", False), ("system", "HIS", "HIS")],
)
def test_a_typed_fact_is_read(name: str, text: str, value: Fact) -> None:
    assert parsed(name, text) == value


def test_a_typed_number_without_end_is_refused() -> None:
    with pytest.raises(UnknownValue, match="age"):
        parsed("age", "9" * 5000)


def test_an_unknown_right_is_refused_and_a_word_is_the_right() -> None:
    with pytest.raises(UnknownValue, match="access, erasure"):
        decide("forgetting", FILE, {})  # type: ignore[arg-type]
    assert decide("erasure", FILE, {}) == decide(Right.ERASURE, FILE, {})  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "text"), [("age", "old"), ("answered", "maybe"), ("x", "y")])
def test_a_typed_fact_that_makes_no_sense_is_refused(name: str, text: str) -> None:
    with pytest.raises(UnknownValue):
        parsed(name, text)
