"""What the check knows of masks that see a whole column or several columns of a row."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.schema import Check, Kind
from engine.check import check
from engine.masking import make_masker
from engine.plan import Rule, TablePlan, Treatment
from tests.engine.tables import column, integer, plan, rule, schema, table


def _found(condition: str, mask: Rule, *more: Rule) -> set[str]:
    """The codes of the problems of a table of four columns under this condition."""
    read = tuple(name for name in ("pay", "low", "born", "hired") if name in condition)
    staff = table(
        "staff", integer("id"), integer("pay"), integer("low"), column("born", Kind.DATE), column("hired", Kind.DATE),
        checks=(Check("rule", condition, read),),
    )  # fmt: skip
    masked = {name for one in (mask, *more) for name in one.columns}
    kept = [rule(name, "keep") for name in ("id", "pay", "low", "born", "hired") if name not in masked]
    described = schema(staff)
    made = plan({"staff": TablePlan(Treatment.MASK, (mask, *more, *kept))})
    return {problem.code for problem in check(made, described)} & {
        "check-unknown",
        "check-refuted",
        "unique",
        "mask-columns",
    }


@pytest.mark.parametrize(
    ("name", "options", "proven"),
    [
        ("shuffle", {}, True),
        ("resample", {}, True),
        ("resample", {"other": "0"}, False),
        ("top_code", {"top_percentile": 99}, True),
        ("top_code", {"top_percentile": 99, "tail": "mean"}, False),
        ("microaggregate", {"by_group": "median"}, True),
        ("microaggregate", {}, False),
    ],
)
def test_a_condition_on_one_column_holds_for_values_that_only_change_rows(
    name: str, options: dict[str, Any], proven: bool
) -> None:
    """Whatever it says; not so where a mean or a label of the plan comes in."""
    assert (_found("pay % 7 <> 3", rule("pay", name, options)) == set()) is proven


def test_a_condition_on_two_columns_holds_where_both_move_together() -> None:
    together = Rule(("pay", "low"), make_masker("shuffle", {}))
    assert _found("pay > low", together) == set()
    assert _found("pay > low", rule("pay", "shuffle")) == {"check-unknown"}
    assert _found("pay > low", rule("pay", "shuffle"), rule("low", "shuffle")) == {"check-unknown"}


def test_the_order_of_dates_is_proven_within_one_rule_only() -> None:
    dates = Rule(("born", "hired"), make_masker("ordered_dates", {}))
    assert _found("born < hired", dates) == set()
    apart = (Rule(("born",), make_masker("ordered_dates", {})), Rule(("hired",), make_masker("ordered_dates", {})))
    assert _found("born < hired", *apart) == {"check-unknown"}


def test_noise_that_keeps_the_total_keeps_the_sign() -> None:
    assert _found("pay >= 0", rule("pay", "noise_keep_total")) == set()


def test_none_of_them_is_for_a_key() -> None:
    for name, options in (("shuffle", {}), ("noise_keep_total", {}), ("microaggregate", {}), ("top_code", {"top": 5})):
        assert "unique" in _found("low > 0", rule("id", name, options))
