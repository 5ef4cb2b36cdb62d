"""Names and streets that the made-up patients draw from: Rotterdam in small."""

from __future__ import annotations

FEMALE = (
    "Anna", "Noor", "Fatima", "Zoë", "Aylin", "Soraya", "Maria", "Chantal", "Ingrid", "Naima",
    "Emine", "Ewa", "Mei", "Tamara", "Loes", "Hafsa", "Joke", "Wilhelmina", "Şeyma", "Renée",
    "Dilnoza", "Aminata", "Priya", "Sharmila", "Katarzyna", "Oksana", "Trijntje", "Bo", "Esmée",
    "Rachida",
)  # fmt: skip
MALE = (
    "Jan", "Mohamed", "Sem", "Daan", "Mehmet", "Ryan", "Pieter", "Ömer", "Joost", "Rachid",
    "Winston", "Łukasz", "Wei", "Hamza", "Cor", "Jesús", "Tjeerd", "Bilal", "André", "Piotr",
    "Kwame", "Anil", "Radjesh", "Yusuf", "Frits", "Björn", "Dmytro", "Gijs", "Tarik", "Édson",
)  # fmt: skip
OTHER = ("Robin", "Sam", "Charlie", "Noa", "Sasha")
FAMILY = (
    "de Jong", "van den Berg", "Jansen", "Bakker", "Visser", "El Amrani", "Yılmaz", "Kaya",
    "Benali", "Ramdin", "Pinas", "Tavares", "Kowalska", "Nowak", "Chen", "Çelik", "Özdemir",
    "van der Meer", "'t Hart", "in 't Veld", "Hofman-de Boer", "Oosterhuis", "Achterberg",
    "Boukhari", "Mensah", "Baldewsingh", "Kartosen", "Delgado", "Verhoeven", "Ouwehand",
    "Zijlstra", "Rodrigues", "Aydın", "Haddad", "Kovalenko", "Wijngaarden", "Quist", "Dijkgraaf",
    "Noordhoek", "van Wageningen",
)  # fmt: skip
STREETS = (
    "Proefstraat", "Voorbeeldlaan", "Verzonnenweg", "Testkade", "Denkbeeldplein", "Fictiesingel",
    "Schijnhaven", "Bedachtlaan",
)  # fmt: skip
STAFF = (
    ("Merel Assink", "assistente"),
    ("Anil Biharie", "assistent"),
    ("Joyce de Lange", "assistente"),
    ("Lotte Verhoef", "huisarts"),
    ("Karim Bensaid", "huisarts"),
)
