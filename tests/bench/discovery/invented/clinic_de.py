"""A German clinic."""

from __future__ import annotations

from tests.bench.discovery.invented.make import (
    Invented,
    Made,
    choice,
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

VORNAME = words(
    "Heike|Jörg|Anneliese|Torsten|Uwe|Silke|Ayşe|Mehmet|Katja|Volker|Gisela|Dieter|Birgit|Lutz|Swantje|Björn|Sabine|Ilse|"
    "Karl-Heinz|Renate|Wolfgang|Ute|Malte|Friederike|Emre|Dragan|Jelena|Kerstin|Holger|Frauke"
)
NACHNAME = words(
    "Müller|Schröder|Yılmaz|Kowalczyk|Böhm|Hartmann|Vogt|Krüger|Petrović|Lindner|Seidel|Brandt|Jäger|Pohl|Arslan|Neumann|"
    "Zimmermann|Haas|Schäfer|Wolff|Beck|Fuchs|Dietrich|Ziegler|Kühn|Thomas|Engel|Sommer|Winkler|Baumann"
)
ORT = words(
    "Göttingen|Castrop-Rauxel|Halle (Saale)|Kaiserslautern|Rostock|Ulm|Bamberg|Wuppertal|Flensburg|Cottbus|Trier|Celle|Siegen|"
    "Passau|Erfurt|Gießen|Moers|Lüneburg|Zwickau|Aalen"
)
STRASSE = words(
    "Lindenallee|Am Bahndamm|Goethestraße|Hauptstr.|Kirchweg|Mühlenweg|Schillerplatz|Gartenstraße|An der Aue|Bergstr.|Rosenweg|"
    "Schulgasse|Dorfstraße|Alter Markt|Ringstraße"
)
DIAGNOSE = words(
    "Akute Bronchitis|Essentielle Hypertonie|Diabetes mellitus Typ 2|Fraktur des Handgelenks|Migräne ohne Aura|Gastroenteritis|"
    "Vorhofflimmern|Appendizitis|Pneumonie|Depressive Episode|Kniegelenksarthrose|Asthma bronchiale"
)

TABLES = (
    Invented("stationen", 9, (
        Made("station_id", None, serial(1), "INTEGER"),
        Made("bezeichnung", None,
             words("Innere I|Innere II|Chirurgie|Unfallchirurgie|Pädiatrie|Neurologie|Urologie|Gynäkologie|Intensiv")),
        Made("betten", None, number(8, 40), "INTEGER"),
    ), "station_id"),
    Invented("aerzte", 25, (
        Made("arzt_nr", "person_id", serial(500), "INTEGER"),
        Made("name", "full_name", sentence("Dr. med. {v} {n}\nDr. {v} {n}\nPD Dr. {v} {n}", v=VORNAME, n=NACHNAME)),
        Made("fachgebiet", "job_title",
             words("Innere Medizin|Chirurgie|Neurologie|Anästhesie|Radiologie|Urologie|Kinderheilkunde")),
        Made("durchwahl", "phone", pattern("-4##"), doubtful="only the internal part of a telephone number"),
        Made("eingestellt_am", None, date(1995, 2024), "DATE", "when somebody was hired"),
    ), "arzt_nr"),
    Invented("patienten", 220, (
        Made("pat_nr", "person_id", serial(100231, 7), "INTEGER"),
        Made("anrede", "title", words("Herr|Frau")),
        Made("vorname", "first_name", VORNAME),
        Made("nachname", "last_name", NACHNAME),
        Made("geburtsname", "last_name", sometimes(NACHNAME, 0.4)),
        Made("geb_datum", "birth_date", date(1930, 2020, "{d:02}.{m:02}.{y}")),
        Made("geschlecht", "gender", words("m|w|d")),
        Made("strasse", "street_address", STRASSE),
        Made("hausnr", "house_number", sentence("{n}\n{n}a\n{n} b", n=number(1, 180))),
        Made("plz", "postal_code", pattern("3####")),
        Made("ort", "city", ORT),
        Made("telefon", "phone",
             sentence("0{a} {b}\n0{a}/{b}\n+49 {a} {b}", a=number(201, 9999), b=number(10000, 9999999))),
        Made("krankenkasse", "organization",
             words("AOK Niedersachsen|Techniker Krankenkasse|Barmer|DAK-Gesundheit|IKK classic|Debeka")),
        Made("versichertennr", "health_insurance_id", pattern("@#########")),
        Made("familienstand", "marital_status", words("ledig|verheiratet|geschieden|verwitwet")),
        Made("konfession", "religion", sometimes(words("ev.|rk|ohne|muslimisch|orthodox"), 0.8)),
        Made("blutgruppe", "medical", words("A+|A-|0+|0-|B+|AB+")),
        Made("angelegt_am", None, moment(2019, 2025)),
    ), "pat_nr"),
    Invented("aufenthalte", 400, (
        Made("fall_id", None, serial(900001), "INTEGER", "a number given to one patient's care"),
        Made("pat_nr", "person_id", lambda rng, _row: 100231 + 7 * rng.randrange(220), "INTEGER"),
        Made("arzt_nr", "person_id", lambda rng, _row: 500 + rng.randrange(25), "INTEGER"),
        Made("station_id", None, number(1, 9), "INTEGER"),
        Made("aufnahme", None, date(2021, 2025), "DATE"),
        Made("entlassung", None, sometimes(date(2021, 2025), 0.9), "DATE"),
        Made("hauptdiagnose", "medical_code", pattern("@##.#")),
        Made("diagnose_text", "medical", DIAGNOSE),
        Made("bemerkung", "free_text", sometimes(sentence(
            "Pat. {v} {n} klagt über Beschwerden, Angehörige unter 0551 {t} informiert.\n"
            "Verlegung nach Rücksprache mit Frau {n}, {o}.\n"
            "Entlassung in Begleitung des Sohnes {v} {n}.", v=VORNAME, n=NACHNAME, o=ORT, t=number(10000, 99999)), 0.6)),
    ), "fall_id", (("pat_nr", "patienten", "pat_nr"), ("arzt_nr", "aerzte", "arzt_nr"), ("station_id", "stationen", "station_id"))),
    Invented("arzneimittel", 60, (
        Made("pzn", None, pattern("0#######")),
        Made("bezeichnung", None, sentence("{w} {n} mg Filmtabletten\n{w} {n} mg Kapseln", n=choice(5, 10, 50, 100),
             w=words("Ramipril|Metoprolol|Ibuprofen|Pantoprazol|Simvastatin|Metformin|Torasemid"))),
        Made("hersteller", None,
             words("ratiopharm|Hexal|Stada|1A Pharma|Bayer|Aristo"), doubtful="companies as a fact of a product"),
        Made("preis", None, decimal(2, 180), "REAL"),
        Made("lagerbestand", None, number(0, 400), "INTEGER"),
    ), "pzn"),
)  # fmt: skip
