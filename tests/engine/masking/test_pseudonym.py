"""Keys stay keys: of the same form, distinct, inside their type, and the same in every database."""

from __future__ import annotations

import datetime as dt
import ipaddress
import itertools
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.arrow import DATES, carrier
from connectors.names import TableName
from connectors.schema import Column, Kind, Match
from engine.canonical import canonical_text
from engine.domains import DomainSpec
from engine.masking.base import Subject
from engine.masking.date_key import permute_dates
from engine.masking.integer_key import base_band, edges
from tests.engine.masking.one_column import OTHER_KEY, codes, context, mask, subject

BIGINT = subject(Kind.INTEGER, precision=64)


def _mask(values: Sequence[Any], about: Subject, **more: Any) -> list[Any]:
    return mask("pseudonym", values, about=about, type_=carrier(about.column), **more)


@pytest.mark.parametrize("precision", [8, 16])
@pytest.mark.parametrize("unsigned", [False, True])
def test_every_value_of_a_narrow_integer_type_has_its_own_image_inside_it(precision: int, unsigned: bool) -> None:
    """Exhaustively; 0 and the smallest negative number stay."""
    low, high = (0, 2**precision - 1) if unsigned else (-(2 ** (precision - 1)), 2 ** (precision - 1) - 1)
    image = _mask(range(low, high + 1), subject(Kind.INTEGER, precision=precision, unsigned=unsigned))
    assert sorted(image) == list(range(low, high + 1))
    assert image[-low] == 0
    assert image[0] == low


@pytest.mark.parametrize("precision", [1, 2, 3, 4])
def test_every_value_of_a_narrow_decimal_has_its_own_image_inside_it(precision: int) -> None:
    """No power of two is its bound."""
    numbers = [Decimal(number) for number in range(-(10**precision) + 1, 10**precision)]
    assert sorted(_mask(numbers, subject(Kind.DECIMAL, precision=precision, scale=0))) == numbers


@settings(deadline=None, max_examples=40)
@given(numbers=st.sets(st.integers(-(2**63), 2**63 - 1) | st.integers(-300, 300), max_size=30))
def test_integers_stay_distinct_in_their_band(numbers: set[int]) -> None:
    """Sign and band of sizes are kept, so the image fits wherever the number did."""
    image = _mask(sorted(numbers), BIGINT)
    assert len(set(image)) == len(numbers)
    for before, after in zip(sorted(numbers), image, strict=True):
        assert (before > 0) == (after > 0)
        assert sum(edge <= abs(before) for edge in edges(64)) == sum(edge <= abs(after) for edge in edges(64))


def test_columns_of_one_domain_agree_whatever_their_types() -> None:
    """An int, a bigint, a decimal and a numeric without precision, under the width that was agreed."""
    spec = DomainSpec("person_c", "pseudonym", 1, "integer", 16)
    numbers = [1, 2, 300, 24_000]
    images = [
        _mask(numbers, subject(Kind.INTEGER, precision=16), spec=spec),
        _mask(numbers, BIGINT, spec=spec),
        [
            int(value)
            for value in _mask(
                [Decimal(number) for number in numbers], subject(Kind.DECIMAL, precision=12, scale=0), spec=spec
            )
        ],
        [int(value) for value in _mask(list(map(str, numbers)), subject(Kind.DECIMAL), spec=spec)],
    ]
    assert all(image == images[0] for image in images)
    assert max(images[0]) < base_band(16).stop


def test_the_upper_quarter_is_left_for_rows_to_come() -> None:
    """Keys of the base band never reach it."""
    assert max(_mask(range(1, 24_576), subject(Kind.INTEGER, precision=16))) == 24_575


def test_numbers_beyond_any_machine_word_stay_distinct() -> None:
    """Long decimals keep their first digit and their length."""
    numbers = [Decimal(10**30 + number) for number in range(50)] + [Decimal(2**64), Decimal(2**64 - 1)]
    image = _mask(numbers, subject(Kind.DECIMAL, precision=38, scale=0))
    assert len(set(image)) == len(numbers)
    assert all(str(number)[0] == "1" and len(str(number)) == 31 for number in image[:50])


def test_a_number_without_a_scale_keeps_its_sign_and_nothing_of_what_stands_after_the_point() -> None:
    numbers = ["2.7182", "2", "2.70", "-2.7", "0.5", "3.5", "12345678901234567890123456789012345.25"]
    masked_ = [Decimal(text) for text in _mask(numbers, subject(Kind.DECIMAL))]
    assert len(set(masked_)) == len(numbers)
    behind = [str(number).partition(".")[2] for number in masked_]
    assert [bool(digits) for digits in behind] == [True, False, True, True, True, True, True]
    assert not {"7182", "7", "5", "25"} & set(behind)
    assert [number < 0 for number in masked_] == [False] * 3 + [True] + [False] * 3


WORDS = {
    "codes of a shape": ["".join(word) for word in itertools.product("AQZ", "0123456789", "-", "abc", "05")],
    "four digits": [f"{number:04d}" for number in range(10_000)],
    "three letters": ["".join(word) for word in itertools.product("abcdefghijklmnopqrstuvwxyz", repeat=3)],
    "six digits": [f"{number:06d}" for number in range(0, 1_000_000, 31)],
    "hexadecimal": [f"{number:012x}" for number in range(0, 16**12, 16**12 // 20_000)],
    "mixed": ["".join(word) * 3 for word in itertools.product("aB3", "0xY", "7k", "Qz1", "m9")],
    "long": [f"{'x' * 40}{number:05d}" for number in range(1000)],
}


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("folds", [frozenset(), frozenset({Match.CASE})])
def test_text_keys_keep_length_and_stay_distinct(words: list[str], folds: frozenset[Match]) -> None:
    """By the collation that compares them."""
    image = _mask(words, subject(folds=folds))
    compared = [text.casefold() for text in image] if folds else image
    assert len(set(compared)) == len({word.casefold() for word in words} if folds else set(words))
    assert [len(text) for text in image] == [len(word) for word in words]


def test_text_keys_keep_the_places_of_letters_digits_and_separators() -> None:
    """ALFKI becomes five capitals, an order number an order number, a hash a hash."""
    image = _mask(["ALFKI", "ORD-2024/00017", "x:y", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "", "-"], subject())
    for text, pattern in zip(
        image, ["[A-Z]{5}", r"[A-Z]{3}-\d{4}/\d{5}", "[a-z]:[a-z]", "[0-9a-f]{40}", "", "-"], strict=True
    ):
        assert re.fullmatch(pattern, text)


def test_keys_that_a_database_takes_for_equal_mask_to_equal_ones() -> None:
    """Case, accents and trailing blanks of the collation."""
    folds = frozenset({Match.CASE, Match.ACCENT, Match.PAD})
    one, other, third = _mask(["Müller-17", "MULLER-17  ", "507F1f77bcf86cd799439011"], subject(folds=folds))
    assert one.casefold() == other.casefold()
    assert third.casefold() == _mask(["507f1f77bcf86cd799439011"], subject(folds=folds))[0].casefold()


def test_texts_outside_the_alphabet_keep_their_length_or_become_tokens() -> None:
    """A text that is as long as a token becomes one; a shorter one fits its column, however narrow, in its character set."""
    before = ["Čapek", "Ærøskøbing@b.example", "Côt", "Łu", "東京", "😀😀", "Ж-17"]
    after = _mask(before, subject(length=20))
    assert [len(text) for text in after] == [5, 16, 3, 2, 2, 2, 4]
    assert not set(before) & set(after)
    assert _mask(before, subject()) == after
    assert all("Côt".encode("latin-1") != text.encode("latin-1") for text in _mask(["Côt"], subject(length=3)))
    assert _mask(["😀"], subject(length=40, folds=frozenset({Match.CASE})))[0].isascii()


@settings(deadline=None, max_examples=60)
@given(
    texts=st.sets(st.text(max_size=6), max_size=20),
    folds=st.sets(st.sampled_from([Match.CASE, Match.ACCENT, Match.PAD])).map(frozenset),
)
def test_short_texts_of_any_script_stay_distinct_under_their_collation(
    texts: set[str], folds: frozenset[Match]
) -> None:
    """No longer than they were, so no column is too narrow."""
    values = list({canonical_text(pa.array([text]), folds)[0].as_py(): text for text in sorted(texts)}.values())
    image = _mask(values, subject(folds=folds, length=6))
    assert len({canonical_text(pa.array([text]), folds)[0].as_py() for text in image}) == len(values)
    plain = [len(canonical_text(pa.array([text]), folds - {Match.CASE})[0].as_py()) for text in values]
    assert all(len(new) <= max(len(old), size) for new, old, size in zip(image, values, plain, strict=True))


@pytest.mark.parametrize("letters", ["àçéèñöüß", "абвгдежз", "αβγδεζηθ"])
def test_every_letter_of_a_script_has_its_own_image(letters: str) -> None:
    """One letter and two: the whole class is permuted, and what any older character set holds stays in it."""
    words = [a + b for a in letters for b in letters] + list(letters)
    image = _mask(words, subject(length=2))
    assert len(set(image)) == len(words)
    assert [len(text) for text in image] == [len(text) for text in words]
    name = {"à": "latin-1", "а": "cp1251", "α": "iso8859-7"}[letters[0]]
    assert all(text.encode(name) for text in image)


def test_uuids_keep_version_and_variant_and_agree_with_their_texts() -> None:
    """A uuid column and a char(36) column of one domain join."""
    values = [uuid.UUID(int=number << 64 | 4 << 76 | 2 << 62) for number in range(500)]
    image = [uuid.UUID(bytes=octets) for octets in _mask([value.bytes for value in values], subject(Kind.UUID))]
    assert len(set(image)) == 500
    assert {value.version for value in image} == {4}
    assert _mask([str(value) for value in values], subject()) == [str(value) for value in image]
    assert _mask([str(value).upper() for value in values[10:16]], subject()) == [
        str(value).upper() for value in image[10:16]
    ]


@pytest.mark.parametrize("length", [1, 2, 3, 8, 9, 16, 17, 40])
def test_binary_keys_keep_length_and_stay_distinct(length: int) -> None:
    """Exhaustively for one and two bytes."""
    count = min(256**length, 65_536)
    values = [(number * (256**length // count)).to_bytes(length, "big") for number in range(count)]
    image = _mask(values, subject(Kind.BINARY))
    assert len(set(image)) == count
    assert {len(value) for value in image} == {length}


def test_dates_of_people_stay_in_their_two_centuries() -> None:
    """Every day from 1900 to 2099 has its own image among them."""
    days = [dt.date(1900, 1, 1) + dt.timedelta(number) for number in range(73_049)]
    assert sorted(_mask(days, subject(Kind.DATE))) == days


def test_timestamps_stay_distinct_and_as_coarse_as_they_were() -> None:
    """Midnight, whole seconds, milliseconds; and the day agrees with the date column's."""
    day = dt.datetime(2024, 2, 29)
    moments = [day + dt.timedelta(seconds=number) for number in range(0, 86_400, 7)]
    image = _mask(moments, subject(Kind.TIMESTAMP))
    assert len(set(image)) == len(moments)
    assert image[0].time() == dt.time()
    assert image[0].date() == _mask([day.date()], subject(Kind.DATE))[0]
    assert all(moment.microsecond == 0 for moment in image)
    fine = _mask([day + dt.timedelta(microseconds=number) for number in range(5000)], subject(Kind.TIMESTAMP))
    assert len(set(fine)) == 5000
    assert [moment.microsecond % 1000 == 0 for moment in fine] == [number % 1000 == 0 for number in range(5000)]


def test_enum_labels_change_places() -> None:
    """A permutation of the labels, and of the sets of labels; a SET of 64 has too many sets."""
    labels = ("new", "paid", "sent", "lost")
    assert sorted(_mask(labels, subject(Kind.ENUM, enum=labels))) == sorted(labels)
    sets = Subject(TableName("t"), Column("c", "set('a','b','c')", Kind.ENUM, enum=("a", "b", "c")))
    every = ["", "a", "b", "a,b", "c", "a,c", "b,c", "a,b,c"]
    assert sorted(_mask(every, sets)) == sorted(every)
    wide = tuple(f"x{number}" for number in range(64))
    assert codes("pseudonym", Subject(sets.table, replace(sets.column, enum=wide))) == ["pseudonym-set"]


def other(native: str, values: Sequence[object], kind: Kind = Kind.OTHER, **facts: Any) -> list[Any]:
    """The pseudonyms of values of a type that is carried as the database's own text; all of them differ."""
    found = _mask(values, Subject(TableName("t"), Column("c", native, kind, **facts)))
    assert len(set(found)) == len(set(values))
    return found


def test_addresses_stay_addresses_of_networks_of_the_same_size() -> None:
    every = [f"10.0.0.{number}/28" for number in range(256)]
    hosts = [ipaddress.ip_interface(text) for text in other("inet", every)]
    assert {host.network.prefixlen for host in hosts} == {28}
    assert len({host.network for host in hosts}) == 16
    assert [host.ip == host.network[0] for host in hosts] == [number % 16 == 0 for number in range(256)]
    networks = [ipaddress.ip_network(text) for text in other("cidr", every[::16])]
    assert [host.network for host in hosts[::16]] == networks, "columns of networks and of hosts agree"
    for size in (1, 31, 32, 64, 65, 77, 127, 128):
        text = [f"{ipaddress.IPv6Address(number)}/{size}" for number in range(300)]
        assert all(ipaddress.ip_interface(found).network.prefixlen == size for found in other("inet", text))
    cards = other("macaddr", [f"08:00:2b:01:{n >> 8:02x}:{n & 255:02x}" for n in range(1000)])
    assert all(int(card[:2], 16) & 3 == 0 for card in cards)


def test_ranges_keep_their_width_and_bits_their_number() -> None:
    for text in other("int4range", [f"[{low},{low + 3})" for low in range(-50, 200)]):
        low, high = text.strip("[)").split(",")
        assert int(high) - int(low) == 3
    assert other("int4range", ["empty", "(,)"]) == ["empty", "(,)"]
    days = other("daterange", ["[2020-01-01,2020-02-01)", "[2020-01-01,infinity)", "[0044-03-15 BC,2020-01-01)"])
    assert [text.endswith("infinity)") for text in days] == [False, True, False]
    (stay,) = other("tstzrange", ['["2020-01-01 14:00:00+00","2020-01-03 10:00:00+00")'])
    arrival, departure = (dt.datetime.fromisoformat(part.strip('[)"')) for part in stay.split(","))
    assert departure - arrival == dt.timedelta(hours=44)
    for length in (1, 3, 10):
        every = [format(number, f"0{length}b") for number in range(1 << length)]
        assert sorted(other("varbit", every, Kind.BIT)) == every
    for length in (64, 65, 127, 128, 200):
        assert {len(text) for text in other("varbit", [format(n, f"0{length}b") for n in range(500)], Kind.BIT)} == {
            length
        }


def test_elements_of_arrays_are_masked_as_the_columns_that_they_repeat() -> None:
    numbers = other("integer[]", ["{1,2,NULL}", "{}", "{{1,2},{2,1}}", "[0:1]={5,6}"], Kind.ARRAY, element="integer")
    one, two = _mask([1, 2], subject(Kind.INTEGER, precision=32))
    assert [text.replace('"', "") for text in numbers[:3]] == [
        f"{{{one},{two},NULL}}",
        "{}",
        f"{{{{{one},{two}}},{{{two},{one}}}}}",
    ]
    assert numbers[3].startswith("[0:1]={")
    texts = other("text[]", ['{a,"b c",NULL,"NULL"}', '{"x\\"y"}', '{""}', '{"{1,2}"}'], Kind.ARRAY, element="text")
    assert re.fullmatch(r'\{"[a-z]","[a-z] [a-z]",NULL,"[A-Z]{4}"\}', texts[0])
    assert re.fullmatch(r'\{"[a-z]\\"[a-z]"\}', texts[1])


def test_years_and_timestamps_of_a_narrow_range_stay_in_it() -> None:
    years = list(range(1901, 2156))
    assert sorted(other("year", years, Kind.INTEGER, precision=16, unsigned=True, range=(1901, 2155))) == years
    ends = (1_000_000, 2_147_483_647_000_000)
    moments = [
        dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC),
        dt.datetime(2024, 2, 29, tzinfo=dt.UTC),
        dt.datetime(2037, 12, 31, tzinfo=dt.UTC),
    ]
    for moment in other("timestamp", moments, Kind.TIMESTAMPTZ, range=ends):
        assert ends[0] <= moment.timestamp() * 1e6 <= ends[1]


def test_another_key_gives_other_pseudonyms() -> None:
    """Of a thousand numbers hardly one agrees."""
    numbers = list(range(1, 1001))
    assert (
        sum(
            one == other
            for one, other in zip(_mask(numbers, BIGINT), _mask(numbers, BIGINT, key=OTHER_KEY), strict=True)
        )
        < 5
    )


def test_all_short_texts_and_all_days_change_places() -> None:
    """Exhaustively: every text of two letters of one case, of a letter and a digit, and every day of the years 1 to 9999."""
    for first, second in (("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), ("ABCDEF", "0123456789")):
        every = ["".join(pair) for pair in itertools.product(first, second)]
        image = _mask(every, subject())
        assert len(set(image)) == len(every)
        assert {text[0].islower() for text in image} == {first[0].islower()}
    days = pa.array(range(DATES[0], DATES[1] + 1), pa.int32()).cast(pa.date32())
    assert len(permute_dates(days, context("day")).unique()) == len(days)
