"""What single values are taken for: by their check digits, their forms and their spread."""

from __future__ import annotations

import datetime
import random
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import ean, iban, luhn, verhoeff

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table
from engine.profiling import digits
from engine.profiling.detector import Detector
from engine.profiling.detectors.birth_date import BirthDate
from engine.profiling.detectors.credit_card import CreditCard
from engine.profiling.detectors.email import Email
from engine.profiling.detectors.few_labels import FewLabels
from engine.profiling.detectors.first_name import FirstName
from engine.profiling.detectors.iban import Iban
from engine.profiling.detectors.ip_address import IpAddress
from engine.profiling.detectors.keyed_values import KeyedValues
from engine.profiling.detectors.last_name import LastName
from engine.profiling.detectors.latitude import Latitude
from engine.profiling.detectors.longitude import Longitude
from engine.profiling.detectors.national_id import NationalId
from engine.profiling.detectors.phone import Phone
from engine.profiling.detectors.photo import Photo
from engine.profiling.detectors.postal_code import PostalCode
from engine.profiling.detectors.prose_shape import ProseShape
from engine.profiling.detectors.sequence import Sequence
from engine.profiling.detectors.us_ssn import UsSsn
from engine.profiling.detectors.username import Username
from engine.profiling.facts import ColumnFacts, Sample
from engine.profiling.likelihood import ratio
from engine.profiling.shapes import shapes
from tests.contract.test_detectors import facts_of

TODAY = datetime.date(2026, 1, 1)


def weight(
    detector: Detector, values: Iterable[object], type_: pa.DataType | None = None, kind: Kind = Kind.TEXT
) -> float:
    """The greatest weight of what it says; 0 where it says nothing."""
    facts = facts_of(pa.array(list(values), type_ or pa.string()), kind)
    return max((clue.weight for clue in detector.look(facts)), default=0.0)


def with_check_digit(body: str) -> str:
    return body + str(luhn.calc_check_digit(body))


@given(st.integers(0, 2**32))
@settings(max_examples=25, deadline=None)
def test_random_digits_are_no_cards_and_issued_ones_are(seed: int) -> None:
    """Sixteen random digits pass for a card by chance far too seldom to be taken for a column of them."""
    rng = random.Random(seed)
    numbers = [rng.randrange(10**15, 10**16) for _ in range(100)]
    assert weight(CreditCard(), map(str, numbers)) < 0
    assert weight(CreditCard(), numbers, pa.int64(), Kind.INTEGER) < 0
    cards = [with_check_digit(f"4{rng.randrange(10**14):014}") for _ in range(100)]
    assert weight(CreditCard(), cards) > 5
    assert weight(CreditCard(), map(int, cards), pa.int64(), Kind.INTEGER) > 5
    assert weight(CreditCard(), ("-".join(card[at : at + 4] for at in range(0, 16, 4)) for card in cards)) > 5


def test_a_wrong_check_digit_is_no_iban() -> None:
    """An account that was mistyped everywhere is none."""
    right = [f"DE{98 - int(f'{n:018}131400') % 97:02}{n:018}" for n in range(10**9, 10**9 + 40)]
    assert all(map(iban.is_valid, right))
    assert weight(Iban(), right) > 5
    assert weight(Iban(), (text[:-1] + str((int(text[-1]) + 1) % 10) for text in right)) < -2


@given(st.integers(0, 2**32))
@settings(max_examples=15, deadline=None)
def test_ten_random_digits_are_nobodys_number(seed: int) -> None:
    """There are dozens of schemes, and some of them suits a tenth of all numbers: a whole column suits none by chance."""
    rng = random.Random(seed)
    for length in (9, 10, 11, 13):
        texts = [f"{rng.randrange(10**length):0{length}}" for _ in range(60)]
        assert weight(NationalId(), texts) < 1


def test_numbers_of_goods_are_not_of_people() -> None:
    """EAN-13 has a check digit like some identity numbers."""
    rng = random.Random(7)
    bodies = [f"{rng.randrange(10**12):012}" for _ in range(60)]
    assert weight(NationalId(), (body + str(ean.calc_check_digit(body)) for body in bodies)) < 1


def test_zeros_that_a_number_lost_are_given_back() -> None:
    """A national number in an integer column is shorter where it began with zeros."""
    rng = random.Random(3)
    numbers = []
    while len(numbers) < 40:
        body = f"{rng.randrange(10**8):08}"
        check = sum(int(sign) * (9 - place) for place, sign in enumerate(body)) % 11
        numbers += [int(f"{body}{check}")] if check < 10 else []
    assert min(numbers) < 10**8
    assert weight(NationalId(), numbers, pa.int64(), Kind.INTEGER) > 1


def test_nine_digits_are_weak_and_with_hyphens_strong() -> None:
    """Nine digits may be anything; three, two and four are a social security number."""
    rng = random.Random(5)
    parts = [(rng.randint(1, 665), rng.randint(1, 99), rng.randint(1, 9999)) for _ in range(80)]
    plain = weight(UsSsn(), (f"{a:03}{b:02}{c:04}" for a, b, c in parts))
    divided = weight(UsSsn(), (f"{a:03}-{b:02}-{c:04}" for a, b, c in parts))
    assert divided > 4
    assert plain < divided - 2


def test_digits_alone_are_hardly_a_telephone_number() -> None:
    """Without a plus, brackets or groups."""
    rng = random.Random(9)
    numbers = [rng.randrange(2_000_000, 9_999_999) for _ in range(200)]
    assert weight(Phone(), numbers, pa.int64(), Kind.INTEGER) < 2
    assert weight(Phone(), (f"(206) 555-{n % 10000:04}" for n in numbers)) > 4
    assert weight(Phone(), (f"+49 30 {n}" for n in numbers)) > 4


def test_days_of_birth_are_spread_over_decades() -> None:
    """Days of a business lie close together, have a time, or are yet to come."""
    detector = BirthDate(today=TODAY)
    rng = random.Random(1)

    def days(first: int, last: int) -> list[datetime.date]:
        return [datetime.date(rng.randint(first, last), rng.randint(1, 12), rng.randint(1, 28)) for _ in range(100)]

    born = days(1940, 2005)
    assert weight(detector, born, pa.date32(), Kind.DATE) > 2
    assert weight(detector, (day.strftime("%d.%m.%Y") for day in born)) > 2
    assert weight(detector, (day.strftime("%m/%d/%Y") for day in born)) > 2
    assert weight(detector, days(2022, 2025), pa.date32(), Kind.DATE) < -1
    assert weight(detector, days(2000, 2040), pa.date32(), Kind.DATE) < -1
    moments = [datetime.datetime.combine(day, datetime.time(rng.randint(1, 23), 5)) for day in born]
    assert weight(detector, moments, pa.timestamp("us"), Kind.TIMESTAMP) < -1


def test_postcodes_of_one_country_are_of_one_length() -> None:
    """Five digits may be postcodes, letters among them nearly must, and running numbers of any length are none."""
    rng = random.Random(4)
    five = weight(PostalCode(), (f"{rng.randrange(1000, 99999):05}" for _ in range(200)))
    british = weight(PostalCode(), (f"SW{rng.randint(1, 19)} {rng.randint(1, 9)}AB" for _ in range(200)))
    running = weight(PostalCode(), (str(number) for number in range(500, 200_000, 997)))
    assert british > five > running


def test_a_sequence_is_nobodys_number() -> None:
    """Numbers from 1 on speak against telephones and ages, and a gap in every second place ends the sequence."""
    assert weight(Sequence(), range(1, 200), pa.int64(), Kind.INTEGER) < -1
    assert weight(Sequence(), range(1, 400, 2), pa.int64(), Kind.INTEGER) == 0


def test_labels_that_repeat_are_not_names() -> None:
    """Two dozen rows for each word: a type of something."""
    assert weight(FewLabels(), ["Paris", "Vienna", "Florence"] * 100) < -1
    assert weight(FewLabels(), [f"Person {number}" for number in range(300)]) == 0


def test_steps_of_a_measure_are_no_place() -> None:
    """Speeds repeat in steps, shares lie between 0 and 1, and degrees do neither."""
    rng = np.random.default_rng(2)
    places = rng.uniform(40, 60, 300).round(6)
    assert weight(Latitude(), places, pa.float64(), Kind.FLOAT) > 0.5
    assert weight(Latitude(), rng.uniform(0, 1, 300), pa.float64(), Kind.FLOAT) < 0
    assert weight(Latitude(), np.repeat(places[:20], 30), pa.float64(), Kind.FLOAT) < 0
    assert weight(Latitude(), places * 3, pa.float64(), Kind.FLOAT) < -2
    assert weight(Longitude(), places * 3, pa.float64(), Kind.FLOAT) > 0.5


def test_a_picture_is_told_by_its_first_bytes() -> None:
    """And random bytes are none."""
    assert weight(Photo(), [b"\x89PNG\r\n\x1a\n" + bytes([n]) for n in range(30)], pa.binary(), Kind.BINARY) > 1
    assert weight(Photo(), [bytes([n, 7, 1, 9]) for n in range(30)], pa.binary(), Kind.BINARY) < 0


def test_user_names_are_made_of_names() -> None:
    """Codes are written alike."""
    names = [f"{first}{last}" for first in "abcdefgh" for last in ("smith", "meyer", "garcia", "rossi")]
    codes = [f"{first}{last}" for first in "abcdefgh" for last in ("xq7", "zz1t", "kk0w", "qqpr2")]
    assert weight(Username(), names) > 2
    assert weight(Username(), codes) < 1


def test_sentences_are_prose_and_labels_are_not() -> None:
    """In any of the seven languages."""
    for text in ("The customer called about the invoice of May {}", "Der Kunde hat wegen der Rechnung {} angerufen"):
        assert weight(ProseShape(), (text.format(n) for n in range(40))) > 0
    assert weight(ProseShape(), (f"Label {n}" for n in range(40))) < -1


def test_a_few_strangers_do_not_make_a_column_of_names_something_else() -> None:
    """Lists end: a fifth of unknown names costs little, and a column of which a fifth are names is none."""
    known = [
        "Maria",
        "John",
        "Anna",
        "Peter",
        "Laura",
        "James",
        "Emma",
        "David",
        "Julia",
        "Thomas",
        "Sarah",
        "Paul",
    ] * 4
    strangers = [f"Xyzzq{chr(97 + n)}" for n in range(12)]
    names = [f"{name}" for name in dict.fromkeys(known)]
    assert weight(FirstName(), [*names, *strangers[:3]]) > 2
    assert weight(FirstName(), [*names[:3], *strangers]) < weight(FirstName(), [*names, *strangers[:3]]) - 2
    assert weight(LastName(), ["Smith", "Müller", "García", "Rossi", "de Vries", "Silva", "Dubois"]) > 2


@pytest.mark.parametrize(("found", "of"), [(0, 1), (1, 1), (0, 1000), (1000, 1000), (500, 1000)])
def test_more_recognised_values_never_weigh_less(found: int, of: int) -> None:
    """Up to the share that columns of the entity have; and against columns that can be written otherwise nothing weighs much."""
    weights = [ratio(count, of, 0.95, 0.01, 0.5, 0.9) for count in range(0, int(of * 0.9) + 1, max(1, of // 20))]
    assert weights == sorted(weights)
    assert min(weights) > -2.4
    assert np.isfinite(ratio(found, of, 0.95, 0.01, 0.5))


@given(st.lists(st.text(max_size=40), max_size=12))
def test_counts_of_signs_are_those_of_python(texts: list[str]) -> None:
    """For any text, cut out of any longer array."""
    whole = pa.array(["before", *texts, "after"], pa.string()).slice(1, len(texts))
    found = shapes(whole)
    assert found.texts.to_pylist() == texts
    assert found.lengths.tolist() == [len(text) for text in texts]
    assert found.digits.tolist() == [sum(sign in "0123456789" for sign in text) for text in texts]


@given(st.lists(st.from_regex(r"[0-9]{2,20}", fullmatch=True), min_size=1, max_size=20))
def test_check_digits_are_those_of_stdnum(texts: list[str]) -> None:
    """Luhn's and Verhoeff's, of many numbers at once."""
    values = pa.array(texts)
    assert digits.luhn(values).to_pylist() == [luhn.checksum(text) == 0 for text in texts]
    assert digits.verhoeff(values).to_pylist() == [verhoeff.checksum(text) == 0 for text in texts]


def test_lists_of_the_latin_script_say_nothing_of_others() -> None:
    """That no list has a Russian's name in Cyrillic is no evidence."""
    names = ["Тимофей", "Пелагея", "Анна", "Иван", "Ольга"]
    assert list(FirstName().look(facts_of(pa.array(names)))) == []
    assert list(FirstName().look(facts_of(pa.array(["Keyboard", "Mousepad", "Cable 5"])))) != []


def test_an_e_mail_address_in_every_second_row_is_still_told() -> None:
    """Half of the values are enough: by chance there is none."""
    assert weight(Email(), [f"user{n}@example.org" if n % 2 else f"none {n}" for n in range(100)]) > 2


def _in_table(table: Table, column: str, values: list[str]) -> ColumnFacts:
    return ColumnFacts(Schema("sqlite", "main", (table,)), table, table.column(column), Sample(pa.array(values)))


@pytest.mark.parametrize(("beside", "found"), [("meta_key", True), ("created", False)])
def test_values_under_keys_that_reach_somebody_are_texts_of_anything(beside: str, found: bool) -> None:
    columns = tuple(Column(name, "text", Kind.TEXT) for name in (beside, "meta_value"))
    values = [f"p{number}@example.org" if number % 5 == 0 else f"choice {number}" for number in range(50)]
    facts = _in_table(Table(TableName("m"), columns), "meta_value", values)
    assert bool(list(KeyedValues().look(facts))) == found


@pytest.mark.parametrize(("name", "found"), [("host_ip", True), ("fw_version", False), ("app_release", False)])
def test_four_numbers_are_no_address_where_the_name_speaks_of_a_release(name: str, found: bool) -> None:
    table = Table(TableName("t"), (Column(name, "text", Kind.TEXT),))
    facts = _in_table(table, name, [f"10.{number}.0.7" for number in range(20)])
    assert bool(list(IpAddress().look(facts))) == found
