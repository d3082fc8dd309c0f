"""Spain: identity number of citizens (DNI) and of foreigners (NIE)."""

from __future__ import annotations

from engine.masking.checked_code import ALPHABET, Numbers, Scheme, Signs, digits, number_at
from engine.masking.codepoints import Flags

_CHECKS = tuple("TRWAGMYFPDXBNJZSQVHLCKE")
_LETTER = f"[{''.join(sorted(_CHECKS))}]"
_X, _Z = ALPHABET.index("X"), ALPHABET.index("Z")


def _citizen(signs: Signs) -> Numbers:
    """The number modulo 23 (royal decree 1553/2005, article 11)."""
    return number_at(signs, 0, 8) % 23


def _foreigner(signs: Signs) -> Numbers:
    """As for citizens, with X, Y and Z for 0, 1 and 2."""
    return ((signs[:, 0] - _X) * 10**7 + number_at(signs, 1, 8)) % 23


def _lettered(signs: Signs) -> Flags:
    found: Flags = (signs[:, 0] >= _X) & (signs[:, 0] <= _Z)
    return found


DNI = (Scheme((*digits(8), _LETTER), tuple(range(8)), (8,), _CHECKS, _citizen),)
NIE = (Scheme(("A", *digits(7), _LETTER), tuple(range(8)), (8,), _CHECKS, _foreigner, _lettered),)
