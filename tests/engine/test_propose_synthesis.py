"""Proposing a plan that synthesises: by names, types and keys alone, and a person's decisions stay."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import open_database
from connectors.names import TableName
from connectors.schema import Schema
from engine.check import check
from engine.lock import read_lock
from engine.plan import Plan, Treatment
from engine.plan_toml import read_plan
from engine.planning import Asked, make_plan
from engine.planning_synthesis import SynthesisAsked
from engine.privacy.spec import How, Owner, PrivacySpec
from engine.problems import PlanError, errors
from engine.propose import propose
from engine.propose_synthesis import likely_units, owned_tables, synthesised
from tests.engine.tables import schemas

PERSON, VISIT = TableName("person"), TableName("visit")


def _source(path: Path, people: int, words: str = "seen") -> str:
    with sqlite3.connect(path) as database:
        database.executescript("""
            CREATE TABLE region (region_id INTEGER PRIMARY KEY, label TEXT);
            CREATE TABLE clinic (clinic_id INTEGER PRIMARY KEY, phone TEXT, region_id INTEGER REFERENCES region);
            CREATE TABLE person (
                person_id INTEGER PRIMARY KEY, email TEXT UNIQUE, city TEXT, smokes BOOLEAN, remark TEXT, photo BLOB,
                stars INTEGER CHECK (stars BETWEEN 1 AND 5), region_id INTEGER REFERENCES region, clinic_id INTEGER REFERENCES clinic);
            CREATE TABLE visit (
                person_id INTEGER NOT NULL REFERENCES person, no INTEGER, at TIMESTAMP NOT NULL, PRIMARY KEY (person_id, no));
            CREATE TABLE drug (
                drug_id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person, no INTEGER, at_person INTEGER REFERENCES person,
                FOREIGN KEY (at_person, no) REFERENCES visit (person_id, no));
            CREATE TABLE gift (gift_id INTEGER PRIMARY KEY, giver INTEGER REFERENCES person, taker INTEGER REFERENCES person);
        """)
        database.executemany("INSERT INTO region VALUES (?, ?)", [(n, f"r{n}") for n in range(4)])
        database.executemany("INSERT INTO clinic VALUES (?, ?, 1)", [(n, f"+1 202 555 01{n:02}") for n in range(9)])
        database.executemany(
            "INSERT INTO person VALUES (?, ?, ?, 1, ?, NULL, 3, 1, 1)",
            [(n, f"p{n}@mail.example", f"town {n}", f"{words} {n}") for n in range(people)],
        )
        database.executemany("INSERT INTO visit VALUES (?, 1, '2020-01-01')", [(n,) for n in range(people)])
    database.close()
    return f"sqlite:///{path}"


def _planned(source: str, path: Path, **asked: object) -> Plan:
    with open_database(source) as database:
        return make_plan(database, path, Asked(**asked)).plan  # type: ignore[arg-type]


def _decisions(made: Plan, table: TableName) -> dict[str, str]:
    return {
        each.columns[0]: " + ".join(
            filter(None, [each.learn.how.value if each.learn else None, each.masker.name if each.masker else None])
        )
        for each in made.tables[table].rules
    }


def test_the_unit_and_what_it_owns_is_synthesised_and_its_lookups_are_public(tmp_path: Path) -> None:
    made = _planned(
        _source(tmp_path / "a.db", 50), tmp_path / "p.toml", synthesis=SynthesisAsked(PERSON, 2.0, None, 50_000)
    )
    treatments = {str(name): table.treatment for name, table in made.tables.items()}
    assert treatments == {
        "region": Treatment.PUBLIC, "clinic": Treatment.MASK, "person": Treatment.SYNTHESIZE, "visit": Treatment.SYNTHESIZE,
        "drug": Treatment.SYNTHESIZE, "gift": Treatment.SYNTHESIZE,
    }  # fmt: skip
    assert made.privacy is not None
    assert (made.privacy.epsilon, made.privacy.delta, made.privacy.entities) == (2.0, 1e-6, 50_000)
    assert made.privacy.unit == PERSON
    # Of two ways through different tables the longer; two keys to one table are left to a person.
    assert made.privacy.owners == (Owner(TableName("drug"), ("at_person", "no")),)
    decided = _decisions(made, PERSON)
    assert decided == {
        "person_id": "key", "email": "email", "city": "paid + city", "smokes": "schema", "remark": decided["remark"], "photo": "null",
        "stars": "schema", "region_id": "key", "clinic_id": "key",
    }  # fmt: skip
    assert _decisions(made, VISIT) == {"person_id": "key", "no": "key", "at": "paid"}
    # The key of a public table is kept where masked tables share it.
    kept = made.tables[TableName("clinic")].rule("region_id")
    assert kept is not None
    assert kept.masker is not None
    assert kept.masker.name == "keep"


def test_two_keys_to_one_table_are_left_to_a_person_who_then_says_which_owns(tmp_path: Path) -> None:
    source, path = _source(tmp_path / "a.db", 50), tmp_path / "p.toml"
    made = _planned(source, path, accept=True, synthesis=SynthesisAsked(PERSON))
    with open_database(source) as database:
        described = database.describe()
        assert {(each.code, each.place) for each in errors(check(made, described))} == {
            ("several-owners", "gift.giver")
        }
    assert made.privacy is not None
    owned = replace(made.privacy, owners=(*made.privacy.owners, Owner(TableName("gift"), ("giver",))))
    assert errors(check(replace(made, privacy=owned), described)) == ()


def test_no_row_of_a_protected_person_changes_a_byte_of_the_plan_or_its_lock(tmp_path: Path) -> None:
    texts = []
    for number, (people, words) in enumerate([(50, "seen"), (400, "Erika Mustermann, +49 30 1234567,")]):
        path = tmp_path / str(number) / "p.toml"
        path.parent.mkdir()
        _planned(_source(path.parent / "a.db", people, words), path, accept=True, synthesis=SynthesisAsked(PERSON))
        texts.append((path.read_text("utf-8"), path.with_name("p.toml.lock").read_text("utf-8")))
    assert texts[0] == texts[1]


def test_a_renewed_plan_keeps_decisions_and_looks_at_nobody(tmp_path: Path) -> None:
    source, path = _source(tmp_path / "a.db", 50), tmp_path / "p.toml"
    _planned(source, path, synthesis=SynthesisAsked(PERSON, 2.0))
    text = path.read_text("utf-8")
    text = text.replace(
        'city = { learn = "paid", mask = "city" }', 'city = { learn = "values", values = ["Ulm"], attested = "J" }'
    )
    text = text.replace('[tables.visit]\ntreatment = "synthesize"', '[tables.visit]\ntreatment = "empty"')
    path.write_text(text, "utf-8")
    with sqlite3.connect(tmp_path / "a.db") as database:
        database.execute("ALTER TABLE person ADD COLUMN mood TEXT")
        database.execute(
            "CREATE TABLE fear (fear_id INTEGER PRIMARY KEY, person_id INTEGER REFERENCES person, kind TEXT)"
        )
    database.close()
    made = _planned(source, path)
    assert made.tables == read_plan(path).tables
    assert _decisions(made, PERSON)["city"] == "values"
    assert _decisions(made, PERSON)["mood"] == "paid"
    assert made.tables[VISIT].treatment is Treatment.EMPTY
    assert made.tables[TableName("fear")].treatment is Treatment.SYNTHESIZE
    assert made.privacy is not None
    assert made.privacy.epsilon == 2.0
    assert read_lock(path.with_name("p.toml.lock").read_bytes()).proposal[PERSON]["mood"] == {"learn": "paid"}


def test_a_unit_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="Did you mean person"):
        _planned(_source(tmp_path / "a.db", 3), tmp_path / "p.toml", synthesis=SynthesisAsked(TableName("persons")))


def test_a_second_proposal_leaves_public_tables_and_the_keys_that_masked_tables_share_with_them(tmp_path: Path) -> None:
    source, path = _source(tmp_path / "s.db", 9), tmp_path / "plan.toml"
    asked = {"synthesis": SynthesisAsked(PERSON), "accept": True}
    first = _planned(source, path, **asked)
    path.write_text(path.read_text().replace("an officer has to sign this", "signed by the officer"))
    second = _planned(source, path, **asked)
    region, clinic = TableName("region"), TableName("clinic")
    assert (second.tables[region].treatment, second.tables[clinic].treatment) == (Treatment.PUBLIC, Treatment.MASK)
    assert "signed by the officer" in (second.tables[region].reason or "")
    assert second.tables[clinic].rule("region_id") == first.tables[clinic].rule("region_id")
    assert all(rule.decided for _, rule in second.rules())


@given(schemas(), st.integers(0, 3))
@settings(max_examples=60, deadline=None)
def test_a_proposal_for_any_schema_has_no_error_but_open_questions(described: Schema, number: int) -> None:
    unit = described.tables[number % len(described.tables)].name
    spec = PrivacySpec("p", unit, 1.0, 1e-6)
    made = synthesised(propose(described), described, spec)
    owned = owned_tables(described, unit)
    assert all(made.tables[name].treatment is Treatment.SYNTHESIZE for name in owned)
    found = [each for each in errors(check(made, described)) if each.table in owned or each.table is None]
    assert {each.code for each in found} <= {"several-owners", "undecided"}
    # Nothing that a person must attest is ever proposed.
    learned = [each.learn for name in owned for each in made.tables[name].rules if each.learn is not None]
    assert all(each.how in (How.KEY, How.SCHEMA, How.PAID) and each.attested is None for each in learned)


def test_the_likely_unit_is_whom_the_most_rows_are_about_and_no_staff_who_look_after_them(tmp_path: Path) -> None:
    path = tmp_path / "rented.db"
    with sqlite3.connect(path) as database:
        database.executescript("""
            CREATE TABLE actor (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT);
            CREATE TABLE staff (id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT);
            CREATE TABLE customer (
                id INTEGER PRIMARY KEY, first_name TEXT, last_name TEXT, email TEXT, served_by INTEGER REFERENCES staff);
            CREATE TABLE rental (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer);
            CREATE TABLE film (id INTEGER PRIMARY KEY, title TEXT, actor INTEGER REFERENCES actor);
            CREATE TABLE log (words TEXT);
        """)
        for table, rows in {"actor": 30, "staff": 9, "customer": 20, "rental": 40, "film": 10}.items():
            database.executemany(f"INSERT INTO {table} (id) VALUES (?)", [(n,) for n in range(rows)])
    database.close()
    with open_database(f"sqlite:///{path}") as source:
        units = [str(name) for name in likely_units(source.describe())]
    assert units[:3] == ["customer", "actor", "staff"]
    assert sorted(units[3:]) == ["film", "rental"]
