"""What no mask has changed is looked through: copies of masked values are found wherever they stand, and nothing else is."""

from __future__ import annotations

import json
import random
import sqlite3
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from connectors import open_database
from connectors.names import TableName
from engine.clone import clone
from engine.keys import MaskingKey
from engine.masking.base import Masker
from engine.masking.email import Email
from engine.masking.first_name import FirstName
from engine.masking.full_name import FullName
from engine.masking.json_path import JsonPath
from engine.masking.keep import Keep
from engine.masking.last_name import LastName
from engine.masking.null import Null
from engine.masking.phone import Phone
from engine.masking.pseudonym import Pseudonym
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.residual_findings import PERSONAL, SOURCE, Residual
from engine.verify import verify
from engine.verify_report import VerifyReport
from engine.workspace import open_workspace

KEY = MaskingKey("shop", b"k" * 32)
CUSTOMER = TableName("customer")
TABLE = """create table customer (
    id integer primary key, email text not null, name text not null, phone text, town text, search_text text, profile {json},
    dial bigint, number text, initials text generated always as (substr(name, 1, 1)) stored,
    shout text generated always as (upper(email)) stored)"""
MASKED = {"id": Pseudonym(), "email": Email(), "name": FullName(), "phone": Phone(), "number": Pseudonym()}
FIRST = "Ada Bela Cyra Dina Edda Fanny Greta Hilda Irma Jana Karla Lotta Maren Nele Orla Petra Runa Sanna Tilda Ulla".split()
LAST = "Ahlgren Brandt Castell Dehmel Eichner Falck Gravert Hollander Isermann Jessen Kettler Lindqvist Mohr Nissen".split()


def people(seed: int, count: int = 300) -> list[dict[str, object]]:
    rng = random.Random(seed)
    rows = []
    for number in range(1, count + 1):
        first, last = rng.choice(FIRST), rng.choice(LAST)
        email, phone = (
            f"{first}.{last}{rng.randrange(10**4)}@mail{rng.randrange(9)}.test".lower(),
            str(rng.randrange(2 * 10**9, 9 * 10**9)),
        )
        rows.append({
            "id": number, "email": email, "name": f"{first} {last}", "phone": f"+1 ({phone[:3]}) {phone[3:6]}-{phone[6:]}",
            "town": rng.choice(["New Haven", "Old Town", "Springfield"]), "search_text": f"{rng.choice(['vip', 'new'])} customer",
            "profile": json.dumps({"theme": rng.choice(["dark", "light"]), "visits": rng.randrange(9)}), "dial": number * 7,
            "number": f"C{rng.randrange(10**11):011}",
        })  # fmt: skip
    return rows


def plan(**masks: Masker) -> Plan:
    columns = ("id", "email", "name", "phone", "town", "search_text", "profile", "dial", "number")
    chosen = MASKED | masks
    rules = tuple(Rule((name,), chosen.get(name, Keep()), reason="needed in tests") for name in columns)
    return Plan("shop", "shop", {CUSTOMER: TablePlan(Treatment.MASK, rules)})


class Shop:
    """A clone of a table of customers, verified."""

    def __init__(self, folder: Path, rows: list[dict[str, object]], plan_: Plan | None = None) -> None:
        self.plan, self.workspace = plan_ or plan(), open_workspace(folder / "workspace")
        self.source, self.target = folder / "source.db", folder / "target.db"
        with sqlite3.connect(self.source) as connection:
            connection.execute(TABLE.format(json="json"))
            marks = ", ".join(f":{name}" for name in rows[0])
            connection.executemany(f"insert into customer ({', '.join(rows[0])}) values ({marks})", rows)
        connection.close()
        with open_database(f"sqlite:///{self.source}") as source, open_database(f"sqlite:///{self.target}") as target:
            clone(self.plan, source, target, KEY, workspace=self.workspace)

    def verify(self) -> VerifyReport:
        with open_database(f"sqlite:///{self.target}") as target:
            return verify(self.plan, target, KEY, workspace=self.workspace)


def sources(report: VerifyReport) -> list[Residual]:
    return [found for found in report.residuals.findings if found.code == SOURCE]


def test_a_table_whose_masked_values_stand_nowhere_else_has_no_finding_and_says_how_far_it_was_looked_through(
    tmp_path,
) -> None:  # type: ignore[no-untyped-def]
    report = Shop(tmp_path, people(1)).verify()
    assert report.ok
    assert not report.residuals.findings
    said = report.to_json()
    assert said["residual"] == []
    assert said["residual_scan"] | {"seconds": 0} == {"columns": 6, "rows": 300, "left": [], "seconds": 0}


@pytest.mark.parametrize(
    ("column", "copied", "origin"),
    [
        ("search_text", lambda row: f"{row['id']};{row['email'].upper()};{row['town']}", "email"),
        ("search_text", lambda row: f"Call {row['name']} about the order of last week", "name"),
        ("search_text", lambda row: row["phone"].replace("(", "").replace(")", "").replace("-", "."), "phone"),
        ("town", lambda row: row["number"].lower(), "number"),
        ("profile", lambda row: json.dumps({"contact": {"mail": row["email"]}}), "email"),
        ("dial", lambda row: int("1" + row["phone"][4:].translate(str.maketrans("", "", ") -"))), "phone"),
    ],
)  # fmt: skip
def test_a_kept_column_that_repeats_masked_values_in_any_writing_is_a_fault(column, copied, origin, tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = people(2)
    for row in rows[::10]:
        row[column] = copied(row)
    report = Shop(tmp_path, rows).verify()
    [found] = sources(report)
    assert (found.table, found.column, found.source) == (CUSTOMER, column, (CUSTOMER, origin))
    assert 20 <= found.found <= 40
    assert found.expected < 1
    assert f"customer.{column}: " in " ".join(report.faults())
    assert not any(row["email"] in str(report.to_json()) for row in rows)


def test_first_and_last_names_of_two_columns_are_found_together_in_either_order(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = people(11)
    for row in rows:
        first, last = str(row["name"]).split()
        row |= {"town": first, "phone": last, "search_text": f"{last}, {first}" if row["id"] % 2 else f"{first} {last}"}
    report = Shop(tmp_path, rows, plan(town=FirstName(), phone=LastName())).verify()
    [found] = sources(report)
    assert (found.column, found.source) == ("search_text", (CUSTOMER, "phone"))
    assert found.found > 150


def test_one_address_in_one_row_is_found(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = people(3)
    rows[17]["search_text"] = f"forward everything to {rows[200]['email']}, please"
    [found] = sources(Shop(tmp_path, rows).verify())
    assert (found.column, found.found) == ("search_text", 1)


def test_a_trigger_of_the_target_that_writes_old_values_elsewhere_is_caught(tmp_path) -> None:  # type: ignore[no-untyped-def]
    shop = Shop(tmp_path, people(4))
    with sqlite3.connect(shop.target) as connection:
        connection.execute("attach ? as source", (str(shop.source),))
        connection.execute(
            "update main.customer set search_text = (select email from source.customer s where s.rowid = main.customer.dial / 7)"
        )
    connection.close()
    assert {found.column for found in sources(shop.verify())} == {"search_text"}


def test_what_a_mask_of_documents_leaves_is_looked_through_too(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = people(5)
    for row in rows:
        row["profile"] = json.dumps({"note": f"{row['email']} wants a call"})
    kept = Shop(tmp_path, rows, plan(profile=JsonPath(paths={"$.note": "keep"}))).verify()
    assert [(found.column, found.source[1]) for found in sources(kept)] == [("profile", "email")]


def test_a_masked_or_emptied_copy_is_no_finding(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = people(6)
    for row in rows:
        row["search_text"], row["profile"] = row["email"], json.dumps({"mail": row["email"]})
    report = Shop(tmp_path, rows, plan(search_text=Email(), profile=Null())).verify()
    assert not report.residuals.findings


def test_a_person_may_accept_a_column_and_it_is_then_a_warning(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = people(7)
    for row in rows:
        row["search_text"] = row["email"]
    report = Shop(tmp_path, rows, replace(plan(), accept=(f"{SOURCE} customer.search_text",))).verify()
    assert report.ok
    assert any("customer.search_text" in warning for warning in report.warnings())


def test_a_kept_column_of_people_is_told_with_the_reason_it_is_kept_for(tmp_path) -> None:  # type: ignore[no-untyped-def]
    rows = people(8)
    report = Shop(tmp_path, rows, plan(email=Keep())).verify()
    [found] = [found for found in report.residuals.findings if found.column == "email"]
    assert (found.code, found.severity, found.entity) == (PERSONAL, "warning", "email")
    assert "needed in tests" in str(found)
    assert report.ok


def test_a_scan_without_time_says_what_it_left(tmp_path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    shop = Shop(tmp_path, people(9, 20))
    monkeypatch.setattr("engine.verify.RESIDUAL_SECONDS", -1.0)
    monkeypatch.setattr("engine.verify.RESIDUAL_SHARE", 0.0)
    assert "customer.search_text" in shop.verify().residuals.left


@pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)
def test_computed_columns_of_postgresql_are_looked_through_and_come_out_clean(new_database, tmp_path) -> None:  # type: ignore[no-untyped-def]
    """A text vector is computed anew from the masked name; a kept one over a kept column still holds the address."""
    source, target = new_database(), new_database()
    rows = people(10)
    with psycopg.connect(source) as connection:
        connection.execute(TABLE.format(json="jsonb"))
        connection.execute(
            "alter table customer add words tsvector generated always as (to_tsvector('simple', name || ' ' || email)) stored, "
            "add more tsvector generated always as (to_tsvector('simple', coalesce(search_text, ''))) stored"
        )
        for row in rows:
            row["search_text"] = row["email"]
            marks = ", ".join(f"%({name})s" for name in row)
            connection.execute(f"insert into customer ({', '.join(row)}) values ({marks})", row)
    with open_database(source) as origin, open_database(target) as goal:
        clone(plan(), origin, goal, KEY, workspace=open_workspace(tmp_path))
        report = verify(plan(), goal, KEY, workspace=open_workspace(tmp_path))
    assert {(found.column, found.found) for found in sources(report)} == {("search_text", 300), ("more", 300)}
