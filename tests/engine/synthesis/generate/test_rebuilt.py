"""Every masker that says it can makes values out of nothing, and those that cannot say so in a sentence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.masking import make_masker, masker_class, masker_names
from engine.masking.base import Context, Subject
from engine.problems import Severity
from engine.synthesis.generate.rebuilt import can_rebuild
from engine.synthesis.generate.seeds import seeds, spread
from tests.contract.columns import COLUMNS, KEY

ROWS = 200
NOT_DISTINCT = ("json_path", "xml_path", "elements", "null", "licence_plate")
EXAMPLES = [(name, options) for name in masker_names() for options in getattr(masker_class(name), "EXAMPLES", ({},))]


@pytest.mark.parametrize(
    ("name", "options"), EXAMPLES, ids=[f"{name}-{place}" for place, (name, _) in enumerate(EXAMPLES)]
)
def test_a_masker_that_can_rebuild_makes_a_value_for_every_row(name, options):
    masker = make_masker(name, dict(options))
    role = masker.roles[0] if masker.roles and not masker.several else None
    for label, column in COLUMNS.items():
        if name == "date_text" and label == "smallint":
            # Too narrow for the number of a day that anybody writes.
            continue
        subject = Subject(TableName("t"), column, role=role)
        if can_rebuild(masker, column) or any(found.severity is Severity.ERROR for found in masker.check(subject)):
            continue
        made = seeds(masker, subject, np.arange(ROWS, dtype=np.uint64), "en_US")
        batch = pa.RecordBatch.from_arrays([made], names=[column.name])
        masked = masker.mask(batch, Context((subject,), KEY.domain("d"), keys=KEY)).column(0)
        assert len(masked) == ROWS
        assert masked.null_count == (ROWS if name == "null" else 0)
        roomy = column.kind is Kind.TEXT and column.length is None
        if roomy and masker.bijective_on(subject) and name not in NOT_DISTINCT:
            assert len(masked.unique()) == ROWS


@pytest.mark.parametrize("name", ["keep", "shuffle", "number_round", "top_code", "microaggregate", "resample"])
def test_a_masker_that_changes_what_is_there_says_why_it_makes_nothing(name):
    options = next(iter(getattr(masker_class(name), "EXAMPLES", ({},))))
    said = can_rebuild(make_masker(name, dict(options)), COLUMNS["bigint"])
    assert said is not None
    assert "a synthetic row has none" in said or "the whole column" in said


def test_valid_identifiers_come_out_valid():
    from stdnum import iban, luhn

    def made(name: str) -> list[str]:
        subject = Subject(TableName("t"), Column("c", "text", Kind.TEXT))
        masker = make_masker(name, {})
        own = seeds(masker, subject, np.arange(50, dtype=np.uint64), "en_US")
        batch = pa.RecordBatch.from_arrays([own], names=["c"])
        return masker.mask(batch, Context((subject,), KEY.domain("d"), keys=KEY)).column(0).to_pylist()

    assert all(luhn.is_valid(number) for number in made("credit_card") + made("imei"))
    assert all(iban.is_valid(number, check_country=False) for number in made("iban"))


@pytest.mark.parametrize("size", [1, 2, 7, 1000, 1 << 32, 10**14])
def test_counters_are_spread_without_meeting(size):
    out = spread(np.arange(min(size, 5000), dtype=np.uint64), size)
    assert len(np.unique(out)) == min(size, 5000)
    assert int(out.max()) < size
