"""Discovery as a whole: what the stages tell each other."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from connectors import open_database
from connectors.names import TableName
from engine.profiling.discover import discover
from engine.profiling.finding import Options

SCRIPT = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, birth_date TEXT);
CREATE TABLE parcel (id INTEGER PRIMARY KEY, customer INTEGER, weight REAL);
CREATE TABLE pallet (id INTEGER PRIMARY KEY, colour TEXT);
CREATE TABLE crate (id INTEGER PRIMARY KEY, pallet INTEGER);
"""


def filled(path: Path) -> str:
    connection = sqlite3.connect(path)
    connection.executescript(SCRIPT)
    keys = [1000 + 37 * number for number in range(200)]
    connection.executemany("INSERT INTO customer VALUES (?, 'Ann', 'Miller', '1970-01-02')", [(key,) for key in keys])
    connection.executemany("INSERT INTO pallet VALUES (?, 'red')", [(key + 5,) for key in keys])
    connection.executemany("INSERT INTO parcel (customer, weight) VALUES (?, 1.5)", [(key,) for key in keys * 2])
    connection.executemany("INSERT INTO crate (pallet) VALUES (?)", [(key + 5,) for key in keys * 2])
    connection.commit()
    connection.close()
    return f"sqlite:///{path}"


def test_a_column_that_refers_to_people_by_a_key_that_nobody_declared_is_personal(tmp_path: Path) -> None:
    """The same column of a table that refers to things is not; and without inferred keys nothing says that it refers."""
    with open_database(filled(tmp_path / "depot.db")) as source:
        findings, without = discover(source), discover(source, options=Options(infer_keys=False))
    referring = findings.of(TableName("parcel"), "customer")
    assert referring is not None
    assert referring.entity == "person_id"
    assert any("seems to refer to customer" in words for words in referring.evidence)
    assert findings.of(TableName("crate"), "pallet").entity is None  # type: ignore[union-attr]
    alone = without.of(TableName("parcel"), "customer")
    assert alone is not None
    assert alone.probability < referring.probability
    assert not without.keys
