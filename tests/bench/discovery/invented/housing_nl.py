"""A Dutch housing association."""

from __future__ import annotations

from tests.bench.discovery.invented.make import (
    Invented,
    Made,
    checked,
    date,
    decimal,
    moment,
    number,
    pattern,
    sentence,
    serial,
    sometimes,
    words,
)  # fmt: skip

VOORNAAM = words(
    "Daan|Fenna|Sjoerd|Lieke|Mohammed|Femke|Joost|Hatice|Maarten|Roos|Gijs|Saskia|Thijs|Wilma|Ruben|Ingrid|Bas|Noor"
)
ACHTERNAAM = words(
    "Bakker|Visser|Hoekstra|El Idrissi|Meijer|Dijkstra|Smit|Postma|Kuiper|Yildiz|Vermeulen|Brouwer|Zijlstra|Koster"
)
PLAATS = words("Zwolle|Leeuwarden|Hengelo|Apeldoorn|Den Helder|Tilburg|Roermond|Gouda|Assen|Hoorn|Venlo|Amersfoort")


def _bsn(body: str) -> str:
    """The next number of nine digits that passes the test of eleven."""
    start = int(body)
    while True:
        digits = [int(sign) for sign in f"{start:09}"]
        if (sum(digit * (9 - place) for place, digit in enumerate(digits[:8])) - digits[8]) % 11 == 0:
            return f"{start:09}"
        start += 1


TABLES = (
    Invented("huurders", 200, (
        Made("huurder_id", "person_id", serial(1), "INTEGER"),
        Made("voorletters", "first_name", words("A.|J.P.|M.|S.K.|R.|D.J.|H."), doubtful="only the initials"),
        Made("roepnaam", "first_name", VOORNAAM),
        Made("tussenvoegsel", "last_name",
             sometimes(words("van|de|van der|ten"), 0.3), doubtful="a particle of the last name"),
        Made("achternaam", "last_name", ACHTERNAAM),
        Made("geboortedatum", "birth_date", date(1935, 2004, "{d:02}-{m:02}-{y}")),
        Made("bsn", "national_id", checked(number(100_000_000, 299_999_999), _bsn)),
        Made("telefoonnummer", "phone", sentence("06-{n}\n06 {n}\n+316{n}", n=number(10_000_000, 59_999_999))),
        Made("emailadres", "email",
             sentence("{a}{n}@post.example", a=words("daan|fenna.h|s.dijkstra|lieke|moh"), n=serial(1))),
        Made("rekeningnummer", "iban",
             sentence("NL91ABNA0417164300\nNL20INGB0001234567\nNL39RABO0300065264"), doubtful="three numbers only"),
        Made("bruto_jaarinkomen", "salary", number(14000, 52000), "INTEGER"),
        Made("burgerlijke_staat", "marital_status", words("gehuwd|ongehuwd|gescheiden|weduwe")),
        Made("ingangsdatum", None, date(2000, 2025)),
    ), "huurder_id"),
    Invented("woningen", 180, (
        Made("woning_id", None, serial(1), "INTEGER", "key of a place where people live"),
        Made("straatnaam", "street_address",
             words("Kerkstraat|Molenweg|Dorpsstraat|Beukenlaan|Stationsplein|Wilhelminastraat")),
        Made("huisnummer", "house_number", number(1, 220), "INTEGER"),
        Made("postcode", "postal_code", pattern("8### @@")),
        Made("woonplaats", "city", PLAATS),
        Made("kamers", None, number(1, 6), "INTEGER"),
        Made("kale_huur", None, decimal(380, 900), "REAL"),
        Made("energielabel", None, words("A|B|C|D|E|F|G")),
        Made("bouwjaar", None, number(1920, 2024), "INTEGER"),
    ), "woning_id"),
    Invented("contracten", 200, (
        Made("contract_nr", None, pattern("C-2#####")),
        Made("huurder_id", "person_id", number(1, 200), "INTEGER"),
        Made("woning_id", None, number(1, 180), "INTEGER", "key of a place where people live"),
        Made("begindatum", None, date(2005, 2025)),
        Made("borg", None, decimal(300, 1200), "REAL"),
    ), None, (("huurder_id", "huurders", "huurder_id"), ("woning_id", "woningen", "woning_id"))),
    Invented("reparaties", 250, (
        Made("melding_id", None, serial(1), "INTEGER"),
        Made("woning_id", None, number(1, 180), "INTEGER", "key of a place where people live"),
        Made("gemeld_op", None, moment(2023, 2025)),
        Made("categorie", None, words("lekkage|verwarming|elektra|ramen|lift")),
        Made("monteur", "full_name", sentence("{a} {b}", a=VOORNAAM, b=ACHTERNAAM)),
        Made("omschrijving", "free_text", sentence(
            "Mevrouw {b} belt: kraan lekt, graag bellen op 06-{n} voor afspraak.\n"
            "Bewoner {a} {b} is overdag niet thuis, sleutel bij buurman {b}.",
            a=VOORNAAM, b=ACHTERNAAM, n=number(10_000_000, 59_999_999))),
        Made("kosten", None, decimal(20, 900), "REAL"),
    )),
)  # fmt: skip
