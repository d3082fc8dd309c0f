"""A subset by size: near the budget, never far above it, and refused where nothing fits."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from connectors.database import Snapshot
from engine.problems import PlanError
from engine.subset.budget import Spent
from engine.subset.selecting import SubsetSelection
from engine.subset.spec import Coverage, Roots, Subset
from tests.engine.subset.shop import CUSTOMER, GROUP, LINE, PRODUCT, build, selected, values

NOTES = 7 * 4096
"""What a load notes in a file beside the rows; here the rows are put there without one."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("budget") / "shop.db", customers=300, orders=12)


def spent(selection: SubsetSelection) -> Spent:
    assert selection.report.spent is not None
    return selection.report.spent


def loaded(path: Path, into: Path, selection: SubsetSelection, snapshot: Snapshot) -> int:
    """The bytes of a file with the selected rows alone, in the source's own DDL."""
    source, target = sqlite3.connect(path), sqlite3.connect(into)
    for (statement,) in source.execute("select sql from sqlite_schema where sql is not null"):
        target.execute(statement)
    for table in selection.tables:
        names = [row[1] for row in source.execute(f'pragma table_info("{table.name}")')]
        places = ", ".join("?" * len(names))
        target.executemany(f'insert into "{table.name}" values ({places})', values(selection, snapshot, table, *names))
    target.commit()
    target.close()
    source.close()
    return into.stat().st_size


@pytest.mark.parametrize("share", [0.2, 0.6])
def test_the_file_that_the_rows_make_is_within_a_tenth_of_the_budget(shop, tmp_path, share):
    size = NOTES + int(shop.stat().st_size * share)
    with selected(shop, tmp_path / "s", Subset((Roots(CUSTOMER),), size=size)) as (selection, snapshot):
        assert not spent(selection).exhausted
        assert 0.9 * size <= NOTES + loaded(shop, tmp_path / "target.db", selection, snapshot) <= 1.1 * size


def test_the_roots_are_the_first_of_the_sample(shop, tmp_path):
    size = int(shop.stat().st_size * 0.3)
    with selected(shop, tmp_path / "a", Subset((Roots(CUSTOMER),), size=size, seed=5)) as (selection, snapshot):
        rows = spent(selection).roots
        filled = values(selection, snapshot, CUSTOMER, "id")
    with selected(shop, tmp_path / "b", Subset((Roots(CUSTOMER, rows=rows),), seed=5)) as (selection, snapshot):
        assert values(selection, snapshot, CUSTOMER, "id") == filled


def test_a_budget_above_everything_takes_everything_and_says_so(shop, tmp_path):
    with selected(shop, tmp_path, Subset((Roots(CUSTOMER),), size=10**9)) as (selection, _):
        assert selection.tables[LINE].rows == 300 * 12 * 2
        assert spent(selection).exhausted
        assert "every root is taken" in str(spent(selection))


def test_a_budget_that_whole_tables_alone_exceed_is_refused_with_the_least_and_the_largest(shop, tmp_path):
    subset = Subset((Roots(CUSTOMER),), size=100_000, whole=(LINE,))
    with pytest.raises(PlanError, match=r"without any root.*that takes about \d+\.\d kB, most of it in order"):
        selected(shop, tmp_path, subset).__enter__()
    assert [path.name for path in tmp_path.iterdir()] == ["sizes.json"]


def test_a_budget_that_one_root_exceeds_is_refused(tmp_path):
    path = build(tmp_path / "shop.db", customers=1, orders=3000)
    with pytest.raises(PlanError, match="not enough for one root with what it brings"):
        selected(path, tmp_path / "s", Subset((Roots(CUSTOMER),), size=100_000)).__enter__()


def test_a_root_that_owns_half_of_the_database_is_passed_over(shop, tmp_path):
    firsts = []
    for rows in (9, 10):
        with selected(shop, tmp_path / "s", Subset((Roots(CUSTOMER, where="id <= 100", rows=rows),))) as (
            selection,
            snapshot,
        ):
            firsts.append({number for (number,) in values(selection, snapshot, CUSTOMER, "id")})
    ((whale,),) = (firsts[1] - firsts[0],)
    path = build(tmp_path / "shop.db", customers=100, orders=12, whale=whale)
    size = NOTES + int(path.stat().st_size * 0.3)
    with selected(path, tmp_path / "w", Subset((Roots(CUSTOMER),), size=size)) as (selection, snapshot):
        assert 0.9 * size < spent(selection).bytes < 1.04 * size
        assert spent(selection).passed == 1
        assert (whale,) not in values(selection, snapshot, CUSTOMER, "id")


def test_several_entries_are_filled_in_turn(shop, tmp_path):
    halves = Roots(CUSTOMER, where="id <= 150"), Roots(CUSTOMER, where="id > 150")
    with selected(shop, tmp_path, Subset(halves, size=int(shop.stat().st_size * 0.3))) as (selection, snapshot):
        lower = [number for (number,) in values(selection, snapshot, CUSTOMER, "id") if number <= 150]
        assert abs(2 * len(lower) - selection.tables[CUSTOMER].rows) <= 1


def test_coverage_takes_its_part_of_the_budget(shop, tmp_path):
    size = int(shop.stat().st_size * 0.4)
    subset = Subset((Roots(CUSTOMER),), size=size, coverage=(Coverage(PRODUCT, ("colour", "size"), pairs=True),))
    with selected(shop, tmp_path, subset) as (selection, _):
        assert 0.9 * size < spent(selection).bytes < 1.04 * size
        assert selection.report.coverage[0].reached == selection.report.coverage[0].values


def test_the_same_budget_takes_the_same_rows_again_whatever_statistics_say_then(shop, tmp_path):
    subset = Subset((Roots(CUSTOMER),), size=int(shop.stat().st_size * 0.3), whole=(GROUP,))
    taken = []
    for _ in range(2):
        with selected(shop, tmp_path, subset) as (selection, snapshot):
            taken.append(values(selection, snapshot, LINE, "id"))
    assert taken[0] == taken[1]
