"""How well a column's name says which table it refers to: the words of seven languages that make a name a reference."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from connectors.names import TableName
from connectors.schema import Schema
from engine.profiling.naming import names_people, tokens

Words = tuple[str, ...]
SHARED = 3
"""Names that begin alike, from which on the beginning tells nothing."""

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
_WORKERS = frozenset("""
    user users employee employees staff account accounts worker workers member members person people persons mitarbeiter benutzer
    nutzer personen employe employes utilisateur utilisateurs membre membres empleado empleados usuario usuarios persona personas
    dipendente dipendenti utente utenti medewerker medewerkers gebruiker gebruikers funcionario funcionarios pessoa pessoas
""".split())  # fmt: skip
"""Those who enter, approve and answer for rows."""
_POINTING = frozenset("by to via von an durch zu par pour vers por para da di door naar".split())
"""The last words of names that point at something: `reports_to`, `created_by`, `ship_via`."""
_MEASURES = frozenset("""
    amount quantity qty price cost total count sum tax discount rate percent percentage score rating level rank position sort order
    sequence seq line version revision year month day week hour minute second duration age length width height depth weight size
    volume area latitude longitude lat lng lon balance salary wage budget limit min max avg mean threshold points stock units capacity
    delay distance speed temperature menge anzahl preis betrag summe rabatt jahr monat tag stunde dauer alter laenge breite hoehe
    gewicht groesse bestand reihenfolge quantite prix montant remise annee mois jour duree poids taille cantidad precio importe
    descuento ano mes dia duracion peso altura quantita prezzo importo sconto anno mese giorno durata aantal prijs bedrag korting jaar
    maand dag duur gewichten quantidade preco valor desconto port priority flag status state active enabled deleted bool year
""".split())  # fmt: skip
_ROLES = frozenset(
    "type types name names kind kinds class classes info data list table master code codes def lookup".split()
)
"""The last words of tables whose keys are named after the words before: `role_id` of role_type."""
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
    """What the names of one schema have in common, so that it tells nothing: `wp_`, `auth_`, the `l_` of all of a table's columns."""

    prefixes: frozenset[str] = frozenset()
    of_columns: Mapping[TableName, str] = field(default_factory=dict)
    last: Mapping[str, int] = field(default_factory=dict)
    """How many tables end in a word."""

    def nouns(self, table: TableName) -> tuple[Words, ...]:
        """The words of a table, and those without what several tables share."""
        whole = words = tokens(table.name)
        while len(words) > 1 and (words[0] in self.prefixes or words[0] in _TECHNICAL):
            words = words[1:]
        while len(words) > 1 and words[-1] in _TECHNICAL:
            words = words[:-1]
        return (words,) if words == whole else (words, whole)

    def columns(self, table: TableName, column: str) -> tuple[str, ...]:
        """The name, and what is left of it without what all columns of the table begin with."""
        prefix = self.of_columns.get(table)
        return (column,) if prefix is None else (column, column[len(prefix) :])

    def only(self, noun: str) -> bool:
        """Does one table alone end in this word?"""
        return self.last.get(noun, 0) <= 1


def vocabulary(schema: Schema) -> Vocabulary:
    words = [tokens(table.name.name) for table in schema.tables]
    first = Counter(each[0] for each in words if len(each) > 1)
    prefixes = ((table.name, _common([column.name for column in table.columns])) for table in schema.tables)
    return Vocabulary(
        frozenset(word for word, times in first.items() if times >= SHARED),
        {table: prefix for table, prefix in prefixes if prefix},
        Counter(each[-1] for each in words if each),
    )


def _common(names: Sequence[str]) -> str:
    """`l_` of l_orderkey, l_partkey, l_tax; empty where the columns begin with nothing in common."""
    head, mark, _ = names[0].partition("_") if len(names) >= SHARED else ("", "", "")
    prefix = head + mark
    return prefix if mark and all(name.startswith(prefix) and len(name) > len(prefix) for name in names) else ""


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
    words = tokens(column)
    return stem(column) != words or (len(words) > 1 and words[-1] in _POINTING)


def says_measure(column: str) -> bool:
    """Does it name a quantity, a rank or a date: what is counted and not referred to?"""
    words = tokens(column)
    return bool(words) and not says_key(column) and bool({words[-1], words[0]} & _MEASURES)


def says_count(column: str) -> bool:
    """Is it a plural, as of a column that counts: `comments`, `up_votes`?"""
    words = tokens(column)
    return bool(words) and not says_key(column) and re.search(r"[^sui]s\Z", words[-1]) is not None


def is_own(table: TableName, column: str, common: Vocabulary) -> bool:
    """Is it named as the key of its own table: `id`, `customer.customer_id`?"""
    stems = [stem(name) for name in common.columns(table, column)]
    return any(not words or any(alike(words, nouns) for nouns in common.nouns(table)) for words in stems)


def affinity(
    table: TableName, column: str, parent: TableName, parent_column: str, common: Vocabulary
) -> tuple[float, str]:
    """From 0, the name says nothing of this parent, to 1, it is the parent's; and half a sentence that says so."""
    names, keys = common.columns(table, column), common.columns(parent, parent_column)
    reasons = [reason for name, key in product(names, keys) for reason in _of_key(name, key, parent, common)]
    if parent == table:
        reasons = [(0.85, _ABOVE) for name in names if _SELF & set(stem(name))]
    for name, nouns in product(names, common.nouns(parent)):
        reasons += _of_table(stem(name), nouns, parent, common) if parent != table or _SELF & set(stem(name)) else []
        if parent != table and names_people(parent):
            reasons += _of_people(stem(name), nouns)
    return max(reasons, default=(0.0, ""))


def column_hooks(table: TableName, column: str, common: Vocabulary) -> frozenset[str]:
    """What a parent's name must have one of, for `affinity` to be more than 0."""
    found = {f"table {table}"}
    for name in common.columns(table, column):
        words = stem(name)
        found |= {f"key {tokens(name)[-1]}"} if tokens(name) else set()
        for word in words:
            found |= _forms(word) | {f"short {word[0]}"}
        joined = "".join(words)
        found |= {joined[start:] for start in range(max(0, len(joined) - _LONGEST), len(joined) - 3)} | _forms(joined)
        if words and _STAFF & {words[0], words[-1]}:
            found.add("people")
    return frozenset(found)


def parent_hooks(table: TableName, key: str, common: Vocabulary) -> frozenset[str]:
    """What a column's name may have in common with this key, or with its table."""
    found = {f"table {table}"} | ({"people"} if names_people(table) else set())
    found |= {f"key {tokens(name)[-1]}" for name in common.columns(table, key) if stem(name)}
    for nouns in common.nouns(table):
        joined = "".join(nouns)
        found |= _forms(joined) | {f"short {noun[0]}" for noun in nouns}
        for noun in nouns:
            found |= _forms(noun) | {noun[:end] for end in range(4, len(noun))}
    return frozenset(found)


_LONGEST = 24
"""Letters of a table's name that are looked for at the end of a column's."""
_ABOVE = "its name is that of a row above another"


def _of_key(column: str, key: str, parent: TableName, common: Vocabulary) -> Iterator[tuple[float, str]]:
    """Named like the parent's key itself."""
    whole, its, words = tokens(column), tokens(key), stem(key)
    vague = set(words) <= _VAGUE
    if words and whole == its:
        of_it = any(alike(words, nouns) for nouns in common.nouns(parent))
        yield 1.0 if of_it else 0.2 if vague else 0.9, f"named like its key {key}"
    elif words and not vague and len(whole) > len(its) and whole[-len(its) :] == its:
        yield 0.9, f"its name ends in that of its key {key}"


def _of_people(words: Words, nouns: Words) -> Iterator[tuple[float, str]]:
    if words and _STAFF & {words[0], words[-1]}:
        yield 0.85 if _WORKERS & set(nouns) else 0.6, "its name is that of somebody's part in it"


def _of_table(words: Words, nouns: Words, parent: TableName, common: Vocabulary) -> Iterator[tuple[float, str]]:
    """Named after the parent, in whole or in part."""
    said, joined, noun = f"named after {parent}", "".join(words), "".join(nouns)
    if not words:
        return
    if alike(words, nouns):
        yield 1.0, said
    elif len(words) > len(nouns) and alike(words[-len(nouns) :], nouns):
        yield 0.9, f"{said}, with a word before that says in which part"
    elif len(words) > len(nouns) and alike(words[: len(nouns)], nouns):
        yield 0.7, f"its name begins with that of {parent}"
    elif len(nouns) > len(words) and alike(nouns[-len(words) :], words):
        yield 0.85 if common.only(nouns[-1]) else 0.6, f"named like the last word of {parent}"
    elif len(nouns) > 1 and (
        _same(joined, nouns[-1]) or (alike(nouns[: len(words)], words) and set(nouns[len(words) :]) <= _ROLES)
    ):
        yield 0.85, f"{said}, without a word of it that says little"
    elif len(noun) >= 4 and any(joined.endswith(form) for form in _forms(noun) if len(form) >= 4):
        yield 0.85, f"its name ends in that of {parent}"
    elif len(nouns) > len(words) and alike(nouns[: len(words)], words):
        yield 0.5, f"named like the first word of {parent}"
    elif _shortens(joined, nouns) or _shortens(words[-1], nouns):
        yield 0.6, f"its name is short for {parent}"
    elif any(len(word) >= 4 and any(n.startswith(word) or _same(word, n) for n in nouns) for word in words):
        yield 0.5, f"it has a word of the name of {parent}"


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
    """The word and what it may be the plural of; Dutch writes a vowel once where the plural opens its syllable."""
    word = re.sub(r"([aeou])\1", r"\1", _IRREGULAR.get(word, word))
    shorter = (word.removesuffix(end) + instead for end, instead in _ENDINGS if word.endswith(end))
    return frozenset({word, *(form for form in shorter if len(form) >= 3)})


def _shortens(short: str, nouns: Words) -> bool:
    """`dept` of department, `cust` of customers, `ol` of order_line."""
    if len(nouns) > 1 and len(short) == len(nouns) and short == "".join(word[0] for word in nouns):
        return True
    noun = "".join(nouns)
    if not 3 <= len(short) < len(noun):
        return False
    letters = ".*".join(map(re.escape, short))
    return noun.startswith(short) or (
        len(re.findall("[aeiou]", short[1:])) <= 1 and re.match(letters, noun) is not None
    )
