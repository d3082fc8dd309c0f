"""Numbers that a person is known by, made with valid check digits: whole columns at once, of no real person's account."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Texts = NDArray[np.str_]


def digits(values: Ints, width: int) -> Texts:
    """Decimal text, padded with zeros."""
    return np.char.zfill(values.astype(str), width)


def join(*parts: Texts | str) -> Texts:
    """Concatenate columns and constants."""
    joined = np.asarray(parts[0], dtype=str)
    for part in parts[1:]:
        joined = np.char.add(joined, np.asarray(part, dtype=str))
    return joined


def national_ids(rng: Generator, count: int) -> Texts:
    """Distinct `AAA-GG-SSSS` of the shape of US social security numbers: never area 000, 666 or 9xx, group 00, serial 0000."""
    serials = rng.choice(898 * 99 * 9_999, count, replace=False)
    area = serials // (99 * 9_999) + 1
    area += area >= 666
    group, serial = serials // 9_999 % 99 + 1, serials % 9_999 + 1
    return join(digits(area, 3), "-", digits(group, 2), "-", digits(serial, 4))


def phones(rng: Generator, area_codes: Texts) -> Texts:
    """One number in each of these areas, spelt `(207) 387-4142`, `207-387-4142` or `+1 207 387 4142`."""
    area, line = np.asarray(area_codes, dtype=str), digits(rng.integers(2_000, 10_000, len(area_codes)), 4)
    exchange = digits(rng.integers(200, 990, len(area_codes)), 3)
    spellings = np.stack([
        join("(", area, ") ", exchange, "-", line),
        join(area, "-", exchange, "-", line),
        join("+1 ", area, " ", exchange, " ", line),
    ])  # fmt: skip
    chosen: Texts = spellings[rng.choice(3, len(area), p=(0.5, 0.3, 0.2)), np.arange(len(area))]
    return chosen


def card_numbers(rng: Generator, count: int) -> Texts:
    """16 digits that begin like a card's (4 or 51 to 55) and end in their Luhn digit, in groups of four."""
    body = rng.integers(0, 10, (count, 15))
    visa = rng.random(count) < 0.6
    body[:, 0] = np.where(visa, 4, 5)
    body[:, 1] = np.where(visa, body[:, 1], rng.integers(1, 6, count))
    doubled = body.copy()
    doubled[:, ::2] *= 2
    total = (doubled // 10 + doubled % 10).sum(axis=1)
    number = (body * 10 ** np.arange(14, -1, -1)).sum(axis=1) * 10 + (-total) % 10
    groups = [digits(number // 10**place % 10_000, 4) for place in (12, 8, 4, 0)]
    return join(groups[0], " ", groups[1], " ", groups[2], " ", groups[3])


def ibans(rng: Generator, count: int) -> Texts:
    """German account numbers with valid check digits (ISO 13616: 98 - (BBAN ‖ 131400 mod 97))."""
    account = rng.integers(10**17, 10**18 - 1, count)
    check = 98 - (account % 97 * 10**6 + 131_400) % 97
    return join("DE", digits(check, 2), digits(account, 18))


def ip_addresses(rng: Generator, count: int) -> Texts:
    """Addresses of home lines; one in twenty speaks IPv6."""
    parts = rng.integers(1, 255, (4, count))
    first = rng.choice((24, 66, 71, 73, 98, 174), count)
    v4 = join(first.astype(str), ".", parts[1].astype(str), ".", parts[2].astype(str), ".", parts[3].astype(str))
    groups = [np.array([f"{group:x}" for group in column]) for column in rng.integers(1, 65_536, (4, count))]
    v6 = join("2001:db8:", groups[0], ":", groups[1], "::", groups[2], ":", groups[3])
    return np.where(rng.random(count) < 0.05, v6, v4)
