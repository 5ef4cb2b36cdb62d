"""What every letter holds, and what every answer that one may disagree with holds."""

from __future__ import annotations

ALWAYS = ("AVG-7F3K-9QX2", "010 000 00 56", "privacy@kralingen.voorbeeld.example")
_BOTH = ("Autoriteit Persoonsgegevens", "SKGE", "Rechtbank Rotterdam", "fg@voorbeeld.example")
COMPLAINTS = {
    "nl": (
        *_BOTH,
        "artikel 77",
        "binnen zes weken",
        "vrijdag 8 januari 2027",
        "klachtenfunctionaris",
        "artikel 35",
        "artikel 36",
    ),
    "en": (
        *_BOTH,
        "Article 77",
        "within six weeks",
        "Friday 8 January 2027",
        "complaints officer",
        "Article 35",
        "Article 36",
    ),
}
