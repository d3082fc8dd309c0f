"""Identifiers of a fixed form with check digits: by others of the same form that are as right, or as wrong, as they were.

A scheme says how such an identifier is written, which of the texts of that form are issued at all, and what its check digits are.
The letters and digits of its body go through a keyed bijection that is walked until an issued number has become an issued one and
any other one another; the check digits come out as far from the right ones as they went in. So distinct numbers stay distinct,
valid ones valid, and a mistyped one stays recognisable as mistyped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Match
from engine.canonical import canonical_text
from engine.keys import DomainKey
from engine.masking.base import Context
from engine.masking.codepoints import Codes, Flags, Letters, letters_of, texts_of
from engine.masking.pseudonym import pseudonymise_texts
from engine.masking.text_key import permute_numerals

Signs = npt.NDArray[np.int64]
"""Rows of letters and digits, shape (n, places): 0 to 9, then A as 10 to Z as 35."""
Numbers = npt.NDArray[np.int64]

SEPARATOR = "[ ./-]?"
LONGEST_WALK = 500
"""Steps after which a text stays as it is: only one that came from outside the alphabet can be caught among identifiers."""
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CLASSES = {"9": "[0-9]", "A": "[A-Z]", "X": "[A-Z0-9]"}


def _all(signs: Signs) -> Flags:
    return np.ones(len(signs), np.bool_)


@dataclass(frozen=True)
class Scheme:
    """How one kind of identifier is written and checked."""

    places: tuple[str, ...]
    """One for each letter or digit: `9` a digit, `A` a letter, `X` either, or a class of a regular expression. Blanks, dots, hyphens
    and slashes may stand between them, and stay."""
    body: tuple[int, ...]
    """The places that become others; all but these and the check stay."""
    check: tuple[int, ...] = ()
    """The places of the check."""
    checks: tuple[str, ...] = ()
    """Every check as it is written, in the order of its number."""
    expected: Callable[[Signs], Numbers] | None = None
    """The number of the right check of each row."""
    issued: Callable[[Signs], Flags] = _all
    """Which bodies are issued."""

    @property
    def pattern(self) -> str:
        return f"^{SEPARATOR.join(_CLASSES.get(place, place) for place in self.places)}$"


def digits(count: int) -> tuple[str, ...]:
    """That many digits."""
    return ("9",) * count


def decimal_checks(count: int) -> tuple[str, ...]:
    """Every check of that many digits."""
    return tuple(f"{number:0{count}d}" for number in range(10**count))


def weighted(signs: Signs, weights: Sequence[int]) -> Numbers:
    """The sum of the first signs, each times its weight."""
    total: Numbers = signs[:, : len(weights)] @ np.array(weights, np.int64)
    return total


def number_at(signs: Signs, first: int, last: int) -> Numbers:
    """The digits from one place up to another, as a number."""
    return weighted(signs[:, first:last], [10**power for power in reversed(range(last - first))])


def mask_codes(values: pa.Array, schemes: Sequence[Scheme], context: Context) -> pa.Array:
    """Another identifier for each text, none NULL; what is of none of these forms is masked as `pseudonym`, and stays of none."""
    # What the collation takes for one text must go one way: an accent that it ignores is gone before the form is looked at.
    values = canonical_text(values, context.subject.column.folds - {Match.CASE})
    upper, folds = pc.ascii_upper(values), context.subject.column.folds
    kinds = [pc.and_(in_one_case(values, folds), pc.match_substring_regex(upper, scheme.pattern)) for scheme in schemes]
    left = _any(kinds, len(values))
    other = pc.invert(left)
    pattern = "|".join(scheme.pattern for scheme in schemes)
    out = pc.replace_with_mask(values, other, pseudonyms_of_none(values.filter(other), pattern, context))
    for scheme, kind in zip(schemes, kinds, strict=True):
        mine = pc.and_(kind, left)
        left = pc.and_not(left, kind)
        image = _codes(upper.filter(mine), scheme, context.key)
        given = values.filter(mine)
        small = pc.equal(given, pc.ascii_lower(given))
        out = pc.replace_with_mask(out, mine, pc.if_else(small, pc.ascii_lower(image), image))
    return out


def _any(kinds: Sequence[pa.Array], count: int) -> pa.Array:
    found = pa.array(np.zeros(count, np.bool_))
    for kind in kinds:
        found = pc.or_(found, kind)
    return found


def in_one_case(texts: pa.Array, folds: Set[Match]) -> pa.Array:
    """All texts of a column that ignores case; else those without letters of both cases: in mixed case nobody writes an identifier,
    and giving them one case could make two texts one."""
    if Match.CASE in folds:
        return pa.array(np.ones(len(texts), np.bool_))
    return pc.or_(pc.equal(pc.ascii_upper(texts), texts), pc.equal(pc.ascii_lower(texts), texts))


def pseudonyms_of_none(values: pa.Array, pattern: str, context: Context) -> pa.Array:
    """The pseudonyms of texts, none of which matches the pattern (of capitals), walked on while they do: each could be that of a
    real identifier."""
    alike = pa.array(np.ones(len(values), np.bool_))
    for _ in range(LONGEST_WALK):
        if not pc.any(alike).as_py():
            break
        again = pseudonymise_texts(values.filter(alike), context.key, context.subject)
        values = pc.replace_with_mask(values, alike, again)
        found = pc.match_substring_regex(pc.ascii_upper(values), pattern)
        alike = pc.and_(pc.and_(alike, found), in_one_case(values, context.subject.column.folds))
    return values


def _codes(texts: pa.Array, scheme: Scheme, key: DomainKey) -> pa.Array:
    letters = letters_of(texts)
    codes = letters.codes.copy()
    for _, places in letters.groups(codes >= ord("0")):
        codes[places] = _written(_image(_signs(codes[places]), scheme, key))
    return texts_of(Letters(codes, letters.offsets)).cast(texts.type)


def _signs(codes: Codes) -> Signs:
    signs: Signs = np.where(
        codes >= ord("A"), codes.astype(np.int64) - ord("A") + 10, codes.astype(np.int64) - ord("0")
    )
    return signs


def _written(signs: Signs) -> Codes:
    return np.where(signs > 9, signs + ord("A") - 10, signs + ord("0")).astype(np.uint32)


def _image(signs: Signs, scheme: Scheme, key: DomainKey) -> Signs:
    body = list(scheme.body)
    letters = signs[:, body] > 9
    radices = np.where(letters, 26, 10).astype(np.uint64)
    numerals = (signs[:, body] - 10 * letters).astype(np.uint64)
    # One bijection for each way in which letters and digits stand.
    tweaks = letters @ (np.uint64(1) << np.arange(len(body), dtype=np.uint64))
    issued, out, waiting = scheme.issued(signs), signs.copy(), np.arange(len(signs))
    while len(waiting):
        numerals[waiting] = permute_numerals(key, tweaks[waiting], numerals[waiting], radices[waiting])
        out[np.ix_(waiting, np.array(body))] = numerals[waiting].astype(np.int64) + 10 * letters[waiting]
        waiting = waiting[scheme.issued(out[waiting]) != issued[waiting]]
    return _checked(signs, out, scheme)


def _checked(before: Signs, after: Signs, scheme: Scheme) -> Signs:
    """The check of each new number, away from the right one by as much as the old one was; one that no number has stays."""
    if scheme.expected is None:
        return after
    written = np.array([[ALPHABET.index(sign) for sign in check] for check in scheme.checks], np.int64)
    place = np.full(36 ** len(scheme.check), -1, np.int64)
    place[weighted_36(written)] = np.arange(len(written))
    given = place[weighted_36(before[:, list(scheme.check)])]
    error = given - scheme.expected(before)
    out = after.copy()
    shifted = written[(scheme.expected(after) + error) % len(written)]
    out[:, list(scheme.check)] = np.where(given[:, None] < 0, before[:, list(scheme.check)], shifted)
    return out


def weighted_36(signs: Signs) -> Numbers:
    """Each row as a number to the base 36."""
    return weighted(signs, [36**power for power in reversed(range(signs.shape[1]))])
