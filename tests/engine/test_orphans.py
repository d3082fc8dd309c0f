"""Orphans of the source are counted where the target does not prove that there are none."""

from __future__ import annotations

import psycopg

from connectors.names import TableName
from connectors.pg_read import PgSnapshot
from tests.engine.test_clone_servers import faults, run


def test_an_enforced_key_is_counted_only_when_its_target_refuses_it(new_postgresql, tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    source, target, other = new_postgresql(), new_postgresql(), new_postgresql()
    with psycopg.connect(source) as connection:
        connection.execute("create table up (id int primary key); create table down (up int references up)")
        connection.execute("insert into up values (1); insert into down values (1), (1)")
    asked: list[TableName] = []
    count = PgSnapshot.orphans
    monkeypatch.setattr(PgSnapshot, "orphans", lambda self, table, key: asked.append(table) or count(self, table, key))
    assert orphans(run(source, target, tmp_path)) == {}
    assert asked == []
    with psycopg.connect(source) as connection:
        connection.execute("set session_replication_role = replica; insert into down values (2), (3)")
    evidence = run(source, other, tmp_path)
    assert orphans(evidence) == {"down_up_fkey": 2}
    assert asked == [TableName("down")]
    assert [issue.code for issue in evidence.issues if issue.table == TableName("down")] == [
        "foreign-key-not-validated"
    ]
    assert faults(source, other, tmp_path) == []


def orphans(evidence) -> dict[str, int]:  # type: ignore[no-untyped-def]
    return dict(next(table for table in evidence.tables if table.name == TableName("down")).orphans)
