"""Street addresses: a street with its number, in the order of many countries, and what follows it: flat, town, postcode, country."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.text.spans import Span

_NOT = r"(?!(?:Apt|Apartment|Suite|Ste|Unit|Flat|Floor|Room|Box|Phone|Tel|Fax|Please|I|The)\b)"
_W = rf"{_NOT}[^\W\d_a-zà-öø-ÿß](?:\.|[\w'’-]*)"
"""A word with a capital, or an initial."""
_ORDINAL = r"\d{1,3}(?:st|nd|rd|th)"
_OF = (
    r"(?:van|von|vom|der|den|de|het|la|le|les|las|los|el|du|des|del|della|dell['’]|degli|di|da|do|dos|das|d['’]|l['’]|zum|zur|am|an|im|"
    r"of|the|e|y|u|i|und|na|ibn|al|'t)"
)
_NUMBER = r"(?<![\d.,$€£])\d{1,5}(?:[-/–]\d{1,4})?(?: ?[A-Za-z](?![\w'’]))?(?:[-/]\d{1,4})?"
_STRONG = r"(?:Street|Avenue|Road|Lane|Boulevard|Parkway|Highway|Drive)"
_BEHIND = (  # English: 12 Main Street; also Tér, Vei
    r"(?:Street|Str|St|Avenue|Ave|Av|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Way|Parkway|Pkwy|Highway|"
    r"Hwy|Circle|Cir|Close|Crescent|Cres|Gardens|Gdns|Grove|Hill|Mews|Row|Walk|Trail|Trl|Alley|Plaza|Quay|Wharf|Rise|Green|Loop|"
    r"(?i:utca|u|út|útja|tér|tere|körút|ulice|ulica|nám|náměstí|cesta|cadde(?:si)?|sokak|vei|veg|allé|allee|väg|gata|gate|laan|plein|kade|weg))"
)
_BEFORE = (  # Romance and Slavic languages: rue de la Paix 12, Calle Mayor, 5
    r"(?:rue|avenue|av|ave|boulevard|bd|place|allée|chemin|ch|impasse|quai|cours|passage|route|square|faubourg|sentier|esplanade|"
    r"calle|c/|cl|avenida|avda|avd|plaza|paseo|camino|camiño|carretera|crta|ctra|ronda|travesía|pasaje|carrera|cra|rúa|"
    r"via|viale|v\.le|piazza|piazzale|p\.za|corso|largo|vicolo|strada|contrada|"
    r"rua|r|travessa|tv|praça|alameda|estrada|rodovia|ladeira|"
    r"ulica|ul|aleja|al|plac|osiedle|os|trg|ulice|calea|bulevardul|strada)"
)
_ENDING = (  # Germanic compounds: Hauptstraße 5, Keizersgracht 123
    r"(?:stra(?:ß|ss|s)e|str|gasse|weg|platz|allee|ufer|damm|chaussee|promenade|steig|straat|laan|plein|kade|gracht|singel|dijk|dreef|baan|"
    r"gatan|gata|vägen|väg|veien|veg|vegur|vej|gade|gate|stræde|katu|tie|kuja|polku|utca|steenweg)"
)
_CORES = (
    rf"(?:{_NUMBER},? ){{1,2}}(?:{_ORDINAL} |{_W} )(?:(?:{_W}|{_ORDINAL}|{_OF}) ){{0,3}}{_BEHIND}\b\.?(?: [NSEW]{{1,2}}\b)?"
    rf"(?:,? {_NUMBER}\b\.?)?",
    rf"(?:{_W} ){{1,3}}{_STRONG}\b(?! [A-Z])",
    rf"(?:{_ORDINAL} |{_W} )(?:(?:{_W}|{_ORDINAL}|{_OF}) ){{0,3}}{_BEHIND}\b\.?,? {_NUMBER}\b\.?",
    rf"(?:{_NUMBER},? ){{0,2}}(?<![\w.])(?i:{_BEFORE})(?:\.? |\.)(?:(?:{_W}|{_OF}|\d{{1,2}})(?: |(?<=['’]))){{0,5}}{_W}"
    rf"(?:,? (?:n[º°o]?\.? ?|nr\.? ?)?{_NUMBER}\b\.?)?",
    rf"(?:{_NUMBER} ){{0,2}}(?:(?:{_W}|{_OF}) ){{0,3}}[^\W\d_a-zà-öø-ÿß][\w'’-]*?(?i:{_ENDING})\b\.? {_NUMBER}\b\.?",
    rf"(?:{_NUMBER} )?(?:{_W} ){{0,2}}[^\W\d_a-zà-öø-ÿß][\w'’-]*"
    r"(?i:straße|strasse|gasse|straat|gracht|singel|gatan|vägen|katu|gade|vej|veien)\b",
)
_BOX = (
    r"(?:\d{1,5} )?(?i:p\.? ?o\.? ?box|post office box|postfach|boîte postale|apartado(?: de correos)?|casella postale|postbus|"
    r"caixa postal) \d{1,6}"
    r"|PSC \d{1,5},? Box \d{1,6}|Unit \d{1,5},? Box \d{1,6}|(?:USS|USNS|USCGC|USNV) [A-Z]\w+(?= ?\n? ?[AFD]PO)"
)
_PART = rf"(?:{_W}|\d+|{_OF}|{_ORDINAL})"
_CORNER = rf"(?i:the )?(?i:corner|intersection) of (?:{_PART} ){{1,8}}and {_PART}(?: {_PART}){{0,8}}"
CORE = re.compile(rf"(?<![\w@./-])(?:{_BOX}|{'|'.join(_CORES)})")
CORNER = re.compile(_CORNER)
BARE = re.compile(
    rf"(?<![\w@./-])(?:{_NUMBER} ){{0,2}}(?:(?:{_W}|{_OF}) ){{0,4}}{_W} {_NUMBER}\b\.?"
    rf"|(?<![\w@./-]){_NUMBER} (?:(?:{_W}|{_OF}) ){{0,3}}{_W}\b"
)
"""A street without a word for one: it counts with another number before it, a cue, or a flat, a town or a postcode behind it."""
_SEPARATOR = r"[ \t]*[,;/]?[ \t]*(?:\n[ \t>*|?#-]*){0,2},?[ \t]*"
_UNIT = (
    r"(?i:apt|apartment|suite|ste|unit|flat|floor|fl|room|rm|bldg|building|wohnung|whg|stiege|piso|puerta|esc|appartement|app|appt|bât|étage|"
    r"etage|interno|int|scala|bus|boîte|bte|apto|andar|bloco|lote|lok|m)\b\.? ?#?(?:\d\w{0,4}|[A-Za-z]\d{0,3})\b"
    r"|#\d{1,5}\b|\d{1,2}(?:st|nd|rd|th) floor\b|\d{1,2}[º°ª]\b"
)
POSTCODE = (
    r"(?:[A-Z]{1,2}-)?(?:\d{5}(?:-\d{3,4})?|\d{4} ?[A-Z]{2}|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|"
    r"\d{2}-\d{3}|\d{3} \d{2}|\d{4}-\d{3}|\d{4}|\d{3}-\d{4})(?![\w-])"
)
_MILITARY = r"[AFD]PO (?:AA|AE|AP)"
_NAMED = rf"(?!(?i:and|or|for|please|call|thanks|i|my|tel|phone|fax)\b){_W}(?: (?:{_OF} ){{0,2}}{_W}){{0,4}}"
NEXT = re.compile(rf"{_SEPARATOR}(?:{_UNIT}|{POSTCODE}|{_MILITARY})")
TOWN = re.compile(rf"{_SEPARATOR}({_NAMED}(?: \d{{1,2}}(?=[ \t]*(?:[,\n]|$)))?)")
CUE = re.compile(
    r"(?:\baddress(?:es)?\b[^.?!\n]{0,25}|\b(?:lives?|living|lived|located|based|reside[sd]?|situated|office is|moved|"
    r"meet(?: me)?|delivered|sent|send(?: it| one)?|taxi|arrived|return|deliver(?:ed)?|come|over) (?:at|to|on|with)|"
    r"\b(?:wohn\w*|adresse|anschrift|habite|domicili\w*|dirección|vive en|abita|indirizzo|adres|woont|endereço|mora)\b"
    r"[^.?!\n]{0,20}|\b(?:it['’]s in|where:))[:\s]*$",
    re.IGNORECASE,
)  # fmt: skip
ZIP = re.compile(
    r"\b(?:zip(?: ?code)?|post(?:al)? ?code|plz|postleitzahl|code postal|código postal|cap|cep|c\.?p\.)\b[^\w\n]{0,3}"
    r"(?:is |ist |est |es |è |é )?(\d{4,5}(?:-\d{3,4})?|[A-Z\d]{2,4} ?[A-Z\d]{3})\b",
    re.IGNORECASE,
)  # fmt: skip


def addresses(text: str) -> Iterator[Span]:
    """Every address with all of its parts, as far as they follow one another."""
    if not any(map(str.isdigit, text)):
        yield from (
            Span(match.start(), match.end(), "address") for match in CORE.finditer(text) if _street(match.group())
        )
        return
    end = 0
    for match in sorted((*CORNER.finditer(text), *CORE.finditer(text)), key=lambda match: match.start()):
        if match.start() >= end and _street(match.group()):
            end = _followed(text, match.end())
            yield Span(match.start(), end, "address")
    for match in BARE.finditer(text):
        if (end := _followed(text, match.end())) and _told(text, match, end):
            yield Span(match.start(), end, "address")
    yield from (Span(match.start(1), match.end(1), "address") for match in ZIP.finditer(text))


def _street(core: str) -> bool:
    """Not "Dr" nor "Wall Street" alone: two capitals at least, or a number."""
    return any(map(str.isdigit, core)) or sum(word[:1].isupper() for word in core.split()) >= 2


def _told(text: str, match: re.Match[str], end: int) -> bool:
    numbers = sum(word[:1].isdigit() for word in match.group().split())
    tail = text[match.end() : end]
    closed = any(map(str.isdigit, tail))
    cued = CUE.search(text, max(0, match.start() - 50), match.start()) is not None or text[end:].startswith(
        (" street", " Street")
    )
    return (numbers >= 2) + closed + 2 * (cued and numbers >= 1) + (bool(tail) and ("\n" in tail or numbers >= 2)) >= 2


def _followed(text: str, end: int) -> int:
    """Where the address ends: after flat, postcodes, towns and countries that follow one another."""
    coded = False
    for _ in range(8):
        if found := NEXT.match(text, end):
            end, coded = found.end(), True
        elif (town := TOWN.match(text, end)) and _continues(
            text[end : town.start(1)], coded or text[end - 1].isdigit()
        ):
            end, coded = town.end(), False
        else:
            break
    return end


def _continues(between: str, coded: bool) -> bool:
    """A name on the next line, behind a comma, or right behind a number."""
    return coded or "," in between or "\n" in between
