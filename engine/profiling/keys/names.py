"""How well a column's name says which table it refers to: the words of seven languages that make a name a reference."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from connectors.names import TableName
from connectors.schema import Schema
from engine.propose_names import names_people, tokens

Words = tuple[str, ...]

_KEY_WORDS = frozenset("""
    id ids key code cod cd no nr num nbr number fk pk sk bk ref oid uuid guid uid rowid nummer schluessel kennung kuerzel numero cle
    identifiant codigo clave cve chiave codice sleutel chave kode identifier ident
""".split())  # fmt: skip
_JOINED_ENDS = ("uuid", "guid", "code", "nummer", "numero", "key", "ref", "num", "id", "no", "nr", "fk", "cd")
"""Of names without any mark between their words: `deptno`, `PATIENTID`."""
_TECHNICAL = frozenset(
    "tbl tb tab t table tabelle tabla tabella dim fact fct stg ref lkp lookup lu mst mstr master xref vw".split()
)
_VAGUE = frozenset("""
    name title type date email description status value label text note url path hash token order position sort level rank version
    language locale year month day hour active enabled flag
""".split())  # fmt: skip
"""Names that columns of many tables have in common, whatever they refer to."""
_SELF = frozenset("""
    parent manager mgr mngr supervisor boss superior super reports predecessor prev previous next successor root original origin reply
    replaced replaces superseded supersedes master ancestor chef vorgesetzter vorgaenger nachfolger eltern uebergeordnet parentid
    superieur responsable precedent suivant padre jefe anterior superiore capo precedente successivo vorige volgende leidinggevende
    pai chefe gerente proximo mother father mutter vater lead head
""".split())  # fmt: skip
_STAFF = frozenset("""
    by owner author creator editor modifier assignee assigned manager mgr supervisor rep representative approver reviewer reporter
    requester requestor operator cashier clerk salesperson salesrep seller buyer agent contact lead boss responsible handler user
    uploader sender recipient receiver from to moderator verwalter bearbeiter ersteller verantwortlicher betreuer zustaendig verkaeufer
    leiter chef auteur createur responsable vendeur gerant autor creador encargado vendedor gerente autore creatore responsabile
    venditore eigenaar verkoper beheerder criador
""".split())  # fmt: skip
_MEASURES = frozenset("""
    amount quantity qty price cost total count sum tax discount rate percent percentage score rating level rank position sort order
    sequence seq line version revision year month day week hour minute second duration age length width height depth weight size
    volume area latitude longitude lat lng lon balance salary wage budget limit min max avg mean threshold points stock units capacity
    delay distance speed temperature menge anzahl preis betrag summe rabatt jahr monat tag stunde dauer alter laenge breite hoehe
    gewicht groesse bestand reihenfolge quantite prix montant remise annee mois jour duree poids taille cantidad precio importe
    descuento ano mes dia duracion peso altura quantita prezzo importo sconto anno mese giorno durata aantal prijs bedrag korting jaar
    maand dag duur gewichten quantidade preco valor desconto port priority flag status state active enabled deleted bool year
""".split())  # fmt: skip
_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "indices": "index",
    "mice": "mouse",
}
_ENDINGS = (("ies", "y"), ("oes", "ao"), ("aes", "ao"), ("ns", "m"), ("ses", "s"), ("xes", "x"), ("hes", "h"), ("es", ""),
            ("s", ""), ("x", ""), ("nen", ""), ("en", ""), ("n", ""), ("er", ""), ("e", ""), ("i", "o"), ("i", "e"), ("i", ""),
            ("e", "a"))  # fmt: skip
"""Plurals of the seven languages; both numbers of a noun have a form in common."""


@dataclass(frozen=True)
class Vocabulary:
    """What the names of one schema have in common, so that it tells nothing: `wp_`, `app_`."""

    prefixes: frozenset[str]

    def nouns(self, table: TableName) -> Words:
        """The words of a table without those that all tables share."""
        words = tokens(table.name)
        while len(words) > 1 and (words[0] in self.prefixes or words[0] in _TECHNICAL):
            words = words[1:]
        while len(words) > 1 and words[-1] in _TECHNICAL:
            words = words[:-1]
        return words


def vocabulary(schema: Schema) -> Vocabulary:
    first = Counter(words[0] for table in schema.tables if len(words := tokens(table.name.name)) > 1)
    most = max(3, len(schema.tables) // 2)
    return Vocabulary(frozenset(word for word, times in first.items() if times >= most))


@lru_cache(maxsize=65536)
def stem(column: str) -> Words:
    """The words of a column without those that say "key"; empty for a bare `id`."""
    words = tokens(column)
    while words and (words[-1] in _KEY_WORDS or (words[-1].isdigit() and len(words) > 1)):
        words = words[:-1]
    while words and words[0] in _KEY_WORDS:
        words = words[1:]
    if words:
        end = next((end for end in _JOINED_ENDS if words[-1].endswith(end) and len(words[-1]) >= len(end) + 3), "")
        if end and len(words) == len(tokens(column)):
            words = (*words[:-1], words[-1].removesuffix(end))
    return words


def says_key(column: str) -> bool:
    """Does the name say that it is a key: `customer_id`, `KundenNr`, `fk_order`, `deptno`?"""
    return stem(column) != tokens(column)


def says_measure(column: str) -> bool:
    """Does it name a quantity, a rank or a date: what is counted and not referred to?"""
    words = tokens(column)
    return bool(words) and not says_key(column) and bool({words[-1], words[0]} & _MEASURES)


def is_own(table: TableName, column: str, common: Vocabulary) -> bool:
    """Is it named as the key of its own table: `id`, `customer.customer_id`?"""
    words = stem(column)
    return not words or alike(words, common.nouns(table))


def affinity(
    table: TableName, column: str, parent: TableName, parent_column: str, common: Vocabulary
) -> tuple[float, str]:
    """From 0, the name says nothing of this parent, to 1, it is the parent's; and half a sentence that says so."""
    return max(_reasons(table, column, parent, parent_column, common), default=(0.0, ""))


def _reasons(
    table: TableName, column: str, parent: TableName, parent_column: str, common: Vocabulary
) -> Iterable[tuple[float, str]]:
    nouns, words, key = common.nouns(parent), stem(column), stem(parent_column)
    whole, its = tokens(column), tokens(parent_column)
    if key and whole == its and parent != table:
        of_it = alike(key, nouns)
        yield 1.0 if of_it else 0.2 if set(key) <= _VAGUE else 0.9, f"named like its key {parent_column}"
    elif key and len(whole) > len(its) and whole[-len(its) :] == its and not set(key) <= _VAGUE:
        yield 0.9, f"its name ends in that of its key {parent_column}"
    if not words:
        return
    if parent != table or says_key(column):
        yield from _named_after(words, nouns, parent)
    if parent == table and _SELF & set(words):
        yield 0.75, "its name is that of a row above another"
    if parent != table and names_people(parent) and _STAFF & {words[0], words[-1]}:
        yield 0.6, "its name is that of somebody's part in it"


def _named_after(words: Words, nouns: Words, parent: TableName) -> Iterable[tuple[float, str]]:
    said = f"named after {parent}"
    joined, noun = "".join(words), "".join(nouns)
    if alike(words, nouns):
        yield 1.0, said
    elif len(words) > len(nouns) and alike(words[-len(nouns) :], nouns):
        yield 0.9, f"{said}, with a word before that says in which part"
    elif len(words) > len(nouns) and alike(words[: len(nouns)], nouns):
        yield 0.7, f"its name begins with that of {parent}"
    elif len(nouns) > len(words) and alike(nouns[-len(words) :], words):
        yield 0.75, f"named like the last word of {parent}"
    elif len(noun) >= 4 and any(joined.endswith(form) for form in _forms(noun) if len(form) >= 4):
        yield 0.85, f"its name ends in that of {parent}"
    elif len(nouns) > len(words) and alike(nouns[: len(words)], words):
        yield 0.5, f"named like the first word of {parent}"
    elif _shortens(joined, nouns):
        yield 0.6, f"its name is short for {parent}"
    elif any(len(word) >= 4 and any(n.startswith(word) or _same(word, n) for n in nouns) for word in words):
        yield 0.45, f"it has a word of the name of {parent}"


def alike(left: Words, right: Words) -> bool:
    """The same words, in singular or plural, however they are joined."""
    if len(left) == len(right):
        return _each_same(left, right)
    return _same("".join(left), "".join(right))


def _each_same(left: Words, right: Words) -> bool:
    return bool(left) and all(_same(a, b) for a, b in zip(left, right, strict=True))


def _same(left: str, right: str) -> bool:
    return left == right or bool(_forms(left) & _forms(right))


@lru_cache(maxsize=65536)
def _forms(word: str) -> frozenset[str]:
    """The word and what it may be the plural of."""
    word = _IRREGULAR.get(word, word)
    shorter = (word.removesuffix(end) + instead for end, instead in _ENDINGS if word.endswith(end))
    return frozenset({word, *(form for form in shorter if len(form) >= 3)})


def _shortens(short: str, nouns: Words) -> bool:
    """`dept` of department, `cust` of customers, `ol` of order_line."""
    if len(nouns) > 1 and len(short) == len(nouns) and short == "".join(word[0] for word in nouns):
        return True
    noun = "".join(nouns)
    if not 3 <= len(short) < len(noun):
        return False
    return noun.startswith(short) or (
        short[0] == noun[0] and re.search(".*".join(map(re.escape, short)), noun) is not None and len(short) >= 3
        and _consonants(short) == _consonants(noun)[: len(_consonants(short))]
    )  # fmt: skip


def _consonants(word: str) -> str:
    return word[0] + re.sub(r"[aeiou]", "", word[1:])
