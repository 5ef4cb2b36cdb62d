"""One tree of exceptions. A message says what to do next and holds no personal data."""

from __future__ import annotations


class DsrError(Exception):
    """Something the product refuses or cannot do; the message says what to do next."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (self.__doc__ or "").splitlines()[0])


class TryAgain(DsrError):
    """A system did not answer properly; the same call may work later.

    `after` is the pause in seconds that the system asked for, or None.
    """

    def __init__(self, message: str = "", *, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class NeedsPerson(DsrError):
    """A system refuses in a way that only a person can mend; the message is an instruction."""


class ForeignRecord(DsrError):
    """A system answered with a record of somebody else: stop, release nothing, tell the desk."""


class ItemChanged(DsrError):
    """Somebody changed this in the system since it was found; look at it again before you decide.

    Nothing was overwritten (Art. 16).
    """


class ValueRefused(DsrError):
    """The system cannot hold this value; nothing was changed. The message says what it takes."""


class BadAnswer(TryAgain):
    """A system's answer is cut, malformed or contradicts itself; never count it as complete.

    `from_start` says that its pages do not fit together, so that going on at the last one cannot
    help: what was found is forgotten and read again from the beginning.
    """

    def __init__(
        self, message: str = "", *, after: float | None = None, from_start: bool = False
    ) -> None:
        super().__init__(message, after=after)
        self.from_start = from_start


class NotAllowed(DsrError):
    """This person or key may not do this."""


class NotFound(DsrError):
    """No such thing, or not for you: both read the same."""


class MoveRefused(DsrError):
    """A stage may not be left in this way; the message lists what is allowed."""


class ChangedMeanwhile(DsrError):
    """Somebody else changed this since you opened it; look again and repeat your choice."""


class BadInput(DsrError):
    """A field does not hold what it should. `field` names it, the message says how to mend it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotReady(DsrError):
    """This cannot be done yet; the message says what is still open."""


class BrokenRegister(DsrError):
    """The register cannot be used; the message names the place and how to mend it."""


class BrokenSettings(DsrError):
    """The settings cannot be used; the message lists every mistake."""


class VaultError(DsrError):
    """A sealed blob or field cannot be opened: wrong key, changed bytes, or shredded."""


class Shredded(VaultError):
    """The key of this request was destroyed; its data cannot be read any more."""
