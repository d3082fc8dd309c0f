"""What [assess] names and is not there is a problem of the plan, before anything runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.names import TableName
from connectors.schema import Column, Kind, Schema, Table, Unique
from engine.assessment.spec import AssessSpec
from engine.check import check
from engine.masking import make_masker
from engine.plan import Plan, Rule, TablePlan, Treatment

PERSON, LOG = TableName("person"), TableName("log")
SCHEMA = Schema(
    "sqlite",
    "main",
    (
        Table(PERSON, (Column("id", "INTEGER", Kind.INTEGER),), (Unique("pk", ("id",), primary=True),)),
        Table(LOG, (Column("line", "TEXT", Kind.TEXT),)),
    ),
)
PLAN = Plan(
    "p",
    "k",
    {
        PERSON: TablePlan(Treatment.MASK, (Rule(("id",), make_masker("pseudonym", {})),)),
        LOG: TablePlan(Treatment.EMPTY),
    },
)


def codes(spec: AssessSpec, folder: Path | None = None) -> set[str]:
    return {each.code for each in check(replace(PLAN, assess=spec, folder=folder), SCHEMA)}


def test_a_section_that_names_what_is_there_is_no_problem():
    spec = AssessSpec(people=(PERSON,), policy="strict", quasi_identifiers={PERSON: ("id",)}, skip=("rematching",))
    assert codes(spec) == codes(AssessSpec())


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        (AssessSpec(people=(TableName("persn"),)), "subset-table"),
        (AssessSpec(people=(LOG,)), "assess-people"),
        (AssessSpec(sensitive={PERSON: ("income",)}), "assess-column"),
        (AssessSpec(quasi_identifiers={TableName("x"): ("id",)}), "subset-table"),
        (AssessSpec(skip=("rematchin",)), "assess-skip"),
        (AssessSpec(policy="lenient"), "assess-policy"),
    ],
)
def test_what_is_not_there_is_named(spec, code):
    assert code in codes(spec)


def test_a_table_of_people_whose_rows_stay_away_is_named():
    plan = replace(PLAN, tables={PERSON: TablePlan(Treatment.EMPTY), LOG: TablePlan(Treatment.EMPTY)})
    found = check(replace(plan, assess=AssessSpec(people=(PERSON,))), SCHEMA)
    assert [each.table for each in found if each.code == "assess-people"] == [PERSON]


def test_a_policy_file_lies_beside_the_plan(tmp_path):
    assert "assess-policy" in codes(AssessSpec(policy="ours.toml"), tmp_path)
    line = '[[lines]]\nattack = "rematching"\nalarm = false\nsource = "us"\nmeaning = "nobody is found"\n'
    (tmp_path / "ours.toml").write_text(f'policy = 1\nname = "ours"\ntitle = "Ours"\n{line}')
    assert "assess-policy" not in codes(AssessSpec(policy="ours.toml"), tmp_path)
