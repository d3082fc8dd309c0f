"""The demo source: a believable clinic of 14 tables and some 55,000 rows, made from a seed in seconds, of nobody.

`truth.PERSONAL` says which of its columns hold what kind of personal data.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.resources import files
from pathlib import Path

import numpy as np

from engine.demo import care, people, words
from engine.demo.people import Columns

PATIENTS = 6_400
SEED = 20_260_630


def build(path: Path, *, patients: int = PATIENTS, seed: int = SEED) -> dict[str, int]:
    """Write the clinic into a new SQLite file and give the rows of each table. Equal seeds give equal rows."""
    tables = rows(np.random.default_rng(seed), patients)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(files(__package__).joinpath("schema.sql").read_text("utf-8"))
        for table, columns in tables.items():
            _insert(connection, table, columns)
        connection.execute("ANALYZE")
    return {table: len(next(iter(columns.values()))) for table, columns in tables.items()}


def rows(rng: np.random.Generator, patients: int) -> dict[str, Columns]:
    """Every table's columns, parents before children where there is no cycle."""
    person = people.patients(rng, patients)
    person["photo"] = care.photos(rng, rng.random(patients) < 0.2)
    staff = care.staff(rng)
    visit = care.visits(rng, person, staff)
    items = care.prescriptions(rng, visit)
    return {
        **_lookups(),
        "staff": staff,
        "patient": person,
        "address": care.addresses(rng, person),
        "portal_login": care.logins(rng, person, patients // 2),
        "visit": visit,
        "visit_diagnosis": care.diagnoses(rng, person, visit),
        "prescription_item": items,
        "refill": care.refills(rng, items),
        "payment": care.payments(rng, visit),
    }


def _lookups() -> dict[str, Columns]:
    region, plan = list(zip(*words.REGIONS, strict=True)), list(zip(*words.PLANS, strict=True))
    diagnosis, product = list(zip(*words.DIAGNOSES, strict=True)), list(zip(*words.PRODUCTS, strict=True))
    places = range(1, len(words.DEPARTMENTS) + 1)
    return {
        "region": {"code": region[0], "name": region[1], "urban": list(map(int, region[2]))},
        "insurance_plan": {"code": plan[0], "title": plan[1], "monthly_premium": plan[2]},
        "diagnosis": {"code": diagnosis[0], "title": diagnosis[1], "chronic": list(map(int, diagnosis[2]))},
        "product": {
            "product_id": range(1, len(words.PRODUCTS) + 1), "name": product[0], "form": product[1], "price": product[2],
        },
        "department": {
            "department_id": places, "name": words.DEPARTMENTS, "floor": [place % 4 for place in places], "head_id": places,
        },
    }  # fmt: skip


def _insert(connection: sqlite3.Connection, table: str, columns: Columns) -> None:
    kept = {name: values for name, values in columns.items() if not name.startswith("_")}
    values = [column.tolist() if isinstance(column, np.ndarray) else column for column in kept.values()]
    statement = f"INSERT INTO {table} ({', '.join(kept)}) VALUES ({', '.join('?' * len(kept))})"
    connection.executemany(statement, zip(*values, strict=True))
