"""Every value survives and no row keeps its own."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masking import make_masker
from engine.masking.base import MaskError
from tests.engine.masking.one_column import OTHER_KEY, subject
from tests.engine.masking.whole_column import BIGINT, MONEY, TEXT, mask_column, mask_table


@settings(deadline=None, max_examples=60)
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.text(max_size=3) | st.none()), min_size=2, max_size=40),
    cut=st.integers(0, 40),
)
def test_the_same_values_come_out_in_each_group(rows: list[tuple[int, str | None]], cut: int) -> None:
    """Groups of one row alone exchange with each other, or where there is but one such, with the largest group."""
    groups, values = [group for group, _ in rows], [value for _, value in rows]
    cuts = [min(cut, len(rows))]
    masked = mask_column("shuffle", TEXT, values, {"within": ["g"]}, row={"g": groups}, cuts=cuts)
    assert Counter(masked) == Counter(values)
    sizes = Counter(groups)
    small = {group for group, times in sizes.items() if times < 2}
    touched = small | {group for group, times in sizes.items() if len(small) == 1 and times == max(sizes.values())}
    for group in set(groups) - touched:
        here = [n for n, other in enumerate(groups) if other == group]
        assert Counter(masked[n] for n in here) == Counter(values[n] for n in here)


@pytest.mark.parametrize("rows", [2, 3, 50])
def test_no_row_keeps_its_own_value_and_another_key_shuffles_otherwise(rows: int) -> None:
    values = list(range(rows))
    masked = mask_column("shuffle", BIGINT, values)
    assert sorted(masked) == values
    assert not any(a == b for a, b in zip(values, masked, strict=True))
    assert rows < 50 or masked != mask_column("shuffle", BIGINT, values, key=OTHER_KEY)
    assert masked == mask_column("shuffle", BIGINT, values, cuts=[1])


def test_columns_of_one_rule_move_together() -> None:
    """A town keeps its postcode, a NULL its company."""
    towns, codes = [f"T{n}" if n % 4 else None for n in range(40)], [f"{n:05}" for n in range(40)]
    columns = mask_table("shuffle", [(TEXT, towns), (TEXT, codes)])
    assert set(zip(*columns, strict=True)) == set(zip(towns, codes, strict=True))


def test_a_table_of_one_row_and_values_beyond_the_memory_are_refused() -> None:
    with pytest.raises(MaskError, match="one row"):
        mask_column("shuffle", MONEY, [None])
    with pytest.raises(MaskError, match="more than 1 MB"):
        mask_column("shuffle", TEXT, ["x" * 100_000] * 20, {"memory_mb": 1})
    assert mask_column("shuffle", TEXT, []) == []


def test_a_row_without_a_key_of_its_own_cannot_be_shuffled() -> None:
    assert [p.code for p in make_masker("shuffle", {}).check(subject())] == ["mask-no-row-key"]
    with pytest.raises(MaskError, match="NULL in its primary key"):
        mask_column("shuffle", TEXT, ["a", "b"], row={"id": pa.array([1, None])})
