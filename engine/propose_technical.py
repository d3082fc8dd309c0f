"""Columns that say nothing of a person: kept, with the reason beside the words. Short on purpose; anything else is not kept."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.profiling.naming import contains, own_words, tokens
from engine.profiling.taxonomy import DATES, NUMBERS, TEXTS


@dataclass(frozen=True, slots=True)
class Technical:
    reason: str
    kinds: frozenset[Kind]
    patterns: tuple[str, ...]
    people_too: bool = True
    """Also in a table of people; otherwise only where the table is not one."""


def _patterns(text: str) -> tuple[str, ...]:
    return tuple(" ".join(part.split()) for part in text.split(",") if part.strip())


TECHNICAL = (
    Technical("set by the application when it writes the row", DATES, _patterns("""
        =last update, =last updated, =updated, =updated at, =updated on, =update date, =update time, =date updated, =modified,
        =modified at, =modified on, =modified date, =date modified, =last modified, =last modified date, =changed at, =changed on,
        =change date, =created, =created at, =created on, =create date, =create time, =creation date, =creation time,
        =date created, =date added, =inserted at, =insert date, =deleted at, =row created, =row updated, =loaded at, =synced at,
        =sysdate, =geaendert am, =erstellt am, =angelegt am, =cree le, =modifie le, =creado en, =actualizado en, =aangemaakt op,
        =criado em, =atualizado em, =creato il, =modificato il""")),
    Technical("a version of the row", NUMBERS | frozenset({Kind.BINARY}), _patterns("""
        =row version, =rowversion, =version, =version number, =revision, =revision number, =lock version, =optlock, =etag,
        =xmin""")),
    Technical("a switch of the application", frozenset({Kind.BOOLEAN, Kind.INTEGER}), _patterns("""
        =active, =is active, =activebool, =enabled, =is enabled, =disabled, =deleted, =is deleted, =archived, =is archived,
        =discontinued, =visible, =is visible, =hidden, =published, =is published, =default, =is default, =locked, =is locked,
        =aktiv, =ist aktiv, =geloescht, =actif, =activo, =attivo, =actief, =ativo, =make flag, =finished goods flag,
        =online order flag""")),
    Technical("an order for display", NUMBERS, _patterns("""
        =sort order, =sortorder, =sort, =display order, =ordering, =ordinal, =position, =rank order, =sequence, =sequence number,
        =seq, =seq no, =line number, =line no, =line, =reihenfolge, =sortierung, =ordre,
        =orden, =ordine, =volgorde, =ordem"""), people_too=False),
    Technical("the place of a line in its document", NUMBERS, _patterns("=line item id, =line item no, =item no, =pos"),
        people_too=False),
    Technical("a count of things", NUMBERS, _patterns("""
        =quantity, =qty, =order qty, =order quantity, =units, =units in stock, =units on order, =reorder level, =stock, =in stock,
        =menge, =anzahl, =quantite, =cantidad, =quantita, =hoeveelheid, =aantal, =quantidade, =track count, =page count"""),
        people_too=False),
    Technical("a price of things", NUMBERS, _patterns("""
        =unit price, =unitprice, =list price, =price, =standard cost, =unit price discount, =discount, =discount pct, =tax rate,
        =vat rate, =rental rate, =rental duration, =replacement cost, =preis, =stueckpreis, =rabatt, =prix, =prix unitaire,
        =precio, =prezzo, =prijs, =preco"""), people_too=False),
    Technical("a size of a file", NUMBERS, _patterns("=bytes, =milliseconds, =file size, =filesize, =size bytes, =duration ms"),
        people_too=False),
    Technical("a currency", TEXTS, _patterns("""
        =currency, =currency code, =currencycode, =iso currency, =waehrung, =devise, =moneda, =valuta, =moeda""")),
    Technical("a unit of measure or a file type", TEXTS, _patterns("""
        mime type, mimetype, charset, =unit of measure, =uom, =unit measure code, =content type, =file extension,
        =encoding"""),
        people_too=False),
)  # fmt: skip


def technical(table: TableName, column: Column, people: bool) -> str | None:
    """Why the column may be kept, in words; None where it is not clearly technical."""
    words = (own_words(table.name, column.name), tokens(column.name))
    for entry in TECHNICAL:
        if column.kind in entry.kinds and (entry.people_too or not people) and _fits(words, entry.patterns):
            return entry.reason
    return None


def _fits(words: tuple[tuple[str, ...], ...], patterns: tuple[str, ...]) -> bool:
    for pattern in patterns:
        wanted = tokens(pattern)
        if wanted in words if pattern.startswith("=") else any(contains(own, wanted) for own in words):
            return True
    return False
