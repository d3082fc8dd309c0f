"""A large PostgreSQL database to be discovered: 300 tables, some of a million rows, 5,000 columns of seven languages, 40 of prose.

Everything in it is made up here; the server itself makes the values, so that it is built in minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import psycopg
from numpy.random import Generator

from connectors.pg_sql import literal
from connectors.pg_types import quote
from engine.demo import words

TABLES, COLUMNS, PROSE = 300, 5_000, 40
SIZES = (200, 1_000, 3_000, 20_000)
HUGE, NARROW = 1_000_000, 8
MODULES = (
    "crm hr billing sales stock care audit web portal lager vertrieb personal kunden clients ventes paie rh pedidos ventas almacen"
    " clienti ordini magazzino klanten verkoop voorraad vendas estoque legacy app"
).split()
NOUNS = (
    "customer account contact employee order order_line invoice payment address product supplier visit ticket message session device"
    " kunde bestellung rechnung mitarbeiter adresse lieferant client commande facture adresse_client cliente pedido factura empleado"
    " fornitore ordine fattura indirizzo klant bestelling factuur medewerker pessoa fatura endereco funcionario patient claim policy"
).split()
TOWNS = (
    "Berlin Lyon Sevilla Torino Utrecht Porto Leeds Boston Köln Nantes Málaga Bologna Breda Coimbra York Denver".split()
)
STREETS = (
    "Hauptstraße",
    "rue de la Gare",
    "Calle Mayor",
    "Via Roma",
    "Kerkstraat",
    "Rua do Sol",
    "Church Lane",
    "Oak Street",
)
COMPANIES = (
    "Nordwind GmbH",
    "Atelier Dupré SARL",
    "Talleres Ríos SL",
    "Rossi & Figli Srl",
    "Van Dam BV",
    "Acme Inc.",
    "Silva Lda",
)
ITEMS = "bolt lamp chair table cable screw paper pen box door window lock shelf pipe valve brush glue rope tile panel".split()
STATES = "new open paid closed sent void offen bezahlt fermé abierto chiuso betaald pago".split()
SENTENCES = (
    "{first} {last} called on Monday about the delivery to {town} and asked us to ring back after lunch.",
    "Herr {last} aus {town} hat die Rechnung erhalten, möchte aber noch einmal mit der Buchhaltung sprechen.",
    "Le client {first} {last} habite maintenant à {town}, il faut changer son adresse avant la prochaine livraison.",
    "The order was packed twice because the first box was damaged; nobody noticed until it came back.",
    "La señora {last} pregunta por su pedido y dice que vive en {town} desde hace dos años.",
    "Il signor {first} {last} ha chiesto una copia della fattura e ha lasciato il numero di telefono.",
    "Customer prefers e-mail; please do not phone before nine, and never on Fridays.",
)


@dataclass(frozen=True)
class Kind:
    """A sort of column: how people call it, its type, and SQL of its values over the number `n` and a seed."""

    names: str
    type: str
    value: Callable[[int], str]


def pick(values: tuple[str, ...] | list[str], seed: int, step: int = 0) -> str:
    """SQL of one of these texts, a different one for most numbers."""
    listed = ", ".join(literal(value) for value in values)
    return f"(ARRAY[{listed}])[1 + (hashint8(n * 31 + {seed + step}) & 2147483647) % {len(values)}]"


def number(seed: int, most: int) -> str:
    return f"((hashint8(n * 17 + {seed}) & 2147483647) % {most})"


FIRST, LAST = [*words.FEMALE[::3], *words.MALE[::3]], list(words.LAST[::3])
KINDS = (
    Kind("first_name vorname prenom nombre nome voornaam given_name fname", "varchar(40)", lambda s: pick(FIRST, s)),
    Kind("last_name nachname nom apellido cognome achternaam sobrenome surname", "varchar(60)", lambda s: pick(LAST, s)),
    Kind("full_name name kundenname nom_complet nombre_completo nominativo naam nome_completo", "text",
         lambda s: f"{pick(FIRST, s)} || ' ' || {pick(LAST, s, 5)}"),
    Kind("email e_mail mail courriel correo posta_elettronica emailadres", "varchar(120)",
         lambda s: f"lower({pick(LAST, s)}) || n || '@' || {pick(list(words.MAIL), s, 3)}"),
    Kind("phone telefon telephone telefono telefoon telefone mobile handy", "varchar(30)",
         lambda s: f"'+49 30 ' || (1000000 + {number(s, 8999999)})"),
    Kind("street strasse rue calle via straat rua address_line1", "varchar(120)",
         lambda s: f"{pick(STREETS, s)} || ' ' || {number(s, 190)}"),
    Kind("city ort ville ciudad citta plaats cidade town", "varchar(60)", lambda s: pick(TOWNS, s)),
    Kind("postal_code plz code_postal codigo_postal cap postcode cep zip", "varchar(12)",
         lambda s: f"lpad({number(s, 99999)}::text, 5, '0')"),
    Kind("birth_date geburtsdatum date_naissance fecha_nacimiento data_nascita geboortedatum dob", "date",
         lambda s: f"date '1940-01-01' + {number(s, 24000)}"),
    Kind("gender geschlecht sexe sexo sesso geslacht", "char(1)", lambda s: pick(["M", "F"], s)),
    Kind("iban konto_iban bank_iban", "varchar(34)",
         lambda s: f"'DE' || lpad({number(s, 99)}::text, 2, '0') || lpad({number(s, 2**31)}::text, 18, '0')"),
    Kind("ip_address ip client_ip remote_addr", "inet",
         lambda s: f"('10.' || {number(s, 250)} || '.' || n % 250 || '.7')::inet"),
    Kind("salary gehalt salaire salario stipendio salaris", "numeric(10,2)", lambda s: f"20000 + {number(s, 80000)}"),
    Kind("company firma societe empresa azienda bedrijf organisation", "varchar(80)", lambda s: pick(COMPANIES, s)),
    Kind("amount betrag montant importe importo bedrag valor total", "numeric(12,2)", lambda s: f"{number(s, 900000)} / 100.0"),
    Kind("quantity menge quantite cantidad quantita aantal quantidade", "integer", lambda s: number(s, 40)),
    Kind("created_at angelegt_am cree_le creado_en creato_il aangemaakt_op updated_at", "timestamp",
         lambda s: f"timestamp '2019-01-01' + {number(s, 200000000)} * interval '1 second'"),
    Kind("order_date datum date_commande fecha data_ordine besteldatum data_pedido", "date",
         lambda s: f"date '2015-01-01' + {number(s, 3600)}"),
    Kind("status zustand statut estado stato toestand", "varchar(20)", lambda s: pick(STATES, s)),
    Kind("product_name artikel produit producto prodotto artikelnaam produto item", "varchar(60)",
         lambda s: f"{pick(ITEMS, s)} || ' ' || {number(s, 400)}"),
    Kind("sku article_no artikelnummer reference codigo codice artikelcode", "varchar(20)",
         lambda s: f"upper(substr(md5((n + {s})::text), 1, 8))"),
    Kind("active aktiv actif activo attivo actief ativo is_deleted", "boolean", lambda s: f"{number(s, 2)} = 1"),
    Kind("session_id token api_ref external_ref correlation_id", "uuid", lambda s: f"md5((n * 7 + {s})::text)::uuid"),
    Kind("weight gewicht poids peso height rating score discount tax_rate", "double precision",
         lambda s: f"{number(s, 10000)} / 100.0"),
    Kind("payload settings attributes meta extra", "jsonb",
         lambda s: f"jsonb_build_object('name', {pick(FIRST, s)}, 'town', {pick(TOWNS, s)}, 'tags', jsonb_build_array('x'))"),
    Kind("country land pays pais paese country_code", "char(2)", lambda s: pick(["DE", "FR", "ES", "IT", "NL", "PT", "GB", "US"], s)),
    Kind("url homepage website link", "varchar(200)", lambda s: f"'https://www.example.org/p/' || {number(s, 100000)}"),
    Kind("position line_no sort_order seq version", "smallint", lambda s: number(s, 90)),
    Kind("old_value reserve1 flag3 filler unused", "varchar(10)", lambda s: "null"),
)  # fmt: skip
TEXTS = "notes bemerkung commentaire observaciones note opmerking observacao description body message".split()


def prose(seed: int) -> str:
    """SQL of two or three sentences, some with people and places in them."""
    parts = []
    for place in range(2):
        text = pick(list(SENTENCES), seed, 11 * place)
        for word, values in (("first", FIRST), ("last", LAST), ("town", TOWNS)):
            text = f"replace({text}, '{{{word}}}', {pick(values, seed, 7 * place + len(word))})"
        parts.append(text)
    return " || ' ' || ".join(parts) + " || ' (' || n || ')'"


def statements(tables: int = TABLES, columns: int = COLUMNS, texts: int = PROSE, huge: int = HUGE) -> Iterator[str]:
    """CREATE and INSERT of every table; each refers to one before it."""
    rng = np.random.default_rng(5)
    names: list[str] = []
    large = [place % (tables // 5) == 3 for place in range(tables)]
    common, before = tables - sum(large), 0
    for place in range(tables):
        name = f"{MODULES[place % len(MODULES)]}_{NOUNS[place * 7 % len(NOUNS)]}"
        names.append(name if name not in names else f"{name}_{place}")
        if large[place]:
            yield from _table(rng, names, NARROW, huge)
            continue
        shared = columns - NARROW * sum(large)
        width = shared * (before + 1) // common - shared * before // common
        rows = SIZES[(place * place + place) % len(SIZES) if place % 10 == 0 else place % 3]
        texted = (before + 1) * texts // common != before * texts // common
        yield from _table(rng, names, width, rows, texted)
        before += 1
    yield "ANALYZE"


def _table(rng: Generator, names: list[str], width: int, rows: int, texted: bool = False) -> Iterator[str]:
    name, parts, values = names[-1], ["id bigint PRIMARY KEY"], ["n"]
    if len(names) > 3:
        parent = names[int(rng.integers(0, len(names) - 1))]
        parts.append(f"{quote(parent + '_id')} bigint")
        values.append(f"1 + {number(len(names), 200)}")
    if texted:
        parts.append(f"{quote(TEXTS[len(names) % len(TEXTS)])} text")
        values.append(prose(len(names)))
    for place in rng.permutation(len(KINDS))[: width - len(parts)]:
        kind = KINDS[place]
        called = kind.names.split()
        parts.append(f"{quote(called[int(rng.integers(0, len(called)))])} {kind.type}")
        values.append(kind.value(len(names) * 101 + int(place)))
    yield f"CREATE TABLE {quote(name)} ({', '.join(parts)})"
    yield f"INSERT INTO {quote(name)} SELECT {', '.join(values)} FROM generate_series(1, {rows}) n"


def build(url: str, **sizes: int) -> None:
    """Fill an empty database."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements(**sizes):
            connection.execute(statement.encode())
