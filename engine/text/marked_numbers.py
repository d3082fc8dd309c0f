"""Numbers that have a form of their own: cards, accounts, social security, network addresses, driving licences."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from engine.text.spans import Span

IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]{4}){2,7}(?: ?[A-Za-z0-9]{1,3})?(?![A-Za-z0-9])")
CARD = re.compile(r"(?<![\w.])(?:\d[ -]?){12,18}\d(?!\w)")
SSN = re.compile(r"(?<![\w-])(?!000|666|9\d\d)\d{3}(-)(?!00)\d{2}\1(?!0000)\d{4}(?![\w-])")
SSN_PLAIN = re.compile(r"\b\d{3} ?\d{2} ?\d{4}\b")
SSN_WORDS = re.compile(r"\b(?:ssn|social security)\b[^\d]{0,30}$", re.IGNORECASE)
IP4 = re.compile(
    r"(?<![\w.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:/\d{1,2})?(?![\w]|\.\d)"
)
IP6 = re.compile(
    r"(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}(?![\w:])|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){1,6}(?::[0-9A-Fa-f]{1,4}){1,6}(?![\w:])"
)
MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:-])")
LICENCE = re.compile(r"(?<![\w-])(?=[A-Za-z0-9-]*\d{3})[A-Za-z]{0,3}\d[A-Za-z0-9-]{3,16}(?![\w-])")
LICENCE_WORDS = re.compile(
    r"(?:driv(?:er|ing)(?:['’]?s|s['’])? licen[cs]e|driver['’]?s? permit|\bdl\b|führerschein\w*|permis de conduire|"
    r"(?:permiso|licencia) de conducir|patente(?: di guida)?|rijbewijs\w*|carta de condução|carteira de motorista|\bcnh\b)"
    r"[^\d\n]{0,25}$",
    re.IGNORECASE,
)  # fmt: skip


def numbers(text: str) -> Iterator[Span]:
    """What has the form of a card or an IBAN and not its checksum is a `number` all the same: it is some account's, or mistyped."""
    if not any(map(str.isdigit, text)):
        return
    yield from _ibans(text)
    for entity, pattern in (("mac", MAC), ("ip", IP6), ("ip", IP4)):
        yield from (Span(match.start(), match.end(), entity) for match in pattern.finditer(text))
    for match in CARD.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        yield Span(match.start(), match.end(), "card" if luhn.is_valid(digits) and digits[0] in "23456" else "number")
    yield from (Span(match.start(), match.end(), "ssn") for match in SSN.finditer(text))
    yield from _after(text, SSN_PLAIN, SSN_WORDS, "ssn")
    yield from _after(text, LICENCE, LICENCE_WORDS, "licence")


def _ibans(text: str) -> Iterator[Span]:
    for match in IBAN.finditer(text):
        plain = match.group().replace(" ", "").upper()
        ends = range(len(plain), 14, -1)  # a word that follows may look like a last group
        valid = next((end for end in ends if mod_97_10.is_valid(plain[4:end] + plain[:4])), None)
        if valid:
            yield Span(match.start(), match.start() + _written(match.group(), valid), "iban")
        elif sum(map(str.isdigit, plain)) >= 12:
            yield Span(match.start(), match.end(), "number")


def _written(group: str, letters: int) -> int:
    """Where in a text with spaces so many letters end."""
    at = 0
    while letters:
        letters -= group[at] != " "
        at += 1
    return at


def _after(text: str, pattern: re.Pattern[str], words: re.Pattern[str], entity: str) -> Iterator[Span]:
    """What looks like it and stands behind words that say so."""
    for match in pattern.finditer(text):
        if words.search(text, max(0, match.start() - 60), match.start()):
            yield Span(match.start(), match.end(), entity)
