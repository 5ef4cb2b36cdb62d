"""Grounds on which a whole access request may be refused; each rests on articles.

Grounds for single items stand with the letters' facts; the rights of others (Art. 15(4)) are only
there, as they never refuse the whole. Which ground applies is a person's judgement; citation, link
and sentence are those of `dsr.law.articles`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from types import MappingProxyType

from dsr.law.articles import Article, article, cited_together
from dsr.law.errors import UnknownValue


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A ground for a refusal. `rests_on` are codes of articles; the first one says why."""

    code: str
    rests_on: tuple[str, ...]

    @property
    def articles(self) -> tuple[Article, ...]:
        """The articles, each with its link."""
        return tuple(article(code) for code in self.rests_on)

    def article(self, language: str) -> str:
        """The articles as one term in a sentence."""
        return cited_together(self.rests_on, language)

    def words(self, language: str) -> str:
        """The reason as a sentence."""
        return article(self.rests_on[0]).words(language)


_ALL = (
    Ground(code="excessive", rests_on=("GDPR:12(5)(b)",)),
    Ground(code="not_identifiable", rests_on=("GDPR:11(2)", "GDPR:12(2)")),
    Ground(code="crime", rests_on=("UAVG:41(1)(d)", "UAVG:41(2)")),
    Ground(code="misconduct", rests_on=("UAVG:41(1)(g)", "UAVG:41(2)")),
    Ground(code="protection", rests_on=("UAVG:41(1)(i)", "UAVG:41(2)")),
    Ground(code="civil_claim", rests_on=("UAVG:41(1)(j)", "UAVG:41(2)")),
)
#: Offered until November 2026: a decision of then is still shown as it was made.
_FORMER = (
    Ground(code="rights_of_others", rests_on=("GDPR:15(4)",)),
    Ground(code="important_interest", rests_on=("UAVG:41", "GDPR:23")),
)

#: what a new refusal may rest on
REFUSALS: MappingProxyType[str, Ground] = MappingProxyType({g.code: g for g in _ALL})
_DECIDED: MappingProxyType[str, Ground] = MappingProxyType({g.code: g for g in (*_ALL, *_FORMER)})


def ground(code: str) -> Ground:
    """The ground of a refusal that was decided, also by a code that is offered no longer."""
    if code not in _DECIDED:
        raise UnknownValue("ground", code, REFUSALS)
    return _DECIDED[code]


def articles_of(codes: Iterable[str]) -> tuple[Article, ...]:
    """The articles of grounds; a ground is a refusal of this file or an article itself."""
    known = (_DECIDED[code].rests_on if code in _DECIDED else (code,) for code in codes)
    return tuple(article(code) for code in dict.fromkeys(chain.from_iterable(known)))


def cited(codes: Iterable[str], language: str) -> str:
    """The articles of all these grounds as one term in a sentence."""
    return cited_together((one.code for one in articles_of(codes)), language)
