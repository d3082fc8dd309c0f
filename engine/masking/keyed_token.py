"""Text by an unguessable token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from connectors.schema import Kind
from engine.canonical import EXACT
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.columns import comparable, keep_null, over_distinct
from engine.prf import Octets, Words
from engine.problems import Problem

BASE32 = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz234567", np.uint8)
"""RFC 4648 in lower case: distinct under every collation."""
SHORTEST = 16
"""Characters of 5 bits each: 80 bits keep a billion values apart with a chance of one in two million that any two meet."""


class Token(Masker):
    """A keyed token of 80 bits or more in place of the text, equal texts getting equal tokens.

    It keeps nothing of the text but equality: neither its length nor its form. A document becomes one of a single token, an object
    staying an object and a list a list. Whoever holds the key can still test guesses.
    """

    name = "token"
    title = "Token, keyed and unguessable"
    properties = Properties(bijective=True, overlap="none")
    kinds = frozenset({Kind.TEXT, Kind.JSON})
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({}, {"prefix": "t-", "length": 20})

    prefix: str = ""
    """Stands before every token."""
    length: int = Field(default=SHORTEST, ge=SHORTEST, le=25)
    """Characters of the token itself, 5 bits each."""

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        needed, length = len(self.prefix) + self.length, subject.column.length
        if length is not None and needed > length:
            yield self.problem(
                subject,
                "token-length",
                f"A token has {needed} characters and the column takes {length}.",
                "Mask it with `pseudonym` or `fpe`, which keep the length.",
            )

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        if context.subject.column.kind is Kind.JSON:
            return over_distinct(values, lambda documents: self._documents(documents, context))
        tokens = base32(context.key.cmac(comparable(values, context), "token"), self.length)
        joined = pc.binary_join_element_wise(self.prefix, tokens, "") if self.prefix else tokens
        return keep_null(joined.cast(values.type), values)

    def _documents(self, values: pa.Array, context: Context) -> pa.Array:
        # Equal documents may be written in several ways, which no kernel knows: each distinct one goes through Python.
        documents = [_canonical(text) for text in values.to_pylist()]
        tokens = base32(context.key.cmac(pa.array([text for text, _ in documents], pa.string()), "token"), self.length)
        texts = [
            around[0] + self.prefix + token + around[1]
            for (_, around), token in zip(documents, tokens.to_pylist(), strict=True)
        ]
        return pa.array(texts, values.type)


def _canonical(text: str) -> tuple[str, tuple[str, str]]:
    """A document written in one way only, and what makes a document of the same kind of its token."""
    try:
        found = json.loads(text, parse_float=Decimal, parse_constant=str)
    except ValueError:
        return text, _SCALAR
    around = _OBJECT if isinstance(found, dict) else _LIST if isinstance(found, list) else _SCALAR
    return json.dumps(found, sort_keys=True, default=_number), around


def _number(number: Decimal) -> str:
    return f"{number.normalize(EXACT):f}"


_OBJECT, _LIST, _SCALAR = ('{"token": "', '"}'), ('["', '"]'), ('"', '"')


def base32(tags: Words, length: int) -> pa.Array:
    """The first `length` (at most 25) base32 digits of each (n, 2) tag."""
    bits = np.unpackbits(tags.astype(">u8").view(np.uint8), axis=1)[:, : 5 * length].reshape(-1, length, 5)
    return fixed_width_text(BASE32[bits @ np.array([16, 8, 4, 2, 1], np.uint8)])


def fixed_width_text(letters: Octets) -> pa.Array:
    """An (n, width) array of ASCII codes as n texts."""
    count, width = letters.shape
    offsets = np.arange(0, (count + 1) * width, width or 1, dtype=np.int32)[: count + 1]
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(letters)))
