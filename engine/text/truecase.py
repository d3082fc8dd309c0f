"""Texts that are all in one case get capitals where names probably are: a model sees names by them."""

from __future__ import annotations

import re

from engine.text.names import TITLE
from engine.text.words import (
    ACRONYMS,
    common_first_names,
    countries,
    first_names,
    function_words,
    last_names,
    ordinary,
    towns,
)

_WORD = re.compile(r"[^\W\d_][\w'’]*")
_TO = frozenset("in from to near at".split())
"""What a place stands behind."""
_SENTENCE = re.compile(r"(?:^|[.!?]\s{1,9}|\n[ \t]*)([^\W\d_])")


def truecased(text: str, known: frozenset[str]) -> str:
    """The text with capitals, letter for letter as long; itself where it has both cases. `known` are ordinary words in lower case:
    what is not among them is a name, as far as a list of words can tell."""
    if not _one_case(text):
        return text
    lower = text.lower()
    if len(lower) != len(text):
        return text
    out, before, last = list(lower), "", ""
    for match in _WORD.finditer(lower):
        word = match.group()
        named = (last in _TO and word in towns()) or TITLE.match(f"{last} xx") is not None
        last = word
        if (named or _capital(word, before, known)) and len(word[0].upper()) == 1:
            out[match.start()] = word[0].upper()
            before = word
        else:
            before = ""
    for match in _SENTENCE.finditer(lower):
        if len(match.group(1).upper()) == 1:
            out[match.start(1)] = match.group(1).upper()
    return "".join(out)


def _one_case(text: str) -> bool:
    """No capitals at all, or nothing but capitals in more than one word."""
    return text == text.lower() or (text == text.upper() and sum(map(str.isalpha, text)) >= 12 and " " in text)


def _capital(word: str, before: str, known: frozenset[str]) -> bool:
    """`before` is the name right before it, if there is one."""
    plain = word.removesuffix("'s").removesuffix("’s")
    if len(plain) < 2 or plain in function_words() or plain in ACRONYMS:
        return False
    if before and (plain in last_names() or plain in first_names()):
        return True
    if ordinary(plain):
        return False
    if known and plain not in known:
        return True
    return plain in common_first_names() or plain in countries() or (bool(before) and plain in towns())
