"""Card numbers by other card numbers."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from connectors.schema import Match
from engine.canonical import canonical_text
from engine.keys import DomainKey
from engine.masking.base import Context, Masker, Properties
from engine.masking.codepoints import Letters, letters_of, texts_of
from engine.masking.columns import over_distinct
from engine.masking.fpe import encrypt_numerals
from engine.masking.pseudonym import pseudonymise_texts

_CARD = r"^\d(?:[ -]?\d){11,18}$"

Digits = npt.NDArray[np.int64]


class CreditCard(Masker):
    """Each card number by another of the same issuer and length, with a valid check digit (Luhn) where it had one.

    Distinct numbers stay distinct; blanks and hyphens stay. The first digits name the bank, and they stay: a rare issuer can give its
    customer away. What is no card number (12 to 19 digits) is masked as `pseudonym` would.
    """

    name = "credit_card"
    title = "Card number with a valid check digit"
    domain = "credit_card"
    properties = Properties(bijective=True, keeps_checksum=True)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"keep_issuer": 0})

    keep_issuer: int = Field(default=6, ge=0, le=8)
    """How many digits at the start stay: they name the issuer."""

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return over_distinct(values, lambda distinct: self._mask(distinct, context))

    def _mask(self, values: pa.Array, context: Context) -> pa.Array:
        values = canonical_text(values, context.subject.column.folds & {Match.PAD})
        card = pc.match_substring_regex(values, _CARD)
        others = pseudonymise_texts(values.filter(pc.invert(card)), context.key, context.subject)
        out = pc.replace_with_mask(values, pc.invert(card), others)
        return pc.replace_with_mask(out, card, self._cards(values.filter(card), context.key))

    def _cards(self, texts: pa.Array, key: DomainKey) -> pa.Array:
        letters = letters_of(texts)
        codes = letters.codes.copy()
        for _, places in letters.groups(codes >= ord("0")):
            codes[places] = self._image(codes[places].astype(np.int64) - ord("0"), key) + ord("0")
        return texts_of(Letters(codes, letters.offsets)).cast(texts.type)

    def _image(self, digits: Digits, key: DomainKey) -> Digits:
        # Away from the right check digit by as much as before: numbers that differ only there stay distinct.
        error = digits[:, -1] - luhn(digits[:, :-1])
        out = digits.copy()
        out[:, self.keep_issuer : -1] = encrypt_numerals(digits[:, self.keep_issuer : -1], 10, key, "account")
        out[:, -1] = (luhn(out[:, :-1]) + error) % 10
        return out


def luhn(digits: Digits) -> Digits:
    """The check digit of each row (ISO/IEC 7812-1, annex B)."""
    doubled = digits[:, ::-1].copy()
    doubled[:, ::2] *= 2
    total: Digits = np.where(doubled > 9, doubled - 9, doubled).sum(axis=1)
    return -total % 10
