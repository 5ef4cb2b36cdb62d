"""Operations of the register: what is called to change something, in which order, and how often.

A verb without an operation is done by a person.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from connectors.cursor import mark
from connectors.http import Answer
from connectors.rest_changes_looking import Look, look
from connectors.rest_items import Dataset
from connectors.rest_outcomes import MISSING, Meaning, Outcomes, outcomes
from connectors.rest_path import Path, path, paths
from connectors.rest_talk import Talk
from connectors.rest_template import Template, template
from dsr.core.errors import BrokenRegister, NeedsPerson
from dsr.core.reading import Entry

_OF_ALL = ("subject_ref", "operation")
_OF_ITEMS = (*_OF_ALL, "ref", "refs", "version")
#: what the request of each verb may name
_KNOWN: Mapping[str, tuple[str, ...]] = {
    "rectify": (*_OF_ITEMS, "patch", "fields", "record"),
    "annotate": (*_OF_ITEMS, "statement"),
    "erase": _OF_ITEMS,
    "restrict": _OF_ITEMS,
    "lift": _OF_ITEMS,
}
_OF_PEOPLE: Mapping[str, tuple[str, ...]] = {
    "stop_using": (*_OF_ALL, "purpose"),
    "resume": (*_OF_ALL, "purpose"),
}
#: values that are no text, or the person's own words: they stand in a body
_NEVER_IN_ADDRESS = frozenset({"refs", "patch", "fields", "record", "statement"})
_KEYS = ("request", "steps", "outcomes", "unless", "many", "failed")
_OWN_KEYS: Mapping[str, tuple[str, ...]] = {
    "rectify": ("only", "takes", "inside"),
    "erase": ("leaves",),
    "stop_using": ("purposes",),
    "resume": ("purposes",),
}
type_of_values = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Step:
    """One call; `take` finds in its answer what the later calls name."""

    request: Template
    take: Mapping[str, Path]


@dataclass(frozen=True, kw_only=True)
class Unless:
    """A question before the calls: they are left out when its answer names the operation."""

    request: Template
    where: Path


@dataclass(frozen=True, kw_only=True)
class Came:
    """What a run of calls came to. `failed` are references that a call for many refused."""

    meaning: Meaning
    code: int = 0
    reason: str = ""
    failed: frozenset[str] = field(default=frozenset(), repr=False)


@dataclass(frozen=True, kw_only=True)
class Operation:
    """The calls of one verb. `many` references go in one call; `only` are the fields that it can
    correct (none: all), `takes` says in words what they take, `inside` the field of the record that
    holds them and that is not sent along; `leaves_emptied` that a record stays
    without its content; `purposes` are the system's own words for ours.
    """

    verb: str
    steps: tuple[Step, ...]
    rules: Outcomes
    unless: Unless | None
    key_header: str
    many: int = 1
    failed: Path = field(default_factory=lambda: Path(""))
    only: tuple[str, ...] = ()
    takes: str = ""
    inside: str = ""
    leaves_emptied: bool = False
    purposes: Mapping[str, str] = field(default_factory=dict)

    @property
    def needs(self) -> frozenset[str]:
        """The values that its first call names."""
        return self.steps[0].request.needs

    def run(self, talk: Talk, values: type_of_values) -> Came:
        """Make the calls in order; the first that is not OK ends it.

        `NeedsPerson` when an answer lacks what the next call has to name: nothing is guessed.
        """
        rules = self.rules.before(talk.outcomes)
        if self._was_done(talk, rules, values):
            return Came(meaning=Meaning.ALREADY_DONE)
        known, came = dict(values), Came(meaning=Meaning.OK)
        for number, step in enumerate(self.steps):
            meaning, answer, body = self._call(talk, rules, step, known, number)
            came = self._came(rules, meaning, answer, body)
            if meaning not in (Meaning.OK, Meaning.ALREADY_DONE):
                # Only the first call can say that nothing is there: later ones act on what was.
                missing = number and meaning in MISSING
                return replace(came, meaning=Meaning.FAILED) if missing else came
            known |= self._taken(step, body)
        return came

    def _call(
        self, talk: Talk, rules: Outcomes, step: Step, known: type_of_values, number: int
    ) -> tuple[Meaning, Answer, object]:
        reads, headers = step.request.method == "GET", dict[str, str]()
        if known.get("version") and step is self._first_at_item:
            headers["If-Match"] = str(known["version"])
        if self.key_header and not reads:
            headers[self.key_header] = self._key(known, number)
        call = step.request.call(known, {}, headers)
        return talk.change(replace(call, reads_only=reads), rules)

    @property
    def _first_at_item(self) -> Step | None:
        """The call that the version of the item is for: it has another one after it."""
        at_item = (one.request for one in self.steps if "{ref" in one.request.path)
        first = next((one for one in at_item if one.method != "GET"), None)
        return next((one for one in self.steps if one.request is first), None)

    def _key(self, known: type_of_values, number: int) -> str:
        """The same for the same call of the same operation, and for no other."""
        what = (str(known.get(name, "")) for name in ("ref", "refs", "purpose"))
        return f"{known['operation']}.{mark(self.verb, str(number), *what)}"

    def _came(self, rules: Outcomes, meaning: Meaning, answer: Answer, body: object) -> Came:
        failed = self.failed.texts_of(body) if meaning is Meaning.OK else ()
        reason = rules.reason(answer, body) if meaning is Meaning.RETAINED else ""
        return Came(meaning=meaning, code=answer.code, reason=reason, failed=frozenset(failed))

    def _was_done(self, talk: Talk, rules: Outcomes, values: type_of_values) -> bool:
        if self.unless is None:
            return False
        call = self.unless.request.call(values, {}, {})
        meaning, _, body = replace(talk, outcomes=rules).ask(call)
        return meaning is Meaning.OK and values["operation"] in self.unless.where.texts_of(body)

    def _taken(self, step: Step, body: object) -> dict[str, object]:
        taken = {name: where.of(body) for name, where in step.take.items()}
        if missing := sorted(name for name, value in taken.items() if value in (None, "", [])):
            raise NeedsPerson(
                f"A step of `{self.verb}` finds no {missing[0]!r} in the system's answer; nothing"
                " was called after it. Correct the operation in the register, or do it by hand."
            )
        return taken


@dataclass(frozen=True, kw_only=True)
class Operations:
    """What the register offers: how items are looked at, and verbs by dataset ("" for people)."""

    looks: Mapping[str, Look] = field(default_factory=dict)
    verbs: Mapping[tuple[str, str], Operation] = field(default_factory=dict)

    @property
    def codes(self) -> frozenset[int]:
        """The codes that rules of operations name."""
        return frozenset().union(*(one.rules.codes for one in self.verbs.values()))


def operations(read: Entry | None, mapping: Mapping[str, Dataset]) -> Operations:
    """The `operations` of the settings; none when there are none."""
    if read is None:
        return Operations()
    read.only("idempotency", "datasets", *_OF_PEOPLE)
    key, below = (
        read.text("idempotency", ""),
        read.each("datasets") if "datasets" in read.values else {},
    )
    looks: dict[str, Look] = {}
    verbs: dict[tuple[str, str], Operation] = {}
    for name, at in below.items():
        if name not in mapping:
            raise BrokenRegister(f"{at.path}: no such dataset; known: {', '.join(mapping)}.")
        at.only("item", *_KNOWN)
        if "item" in at.values:
            looks[name] = look(at.at("item"), mapping[name])
        for verb in (verb for verb in _KNOWN if verb in at.values):
            _refuse_blind(at, verb, mapping[name])
            verbs[name, verb] = _operation(verb, at.at(verb), key, _KNOWN[verb])
    for verb in (verb for verb in _OF_PEOPLE if verb in read.values):
        verbs["", verb] = _operation(verb, read.at(verb), key, _OF_PEOPLE[verb])
    return Operations(looks=looks, verbs=verbs)


def _refuse_blind(at: Entry, verb: str, dataset: Dataset) -> None:
    """What was changed must be seen: a mark that no reading shows proves nothing."""
    if verb in ("restrict", "lift") and not dataset.restricted.text:
        raise BrokenRegister(f"{at.path}.{verb}: write `restricted` under the dataset too.")
    leaves = at.at(verb).values.get("leaves")
    if leaves and not dataset.emptied.text:
        raise BrokenRegister(f"{at.path}.{verb}: write `emptied` under the dataset too.")


def _operation(verb: str, read: Entry, key: str, known: tuple[str, ...]) -> Operation:
    read.only(*_KEYS, *_OWN_KEYS.get(verb, ()))
    steps, unless = _steps(read, known), _unless(read, known)
    by_many = any("refs" in step.request.needs for step in steps)
    if by_many is not ("many" in read.values):
        raise BrokenRegister(f"{read.path}.many: say how many {{refs}} one call takes, or {{ref}}.")
    if verb == "annotate" and not (unless or key or steps[-1].request.method == "PUT"):
        raise BrokenRegister(
            f"{read.path}: a call that is tried again would add the statement twice; write"
            " `unless` here, or `idempotency` under `operations`."
        )
    if read.text("leaves", "emptied") != "emptied":
        raise BrokenRegister(f"{read.path}.leaves: only `emptied` may stand here.")
    return Operation(
        verb=verb,
        steps=steps,
        rules=outcomes(read),
        unless=unless,
        key_header=key,
        many=int(read.number("many", 1)),
        failed=path(read, "failed", ""),
        only=read.texts("only"),
        takes=read.text("takes", ""),
        inside=read.text("inside", ""),
        leaves_emptied="leaves" in read.values,
        purposes=read.pairs("purposes"),
    )


def _steps(read: Entry, known: tuple[str, ...]) -> tuple[Step, ...]:
    if len({"request", "steps"} & set(read.values)) != 1:
        raise BrokenRegister(f"{read.path}: write either `request` or `steps`.")
    rows = read.rows("steps") or [Entry({"request": read.values.get("request")}, read.path)]
    made: list[Step] = []
    names = set(known)
    for row in rows:
        row.only("request", "take")
        step = Step(request=_request(row.at("request"), names), take=paths(row, "take"))
        if clash := set(step.take) & names:
            raise BrokenRegister(f"{row.path}.take: {sorted(clash)[0]!r} has a meaning already.")
        names |= set(step.take)
        made.append(step)
    return tuple(made)


def _unless(read: Entry, known: tuple[str, ...]) -> Unless | None:
    if "unless" not in read.values:
        return None
    below = read.at("unless")
    below.only("request", "path")
    return Unless(request=_request(below.at("request"), known), where=path(below, "path"))


def _request(read: Entry, known: Collection[str]) -> Template:
    made = template(read, known)
    address = f"{made.path} {made.query}"
    if named := sorted(name for name in _NEVER_IN_ADDRESS if f"{{{name}" in address):
        raise BrokenRegister(f"{read.path}: {{{named[0]}}} may stand in a body alone.")
    return made
