"""Long chains of references."""

from __future__ import annotations

import time
from pathlib import Path

from connectors.names import TableName
from engine.subset.spec import Edge, Scope
from tests.engine.subset.closing import closing, database, numbers

CHAIN = """
    create table link(id integer primary key, up integer references link(id), word text);
    insert into link select value, nullif(value, 1) - 1, 'w' || value from {numbers};
"""
TEXTS = """
    create table link(id text not null primary key, up text references link(id)) without rowid;
    insert into link select 'k' || value, 'k' || (nullif(value, 1) - 1) from {numbers};
"""
ROUND = """
    create table a(id integer primary key, b integer references b(id));
    create table b(id integer primary key, a integer references a(id));
    insert into a select value, value from {numbers};
    insert into b select value, nullif(value, 300) + 1 from {numbers};
"""
FAN = """
    create table link(id integer primary key, up integer references link(id));
    insert into link select value, case when value > 400 then 200 else nullif(value, 1) - 1 end from {numbers};
"""


def test_a_chain_of_three_thousand_levels_upwards_takes_seconds(tmp_path: Path) -> None:
    url = database(tmp_path, CHAIN.format(numbers=numbers(3000)))
    started = time.process_time()
    with closing(url, tmp_path, roots=["link"]) as case:
        case.add("link", "id = 3000")
        assert case.closure.counts()[TableName("link")] == 1
        assert len(case.ids("link")) == 3000
        # Settled level by level it took five times as long.
        assert time.process_time() - started < 15
        assert case.why("link", "id = 1")[-2:] == ["link above", "link root"]


def test_a_chain_of_texts_is_followed_down(tmp_path: Path) -> None:
    url = database(tmp_path, TEXTS.format(numbers=numbers(200)))
    edges = [Edge(TableName("link"), ("up",), follow=Scope.OWNED)]
    with closing(url, tmp_path, roots=["link"], edges=edges) as case:
        case.add("link", "id = 'k101'")
        assert len(case.ids("link")) == 200


def test_a_chain_through_two_tables_ends_in_an_orphan_that_is_counted_once(tmp_path: Path) -> None:
    url = database(tmp_path, ROUND.format(numbers=numbers(299)))
    with closing(url, tmp_path, roots=["a"]) as case:
        case.add("a", "id = 1")
        assert (len(case.ids("a")), len(case.ids("b"))) == (299, 299)
        assert sum(case.selection.tables[TableName("b")].orphans.values()) == 1


def test_a_chain_that_grows_wide_goes_on_in_the_store(tmp_path: Path) -> None:
    url = database(tmp_path, FAN.format(numbers=numbers(1499)))
    edges = [Edge(TableName("link"), ("up",), follow=Scope.ALL)]
    with closing(url, tmp_path, roots=["link"], edges=edges) as case:
        case.add("link", "id = 100")
        assert len(case.ids("link")) == 1499
        assert case.why("link", "id = 1400")[-1] == "link root"
