"""The demo source is a database one would believe, and it says truly what is personal in it."""

from __future__ import annotations

import sqlite3
import time

import numpy as np
import pytest

from engine import demo
from engine.demo.truth import PERSONAL, QUASI


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    path = tmp_path_factory.mktemp("demo") / "clinic.db"
    started = time.process_time()
    counts = demo.build(path)
    seconds = time.process_time() - started
    with sqlite3.connect(path) as connection:
        yield connection, counts, seconds


def column(connection, sql):
    return np.array([row[0] for row in connection.execute(sql)])


def test_it_is_made_in_seconds_and_has_fifty_thousand_rows_of_six_thousand_people(clinic):
    _, counts, seconds = clinic
    assert seconds < 5
    assert len(counts) >= 12
    assert 45_000 < sum(counts.values()) < 65_000
    assert counts["patient"] >= 6_000


def test_the_counts_it_reports_are_the_rows_it_wrote(clinic):
    connection, counts, _ = clinic
    for table, rows in counts.items():
        assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (rows,)


def test_every_foreign_key_finds_its_parent(clinic):
    connection, *_ = clinic
    assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


def test_equal_seeds_give_equal_rows_and_other_seeds_other_people(tmp_path):
    def people(name, seed):
        demo.build(tmp_path / name, patients=200, seed=seed)
        with sqlite3.connect(tmp_path / name) as connection:
            return connection.execute("SELECT * FROM patient ORDER BY patient_id").fetchall()

    first = people("a.db", 1)
    assert people("b.db", 1) == first
    assert people("c.db", 2) != first


def test_every_place_named_as_personal_is_a_column_that_holds_values(clinic):
    connection, *_ = clinic
    for place in {**PERSONAL, **QUASI}:
        table, _, column_name = place.partition(":")[0].partition(".")
        filled = connection.execute(f"SELECT count({column_name}) FROM {table}").fetchone()[0]
        assert filled > 50, place


def test_every_json_path_named_as_personal_is_filled(clinic):
    connection, *_ = clinic
    for place in (place for place in PERSONAL if ":" in place):
        name, _, path = place.partition(":")
        table, _, column_name = name.partition(".")
        sql = f"SELECT count(json_extract({column_name}, ?)) FROM {table}"
        assert connection.execute(sql, (path,)).fetchone()[0] > 1_000, place


def test_check_digits_are_valid(clinic):
    from stdnum import iban, luhn

    connection, *_ = clinic
    cards = column(connection, "SELECT DISTINCT replace(card_number, ' ', '') FROM payment WHERE card_number NOT NULL")
    accounts = column(connection, "SELECT DISTINCT iban FROM payment WHERE iban NOT NULL")
    assert len(cards) > 500
    assert len(accounts) > 200
    assert all(luhn.is_valid(card) for card in cards.tolist())
    assert all(iban.is_valid(account, check_country=False) for account in accounts.tolist())


def test_notes_mention_the_person_of_their_row(clinic):
    connection, *_ = clinic
    notes, named = connection.execute(
        "SELECT count(*), sum(instr(note, first_name) > 0 OR instr(note, last_name) > 0) "
        "FROM visit JOIN patient USING (patient_id) WHERE note NOT NULL"
    ).fetchone()
    assert notes > 500
    assert named > notes / 2


def test_photos_are_png_files(clinic):
    connection, *_ = clinic
    photos = [row[0] for row in connection.execute("SELECT photo FROM patient WHERE photo NOT NULL")]
    assert len(photos) > 1_000
    assert all(photo.startswith(b"\x89PNG\r\n\x1a\n") and photo.endswith(b"IEND\xaeB`\x82") for photo in photos)


def test_attributes_of_a_person_hang_together(clinic):
    connection, *_ = clinic
    rows = connection.execute(
        "SELECT income, education = 'master', height_cm, gender = 'M', systolic, "
        "(julianday('2026-06-30') - julianday(birth_date)) / 365.25 FROM patient WHERE income NOT NULL"
    ).fetchall()
    income, master, height, male, systolic, age = np.array(rows, dtype=float).T
    assert np.log(income[master == 1]).mean() > np.log(income[master == 0]).mean() + 0.3
    assert np.corrcoef(height, male)[0, 1] > 0.5
    assert np.corrcoef(systolic, age)[0, 1] > 0.4


def test_children_have_a_guardian_of_their_own_household(clinic):
    connection, *_ = clinic
    wards, same_name, older = connection.execute(
        "SELECT count(*), sum(c.last_name = g.last_name), sum(g.birth_date < c.birth_date) "
        "FROM patient c JOIN patient g ON g.patient_id = c.guardian_id"
    ).fetchone()
    assert wards > 500
    assert same_name == older == wards
