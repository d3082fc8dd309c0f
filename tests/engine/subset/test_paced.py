"""A selection keeps to the pace of its run, and one that is no longer the same is refused."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from connectors.database import Read
from connectors.errors import SnapshotLost
from connectors.rows import Rows
from engine.jobs.control import Cancelled, Control
from engine.load_pace import Gate
from engine.pace import Pace
from engine.subset.paced import paced
from engine.subset.reading import of
from engine.subset.same import refuse_others
from engine.subset.spec import Roots, Subset
from tests.engine.subset.shop import CUSTOMER, build, opened, selected


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    return build(tmp_path_factory.mktemp("paced") / "shop.db")


def test_rows_are_named_no_faster_than_the_run_may_read(shop):
    gate = Gate(Pace(rows_per_second=150), Control(), lambda _: None)
    with opened(shop) as (_, snapshot):
        begun = time.monotonic()
        batches = list(paced(snapshot, gate).rows(Rows(CUSTOMER)))
    assert sum(batch.num_rows for batch in batches) == 60
    assert max(batch.num_rows for batch in batches) <= 30
    assert time.monotonic() - begun >= 60 / 150


def test_a_sample_is_cancelled_between_two_answers_of_the_source(shop):
    control = Control()
    gate = Gate(Pace(rows_per_second=100_000), control, lambda _: None)
    with opened(shop) as (_, snapshot):
        answers = paced(snapshot, gate).rows(replace(Rows(CUSTOMER), batch_rows=10))
        next(answers)
        control.cancel()
        with pytest.raises(Cancelled):
            next(answers)


def test_a_second_attempt_that_selects_other_rows_is_refused_by_table(tmp_path):
    refuse_others(tmp_path, {"a": "2 10 7", "b": "1 5 5"})
    refuse_others(tmp_path, {"a": "2 10 7", "b": "1 5 5"})
    with pytest.raises(SnapshotLost, match=r"\(b\)"):
        refuse_others(tmp_path, {"a": "2 10 7", "b": "1 5 6"})


def test_other_rows_of_the_same_number_have_another_digest(shop, tmp_path):
    def digest(*keys: str) -> str:
        with selected(shop, tmp_path, Subset((Roots(CUSTOMER, keys=tuple((key,) for key in keys)),))) as (found, _):
            return str(found.digests()[str(CUSTOMER)])

    assert digest("5", "6") == digest("6", "5") != digest("5", "7")


def test_rows_whose_table_was_rewritten_are_not_read_by_their_places(shop, tmp_path):
    with selected(shop, tmp_path, Subset((Roots(CUSTOMER, rows=3),))) as (found, snapshot):
        table = snapshot.schema.table(CUSTOMER)
        found.tables = {CUSTOMER: replace(found.tables[CUSTOMER], files="16384")}
        part = of(found, table)
        assert part is not None
        with pytest.raises(SnapshotLost, match="was rewritten"):
            list(part.read(snapshot, Read(CUSTOMER, ())))
