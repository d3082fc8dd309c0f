"""Values that maskers can work on, made of nothing but a counter: plausible in form, belonging to nobody."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import gcd

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DAY, carrier
from connectors.schema import Column, Kind
from engine.masking.base import Masker, Subject
from engine.masking.checked_code import ALPHABET, Scheme, Signs
from engine.masking.credit_card import luhn
from engine.masking.dates import DATE_KINDS
from engine.masking.licence_plate import plate_schemes
from engine.masking.national import USUAL, schemes
from engine.masking.places import country_of_locale
from engine.synthesis.generate.fresh import base32_texts, fixed_texts, fresh, room

Words = npt.NDArray[np.uint64]
Make = Callable[[Masker, Subject, Words, str], pa.Array]

_LETTERS = np.array([ord(sign) for sign in "abcdefghijklmnopqrstuvwxyz"], np.uint8)
_PUBLIC = bytes(32)
"""No secret: a masker's own key follows."""
_LOW = (1 << 32) - 5
"""Below it the product of two numbers fits a word."""
_FIRST_DAY, _DAYS = 14_610, 5_479
"""1 January 2010, and fifteen years."""
_BORN, _LIVES = -10_958, 25_567
"""1 January 1940, and seventy years."""


def spread(numbers: Words, size: int) -> Words:
    """Counters as numbers below `size` that do not look alike, distinct while there are fewer of them than that and than 2^32."""
    low = min(size, _LOW)
    step = int(low * 0.618) | 1
    while gcd(step, low) > 1:
        step += 2
    counted = numbers % np.uint64(low) * np.uint64(step) % np.uint64(low)
    return counted + np.uint64(low) * (scrambled(numbers, 0) % np.uint64(size // low))


def scrambled(numbers: Words, stream: int) -> Words:
    """Words that look random, other ones for every stream (Steele, Lea, Flood: SplitMix64)."""
    word = (numbers + np.uint64(stream << 40)) * np.uint64(0x9E3779B97F4A7C15)
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))


def seeds(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    """One value for each number, other ones for other numbers as far as the form allows, in the column's carrier."""
    made = _MAKERS.get(masker.name, _by_kind)(masker, subject, numbers, locale)
    column = subject.column
    if column.length is not None and pa.types.is_string(made.type):
        made = pc.utf8_slice_codeunits(made, 0, column.length)
    return made if made.type == carrier(column) else made.cast(carrier(column))


def seeds_of(masker: Masker, subjects: Sequence[Subject], numbers: Words, locale: str) -> list[pa.Array]:
    """The values of a rule's columns; dates of one row in the order of the columns."""
    made = [seeds(masker, subject, numbers, locale) for subject in subjects]
    if masker.name != "ordered_dates":
        return made
    days = np.zeros(len(numbers), np.int64)
    for place, subject in enumerate(subjects[1:], 1):
        if subject.column.kind in DATE_KINDS:
            days = days + (scrambled(numbers, place) % np.uint64(90)).astype(np.int64)
            width, unit = (pa.int32(), 1) if subject.column.kind is Kind.DATE else (pa.int64(), DAY)
            moved = made[place].cast(width).to_numpy(zero_copy_only=False).astype(np.int64) + days * unit
            made[place] = pa.array(moved).cast(width).cast(made[place].type)
    return made


def _by_kind(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    kind = subject.column.kind
    if kind in DATE_KINDS:
        return _days(subject.column, numbers, _FIRST_DAY, _DAYS)
    return _FORMS[kind](subject, numbers) if kind in _FORMS else _words(masker, subject, numbers, locale)


def _words(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    """`Kqzwelo`: a capital and six letters, as a name is written."""
    letters = _letters(numbers, min(subject.column.length or 7, 7))
    letters[:, 0] -= ord("a") - ord("A")
    return fixed_texts(letters)


def _letters(numbers: Words, length: int) -> npt.NDArray[np.uint8]:
    spread_out = spread(numbers, 26**length)
    powers = np.array([26**power for power in range(length - 1, -1, -1)], np.uint64)
    return _LETTERS[(spread_out[:, None] // powers % np.uint64(26)).astype(np.int64)]


def _digits(numbers: Words, length: int) -> npt.NDArray[np.int64]:
    spread_out = spread(numbers, 10**length)
    powers = np.array([10**power for power in range(length - 1, -1, -1)], np.uint64)
    return (spread_out[:, None] // powers % np.uint64(10)).astype(np.int64)


def _text(digits: npt.NDArray[np.int64]) -> pa.Array:
    return fixed_texts((digits + ord("0")).astype(np.uint8))


def _last_name(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    letters = _letters(scrambled(numbers, 1), min(subject.column.length or 8, 8))
    letters[:, 0] -= ord("a") - ord("A")
    return fixed_texts(letters)


def _full_name(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    """The first name and the last that the same number gives alone."""
    wide = Subject(subject.table, replace(subject.column, length=None))
    parts = [make(masker, wide, numbers, locale) for make in (_words, _last_name)]
    return pc.binary_join_element_wise(*parts, " ")


def _address(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    if subject.role in ("postcode", "house_number", "number"):
        return _text(_digits(numbers, 5))
    return _words(masker, subject, numbers, locale)


def _street(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    number = _text(1 + _digits(numbers, 2) % 9)
    return pc.binary_join_element_wise(number, _words(masker, subject, numbers, locale), "Street", " ")


def _email(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    letters = min(subject.column.length or 12, 12)
    # Masked addresses keep the case of these.
    local = pc.ascii_lower(base32_texts(scrambled(numbers, 2) >> np.uint64(64 - 5 * letters), letters))
    short = subject.column.length is not None and subject.column.length < 19
    return local if short else pc.binary_join_element_wise(local, "x.test", "@")


def _phone(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    region = (getattr(masker, "region", None) or country_of_locale(locale)).upper()
    start = {"DE": "+4930", "GB": "+4420", "FR": "+331", "ES": "+3491", "IT": "+3906", "NL": "+3120"}.get(
        region, "+1212"
    )
    length = {"FR": 8, "US": 7, "NL": 7, "ES": 7}.get(region, 8 if start != "+1212" else 7)
    local = _digits(numbers, length)
    local[:, 0] = 2 + local[:, 0] % 8
    limit = subject.column.length
    if limit is not None and limit < len(start) + length:
        return _text(_digits(numbers, min(limit, 15)))
    return pc.binary_join_element_wise(start, _text(local), "")


def _url(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    return pc.binary_join_element_wise("https://a.test/", _text(_digits(numbers, 12)), "")


def _card(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    digits = np.concatenate([np.full((len(numbers), 1), 4), _digits(numbers, 14)], axis=1)
    return _text(np.concatenate([digits, luhn(digits)[:, None]], axis=1))


def _imei(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    digits = _digits(numbers, 14)
    return _text(np.concatenate([digits, luhn(digits)[:, None]], axis=1))


def _iban(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    """German ones: the check of `DE` and 18 digits is that of these, 131400 behind them, modulo 97 (ISO 7064)."""
    account = _digits(numbers, 18)
    rest = np.zeros(len(numbers), np.int64)
    for digit in range(18):
        rest = (rest * 10 + account[:, digit]) % 97
    check = 98 - (rest * (1_000_000 % 97) + 131_400) % 97
    pair = np.stack([check // 10, check % 10], axis=1)
    return pc.binary_join_element_wise("DE", _text(np.concatenate([pair, account], axis=1)), "")


def _ip(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    parts = spread(numbers, 1 << 24)
    octets = [
        pa.array((parts >> np.uint64(shift) & np.uint64(255)).astype(np.int64)).cast(pa.string())
        for shift in (16, 8, 0)
    ]
    first = pa.array((np.uint64(11) + numbers % np.uint64(80)).astype(np.int64)).cast(pa.string())
    return pc.binary_join_element_wise(first, *octets, ".")


def _mac(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    octets = spread(numbers, 1 << 40).astype(">u8").tobytes()
    signs = np.frombuffer(octets.hex().encode(), np.uint8).reshape(-1, 16)[:, 6:]
    out = np.full((len(numbers), 17), ord(":"), np.uint8)
    out[:, [0, 1]] = [ord("0"), ord("2")]
    out[:, [3, 4, 6, 7, 9, 10, 12, 13, 15, 16]] = signs
    return fixed_texts(out)


def _national(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    name = getattr(masker, "scheme", None) or USUAL.get(country_of_locale(locale).upper(), "us_ssn")
    return of_scheme(schemes(name)[0], numbers)


def _plate(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    country = (getattr(masker, "country", None) or country_of_locale(locale)).upper()
    return of_scheme(plate_schemes(country)[0], numbers)


def _vin(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    """Made by nobody: the maker `ZZZ` is none."""
    signs = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
    alphabet = np.array([ord(sign) for sign in signs], np.uint8)
    spread_out = spread(numbers, 32**12)
    shifts = np.arange(11, -1, -1, dtype=np.uint64) * np.uint64(5)
    body = alphabet[(spread_out[:, None] >> shifts & np.uint64(31)).astype(np.int64)]
    out = np.full((len(numbers), 17), ord("Z"), np.uint8)
    out[:, 3:8], out[:, 8], out[:, 9], out[:, 10:] = body[:, :5], ord("0"), ord("K"), body[:, 5:]
    return fixed_texts(out)


def of_scheme(scheme: Scheme, numbers: Words) -> pa.Array:
    """Identifiers of this form with right checks; those that are not issued are drawn again a few times."""
    signs = _signs(scheme, numbers)
    for more in range(1, 40):
        wrong = ~scheme.issued(signs)
        if not wrong.any():
            break
        signs[wrong] = _signs(scheme, scrambled(numbers[wrong], 100 + more))
    if scheme.expected is not None:
        checks = np.array([[ALPHABET.index(sign) for sign in check] for check in scheme.checks], np.int64)
        signs[:, list(scheme.check)] = checks[scheme.expected(signs)]
    letters = np.array([ord(sign) for sign in ALPHABET], np.uint8)
    return fixed_texts(letters[signs])


def _signs(scheme: Scheme, numbers: Words) -> Signs:
    """Letters and digits as each place of the form allows."""
    columns = []
    for place, form in enumerate(scheme.places):
        allowed = np.array(_allowed(form), np.int64)
        base = scrambled(numbers, place)
        columns.append(allowed[(base % np.uint64(len(allowed))).astype(np.int64)])
    return np.stack(columns, axis=1)


def _allowed(form: str) -> list[int]:
    pattern = re.compile({"9": "[0-9]", "A": "[A-Z]", "X": "[A-Z0-9]"}.get(form, form))
    return [place for place, sign in enumerate(ALPHABET) if pattern.fullmatch(sign)]


def _fpe(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    characters = np.array([ord(sign) for sign in getattr(masker, "characters", "0123456789")], np.uint32)
    length = min(subject.column.length or 10, 10 if len(characters) > 4 else 30)
    size = min(len(characters) ** length, 1 << 62)
    left, columns = spread(numbers, size), []
    for _ in range(length):
        columns.append(characters[(left % np.uint64(len(characters))).astype(np.int64)])
        left = left // np.uint64(len(characters))
    rows = np.stack(columns, axis=1).astype("<u4")
    return pa.array(np.ascontiguousarray(rows).view(f"<U{length}")[:, 0].tolist(), pa.string())


def _days(column: Column, numbers: Words, first: int, count: int) -> pa.Array:
    days = spread(numbers, count).astype(np.int64) + first
    if column.kind is Kind.DATE:
        return pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32())
    seconds = spread(numbers, 86_400).astype(np.int64) * 1_000_000
    return pa.array(days * DAY + seconds, pa.int64()).cast(carrier(column))


def _birth(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    return _days(subject.column, numbers, _BORN, _LIVES)


def _date_text(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    days = spread(numbers, _DAYS).astype(np.int64) + _FIRST_DAY
    form = str(getattr(masker, "formats", ("iso",))[0])
    if subject.column.kind is not Kind.TEXT:
        unit = {"unix": 86_400, "unix_ms": 86_400_000, "unix_us": DAY}.get(form)
        offset = {"julian": 2_440_588, "excel": 25_569}.get(form, 0)
        plain = days * unit if unit else days + offset
        if form.startswith("%"):
            return (
                pc.strftime(_dates(days), format=form).cast(pa.int64()).cast(pa.string()).cast(carrier(subject.column))
            )
        return pa.array(plain, pa.int64()).cast(pa.string()).cast(carrier(subject.column))
    return pc.strftime(_dates(days), format="%Y-%m-%d" if form == "iso" else form)


def _dates(days: npt.NDArray[np.int64]) -> pa.Array:
    return pa.array(days * DAY, pa.int64()).cast(pa.timestamp("us")).cast(pa.timestamp("s"))


def _place(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    """Somewhere between 40 south and 60 north."""
    drawn = (scrambled(numbers, 0) >> np.uint64(24)).astype(np.float64) / (1 << 40)
    other = (scrambled(numbers, 1) >> np.uint64(24)).astype(np.float64) / (1 << 40)
    latitude, longitude = np.round(drawn * 100 - 40, 5), np.round(other * 300 - 150, 5)
    column = subject.column
    if column.kind is Kind.FLOAT:
        return pa.array(longitude if subject.role == "longitude" else latitude)
    one = [pa.array(np.round(each, min(column.scale or 5, 5))).cast(pa.string()) for each in (latitude, longitude)]
    if subject.role in ("latitude", "longitude"):
        text = one[subject.role == "longitude"]
        return text if column.kind is Kind.TEXT else text.cast(pa.float64()).cast(carrier(column))
    if column.kind is Kind.OTHER:
        return pc.binary_join_element_wise("(", pc.binary_join_element_wise(one[1], one[0], ","), ")", "")
    return pc.binary_join_element_wise(one[0], one[1], ", ")


_PROSE = (
    "call back letter sent order changed delivery late refund agreed question answered visit planned note added".split()
)


def _prose(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    """A few words of a short list, of which none names anybody."""
    words = pa.array(_PROSE, pa.string())
    places = [(scrambled(numbers, place) % np.uint64(len(_PROSE))).astype(np.int64) for place in range(6)]
    return pc.binary_join_element_wise(*(words.take(pa.array(each)) for each in places), " ")


def _document(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    empty = {"xml_path": "<empty/>"}.get(masker.name, "{}")
    if masker.name == "elements":
        empty = (
            "{}" if subject.column.kind is Kind.ARRAY else "[]" if getattr(masker, "separator", None) is None else "x"
        )
    return pa.repeat(pa.scalar(empty, pa.string()), len(numbers))


def _picture(masker: Masker, subject: Subject, numbers: Words, locale: str) -> pa.Array:
    """A header of a PNG picture of 64 x 64 pixels: no more of it is read."""
    header = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (64).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00\x25\x0b\xe6\x89"
    )
    return pa.repeat(pa.scalar(header, pa.binary()), len(numbers))


def _key(subject: Subject, numbers: Words) -> pa.Array:
    """Any value of the type, counted."""
    wide = room(subject.column, 1 if subject.column.kind in (Kind.INTEGER, Kind.DECIMAL) else None)
    first = int(numbers[0]) if len(numbers) else 0
    wrapped = first % max(wide.size - len(numbers), 1)
    return fresh(wide, wrapped, min(len(numbers), wide.size), _PUBLIC, np.random.default_rng(first)).take(
        pa.array(np.arange(len(numbers)) % max(min(len(numbers), wide.size), 1))
    )


_FORMS: Mapping[Kind, Callable[[Subject, Words], pa.Array]] = dict.fromkeys(
    (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.UUID, Kind.BINARY, Kind.BIT, Kind.BOOLEAN, Kind.ENUM, Kind.TIME), _key
)
_MAKERS: Mapping[str, Make] = {
    "full_name": _full_name,
    "last_name": _last_name,
    "address": _address,
    "street": _street,
    "postcode": lambda masker, subject, numbers, locale: _text(_digits(numbers, 5)),
    "email": _email,
    "phone": _phone,
    "url": _url,
    "credit_card": _card,
    "iban": _iban,
    "imei": _imei,
    "vin": _vin,
    "ip": _ip,
    "mac": _mac,
    "national_id": _national,
    "licence_plate": _plate,
    "fpe": _fpe,
    "birth_date": _birth,
    "date_text": _date_text,
    "coordinates": _place,
    "coordinates_cell": _place,
    "free_text": _prose,
    "json_path": _document,
    "xml_path": _document,
    "elements": _document,
    "image": _picture,
    "blob": _picture,
}
