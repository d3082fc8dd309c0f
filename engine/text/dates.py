"""Dates, as seven languages write them, and which of them are of birth; ages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.text.spans import Span

_MONTHS = (
    "jan(?:uary|uar|vier|uari|eiro)?|ene(?:ro)?|gen(?:naio)?|feb(?:ruary|ruar|brero|braio|ruari)?|f[ée]vr?(?:ier|ereiro)?|"
    "mar(?:ch|s|zo|ço)?|märz|maart|apr(?:il|ile)?|avril|abr(?:il)?|may|mai|mayo|maio|maggio|mei|june?|juni|juin|junio|junho|giugno|"
    "jul(?:y|i|io|ho)?|juillet|luglio|aug(?:ust|ustus)?|août|ago(?:sto)?|sep(?:t|tember|tembre|tiembre)?|set(?:embro|tembre)?|"
    "o[ck]t(?:ober|obre|ubre)?|out(?:ubro)?|ott(?:obre)?|nov(?:ember|embre|iembre|embro)?|de[cz](?:ember|embro)?|d[ée]cembre|"
    "dic(?:embre|iembre)?"
)
_TIME = r"(?:[T ,]{1,2}\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]\.?m\.?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
NUMERIC = re.compile(
    r"(?<![\w./-])(?:\d{4}([-/.])(?:0?[1-9]|1[0-2])\1(?:[0-2]?\d|3[01])|[0-3]?\d([-/.])[0-3]?\d\2(?:\d{4}|\d{2}))"
    + _TIME
    + r"(?![\w/-])"
)
YEARS = re.compile(r"(?:19|20)\d{2} ?[-\u2013/] ?(?:19|20)\d{2}")
_DAY = r"(?:[0-2]?\d|3[01])"
WRITTEN = re.compile(
    rf"\b(?:{_DAY}(?:st|nd|rd|th|er|º|\.)?(?: of| de)? (?:{_MONTHS})\b\.?(?:,? (?:de |del )?\d{{4}}\b)?"
    rf"|(?:{_MONTHS})\b\.? {_DAY}(?:st|nd|rd|th)?\b(?:,? \d{{4}}\b)?"
    rf"|(?:{_MONTHS})\b\.?,? (?:de |del )?(?:19|20)\d{{2}}\b){_TIME}",
    re.IGNORECASE,
)  # fmt: skip
DAY = re.compile(
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|"
    r"jeudi|vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo|lunedì|martedì|mercoledì|giovedì|venerdì|sabato|"
    r"domenica|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|(?:segunda|terça|quarta|quinta|sexta)-feira)\b",
    re.IGNORECASE,
)  # fmt: skip
BIRTH = re.compile(
    r"\b(?:born|birth(?:day|date)?|dob|d\.o\.b\.?|geb(?:oren|urtsdatum|\.)?|n[ée]e?|naissance|naci[dó]\w*|nacimiento|nat[oa]|nascita|"
    r"nascid[oa]|nascimento|geboortedatum)\b[^\n\d]{0,25}$",
    re.IGNORECASE,
)  # fmt: skip
AGE = re.compile(
    r"\b(?:aged?|im alter von|âgée? de|edad(?: de)?|età(?: di)?|leeftijd|idade(?: de)?) (1?\d?\d)\b"
    r"|\b(1?\d?\d)(?:[ -](?:years?|yrs?)[ -]old|[ -]?y/?o\b| ?jahre alt| ans\b| años\b| anni\b| jaar oud| anos\b|-jährige\w?)",
    re.IGNORECASE,
)  # fmt: skip


def dates(text: str) -> Iterator[Span]:
    for pattern in (NUMERIC, WRITTEN):
        for match in pattern.finditer(text):
            born = BIRTH.search(text, max(0, match.start() - 40), match.start())
            yield Span(match.start(), match.end(), "birth_date" if born else "date")
    yield from (Span(match.start(), match.end(), "date") for match in DAY.finditer(text))
    yield from (Span(match.start(), match.end(), "age") for match in AGE.finditer(text))


def is_date(piece: str) -> bool:
    """Does it begin as a date does, or say from which year to which?"""
    return NUMERIC.match(piece + " ") is not None or YEARS.fullmatch(piece) is not None
