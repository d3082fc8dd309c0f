"""A source is asked by batches where its indexes lead on, and else once for all."""

from __future__ import annotations

import pyarrow as pa
import pytest

from connectors.names import TableName
from connectors.rows import RowIds, Size
from connectors.schema import ForeignKey, Index, Unique
from engine.subset.asking import ASKED_AT_ONCE, ASKED_PER_SCAN, Question, indexed, question
from engine.subset.edges import EffectiveEdge
from engine.subset.spec import Scope
from tests.engine.tables import integer, refers, schema, table

PARENT = table("p", integer("id"), integer("x"), uniques=(Unique("u", ("x", "id")),))
CHILD = table("c", integer("id"), integer("p"), integer("q"), foreign_keys=(refers("p", "p"),))
SIZES = {TableName("p"): Size(1_000_000, 0), TableName("c"): Size(10_000_000, 0)}


def asked(frontier: int, *, down: bool = True, index: tuple[str, ...] = (), seekable: bool = True) -> Question:
    child = table("c", integer("id"), integer("p"), integer("q"), indexes=(Index("i", index),) if index else ())
    edge = EffectiveEdge(TableName("c"), refers("p", "p"), Scope.OWNED)
    return question(edge, down, frontier, schema(PARENT, child), RowIds((pa.int64(),), False, seekable), SIZES)


def test_with_an_index_a_small_part_of_a_table_is_asked_for_by_batches() -> None:
    assert asked(200_000, index=("p", "q")) == Question(False, ASKED_AT_ONCE)
    assert asked(3_000_000, down=False) == Question(False, ASKED_AT_ONCE)


def test_most_of_a_table_is_asked_for_at_once() -> None:
    assert asked(600_000, index=("p",)).every
    assert asked(6_000_000, down=False).every


def test_a_single_batch_is_never_all_rows() -> None:
    assert asked(10, index=("p",)) == Question(False, ASKED_AT_ONCE)
    assert asked(10) == Question(False, ASKED_PER_SCAN)


@pytest.mark.parametrize("index", [(), ("q", "p")])
def test_without_an_index_in_front_a_step_costs_few_scans(index: tuple[str, ...]) -> None:
    assert asked(400_000, index=index) == Question(False, ASKED_PER_SCAN)
    found = asked(3_000_000, down=False, seekable=False)
    assert found.every


@pytest.mark.parametrize(
    ("columns", "parents", "down", "found"),
    [
        (("p",), ("id",), False, True),
        (("p", "q"), ("id", "x"), False, True),  # whatever the order of a composite key
        (("p",), ("x",), False, True),  # in front of a longer one
        (("p",), ("id",), True, False),
        ((), ("id",), True, False),  # an expression
    ],
)
def test_an_index_leads_where_the_key_s_columns_stand_in_front(
    columns: tuple[str, ...], parents: tuple[str, ...], down: bool, found: bool
) -> None:
    key = ForeignKey("k", columns, TableName("p"), parents)
    assert indexed(schema(PARENT, CHILD), EffectiveEdge(TableName("c"), key, Scope.NONE), down) is found


def test_an_index_of_some_rows_or_of_an_expression_leads_nowhere() -> None:
    some = (Unique("u", ("p",), where="p > 0"), Unique("v", ("p",), expression=True))
    child = table("c", integer("id"), integer("p"), uniques=some)
    edge = EffectiveEdge(TableName("c"), refers("p", "p"), Scope.NONE)
    assert not indexed(schema(PARENT, child), edge, True)
