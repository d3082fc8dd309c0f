"""Telephone numbers, in the ways of many countries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers

from engine.text.dates import is_date
from engine.text.spans import Span

CANDIDATE = re.compile(
    r"(?<![\w.,/$€£#-])\+?\(?\d[\d()./ \-\u2010-\u2013]{4,20}\d(?: ?(?:x|ext\.?|extension) ?\d{1,6})?(?!\w|-\d)",
    re.IGNORECASE,
)
WORDS = re.compile(
    r"\b(?:phone|tel(?:e(?:phone|fon\w*|fono|foon)?)?|t[ée]l[ée]phone|mobile?|m[óo]vil|cell(?:ulare|phone)?|celular|telem[óo]vel|handy|gsm|"
    r"fax|call(?:ed|ing|s)?|ring|dial|text(?:ed)?|reach(?:ed)?|whatsapp|sms|ruf\w*|anrufen|appel\w*|llam\w+|chiam\w+|bellen?|lig(?:ar|ue)|"
    r"messages to|answering at)\b[^\d\n]{0,40}$",
    re.IGNORECASE,
)  # fmt: skip
"""What says before a number that it is one to call."""
AFTER = re.compile(r"[ -]{0,2}\(?(?:office|fax|mobile|cell|home|work|phone)\b", re.IGNORECASE)
OTHER = re.compile(
    r"\b(?:invoice|order|ref(?:erence)?|ticket|case|sku|isbn|issn|ean|serial|version|id|no|nr|art(?:icle)?|rechnung|bestell\w*|auftrag\w*|"
    r"facture|commande|factura|pedido|fattura|ordine|factuur|bestelling|fatura|n[º°])\b\.?[\s:#]{0,3}$",
    re.IGNORECASE,
)
"""What says before a number that it is another one."""
REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "PT", "BR", "BE", "AT", "CH", "SE", "DK", "NO", "PL", "AU", "IN")
_GAP = r"[ ./\-\u2010-\u2013]{1,2}"
_GROUPED = re.compile(
    rf"\(?\+?\d{{1,4}}\)?(?:{_GAP}\(?\d{{2,5}}\)?){{2,5}}|\(\d{{1,5}}\)[ ./-]?\d{{3,8}}"
    rf"|\d{{3}}[ .-]\d{{4}}(?!\d)|0\d{{1,4}}{_GAP}\d{{5,9}}"
)


def phones(text: str) -> Iterator[Span]:
    """Numbers to call. Other numbers of 7 to 20 digits are a `number`: one cannot tell whose they are."""
    for match in CANDIDATE.finditer(text):
        start, end = match.start(), match.end()
        written = match.group()
        digits = sum(map(str.isdigit, written))
        if not 6 <= digits <= 20 or is_date(written):
            continue
        told = WORDS.search(text, max(0, start - 60), start) or AFTER.match(text, end)
        other = OTHER.search(text, max(0, start - 30), start)
        if (told and digits <= 17) or (digits >= 7 and not other and _callable(written)):
            yield Span(start, end, "phone")
        elif digits >= 7:
            yield Span(start, end, "number")


@lru_cache(maxsize=10_000)
def _callable(written: str) -> bool:
    """Written in groups as numbers to call are, and valid somewhere."""
    if not (written.startswith(("+", "00")) or _GROUPED.match(written)):
        return False
    return any(_valid(written, region) for region in REGIONS)


def _valid(written: str, region: str) -> bool:
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(written, region))
    except phonenumbers.NumberParseException:
        return False
