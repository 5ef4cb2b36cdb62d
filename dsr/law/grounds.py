"""Grounds on which a whole access request may be refused; each with its article and sentence.

Grounds for single items stand with the letters' facts. Which ground applies is a person's
judgement; the words are the law's.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, kw_only=True)
class Ground:
    """A ground for a refusal: article and sentence, in Dutch (B1) and English."""

    code: str
    article_nl: str
    article_en: str
    nl: str
    en: str

    def article(self, language: str) -> str:
        """The article as a term in a sentence."""
        return self.article_nl if language == "nl" else self.article_en

    def words(self, language: str) -> str:
        """The reason as a sentence."""
        return self.nl if language == "nl" else self.en


_ALL = (
    Ground(
        code="excessive",
        article_nl="artikel 12 lid 5 onder b van de AVG",
        article_en="Article 12(5)(b) of the GDPR",
        nl="Uw verzoek is kennelijk ongegrond of buitensporig.",
        en="Your request is manifestly unfounded or excessive.",
    ),
    Ground(
        code="not_identifiable",
        article_nl="artikel 11 lid 2 en artikel 12 lid 2 van de AVG",
        article_en="Articles 11(2) and 12(2) of the GDPR",
        nl="Wij kunnen niet vaststellen welke gegevens van u zijn.",
        en="We cannot establish which data are yours.",
    ),
    Ground(
        code="rights_of_others",
        article_nl="artikel 15 lid 4 van de AVG",
        article_en="Article 15(4) of the GDPR",
        nl="Als wij dit geven, schaden wij de rechten van anderen.",
        en="Giving this would harm the rights of others.",
    ),
    Ground(
        code="important_interest",
        article_nl="artikel 23 van de AVG en artikel 41 van de Uitvoeringswet AVG",
        article_en="Article 23 of the GDPR and Article 41 of the Dutch GDPR Implementation Act",
        nl="Een belang dat de wet noemt, weegt in dit geval zwaarder.",
        en="An interest that the law names weighs more in this case.",
    ),
)

REFUSALS: MappingProxyType[str, Ground] = MappingProxyType({g.code: g for g in _ALL})
