"""Bank account numbers (IBAN) by others."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Match
from engine.canonical import canonical_text
from engine.keys import DomainKey
from engine.masking.base import Context, Masker, Properties
from engine.masking.codepoints import Codes, Letters, letters_of, texts_of
from engine.masking.columns import over_distinct
from engine.masking.fpe import encrypt_numerals
from engine.masking.pseudonym import walked

_IBAN = r"^[A-Z]{2} ?(?:0[2-9]|[1-8][0-9]|9[0-8])(?: ?[A-Z0-9]){11,30}$"

Numbers = npt.NDArray[np.int64]


class Iban(Masker):
    """Each IBAN by another of the same country and form, with valid check digits (ISO 7064, modulo 97) where it had them.

    Distinct numbers stay distinct; the country, blanks, and where digits and letters stand stay. The bank becomes one that may not
    exist, and check digits inside a national account number are not computed anew. What is no IBAN is masked as `pseudonym` would.
    """

    name = "iban"
    title = "IBAN with valid check digits"
    domain = "iban"
    properties = Properties(bijective=True, keeps_checksum=True)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({},)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return over_distinct(values, lambda distinct: _mask(distinct, context))


def _mask(values: pa.Array, context: Context) -> pa.Array:
    values = canonical_text(values, context.subject.column.folds & {Match.PAD})
    caseless = Match.CASE in context.subject.column.folds
    upper, iban = pc.ascii_upper(values), _are_ibans(values, caseless)
    others = walked(
        values.filter(pc.invert(iban)),
        lambda texts: pc.invert(_are_ibans(texts, caseless)),
        context.key,
        context.subject,
    )
    out = pc.replace_with_mask(values, pc.invert(iban), others)
    image = _ibans(upper.filter(iban), context.key)
    small = pc.equal(values.filter(iban), pc.ascii_lower(values.filter(iban)))
    return pc.replace_with_mask(out, iban, pc.if_else(small, pc.ascii_lower(image), image))


def _are_ibans(values: pa.Array, caseless: bool) -> pa.Array:
    """Check digits are 02 to 98. In mixed case a text is none as anyone writes it, where that makes a difference: giving it one case
    could make two texts one."""
    upper = pc.ascii_upper(values)
    one_case = pc.or_(pc.equal(upper, values), pc.equal(pc.ascii_lower(values), values))
    iban = pc.match_substring_regex(upper, _IBAN)
    return iban if caseless else pc.and_(iban, one_case)


def _ibans(texts: pa.Array, key: DomainKey) -> pa.Array:
    letters = letters_of(texts)
    signs = letters.codes != ord(" ")
    account = np.zeros(len(signs), np.bool_)
    for _, places in letters.groups(signs):
        account[places[:, 4:]] = True
    codes = letters.codes.copy()
    for first, radix, label in (("A", 26, "letters"), ("0", 10, "digits")):
        kind = (codes >= ord("A")) == (first == "A")
        for _, places in letters.groups(account & kind):
            codes[places] = encrypt_numerals(codes[places].astype(np.int64) - ord(first), radix, key, label) + ord(
                first
            )
    for _, places in letters.groups(signs):
        codes[places[:, 2:4]] = _checked(letters.codes[places], codes[places])
    return texts_of(Letters(codes, letters.offsets)).cast(texts.type)


def _checked(before: Codes, after: Codes) -> Codes:
    """The check digits of new numbers, away from the right ones by as much as the old were: distinct ones stay distinct."""
    old = (before[:, 2].astype(np.int64) - ord("0")) * 10 + before[:, 3] - ord("0")
    new = (check_digits(after) + old - check_digits(before) - 2) % 97 + 2
    return np.stack([new // 10 + ord("0"), new % 10 + ord("0")], axis=1).astype(np.uint32)


def check_digits(codes: Codes) -> Numbers:
    """98 minus the account, country and `00` modulo 97, for each row of an IBAN's characters (ISO 13616)."""
    rest = np.zeros(len(codes), np.int64)
    for column in (*range(4, codes.shape[1]), 0, 1):
        code = codes[:, column].astype(np.int64)
        rest = np.where(code >= ord("A"), rest * 100 + code - ord("A") + 10, rest * 10 + code - ord("0")) % 97
    checked: Numbers = 98 - rest * 100 % 97
    return checked
