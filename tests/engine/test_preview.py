"""Preview shows rows before and after, and writes nothing."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from connectors import open_database
from connectors.errors import ReadError
from connectors.names import TableName
from engine.keys import MaskingKey
from engine.preview import _changed, cell, preview
from engine.problems import PlanError
from tests.engine.shop import EMPTY, PERSON, build, plan

KEY = MaskingKey("shop", b"k" * 32)


def test_changed_cells_are_marked_and_kept_ones_are_not(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with open_database(build(tmp_path / "s.db")) as source:
        shown = preview(plan(), source, KEY, PERSON, rows=12)
    assert shown.before.num_rows == shown.after.num_rows == 12
    assert shown.before.schema.names == ["id", "email", "name", "boss", "team", "born", "bonus"]
    assert shown.changed.shape == (12, 7)
    by_column = dict(zip(shown.after.schema.names, shown.changed.T.tolist(), strict=True))
    assert all(by_column["id"])
    assert by_column["email"] == [n % 9 != 0 for n in range(1, 13)]
    assert not any(by_column["born"])


def test_an_empty_table_gives_no_rows(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with open_database(build(tmp_path / "s.db", people=0)) as source:
        shown = preview(plan(), source, KEY, PERSON)
    assert shown.changed.shape == (0, 7)


def test_a_table_without_rows_in_the_plan_and_an_unknown_one_are_sentences(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with open_database(build(tmp_path / "s.db")) as source:
        with pytest.raises(PlanError, match="empty"):
            preview(plan(), source, KEY, EMPTY)
        with pytest.raises(ReadError, match="no table ghost"):
            preview(plan(), source, KEY, TableName("ghost"))


def test_special_dates_are_compared_and_said_in_words() -> None:
    """PostgreSQL's infinity is a day that Python does not know."""
    never = pa.array([-719_163, 0, None], pa.int32()).cast(pa.date32())
    moved = pa.array([-719_163, 1, None], pa.int32()).cast(pa.date32())
    before, after = (pa.table({"born": values}) for values in (never, moved))
    assert _changed(before, after).tolist() == [[False], [True], [False]]
    assert [cell(value) for value in moved] == ["outside the calendar", dt.date(1970, 1, 2), None]
