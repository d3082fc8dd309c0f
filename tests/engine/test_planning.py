"""Inferred keys and policies on their way through a plan: offered as comments, accepted, remembered, and kept when it is renewed."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from connectors import open_database
from connectors.names import TableName
from connectors.schema import Kind
from engine.check import check
from engine.lock import lock_path
from engine.plan import Plan
from engine.plan_keys_text import BEGIN, END, with_inferred
from engine.plan_toml import read_plan
from engine.planning import Asked, Planned, document_paths, make_plan
from engine.problems import errors
from engine.profiling.finding import Findings
from engine.profiling.keys.inferred import InferredKey
from engine.profiling.percent import percent
from tests.engine.tables import column, integer, schema, table

CUSTOMER, ORDER = TableName("customer"), TableName("orders")


@pytest.fixture
def source(tmp_path: Path) -> str:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, email TEXT, born DATE)")
        database.execute("CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, total REAL)")
        database.executemany(
            "INSERT INTO customer VALUES (?, ?, ?)",
            [(1000 + 7 * n, f"p{n}@mail.example", f"19{n % 60 + 30}-01-02") for n in range(120)],
        )
        database.executemany(
            "INSERT INTO orders VALUES (?, ?, ?)", [(n, 1000 + 7 * (n * 13 % 120), n / 4) for n in range(400)]
        )
    database.close()
    return f"sqlite:///{tmp_path}/shop.db"


def planned(source: str, path: Path, **asked: object) -> Planned:
    with open_database(source) as database:
        return make_plan(database, path, Asked(**asked))  # type: ignore[arg-type]


def test_an_inferred_key_is_a_comment_until_a_person_takes_away_its_signs(source: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    made = planned(source, path)
    (key,) = made.inferred
    assert (key.table, key.columns, key.parent) == (ORDER, ("customer_id",), CUSTOMER)
    text = path.read_text("utf-8")
    assert text.count("# [[foreign_keys]]") == 1
    assert percent(key.probability) in text
    assert read_plan(path).foreign_keys == ()
    words = ("# [[", "# table", "# columns", "# parent")
    taken = [line.removeprefix("# ") if line.startswith(words) else line for line in text.splitlines()]
    path.write_text("\n".join(taken), "utf-8")
    again = planned(source, path)
    assert [declared.table for declared in again.plan.foreign_keys] == [ORDER]
    assert again.inferred == ()
    assert BEGIN not in path.read_text("utf-8")
    assert again.plan.tables[ORDER].rule("customer_id").reason == "refers to customer.customer_id"  # type: ignore[union-attr]


def test_likely_keys_are_accepted_at_once_and_stay_when_the_plan_is_renewed(source: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    made = planned(source, path, accept_keys=True, least=0.5, accept=True)
    assert [declared.table for declared in made.plan.foreign_keys] == [ORDER]
    assert read_plan(path).foreign_keys == made.plan.foreign_keys
    assert planned(source, path).plan.foreign_keys == made.plan.foreign_keys


def test_a_key_to_what_the_database_does_not_keep_unique_is_offered_with_the_reason_and_not_accepted(
    source: str, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.execute("CREATE TABLE copied AS SELECT * FROM customer")
        database.execute("DROP TABLE customer")
        database.execute("ALTER TABLE copied RENAME TO customer")
    database.close()
    path = tmp_path / "plan.toml"
    made = planned(source, path, accept_keys=True, least=0.0, accept=True)
    assert made.plan.foreign_keys == ()
    assert [(key.table, key.parent) for key in made.inferred] == [(ORDER, CUSTOMER)]
    text = path.read_text("utf-8")
    assert "--accept-keys does not take it: A key of orders is to refer to (customer_id)" in text
    with open_database(source) as database:
        assert not errors(check(made.plan, database.describe()))
    assert planned(source, path, accept_keys=True, least=0.0).plan.foreign_keys == ()
    assert path.read_text("utf-8").count("--accept-keys does not take it") == 1


def test_a_proposal_of_keys_is_written_anew_and_leaves_what_stands_beside_it() -> None:
    plan = 'version = 1\nname = "p"\nkey = "k"\n\n# my remark\n[tables.a]\ntreatment = "empty"\n'
    key = InferredKey(ORDER, ("c",), CUSTOMER, ("id",), 0.97, ("named after it", "every value is a key of it"))
    once = with_inferred(plan, [key])
    assert with_inferred(once, [key]) == once
    assert with_inferred(once, []).split() == plan.split()
    assert "# my remark\n[tables.a]" in once
    assert once.index(BEGIN) < once.index(END) < once.index("# my remark")
    assert read_plan(once) == read_plan(plan)


def test_the_policy_is_remembered_and_another_one_proposes_anew_but_for_what_a_person_decided(
    source: str, tmp_path: Path
) -> None:
    path = tmp_path / "plan.toml"
    first = planned(source, path, policy="hipaa-safe-harbor")
    assert first.plan.policy == first.lock.policy == read_plan(path).policy == "hipaa-safe-harbor"
    assert mask(first.plan, "born") == "date_band"
    assert mask(planned(source, path).plan, "born") == "date_band", "by the policy that the plan names"
    text = path.read_text("utf-8")
    path.write_text(text.replace('email = { mask = "email" }', 'email = { mask = "redact" }'), "utf-8")
    other = planned(source, path, policy="gdpr")
    assert (mask(other.plan, "born"), mask(other.plan, "email")) == ("date_shift", "redact")
    assert '[discovery]\npolicy = "gdpr"' in path.read_text("utf-8")
    assert '"policy": "gdpr"' in lock_path(path).read_text("utf-8")


def test_documents_of_an_empty_table_are_known_to_have_no_path_yet() -> None:
    described = schema(table("t", integer("id"), column("doc", Kind.JSON), column("words")))
    assert document_paths(described, Findings(())) == {TableName("t"): {"doc": ()}}


def mask(plan: Plan, column: str) -> str | None:
    rule = plan.tables[CUSTOMER].rule(column)
    return rule.masker.name if rule is not None and rule.masker is not None else None
