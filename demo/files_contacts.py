"""What people come to a demo practice for: a table of visits in the words of a Dutch practice."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Visit:
    """One reason to come: ICPC-1-NL code with its title, the four SOEP lines, what followed.

    `drug` is (ATC code, name, use); `measured` is (LOINC code, title, low, high, unit). `{other}`
    in a line is replaced with the name of somebody else.
    """

    icpc: str
    title: str
    soep: tuple[str, str, str, str]
    drug: tuple[str, str, str] | None = None
    measured: tuple[str, str, float, float, str] | None = None


VISITS = (
    Visit(
        "K86",
        "Essentiële hypertensie zonder orgaanbeschadiging",
        (
            "Komt voor controle bloeddruk. Geen hoofdpijn, neemt de tabletten trouw in.",
            "RR links zittend, regulaire pols. Gewicht stabiel.",
            "Hypertensie, redelijk ingesteld.",
            "Medicatie ongewijzigd. Nierfunctie over drie maanden, controle bij de POH.",
        ),
        ("C09AA02", "enalapril 10 mg tablet", "1 maal per dag 1 tablet"),
        ("8480-6", "Systolische bloeddruk", 118, 168, "mm[Hg]"),
    ),
    Visit(
        "T90.02",
        "Diabetes mellitus type 2",
        (
            "Jaarcontrole suiker. Beweegt meer, eet nog laat op de avond.",
            "Voeten gaaf, monofilament goed. BMI licht gedaald.",
            "DM2, HbA1c iets boven streefwaarde.",
            "Leefstijl besproken, verwijzing diëtist, lab over drie maanden.",
        ),
        ("A10BA02", "metformine 500 mg tablet", "2 maal per dag 1 tablet bij de maaltijd"),
        ("59261-8", "HbA1c (IFCC)", 42, 68, "mmol/mol"),
    ),
    Visit(
        "R05",
        "Hoesten",
        (
            "Sinds drie weken hoesten, vooral 's nachts. Geen koorts.",
            "Pulmonaal vesiculair ademgeruis, geen crepitaties.",
            "Postvirale hoest.",
            "Uitleg over het beloop, terug bij koorts of kortademigheid.",
        ),
        None,
        ("8310-5", "Lichaamstemperatuur", 36.2, 38.1, "Cel"),
    ),
    Visit(
        "L03",
        "Lage-rugpijn zonder uitstraling",
        (
            "Door de rug gegaan bij tillen. Partner {other} helpt nu in huis.",
            "Bewegen beperkt, Lasègue negatief, kracht en gevoel intact.",
            "Aspecifieke lage-rugpijn.",
            "In beweging blijven, pijnstilling volgens schema, zo nodig fysiotherapie.",
        ),
        ("N02BE01", "paracetamol 500 mg tablet", "zo nodig 4 maal per dag 2 tabletten"),
        None,
    ),
    Visit(
        "P06",
        "Slaapstoornis",
        (
            "Slaapt slecht sinds de zorgen om {other}. Piekert, werk kost moeite.",
            "Vermoeide indruk, adequaat contact, geen sombere stemming.",
            "Slaapproblemen bij spanningen thuis.",
            "Slaapadviezen, gesprek met de POH-GGZ aangeboden.",
        ),
        None,
        None,
    ),
    Visit(
        "U71",
        "Cystitis/urineweginfectie",
        (
            "Branderig plassen sinds gisteren, vaker kleine beetjes.",
            "Urine: nitriet positief, leukocyten positief.",
            "Ongecompliceerde blaasontsteking.",
            "Kuur, veel drinken, terug bij koorts of flankpijn.",
        ),
        ("J01XE01", "nitrofurantoïne 100 mg capsule mga", "2 maal per dag 1 capsule, vijf dagen"),
        None,
    ),
    Visit(
        "S87",
        "Constitutioneel eczeem",
        (
            "Jeuk in de elleboogplooien, erger in de winter.",
            "Beiderzijds lichenificatie, geen tekenen van infectie.",
            "Eczeem.",
            "Vette zalf tweemaal per dag, hormoonzalf klasse 2 in afbouwschema.",
        ),
        ("D07AB02", "hydrocortisonbutyraat 1 mg/g zalf", "1 maal per dag dun aanbrengen"),
        None,
    ),
    Visit(
        "R96",
        "Astma",
        (
            "Benauwd bij inspanning, gebruikt de inhalator drie keer per week.",
            "Verlengd expirium, saturatie goed.",
            "Astma, gedeeltelijk onder controle.",
            "Inhalatietechniek geoefend, onderhoudsmedicatie gestart, controle over zes weken.",
        ),
        ("R03BA02", "budesonide 200 microgram inhalatiepoeder", "2 maal per dag 1 inhalatie"),
        ("59408-5", "Zuurstofsaturatie", 94, 99, "%"),
    ),
    Visit(
        "A04",
        "Moeheid/zwakte",
        (
            "Al maanden moe. {other} vindt dat er bloed geprikt moet worden.",
            "Geen bijzonderheden bij lichamelijk onderzoek.",
            "Moeheid, nog zonder verklaring.",
            "Lab: Hb, TSH, glucose en nierfunctie. Uitslag telefonisch.",
        ),
        None,
        ("718-7", "Hemoglobine", 7.6, 9.9, "mmol/L"),
    ),
    Visit(
        "Z05",
        "Probleem met werksituatie",
        (
            "Conflict op het werk, ziet er tegenop om te gaan.",
            "Gespannen, huilt tijdens het gesprek.",
            "Werkgerelateerde spanningsklachten.",
            "Contact met de bedrijfsarts geadviseerd, over twee weken terug.",
        ),
        None,
        None,
    ),
)

ALLERGIES = (
    ("372687004", "amoxicilline", "Huiduitslag na enkele dagen kuur."),
    ("735029006", "pinda", "Zwelling van lippen en tong, draagt een adrenalinepen."),
    ("387207008", "ibuprofen", "Benauwdheid na inname."),
)
