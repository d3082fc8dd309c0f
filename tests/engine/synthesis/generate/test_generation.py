"""Generated rows keep every key, link and condition, and a real database takes them."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc

from engine.synthesis.generate.repairs import Repairs
from engine.synthesis.structure import Goes
from tests.engine.synthesis.generate.made import case, faults, load, rows

SHOP = """
CREATE TABLE country (code CHAR(2) PRIMARY KEY, name TEXT);
INSERT INTO country VALUES ('CA', 'Canada'), ('DE', 'Germany'), ('FR', 'France');
CREATE TABLE customer (
    id INTEGER PRIMARY KEY, country CHAR(2) NOT NULL REFERENCES country, email VARCHAR(60) UNIQUE,
    age INTEGER CHECK (age BETWEEN 18 AND 90), boss INTEGER REFERENCES customer
);
CREATE TABLE purchase (
    id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer, total INTEGER CHECK (total > 0)
);
CREATE TABLE line (
    purchase_id INTEGER NOT NULL REFERENCES purchase, number INTEGER NOT NULL, amount INTEGER,
    PRIMARY KEY (purchase_id, number)
);
"""
OWNERS = {"customer": None, "purchase": ("customer_id",), "line": ("purchase_id",)}
LEARNED = {
    "customer": {"country": ["CA", "DE", "FR"], "age": [5, 18, 40, 90, 95, None]},
    "purchase": {"total": [0, 1, 2, 3]},
    "line": {"amount": [1, 2, None]},
}


def shop(tmp_path: Path):
    masked = {"customer": {"email": "email"}}
    return case(tmp_path / "shop.db", SHOP, OWNERS, {("customer", "boss"): Goes.PARTNER}, LEARNED, masked)


def test_a_whole_entity_loads_without_a_fault(tmp_path):
    """Fresh integer keys, keys of position, links to a public table and to other entities, a rebuilt unique text, conditions."""
    made, repairs = shop(tmp_path), Repairs()
    blocks = made.generate(700, repairs=repairs, block=200)
    load(tmp_path / "shop.db", made.schema, blocks)
    assert faults(tmp_path / "shop.db", made.schema) == {}
    assert rows(blocks, "customer").num_rows == 700
    assert rows(blocks, "line").num_rows > 700
    assert repairs.unproven == set()
    assert sum(repairs.redrawn.values()) > 100


def test_the_same_seed_gives_the_same_rows_and_another_one_others(tmp_path):
    made = shop(tmp_path)
    first, again, other = (made.generate(50, seed=seed) for seed in (3, 3, 4))
    for table in ("customer", "purchase", "line"):
        assert rows(first, table).equals(rows(again, table))
    assert not rows(first, "customer").equals(rows(other, "customer"))


def test_a_hierarchy_of_partners_has_no_cycle_and_reaches_over_blocks(tmp_path):
    made = shop(tmp_path)
    table = rows(made.generate(300, block=100), "customer")
    ids, bosses = table.column("id").to_pylist(), table.column("boss").to_pylist()
    place = {key: at for at, key in enumerate(ids)}
    assert all(place[boss] < at for at, boss in enumerate(bosses) if boss is not None)
    assert any(at // 100 != place[boss] // 100 for at, boss in enumerate(bosses) if boss is not None)


def test_where_gives_only_such_entities(tmp_path):
    made = shop(tmp_path)
    table = rows(made.generate(200, where="country = 'CA' AND age > 30"), "customer")
    assert table.num_rows == 200
    assert pc.unique(table.column("country")).to_pylist() == ["CA"]
    assert pc.min(table.column("age")).as_py() > 30
