"""How a target stands, and who may write it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from connectors import open_database
from connectors.database import Marker, State
from connectors.errors import TargetError
from connectors.names import TableName
from connectors.sqlite import SQLite
from connectors.sqlite_target import SQLiteTarget
from engine.safety import Ground, Mode, Refused, examine, run_lock, running, still_ours

A, B = TableName("a"), TableName("b")
OURS = Marker("r1", "f", State.COMPLETE, "s", "now", True, "1")


@pytest.fixture
def target(tmp_path):  # type: ignore[no-untyped-def]
    with open_database(f"sqlite:///{tmp_path}/t.db") as opened:
        yield opened


@contextmanager
def standing(
    target: SQLite, marker: Marker | None, tables: tuple[TableName, ...], occupied: tuple[TableName, ...]
) -> Iterator[SQLiteTarget]:
    """The target with these tables, rows in some of them, and this mark."""
    with sqlite3.connect(target.path) as connection:
        for name in {*tables, *occupied}:
            connection.execute(f"create table {name} (x)")
        for name in occupied:
            connection.execute(f"insert into {name} values (1)")
    connection.close()
    with target.target() as session:
        if marker is not None:
            session.claim(marker)
            session.set_state(marker.state)
        yield session


def _marker(state: State) -> Marker:
    return Marker("r1", "f", state, "s", "now", False, "1")


@pytest.mark.parametrize(
    ("tables", "occupied", "mode", "ground"),
    [
        ((), (), Mode.NEW, Ground(fresh=True)),
        ((), (), Mode.REPLACE, Ground(fresh=True)),
        ((A, B), (), Mode.NEW, Ground(fresh=False)),
        ((TableName("c"),), (), Mode.NEW, Ground(fresh=True)),
    ],
)
def test_an_empty_target_may_be_written(target, tables, occupied, mode, ground) -> None:  # type: ignore[no-untyped-def]
    with standing(target, None, tables, occupied) as session:
        assert examine(target, session, tables, (A, B), mode, lambda _: None) == ground


@pytest.mark.parametrize(
    ("marker", "tables", "occupied", "mode", "code"),
    [
        (None, (A, B), (A,), Mode.NEW, "target-foreign-data"),
        (None, (A, B), (), Mode.REPLACE, "target-not-ours"),
        (None, (A,), (), Mode.NEW, "target-incomplete-schema"),
        (OURS, (A, B), (A, B), Mode.NEW, "target-complete"),
        (OURS, (A, B), (A, TableName("mine")), Mode.REPLACE, "target-foreign-data"),
        (_marker(State.INCOMPLETE), (A, B), (A,), Mode.REPLACE, "target-unfinished"),
        (_marker(State.LOADING), (A, B), (TableName("mine"),), Mode.NEW, "target-foreign-data"),
    ],
)
def test_anything_else_is_refused_with_its_reason(target, marker, tables, occupied, mode, code) -> None:  # type: ignore[no-untyped-def]
    with standing(target, marker, tables, occupied) as session, pytest.raises(Refused) as refused:
        examine(target, session, tables, (A, B), mode, lambda _: (A, B))
    assert refused.value.code == code


def test_an_unfinished_run_is_cleared_unless_it_still_runs(target) -> None:  # type: ignore[no-untyped-def]
    with standing(target, _marker(State.LOADING), (A, B), (A,)) as session:
        assert examine(target, session, (A, B), (A, B), Mode.NEW, lambda _: None).leftover == session.marker()
        with running(target, "r1"), pytest.raises(Refused) as refused:
            examine(target, session, (A, B), (A, B), Mode.NEW, lambda _: None)
    assert refused.value.code == "target-busy"
    assert not target.sees_lock(run_lock("r1"))


def test_a_target_that_somebody_else_took_is_noticed(target) -> None:  # type: ignore[no-untyped-def]
    with standing(target, _marker(State.LOADING), (A,), ()) as session:
        still_ours(session, "r1")
        for change in (lambda: session.set_state(State.INCOMPLETE), session.release):
            change()
            with pytest.raises(TargetError, match="lost the mark"):
                still_ours(session, "r1")
