"""Who asks: the level a request has reached, and what reaching it sets in motion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dsr.core.actions import Action
from dsr.core.connector import ContactPoint, Located, One, Several
from dsr.core.errors import BadInput, NotAllowed, NotReady
from dsr.core.request import Outcome
from dsr.core.stages import Stage
from dsr.core.subject import Level, Subject
from dsr.db import steps, subject_requests
from dsr.db.steps import Step
from dsr.db.subject_requests import SubjectRequest
from dsr.law.identity import app_level, is_settled
from dsr.services import app_link, case, plan, stages, stopping
from dsr.services.case import PATIENT, SYSTEM, Told, Who
from dsr.services.office import Office
from dsr.vault.fields import seal_json, unseal_json

OTHER_PROOF = (
    "Another proof on this request is of a different name or birth date, or is still being looked"
    " up. Wait a minute, or let the person ask anew."
)


@dataclass(frozen=True, kw_only=True)
class Proof:
    """A level, and how it was shown: `code`, `app`, `desk`. `document` is the kind of identity
    document that staff saw (never its number, never a copy; AVG 5(1)(c))."""

    level: Level
    how: str
    document: str = ""


@dataclass(frozen=True, kw_only=True)
class AppLogin:
    """A verified app token: who signed it, for whom, when and with how many factors."""

    issuer: str
    sub: str
    auth_time: datetime
    mfa: bool


def reach(
    session: Session, office: Office, subject_request: SubjectRequest, proof: Proof, who: Who
) -> None:
    """Record a proof; the level rises, never falls, and at IA2 the search may begin."""
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    item = stages.lead(row)
    # An answer that is made stays what it is; from now on the visit alone shows who fetches it.
    if proof.level.reaches(Level(row.level)) and item.stage != Stage.REPLYING:
        row.level, row.level_how = proof.level, proof.how
    body = {"level": proof.level, "how": proof.how, "document": proof.document}
    case.tell(session, office, row, Told(who=who, action=Action.LEVEL_REACHED, body=body))
    if Level(row.level).reaches(Level.IA2) and item.stage == Stage.IDENTIFYING:
        stages.move_together(session, office, row, Stage.SEARCHING, SYSTEM)
        plan.resolve_person(session, office, row)
        stopping.at_once(session, office, row)


def by_app(
    session: Session, office: Office, subject_request: SubjectRequest, login: AppLogin
) -> Level:
    """Prove a request by an app login; returns the level that this login gives.

    The practice's link decides which patient it is; an e-mail address or a name never does.
    """
    level = app_login_level(session, office, login)
    link = app_link.living(session, office, login.issuer, login.sub)
    if link is None or not level.reaches(Level.IA2):
        return level
    if link.practice != subject_request.practice:
        return Level.IA1
    known = _known_patient(session, office, subject_request)
    if known is not None and known != link.patient_number:
        # Somebody else's request: an app login opens only what is its own patient's (T21).
        return Level.IA1
    _fix_patient(session, office, subject_request, link.patient_number)
    reach(session, office, subject_request, Proof(level=level, how="app"), PATIENT)
    return level


def app_login_level(session: Session, office: Office, login: AppLogin) -> Level:
    """The level of an app login at this moment (one table: `dsr.law.identity`)."""
    linked = app_link.living(session, office, login.issuer, login.sub) is not None
    return Level(
        app_level(mfa=login.mfa, auth_time=login.auth_time, linked=linked, now=office.now())
    )


def at_desk(
    session: Session, office: Office, subject_request: SubjectRequest, document: str, who: Who
) -> None:
    """Staff saw the person and their document: IA4. No number and no copy is kept."""
    allowed = ("passport", "identity_card", "driving_licence", "residence_permit", "known")
    if document not in allowed:
        raise BadInput("document", f"Choose the document that you saw: {', '.join(allowed)}.")
    if document == "known" and not who.has("clinician"):
        raise NotAllowed("Only a clinician may vouch for somebody they know by sight.")
    if who.staff_id is None or subject_request.practice not in who.practices:
        raise NotAllowed("Only staff of this practice can say that they saw somebody.")
    if not _is_the_typed_person(session, office, subject_request):
        raise NotReady(OTHER_PROOF)
    proof = Proof(level=Level.IA4, how="desk", document=document)
    reach(session, office, subject_request, proof, who)


def keep_found(key: bytes, step: Step, found: One) -> None:
    """Seal whom a code was sent to, until the code comes back."""
    body = {
        "ref": found.subject_ref,
        "refs": dict(found.on_file.known_refs),
        "on_file": _as_dict(found.on_file),
        "settled": found.on_file.email == _mailbox(found),
    }
    step.found_sealed = seal_json(key, ("steps", "found_sealed", step.id), body)


def by_code(
    session: Session, office: Office, subject_request: SubjectRequest, code_id: str
) -> bool:
    """A code came back: whoever typed it holds the mailbox on file of the person it went to.

    False, and nothing changes, when the request was proved to be somebody else's meanwhile: a
    reader of a mailbox must not lend it the level that another account brought (T8, T11).
    """
    key = case.case_key(session, office, subject_request)
    if not _went_to_same_person(session, key, subject_request, code_id):
        return False
    for step in steps.of_request(session, subject_request.id):
        if step.cursor.get("code") == code_id and step.found_sealed is not None:
            body = unseal_json(key, ("steps", "found_sealed", step.id), step.found_sealed)
            for system, ref in {**body["refs"], step.system: body["ref"]}.items():
                case.set_ref(key, subject_request, system, ref)
            settled = bool(body.get("settled"))
            _set_extra(key, subject_request, on_file=body["on_file"], contact_settled=settled)
    reach(session, office, subject_request, Proof(level=Level.IA2, how="code"), PATIENT)
    return True


def person_found(
    session: Session, office: Office, step: Step, found: Located, subject_request: SubjectRequest
) -> None:
    """The leading system knows who it is (or not): keep it, and search the other systems."""
    key = case.case_key(session, office, subject_request)
    if isinstance(found, Several):
        step.outcome = Outcome.SEVERAL_PEOPLE
        plan.keep_candidates(key, step, found)
        return
    if isinstance(found, One):
        step.outcome = Outcome.DONE
        remember_on_file(key, subject_request, step.system, found)
        # The address that is copied is the one whose age is known, or none.
        same = found.on_file.email == _mailbox(found)
        settled = same and usable_contact(office, found)[0] is not None
        _set_extra(key, subject_request, contact_settled=settled)
    else:
        step.outcome = Outcome.NONE_FOUND
    plan.search_all(session, office, subject_request)
    stopping.at_once(session, office, subject_request)


def usable_contact(office: Office, found: One) -> tuple[ContactPoint | None, str]:
    """The one mailbox on file that a code may go to, or why there is none."""
    if not {"name", "birth_date"} <= set(found.agrees):
        return None, "facts differ"
    mails = [contact for contact in found.contacts if contact.kind == "email"]
    if not mails:
        return None, "no e-mail address on file"
    if mails[0].shared:
        return None, "the address belongs to more than one patient"
    if not is_settled(mails[0].since, office.today()):
        return None, "the address changed less than 30 days ago"
    return mails[0], "sent"


def _mailbox(found: One) -> str:
    return next((one.value for one in found.contacts if one.kind == "email"), "")


def remember_on_file(key: bytes, subject_request: SubjectRequest, system: str, found: One) -> None:
    """Keep what the leading system holds of the person, for the search of the others."""
    for other, ref in {**found.on_file.known_refs, system: found.subject_ref}.items():
        case.set_ref(key, subject_request, other, ref)
    _set_extra(key, subject_request, on_file=_as_dict(found.on_file))


def _known_patient(session: Session, office: Office, subject_request: SubjectRequest) -> str | None:
    """The patient number that a proved request stands for; None while nobody is proved.

    A proved person without a number (never in the app) matches no app account.
    """
    if not Level(subject_request.level).reaches(Level.IA2):
        return None
    key = case.case_key(session, office, subject_request)
    typed, extra = case.open_subject(key, subject_request)
    on_file: dict[str, str] = extra.get("on_file", {})
    return on_file.get("patient_number") or typed.patient_number


def _is_the_typed_person(session: Session, office: Office, subject_request: SubjectRequest) -> bool:
    """Whether the data that an earlier proof leads to are of the person whose name was typed.

    Staff compare a document with what was typed. Somebody with another's app account and their
    own passport would else reach IA4 for that other patient (T1, T11).
    """
    row = subject_requests.by_id(session, subject_request.id, lock=True)
    typed, extra = case.open_subject(case.case_key(session, office, row), row)
    on_file: dict[str, str] = extra.get("on_file", {})
    if not Level(row.level).reaches(Level.IA2) or row.level_how == "desk":
        return True
    if not on_file:
        return not typed.patient_number
    names = {office.index("name", " ".join(name.split())) for name in (typed.name, on_file["name"])}
    return len(names) == 1 and typed.birth_date == _date(on_file["birth_date"])


def _went_to_same_person(
    session: Session, key: bytes, subject_request: SubjectRequest, code_id: str
) -> bool:
    if not Level(subject_request.level).reaches(Level.IA2):
        return True
    fixed, typed = case.open_refs(key, subject_request), case.open_subject(key, subject_request)[0]
    for step in steps.of_request(session, subject_request.id):
        if step.cursor.get("code") == code_id and step.found_sealed is not None:
            body = unseal_json(key, ("steps", "found_sealed", step.id), step.found_sealed)
            if step.system in fixed:
                return bool(fixed[step.system] == body["ref"])
            return bool(typed.patient_number == body["on_file"].get("patient_number") != "")
    return False


def _fix_patient(
    session: Session, office: Office, subject_request: SubjectRequest, patient_number: str
) -> None:
    key = case.case_key(session, office, subject_request)
    _set_extra(key, subject_request, patient_number=patient_number)


def _set_extra(key: bytes, subject_request: SubjectRequest, **values: Any) -> None:
    subject, body = case.open_subject(key, subject_request)
    subject_request.subject_sealed = case.seal_subject(
        key, subject_request.id, subject, {**body, **values}
    )


def _as_dict(subject: Subject) -> dict[str, str]:
    return {
        "name": subject.name,
        "birth_date": subject.birth_date.isoformat() if subject.birth_date else "",
        "email": subject.email,
        "phone": subject.phone,
        "postcode": subject.postcode,
        "patient_number": subject.patient_number,
        "bsn": subject.bsn,
    }


def _date(text: str | None) -> Any:
    return datetime.fromisoformat(text).date() if text else None
