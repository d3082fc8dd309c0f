"""Conditions tried on rows, in the words of every dialect."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from connectors import open_database
from connectors.schema import Check
from engine.keys import MaskingKey
from engine.trial import passes, sample_trial
from tests.engine.shop import LINE, PERSON, build, plan

ROWS = pa.RecordBatch.from_pydict(
    {
        "From": [date(2024, 1, 2), date(2024, 5, 6), None],
        "to": [date(2024, 1, 3), None, date(2020, 1, 1)],
        "price": [Decimal("1.50"), Decimal("20.00"), None],
        "code": ["AB-1", "CD-22", None],
    }
)


@pytest.mark.parametrize(
    ("expression", "dialect", "expected"),
    [
        ('"From" <= "to"', "postgresql", True),
        ('"From" > "to"', "postgresql", False),
        ("(code)::text ~ '^[A-Z]{2}-[0-9]+$'::text", "postgresql", True),
        ("(code)::text ~ '^[A-Z]{3}'::text", "postgresql", False),
        ("(price >= (0)::numeric) AND (price < (100)::numeric)", "postgresql", True),
        ("`price` between 0 and 10", "mariadb", False),
        ("char_length(`code`) < 6", "mariadb", True),
        ("length(code) > 4 or price is null", "sqlite", False),
        ("our_own_function(price)", "postgresql", None),
        ("this is ( not a condition", "postgresql", None),
    ],
)
def test_a_condition_holds_for_true_and_for_unknown(expression, dialect, expected) -> None:  # type: ignore[no-untyped-def]
    assert passes(ROWS, expression, dialect) is expected


def test_no_rows_prove_nothing() -> None:
    assert passes(ROWS.slice(0, 0), "price > 0", "sqlite") is None


def test_the_sample_is_masked_before_it_is_tried(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with open_database(build(tmp_path / "s.db")) as source:
        person, line = source.describe().table(PERSON), source.describe().table(LINE)
        tried = sample_trial(plan(), source, MaskingKey("k", b"k" * 32))
        assert tried(person, Check("c", "email like 'p%@corp.test'")) is False
        assert tried(person, Check("c", "email like '%@example.com'")) is True
        assert tried(line, Check("c", "amount >= 0")) is True
