"""Generated rows keep every key, link and condition, and a real database takes them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow.compute as pc
import pytest

from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.masking import make_masker
from engine.plan import Rule
from engine.synthesis.generate.repairs import GenerationError, Repairs
from engine.synthesis.structure import Goes, Link
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
    emails = [set(rows(made_, "customer").column("email").to_pylist()) - {None} for made_ in (first, other)]
    assert not emails[0] & emails[1]


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


JUNCTION = """
CREATE TABLE course (code TEXT PRIMARY KEY);
INSERT INTO course VALUES ('a'), ('b'), ('c'), ('d');
CREATE TABLE student (id INTEGER PRIMARY KEY);
CREATE TABLE enrolled (
    student_id INTEGER NOT NULL REFERENCES student, course TEXT NOT NULL REFERENCES course, mark INTEGER,
    PRIMARY KEY (student_id, course)
);
"""


@pytest.mark.parametrize("learned", [{"course": ["a", "b", "c", "d"], "mark": [1, 2]}, {"mark": [1, 2]}])
def test_a_junction_has_no_pair_twice_and_loses_no_row_that_has_room(tmp_path, learned):
    owners = {"student": None, "enrolled": ("student_id",)}
    made, repairs = case(tmp_path / "j.db", JUNCTION, owners, learned={"enrolled": learned}), Repairs()
    blocks = made.generate(400, repairs=repairs)
    load(tmp_path / "j.db", made.schema, blocks)
    assert faults(tmp_path / "j.db", made.schema) == {}
    assert sum(repairs.dropped.values()) < 20
    assert 1.7 < rows(blocks, "enrolled").num_rows / 400 < 2.3


CYCLE = """
CREATE TABLE team (id INTEGER PRIMARY KEY, captain INTEGER NOT NULL REFERENCES player, sponsor INTEGER REFERENCES player);
CREATE TABLE player (id INTEGER PRIMARY KEY, team_id INTEGER NOT NULL REFERENCES team, mentor INTEGER REFERENCES player);
"""


def test_keys_in_a_circle_agree(tmp_path):
    """A team without players has no captain, and is left out with what belongs to it."""
    goes = {("team", "captain"): Goes.INSIDE, ("team", "sponsor"): Goes.PARTNER, ("player", "mentor"): Goes.INSIDE}
    made, repairs = case(tmp_path / "c.db", CYCLE, {"team": None, "player": ("team_id",)}, goes), Repairs()
    blocks = made.generate(300, repairs=repairs)
    load(tmp_path / "c.db", made.schema, blocks)
    assert faults(tmp_path / "c.db", made.schema) == {}
    teams, players = rows(blocks, "team"), rows(blocks, "player")
    assert teams.num_rows == 300
    of = dict(zip(players.column("id").to_pylist(), players.column("team_id").to_pylist(), strict=True))
    for team, captain, sponsor in zip(
        *(teams.column(name).to_pylist() for name in ("id", "captain", "sponsor")), strict=True
    ):
        assert of[captain] == team
        assert sponsor is None or of[sponsor] != team
    place = {key: at for at, key in enumerate(players.column("id").to_pylist())}
    for player, mentor in zip(players.column("id").to_pylist(), players.column("mentor").to_pylist(), strict=True):
        assert mentor is None or (of[mentor] == of[player] and place[mentor] < place[player])


COMPOSITE = """
CREATE TABLE region (country TEXT, code INTEGER, PRIMARY KEY (country, code));
INSERT INTO region VALUES ('CA', 1), ('CA', 2), ('DE', 1), ('DE', 7);
CREATE TABLE depot (id SMALLINT PRIMARY KEY, country TEXT, code INTEGER, FOREIGN KEY (country, code) REFERENCES region);
INSERT INTO depot VALUES (1, 'CA', 1), (2, 'DE', 7);
CREATE TABLE tenant (
    code CHAR(6) PRIMARY KEY, country TEXT, region INTEGER, home SMALLINT NOT NULL REFERENCES depot,
    FOREIGN KEY (country, region) REFERENCES region (country, code)
);
CREATE TABLE bill (
    tenant CHAR(6) NOT NULL REFERENCES tenant, number INTEGER NOT NULL, corrects INTEGER, paid BOOLEAN,
    PRIMARY KEY (tenant, number), FOREIGN KEY (tenant, corrects) REFERENCES bill (tenant, number)
);
CREATE TABLE item (
    id CHAR(36) PRIMARY KEY, tenant CHAR(6) NOT NULL, bill INTEGER NOT NULL, twin CHAR(36), share DECIMAL(5,2) UNIQUE,
    FOREIGN KEY (tenant, bill) REFERENCES bill (tenant, number)
);
"""


def test_composite_keys_self_references_and_keys_of_other_types(tmp_path):
    owners = {"tenant": None, "bill": ("tenant",), "item": ("tenant", "bill")}
    goes = {("tenant", "home"): Goes.OUTSIDE, ("bill", "tenant"): Goes.INSIDE}
    learned = {
        "tenant": {"country+region": [("CA", 1), ("DE", 7), ("FR", 3), None]},
        "bill": {"paid": [True, False, None]},
        "item": {"share": [0.25, 0.5, None]},
    }
    made, repairs = case(tmp_path / "k.db", COMPOSITE, owners, goes, learned), Repairs()
    blocks = made.generate(200, repairs=repairs, block=60)
    load(tmp_path / "k.db", made.schema, blocks)
    assert faults(tmp_path / "k.db", made.schema) == {}
    assert repairs.repaired[TableName("tenant"), made.schema.table(TableName("tenant")).foreign_keys[0].name] >= 0
    assert {len(code) for code in rows(blocks, "tenant").column("code").to_pylist()} == {6}
    bills = rows(blocks, "bill")
    assert pc.max(bills.column("number")).as_py() == 4
    assert bills.column("corrects").null_count < bills.num_rows
    pairs = zip(bills.column("number").to_pylist(), bills.column("corrects").to_pylist(), strict=True)
    assert all(correct is None or correct < number for number, correct in pairs)
    shares = rows(blocks, "item").column("share").drop_null()
    assert len(shares) == len(shares.unique()) > 100


UNIQUES = """
CREATE TABLE person (
    id INTEGER PRIMARY KEY, login VARCHAR(20) NOT NULL, handle TEXT COLLATE NOCASE UNIQUE, state TEXT,
    since DATE, left_on DATE, level TINYINT, UNIQUE (state, level), CHECK (left_on IS NULL OR left_on >= since)
);
CREATE UNIQUE INDEX folded ON person (lower(login));
CREATE UNIQUE INDEX active ON person (since) WHERE state = 'on';
"""


def test_unique_keys_of_every_kind_and_conditions_over_two_columns(tmp_path):
    """Case-insensitive, of an expression, of some rows only, of two learned columns: nothing is twice, whatever the model says."""
    learned = {
        "person": {
            "login": ["Ann", "ann", "Bob", "bo"], "handle": ["X", "x", "y", None], "state": ["on", "off", None],
            "since": [f"2020-01-0{day}" for day in range(1, 9)], "left_on": ["2020-01-04", "2021-01-01", None],
            "level": [1, 2, 3],
        }
    }  # fmt: skip
    made, repairs = case(tmp_path / "u.db", UNIQUES, {"person": None}, learned=learned), Repairs()
    blocks = made.generate(150, repairs=repairs, block=50)
    load(tmp_path / "u.db", made.schema, blocks)
    assert faults(tmp_path / "u.db", made.schema) == {}
    assert rows(blocks, "person").num_rows == 150
    assert repairs.unproven == set()
    assert repairs.repaired[TableName("person"), "folded"] > 0


PEOPLE = """
CREATE TABLE person (id INTEGER PRIMARY KEY, first TEXT, last TEXT, mail TEXT, full TEXT);
CREATE TABLE visit (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person, note TEXT);
CREATE TABLE bill (id INTEGER PRIMARY KEY, visit_id INTEGER NOT NULL REFERENCES visit, payer TEXT);
"""


def test_texts_of_one_person_agree_along_foreign_keys(tmp_path):
    """A name by the person's key is the same in the person's rows two tables below; an address is built from the row's names."""

    def name(column: str, by: str) -> Rule:
        return Rule((column,), make_masker("full_name", {}), by=by)

    masked = {
        "person": {
            "first": "first_name", "last": "last_name", "full": name("full", "id"),
            "mail": Rule(("mail",), make_masker("email", {}), from_=("first", "last")),
        },
        "visit": {"note": "null"},
        "bill": {"payer": name("payer", "visit_id.person_id")},
    }  # fmt: skip
    owners = {"person": None, "visit": ("person_id",), "bill": ("visit_id",)}
    blocks = case(tmp_path / "p.db", PEOPLE, owners, masked=masked).generate(100, block=40)
    people, visits, bills = (rows(blocks, table).to_pylist() for table in owners)
    full = {person["id"]: person["full"] for person in people}
    of = {visit["id"]: visit["person_id"] for visit in visits}
    assert bills
    assert all(bill["payer"] == full[of[bill["visit_id"]]] for bill in bills)
    assert len(set(full.values())) > 90
    assert all(person["full"] == f"{person['first']} {person['last']}" for person in people)
    assert all(person["mail"].startswith(person["first"][:3].lower()) for person in people)


def test_conditions_over_several_columns_are_met_by_rejection(tmp_path):
    table = rows(shop(tmp_path).generate(150, where="country = 'DE' AND (age > 80 OR age < 20)", block=50), "customer")
    assert table.num_rows == 150
    assert set(table.column("age").to_pylist()) == {18, 90}


@pytest.mark.parametrize("where", ["country = 'XX'", "age > 200", "nonsense(", "email = 'x'", "id > 3"])
def test_a_condition_that_nothing_meets_is_refused_in_one_sentence(tmp_path, where):
    with pytest.raises(GenerationError, match="where"):
        shop(tmp_path).generate(10, where=where)


def test_rare_values_can_be_drawn_as_often_as_others(tmp_path):
    table = rows(shop(tmp_path).generate(300, balance="country"), "customer")
    assert table.num_rows == 300
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(table.column("country")).to_pylist()}
    assert all(90 <= count <= 110 for count in counts.values())


TYPED = """
CREATE TABLE person (id INTEGER PRIMARY KEY);
CREATE TABLE dog (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person);
CREATE TABLE cat (id CHAR(8) PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person);
CREATE TABLE fed (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person, kind TEXT, animal TEXT);
"""


def test_a_key_of_the_plan_is_about_the_rows_of_its_type(tmp_path):
    owners = {"person": None, "dog": ("person_id",), "cat": ("person_id",), "fed": ("person_id",)}
    made = case(tmp_path / "t.db", TYPED, owners, learned={"fed": {"kind": ["dog", "cat", "none"]}})
    links = tuple(
        Link(
            ForeignKey(kind, ("animal",), TableName(kind), ("id",), virtual=True, where=f"kind = '{kind}'"), Goes.INSIDE
        )
        for kind in ("dog", "cat")
    )
    tables = (*made.structure.tables[:3], replace(made.structure.tables[3], links=links))
    made.structure = replace(made.structure, tables=tables)
    blocks = made.generate(100, block=30)
    known = {kind: {str(key): person for key, person in _owned(blocks, kind)} for kind in ("dog", "cat")}
    linked = 0
    for row in rows(blocks, "fed").to_pylist():
        if row["kind"] == "none":
            assert row["animal"] is None
        elif row["animal"] is not None:
            assert known[row["kind"]][row["animal"]] == row["person_id"]
            linked += 1
    assert linked > 50


def _owned(blocks, table: str):
    found = rows(blocks, table)
    return zip(found.column("id").to_pylist(), found.column("person_id").to_pylist(), strict=True)


def test_numbers_of_keys_begin_where_the_condition_on_them_holds(tmp_path):
    ddl = """
    CREATE TABLE low (id INTEGER PRIMARY KEY CHECK (id BETWEEN 5000 AND 9000), small TINYINT UNIQUE);
    """
    made, repairs = case(tmp_path / "l.db", ddl, {"low": None}), Repairs()
    blocks = made.generate(100, repairs=repairs)
    assert pc.min_max(rows(blocks, "low").column("id")).as_py() == {"min": 5000, "max": 5099}
    assert not repairs.dropped
    with pytest.raises(GenerationError, match="none of the generated rows keeps"):
        made.generate(5000)


def test_a_required_link_to_a_table_that_is_not_there_is_refused(tmp_path):
    ddl = "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p);"
    made = case(tmp_path / "e.db", ddl, {"c": None}, {("c", "p"): Goes.OUTSIDE})
    with pytest.raises(GenerationError, match="none is there"):
        replace(made, linked={}).generate(10)


def test_a_table_that_needs_rows_of_an_empty_public_table_is_empty_too(tmp_path):
    ddl = """
    CREATE TABLE kind (id INTEGER PRIMARY KEY);
    CREATE TABLE person (id INTEGER PRIMARY KEY);
    CREATE TABLE has (
        person_id INTEGER NOT NULL REFERENCES person, kind_id INTEGER NOT NULL REFERENCES kind, PRIMARY KEY (person_id, kind_id)
    );
    """
    made = case(tmp_path / "n.db", ddl, {"person": None, "has": ("person_id",)})
    repairs = Repairs()
    blocks = made.generate(100, repairs=repairs)
    assert rows(blocks, "has").num_rows == 0
    assert rows(blocks, "person").num_rows == 100
    assert not repairs.dropped
