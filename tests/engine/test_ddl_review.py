"""Definitions are searched for personal values, and nothing armed gets into a target."""

from __future__ import annotations

import pytest

from connectors.database import Phase, Script, Statement
from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table
from engine.ddl_review import ddl_review, derived_copies, personal_kinds
from engine.masking.keep import Keep
from engine.masking.null import Null
from engine.plan import Plan, Rule, TablePlan, Treatment

NOTHING = Schema("postgresql", "public", ())


def _statement(sql: str, kind: str = "table", armed: str | None = None) -> Statement:
    return Statement(Phase.BEFORE, kind, "public.t", sql, TableName("t"), armed)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ask anna.smith@corp.example first", ("e-mail address",)),
        ("+49 170 1234567", ("phone number",)),
        ("(555) 123-4567", ("phone number",)),
        ("4111 1111 1111 1111", ("card number",)),
        ("DE89 3704 0044 0532 0130 00", ("IBAN",)),
        ("2024-01-01 10:00:00", ()),
        ("0000000000000000", ()),
        ("4111 1111 1111 1112", ()),
        ("1.2.3.4", ()),
        ("numeric(10,2)", ()),
        ("nextval('order_id_seq')", ()),
    ],
)
def test_personal_looking_values_are_told_from_ordinary_ones(text, kinds) -> None:  # type: ignore[no-untyped-def]
    assert personal_kinds(text) == kinds


def test_what_would_act_outside_is_left_out_and_named() -> None:
    armed = _statement(
        "create subscription s connection 'host=prod'", "subscription", "it would connect to another server"
    )
    script, issues = ddl_review(Script((armed, _statement("create table t (x int)"))), NOTHING)
    assert [statement.kind for statement in script.statements] == ["table"]
    assert [issue.code for issue in issues] == ["ddl-disarmed"]


def test_a_default_that_holds_an_address_is_reported_and_not_quoted() -> None:
    script, [issue] = ddl_review(Script((_statement("create table t (x text default 'anna@corp.example')"),)), NOTHING)
    assert len(script.statements) == 1
    assert issue.code == "ddl-personal"
    assert "anna" not in issue.message + issue.remedy


def test_comments_that_name_somebody_do_not_reach_the_target() -> None:
    comment = _statement("comment on table t is 'ask anna@corp.example'", "comment")
    inline = _statement("CREATE TABLE `t` (`x` int COMMENT 'of anna@corp.example', `y` int COMMENT 'plain')")
    script, issues = ddl_review(Script((comment, inline)), NOTHING)
    assert [statement.sql for statement in script.statements] == [
        "CREATE TABLE `t` (`x` int COMMENT '', `y` int COMMENT 'plain')"
    ]
    assert len(issues) == 2


def test_a_kept_search_vector_beside_masked_text_is_reported() -> None:
    table = Table(TableName("film"), (Column("title", "text", Kind.TEXT), Column("words", "tsvector", Kind.OTHER)))
    keep, null = Rule(("words",), Keep(), "?"), Rule(("title",), Null())
    schema = Schema("postgresql", "public", (table,))
    masked = Plan("p", "k", {table.name: TablePlan(Treatment.MASK, (keep, null))})
    assert [issue.column for issue in derived_copies(masked, schema)] == ["words"]
    kept = Plan("p", "k", {table.name: TablePlan(Treatment.MASK, (keep, Rule(("title",), Keep(), "?")))})
    assert derived_copies(kept, schema) == []
