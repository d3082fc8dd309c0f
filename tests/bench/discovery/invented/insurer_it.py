"""An Italian insurer."""

from __future__ import annotations

from tests.bench.discovery.invented.make import (
    Invented,
    Made,
    date,
    decimal,
    number,
    pattern,
    sentence,
    serial,
    sometimes,
    words,
)

NOME = words(
    "Matteo|Ginevra|Salvatore|Concetta|Alessio|Martina|Gennaro|Federica|Pasquale|Elisabetta|Rocco|Beatrice|Ahmed|Luigi"
)
COGNOME = words(
    "Rossi|Bianchi|Esposito|Colombo|Greco|Marino|D'Angelo|Lo Presti|Ferrara|Gatti|Caruso|Pellegrini|De Luca|Moretti"
)
COMUNE = words("Bergamo|Lecce|Pescara|Ancona|Udine|Catanzaro|Sassari|Rimini|Vicenza|Potenza|Trapani|Cuneo")

TABLES = (
    Invented("assicurati", 210, (
        Made("id_assicurato", "person_id", serial(3001), "INTEGER"),
        Made("nome", "first_name", NOME),
        Made("cognome", "last_name", COGNOME),
        Made("codice_fiscale", "tax_id", pattern("@@@@@@##@##@###@")),
        Made("data_nascita", "birth_date", date(1940, 2005)),
        Made("luogo_nascita", "place_of_birth", COMUNE),
        Made("sesso", "gender", words("M|F")),
        Made("indirizzo", "street_address",
             sentence("Via {a} {n}\nPiazza {a} {n}/B\nCorso {a}, {n}", a=words("Mazzini|Dante|Roma|Verdi"), n=number(1, 99))),
        Made("cap", "postal_code", pattern("#0###")),
        Made("comune", "city", COMUNE),
        Made("provincia", "county",
             words("BG|LE|PE|AN|UD|CZ|SS|RN"), doubtful="codes of provinces: between state and county"),
        Made("cellulare", "phone", sentence("3{a} {b}\n+39 3{a}{b}", a=number(20, 99), b=number(1_000_000, 9_999_999))),
        Made("patente", "driver_license", pattern("@@#######@")),
        Made("stato_civile", "marital_status", words("coniugato|celibe|nubile|vedovo|divorziata")),
        Made("professione", "job_title", words("impiegato|insegnante|operaio|medico|pensionato|avvocato|artigiano")),
        Made("fumatore", "medical", words("S|N"), doubtful="a habit"),
    ), "id_assicurato"),
    Invented("polizze", 260, (
        Made("num_polizza", None, pattern("POL/####/######"), doubtful="the number of one person's contract"),
        Made("id_assicurato", "person_id", number(3001, 3210), "INTEGER"),
        Made("ramo", None, words("auto|casa|vita|infortuni")),
        Made("premio_annuo", None, decimal(120, 2400), "REAL"),
        Made("targa", "licence_plate", sometimes(pattern("@@###@@"), 0.5)),
        Made("telaio", "vin",
             sometimes(pattern("ZFA@@@#########0"), 0.0), doubtful="no values at all: labelled by its name"),
        Made("decorrenza", None, date(2015, 2025)),
        Made("scadenza", None, date(2024, 2027)),
    ), None, (("id_assicurato", "assicurati", "id_assicurato"),)),
    Invented("sinistri", 180, (
        Made("num_sinistro", None, serial(1), "INTEGER"),
        Made("num_polizza", None, pattern("POL/####/######"), doubtful="the number of one person's contract"),
        Made("data_evento", None, date(2020, 2025)),
        Made("descrizione", "free_text", sentence(
            "Il sig. {b} dichiara di aver urtato il veicolo condotto da {a} {b} in via Roma a {c}.\n"
            "La signora {a} {b} ha riportato un trauma al polso, ricoverata a {c}.", a=NOME, b=COGNOME, c=COMUNE)),
        Made("perito", "full_name", sentence("{b} {a}", a=NOME, b=COGNOME)),
        Made("importo_liquidato", None, decimal(100, 20000), "REAL"),
        Made("stato_pratica", None, words("aperta|chiusa|in perizia|respinta")),
    )),
    Invented("officine", 30, (
        Made("codice", None, serial(1), "INTEGER"),
        Made("denominazione", "organization",
             sentence("Autofficina {b} snc\nCarrozzeria {b} & C. sas\nF.lli {b} srl", b=COGNOME)),
        Made("partita_iva", None, pattern("0##########"), doubtful="the number of a company, often of one person"),
        Made("localita", "city", COMUNE),
    )),
)  # fmt: skip
