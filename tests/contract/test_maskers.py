"""What every masker in the registry promises, tried on every kind of column that it takes."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from connectors.schema import Column, Kind
from engine.canonical import canonical_text
from engine.masking import MASKERS, masker_class
from engine.masking.base import Masker, MaskError
from engine.masking.literals import integer_range
from engine.option_docs import option_docs
from engine.problems import Severity, errors
from tests.contract import golden
from tests.contract.columns import COLUMNS, OTHER_KEY, arrays, example, masked, sample, subjects

EXAMPLES = [(name, number) for name in MASKERS for number in range(len(masker_class(name).EXAMPLES))]  # type: ignore[attr-defined]
CASES = [
    pytest.param(name, number, label, id=f"{name}-{number}-{label}")
    for name, number in EXAMPLES
    for label in COLUMNS
    if golden.accepts(example(name, masker_class(name).EXAMPLES[number]), label)  # type: ignore[attr-defined]
]


def _masker(name: str, number: int) -> Masker:
    return example(name, masker_class(name).EXAMPLES[number])  # type: ignore[attr-defined]


@pytest.mark.parametrize(("name", "number", "label"), CASES)
@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_masker_keeps_its_promises(name: str, number: int, label: str, data: st.DataObject) -> None:
    """Types, bounds and NULL hold; equal values mask alike, however a column is cut into batches, and distinct ones stay so where
    the masker says it."""
    masker, column = _masker(name, number), COLUMNS[label]
    values = data.draw(arrays(column))
    cut = data.draw(st.integers(0, len(values)))
    assume(not _refused(masker, values, column))
    for place, result in enumerate(masked(masker, values, column)):
        result.validate(full=True)
        assert len(result) == len(values)
        if masker.properties.keeps_null:
            assert result.is_null().equals(values.is_null()) or (
                not masker.properties.reads_value and result.null_count == len(result)
            )
        _fits(result, column)
        assert masked(masker, values, column, cuts=[cut])[place].equals(result) or _nan(result)
        if masker.properties.deterministic:
            parts = [masked(masker, part, column)[place] for part in (values.slice(0, cut), values.slice(cut))]
            assert pa.chunked_array(parts, result.type).combine_chunks().equals(result) or _nan(result)
        _keeps(masker, values, result)
    _stays_distinct(masker, values, column)


def _keeps_null(masker: Masker, values: pa.Array, result: pa.Array, column: Column) -> bool:
    if masker.name == "null":
        return bool(result.null_count == len(result))
    if column.kind is Kind.TEXT and Kind.JSON in masker.kinds:  # what is no JSON cannot be masked by path: it is nulled
        return bool(pc.all(pc.or_(values.is_valid(), result.is_null()), min_count=0).as_py())
    return bool(result.is_null().equals(values.is_null()))


def _refused(masker: Masker, values: pa.Array, column: Column) -> bool:
    """May the technique say, with a sentence, that it cannot mask one of these values?"""
    try:
        masked(masker, values, column)
    except MaskError:
        return True
    return False


def _fits(result: pa.Array, column: Column) -> None:
    known = result.drop_null()
    if column.kind is Kind.INTEGER:
        low, high = integer_range(column)
        assert all(low <= number <= high for number in known.to_pylist())
    if column.kind is Kind.ENUM:
        assert set(known.to_pylist()) <= set(column.enum)
    if column.kind in (Kind.TEXT, Kind.BIT) and column.length is not None:
        assert all(len(text) <= column.length for text in known.to_pylist())


def _nan(values: pa.Array) -> bool:
    return pa.types.is_floating(values.type) and bool(pc.any(pc.is_nan(values)).as_py())


def _keeps(masker: Masker, values: pa.Array, result: pa.Array) -> None:
    pairs = [
        (a, b) for a, b in zip(values.to_pylist(), result.to_pylist(), strict=True) if a is not None and b is not None
    ]
    if masker.properties.keeps_length and pa.types.is_string(values.type):
        assert all(len(a) == len(b) for a, b in pairs if a.strip())  # blanks may become nothing
    if masker.properties.keeps_order and not _nan(values) and not pa.types.is_string(values.type):
        ordered = [b for _, b in sorted(pairs)]
        assert ordered == sorted(ordered)


def _stays_distinct(masker: Masker, values: pa.Array, column: Column) -> None:
    """As many distinct values, by the column's own collation, come out of a unique column as go in."""
    rule = subjects(masker, column, unique=True)
    if masker.roles or not masker.bijective_on(rule[0]) or errors(masker.check(rule[0])):
        return
    result = masked(masker, values, column, unique=True)[0]
    if result.null_count < len(result):
        assert _distinct(result, column) == _distinct(values, column)


def _distinct(values: pa.Array, column: Column) -> int:
    known = values.drop_null()
    if pa.types.is_string(values.type) and column.kind is Kind.TEXT:
        known = canonical_text(known, column.folds)
    return len(pc.unique(known))


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_another_key_gives_other_values(name: str, number: int) -> None:
    """What one key makes of a column, another does not, where the technique uses a key at all."""
    masker = _masker(name, number)
    if not masker.properties.keyed or not masker.properties.reads_value:
        pytest.skip("uses no key")
    taken = [column for label, column in COLUMNS.items() if golden.accepts(masker, label)]
    assert taken
    assert any(
        not one.equals(other)
        for column in taken
        for one, other in zip(
            masked(masker, sample(column, masker), column),
            masked(masker, sample(column, masker), column, OTHER_KEY),
            strict=True,
        )
    )


@pytest.mark.parametrize("name", MASKERS)
def test_other_kinds_are_refused(name: str) -> None:
    """A column of a kind that the technique is not made for is an error of the check."""
    for options in masker_class(name).EXAMPLES:  # type: ignore[attr-defined]
        masker = example(name, options)
        for column in COLUMNS.values():
            if column.kind not in masker.kinds:
                found = [problem for subject in subjects(masker, column) for problem in masker.check(subject)]
                assert any(problem.code == "mask-kind" and problem.severity is Severity.ERROR for problem in found)


@pytest.mark.parametrize("name", MASKERS)
def test_a_masker_is_documented_by_itself(name: str) -> None:
    """The name of the registry, a title, what it promises in the docstring, and a sentence for every option."""
    masker = masker_class(name)
    assert masker.name == name
    assert masker.title
    assert masker.__doc__ not in (None, Masker.__doc__)
    assert masker.EXAMPLES  # type: ignore[attr-defined]
    assert [option for option, said in option_docs(masker).items() if not said] == []


@pytest.mark.parametrize("name", MASKERS)
def test_a_masker_gives_what_it_gave_when_it_was_frozen(name: str) -> None:
    """The golden vectors hold: databases masked years apart agree."""
    frozen: dict[str, Any] = json.loads(golden.path(name).read_text())
    assert golden.vectors(name) == frozen
