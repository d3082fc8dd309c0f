"""A value is looked for however it is written and wherever it stands; what many texts share weighs little."""

from __future__ import annotations

import uuid
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.names import TableName
from engine.keys import MaskingKey
from engine.record import Masked, Measures, TableRecord, record_key, trace_hashes
from engine.residual_index import Matched, traces
from engine.sketches import SketchBuilder
from engine.trace_candidates import LEAST, candidates, portions, together
from engine.traces import SHORTEST, fold_texts, folded, texts_of

KEY = record_key(MaskingKey("k", b"k" * 32))
PERSON = TableName("person")
SYLLABLES = "ba ce di fo gu ha ki lo mu ne pi ro sa te vu wa xi yo zu".split()


def spellings(*texts: str) -> dict[str, float]:
    found = together([candidates(pa.array(texts, pa.string()))])
    return dict(zip(found.spelt.to_pylist(), found.bits.tolist(), strict=True))


@given(st.lists(st.text("aB1 é.-ß", max_size=12), max_size=8), st.data())
def test_folding_keeps_letters_and_digits_in_lower_case_whatever_slice_of_an_array_it_is_given(texts, data) -> None:  # type: ignore[no-untyped-def]
    start = data.draw(st.integers(0, len(texts)))
    expected = ["".join(filter(str.isalnum, text.lower())) for text in texts[start:]]
    assert fold_texts(pa.array(texts, pa.string()).slice(start)).to_pylist() == expected


def test_numbers_uuids_and_values_of_several_types_are_spelt_alike() -> None:
    number = 4_930_123_456
    spelt = [pa.array([number]), pa.array([-number]), pa.array([float(number)]), pa.array([number], pa.uint64())]
    spelt += [pa.array([f"+{number}"]), pa.array([Decimal(number)], pa.decimal128(20, 2))]
    assert {text for values in spelt for text in folded(values).to_pylist()} == {str(number)}
    made = uuid.UUID(int=7)
    assert folded(pa.array([made.bytes], pa.binary(16))).to_pylist() == [made.hex]
    assert folded(pa.array([1, 2, None])).to_pylist() == []
    union = pa.UnionArray.from_sparse(pa.array([0, 1], pa.int8()), [pa.array([number, 0]), pa.array(["", "a.b@c.de"])])
    assert [text for part in texts_of(union) for text in part.to_pylist()] == [str(number), "a.b@c.de"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ada Lovelace", "Dear ada  LOVELACE, thank you"),
        ("ada@example.org", '{"mail": "Ada@Example.org", "n": 1}'),
        ("ada@example.org", "'ada@example.org':1 'x':2"),
        ("ada@example.org", "<a><mail>ada@example.org</mail></a>"),
        ("ada@example.org", "https://x.test/unsubscribe?mail=ada@example.org&x=1"),
        ("+49 (30) 123-456 78", "call 49 30 123 456 78 now"),
        ("DE89370400440532013000", "IBAN: DE89 3704 0044 0532 0130 00"),
        ("550e8400-e29b-41d4-a716-446655440000", "see {550E8400-E29B-41D4-A716-446655440000}"),
        ("00:1A:2b:3c:4d:5e", "eth0 is 00:1a:2b:3c:4d:5e, up"),
        ("Maria del Carmen Lopez y Garcia", "Maria del Carmen Lopez y Garcia"),
        ("12 Rue de la Paix", "12, rue de la Paix"),
    ],
)
def test_a_value_is_looked_for_wherever_it_stands(value, text) -> None:  # type: ignore[no-untyped-def]
    assert folded(pa.array([value]))[0].as_py() in spellings(text)


@pytest.mark.parametrize(
    "text", "12345|2024-05-06|CUST-0001|yes|Springfield|000-000-0000|1234567890|A-17 B-18|".split("|")
)
def test_short_numbers_codes_single_words_and_fillers_are_not_looked_for(text) -> None:  # type: ignore[no-untyped-def]
    assert spellings(text) == {}


def test_numbers_of_a_sequence_are_no_evidence_and_scattered_ones_are() -> None:
    assert spellings(*(str(10**11 + number) for number in range(200))) == {}
    assert len(spellings(*(str(2 * 10**11 + number * 123_456_789) for number in range(200)))) == 200


@given(st.lists(st.text("ab ,.", max_size=30), max_size=20), st.integers(1, 50))
def test_portions_are_all_texts_in_order(texts, size) -> None:  # type: ignore[no-untyped-def]
    values = pa.array(texts, pa.string())
    assert [text for part in portions(values, size) for text in part.to_pylist()] == texts


def test_whatever_the_texts_no_candidate_is_short_or_light_and_none_comes_twice() -> None:
    rng = np.random.default_rng(5)
    texts = ["".join(rng.choice(list("aB1 .@-+/"), rng.integers(0, 40))) for _ in range(500)]
    found = spellings(*texts)
    assert all(len(text.encode()) >= SHORTEST and bits >= LEAST for text, bits in found.items())


def recorded(*values: str) -> TableRecord:
    builder = SketchBuilder()
    builder.add(trace_hashes(KEY, folded(pa.array(values, pa.string()))))
    empty = SketchBuilder().sketch()
    return TableRecord(
        PERSON, PERSON, False, Measures(0, {}, {"value": Masked(empty, empty, traces=builder.sketch())}), {}
    )


def matched(record: TableRecord, *texts: str) -> list[Matched]:
    found = together([candidates(pa.array(texts, pa.string()))])
    return traces({PERSON: record}).matched(trace_hashes(KEY, found.spelt), found.bits)


class Invented:
    """Random values of the kinds that masks are for."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)

    def word(self, syllables: int = 3) -> str:
        return "".join(self.rng.choice(SYLLABLES, syllables)).capitalize()

    def email(self) -> str:
        return f"{self.word()}.{self.word()}@{self.word()}.test".lower()

    def name(self) -> str:
        return f"{self.word(2)} {self.word(3)}"

    def phone(self) -> str:
        digits = str(self.rng.integers(2 * 10**9, 10**10))
        return f"+1 ({digits[:3]}) {digits[3:6]}-{digits[6:]}"

    def token(self) -> str:
        return str(uuid.UUID(bytes=self.rng.bytes(16)))

    def sentence(self) -> str:
        return (
            " ".join(self.word(int(self.rng.integers(1, 4))).lower() for _ in range(12))
            + f" {self.rng.integers(10**5)}"
        )


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["email", "name", "phone", "token"])
def test_columns_that_share_nothing_never_alarm_and_planted_copies_always_do(kind, seed) -> None:  # type: ignore[no-untyped-def]
    invented = Invented(seed)
    source = [getattr(invented, kind)() for _ in range(400)]
    others = [invented.sentence() for _ in range(300)] + [getattr(Invented(seed + 1000), kind)() for _ in range(300)]
    others += [f"INV-{number:06}" for number in range(300)] + [str(10**9 + number) for number in range(300)]
    record = recorded(*source)
    assert matched(record, *others) == []
    planted = [f"{invented.sentence()} {value.upper()}, {invented.sentence()}" for value in source[:12]]
    [found] = matched(record, *others, *planted)
    assert found.column == (PERSON, "value")
    assert 12 <= found.found <= 14, "two invented names may be equal by chance"
    assert found.expected < 2


def test_one_or_two_equal_names_are_no_evidence() -> None:
    """People share names; only an address or a long number belongs to one."""
    invented = Invented(77)
    names = [invented.name() for _ in range(400)]
    assert matched(recorded(*names), *names[:2]) == []
    assert len(matched(recorded(*names), *names[:6])) == 1
    address = invented.email()
    assert matched(recorded(address), f"write to {address}")[0].found == 1
