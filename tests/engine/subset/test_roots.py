"""Roots: which rows an entry means, and what is said of keys that mean none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.database import Snapshot
from connectors.errors import ReadError
from connectors.rows import Rows
from connectors.schema import Schema
from engine.problems import PlanError
from engine.subset.roots import Asking
from engine.subset.spec import Roots
from tests.engine.subset.closing import KEY
from tests.engine.subset.shop import CUSTOMER, NOTE, ORDER, PRODUCT, build, opened

Shop = tuple[Schema, Snapshot, Path]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("roots")
    with opened(build(folder / "shop.db")) as (schema, snapshot):
        yield schema, snapshot, folder


def found(shop: Shop, entry: Roots, *columns: str, seed: int = 0) -> list[tuple[object, ...]]:
    schema, snapshot, folder = shop
    parts = Asking(entry, schema.table(entry.table), snapshot, KEY, seed, folder).ids()
    batches = [b for ids in parts for b in snapshot.rows(Rows(entry.table, columns=columns, among=ids))]
    return sorted(tuple(row[name] for name in columns) for batch in batches for row in batch.to_pylist())


def refused(shop: Shop, entry: Roots) -> str:
    with pytest.raises(PlanError) as caught:
        found(shop, entry)
    return str(caught.value)


def keys_file(shop: Shop, text: str | bytes) -> str:
    name = "keys.csv"
    (shop[2] / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return name


def test_an_entry_without_a_restriction_means_every_row(shop):
    assert found(shop, Roots(CUSTOMER), "id") == [(n,) for n in range(1, 61)]


def test_a_condition_is_the_sources_own_sql(shop):
    assert found(shop, Roots(CUSTOMER, where="country = 'FR' and id < 10"), "id") == [(1,), (4,), (7,)]


def test_keys_are_of_the_primary_key_and_may_repeat(shop):
    assert found(shop, Roots(CUSTOMER, keys=(("17",), ("3",), ("17",))), "id") == [(3,), (17,)]
    assert found(shop, Roots(ORDER, keys=(("2", "4"),)), "customer", "number") == [(2, 4)]


def test_condition_and_keys_hold_together(shop):
    assert found(shop, Roots(CUSTOMER, where="country = 'DE'", keys=(("3",), ("4",))), "id") == [(3,)]


def test_a_sample_is_taken_of_what_the_condition_leaves(shop):
    taken = found(shop, Roots(CUSTOMER, where="country = 'DE'", percent=25), "id")
    assert len(taken) == 5
    assert {number % 3 for (number,) in taken} == {0}
    assert taken != found(shop, Roots(CUSTOMER, where="country = 'DE'", percent=25), "id", seed=1)


def test_a_sample_may_be_taken_of_keys(shop):
    assert len(found(shop, Roots(CUSTOMER, keys=tuple((str(n),) for n in range(1, 21)), rows=3), "id")) == 3


def test_a_file_holds_one_key_a_line_quoted_as_csv(shop):
    name = keys_file(shop, '\ufeff"p001"\n\np007\r\np001\n')
    assert found(shop, Roots(PRODUCT, keys_file=name), "code") == [("p001",), ("p007",)]


def test_a_file_of_more_keys_than_one_question_takes_is_found_whole(shop):
    name = keys_file(shop, "".join(f"{n % 60 + 1},{n % 4 + 1}\n" for n in range(2000)))
    assert len(found(shop, Roots(ORDER, keys_file=name), "customer", "number")) == 60


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1,1\n2\n", "line 2 has 1 value, and the key has 2"),
        ("", "holds no key"),
        ("\n\n", "holds no key"),
        ('1,1\n"2,2\n', "is not CSV in line 2"),
        (b"1,1\n\xff,2\n", "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line_and_no_value(shop, text, said):
    assert said in refused(shop, Roots(ORDER, keys_file=keys_file(shop, text)))


def test_a_file_that_is_not_there_is_named(shop):
    assert "nowhere.csv cannot be read" in refused(shop, Roots(ORDER, keys_file="nowhere.csv"))


def test_keys_that_no_row_has_are_counted_and_their_lines_named(shop):
    name = keys_file(shop, "5\n4711\n6\n\nsecret\n")
    said = refused(shop, Roots(CUSTOMER, keys_file=name))
    assert "2 of the 4 keys in keys.csv" in said
    assert "lines 2, 5" in said
    assert "4711" not in said
    assert "secret" not in said


def test_a_table_without_a_key_cannot_be_asked_by_keys(shop):
    assert "no primary key" in refused(shop, Roots(NOTE, keys=(("a",),)))


def test_a_table_without_a_key_can_be_sampled(shop):
    assert len(found(shop, Roots(NOTE, rows=2), "words")) == 2


@pytest.mark.parametrize("condition", ["nothing = 1", "id = ", "1 = 1; delete from customer"])
def test_a_condition_that_is_none_is_refused_by_the_table(shop, condition):
    with pytest.raises(ReadError, match="customer: a condition on this table"):
        found(shop, Roots(CUSTOMER, where=condition))
