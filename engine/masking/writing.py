"""Texts by how they are written, that is all but their digits, and digits replaced in place: without a loop over rows.

Columns of numbers have few writings. What depends on the writing alone is found once for each, and in all texts of one writing the
digits stand at the same places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.masking.octets import Octets, Places, octets_of

ZERO = np.uint8(48)
MOST = 256
"""Writings that are gone through one by one; of more, the place of every digit is looked up by itself."""

Digits = npt.NDArray[np.uint8]
Cipher = Callable[[Digits, Places], Digits]
"""From the digits of some rows, an (n, k) array, and those rows to other digits."""


@dataclass(frozen=True)
class Writings:
    """A column of texts, and how they are written."""

    values: pa.Array
    forms: pa.Array
    """Each writing once, 0 for every digit."""
    of: npt.NDArray[np.int32]
    """The form of each value; -1 for NULL."""

    def matching(self, pattern: str) -> npt.NDArray[np.bool_]:
        """Which values a pattern matches that takes one digit for another."""
        found = pc.match_substring_regex(self.forms, pattern).to_numpy(zero_copy_only=False)
        matched: npt.NDArray[np.bool_] = np.append(found, False)[self.of]
        return matched

    def replace(self, cipher: Cipher) -> pa.Array:
        """The values with their digits replaced; the cipher is called once for each number of digits."""
        offsets, data = octets_of(self.values)
        out = data.copy()
        if len(self.forms) <= MOST:
            self._by_form(out, offsets[:-1], cipher)
        else:
            _by_place(out, offsets, cipher)
        return _texts(self.values, offsets, out)

    def _by_form(self, out: Octets, starts: Places, cipher: Cipher) -> None:
        forms = [np.frombuffer(form.encode(), np.uint8) for form in self.forms.to_pylist()]
        counts = np.array([int((form == ZERO).sum()) for form in forms], np.int64)
        for count in np.unique(counts[counts > 0]):
            groups = [_Group(self._rows(form), forms[form]) for form in np.flatnonzero(counts == count).tolist()]
            digits = [group.digits(out, starts) for group in groups]
            replaced = cipher(np.concatenate(digits), np.concatenate([group.rows for group in groups]))
            ends = np.cumsum([len(group.rows) for group in groups])
            for group, part in zip(groups, np.split(replaced, ends[:-1]), strict=True):
                group.put(out, starts, part)

    def _rows(self, form: int) -> Places:
        return (
            np.arange(len(self.of))
            if len(self.forms) == 1 and not self.values.null_count
            else np.flatnonzero(self.of == form)
        )


@dataclass(frozen=True)
class _Group:
    """The rows of one form."""

    rows: Places
    form: Octets

    def digits(self, data: Octets, starts: Places) -> Digits:
        octets = self._cells(data)[starts[self.rows]].view(np.uint8).reshape(len(self.rows), len(self.form))
        return octets[:, self.form == ZERO] - ZERO

    def put(self, data: Octets, starts: Places, digits: Digits) -> None:
        octets = np.tile(self.form, (len(self.rows), 1))
        octets[:, self.form == ZERO] = digits + ZERO
        self._cells(data)[starts[self.rows]] = octets.view(f"V{len(self.form)}")[:, 0]

    def _cells(self, data: Octets) -> npt.NDArray[np.void]:
        """The bytes as texts of this length, one from each byte on: numpy then moves a text as one item."""
        width = len(self.form)
        return np.ndarray(len(data) - width + 1, f"V{width}", data.data, strides=(1,))


def writings(values: pa.Array) -> Writings:
    """How the values of a string column are written."""
    offsets, data = octets_of(values)
    zeroed = data.copy()
    np.copyto(zeroed, ZERO, where=(data - ZERO) < 10)
    encoded = _texts(values, offsets, zeroed).dictionary_encode()
    of = encoded.indices.fill_null(-1) if values.null_count else encoded.indices
    return Writings(values, encoded.dictionary, of.to_numpy())


def replace_digits(values: pa.Array, cipher: Cipher) -> pa.Array:
    """The values with their ASCII digits replaced in place."""
    return writings(values).replace(cipher)


def _by_place(out: Octets, offsets: Places, cipher: Cipher) -> None:
    is_digit = (out - ZERO) < 10
    places = np.flatnonzero(is_digit)
    running = np.concatenate([np.zeros(1, np.int64), np.cumsum(is_digit, dtype=np.int64)])[offsets]
    for rows, at in _equally_many(places, running):
        out[at] = cipher(out[at] - ZERO, rows) + ZERO


def _equally_many(places: Places, running: Places) -> Iterator[tuple[Places, Places]]:
    """Rows with equally many digits together, and an (n, count) array of the places of their digits."""
    counts = np.diff(running)
    for count in np.unique(counts[counts > 0]):
        rows = np.flatnonzero(counts == count)
        yield rows, places[running[rows][:, None] + np.arange(count)]


def _texts(values: pa.Array, offsets: Places, data: Octets) -> pa.Array:
    """Other bytes in the place of the values' own; NULL where they have it."""
    valid = pc.is_valid(values).buffers()[1] if values.null_count else None
    return pa.StringArray.from_buffers(len(values), pa.py_buffer(offsets.astype(np.int32)), pa.py_buffer(data), valid)
