from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from engine.condition_text import parse_condition
from engine.condition_values import Keeps, Values
from engine.conditions import Verdict, judge

NULLED = Values(only=(None,))
MASKED = Values(frozenset({Keeps.NULL}))
SIGNED = Values(frozenset({Keeps.NULL, Keeps.SIGN}))
SHAPED = Values(frozenset({Keeps.NULL, Keeps.CLASSES}))
PROVEN, REFUTED, UNKNOWN = Verdict.PROVEN, Verdict.REFUTED, Verdict.UNKNOWN


def one_of(*values: object) -> Values:
    return Values(only=values, null=False)


def permuted(domain: str) -> Values:
    return Values(frozenset({Keeps.NULL}), injected=domain)


def shifted(group: str) -> Values:
    return Values(frozenset({Keeps.NULL, Keeps.GAP}), group=group)


LABELS = "((status)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[]))"
CASES = [
    ("postgresql", LABELS, {}, PROVEN),
    ("postgresql", LABELS, {"status": NULLED}, PROVEN),
    ("postgresql", LABELS, {"status": MASKED}, UNKNOWN),
    ("postgresql", LABELS, {"status": one_of("a", "b")}, PROVEN),
    ("postgresql", LABELS, {"status": one_of("a", "c")}, REFUTED),
    ("postgresql", "((status)::text <> ALL (ARRAY['a'::text]))", {"status": one_of("b")}, PROVEN),
    ("postgresql", "(price >= (0)::numeric)", {"price": SIGNED}, PROVEN),
    ("postgresql", "((price >= (0)::numeric) AND (price < 10.5))", {"price": SIGNED}, UNKNOWN),
    (
        "postgresql",
        "((price >= (0)::numeric) AND (price < 10.5))",
        {"price": Values(low=Decimal(1), high=Decimal(9))},
        PROVEN,
    ),
    ("postgresql", "(code ~ '^[A-Z]{2}[0-9]+-$'::text)", {"code": SHAPED}, PROVEN),
    ("postgresql", "(code ~ '^[A-Z]{2}'::text)", {"code": SHAPED}, UNKNOWN),
    ("postgresql", "(code ~ '^[A-C]+$'::text)", {"code": SHAPED}, UNKNOWN),
    ("postgresql", "(code !~ 'x'::text)", {"code": one_of("y")}, PROVEN),
    ("postgresql", "(name IS NOT NULL)", {"name": MASKED}, PROVEN),
    ("postgresql", "(name IS NOT NULL)", {"name": NULLED}, REFUTED),
    ("postgresql", "((a IS NOT NULL) OR (b IS NOT NULL))", {"a": MASKED}, PROVEN),
    ("postgresql", "((a IS NOT NULL) OR (b IS NOT NULL))", {"a": NULLED}, UNKNOWN),
    ("postgresql", "(num_nonnulls(a, b) = 1)", {"a": MASKED, "b": MASKED}, PROVEN),
    ("postgresql", "(ends >= begins)", {"ends": shifted("p"), "begins": shifted("p")}, PROVEN),
    ("postgresql", "(ends >= begins)", {"ends": shifted("p"), "begins": shifted("q")}, UNKNOWN),
    ("postgresql", "(ends >= begins)", {"ends": NULLED, "begins": MASKED}, PROVEN),
    (
        "postgresql",
        "((ends >= begins) OR (ends IS NULL))",
        {"ends": replace(shifted("p"), null=False), "begins": shifted("p")},
        PROVEN,
    ),
    ("postgresql", "(fee >= '$0.00'::money)", {"fee": SIGNED}, PROVEN),
    ("postgresql", "(follower <> followed)", {"follower": permuted("user"), "followed": permuted("user")}, PROVEN),
    ("postgresql", "(follower < followed)", {"follower": permuted("user"), "followed": permuted("user")}, UNKNOWN),
    ("postgresql", "(follower <> followed)", {"follower": permuted("user"), "followed": permuted("team")}, UNKNOWN),
    ("postgresql", "(((a IS NULL) AND (n = 1)) OR (a IS NOT NULL))", {"a": MASKED, "n": one_of(Decimal(1))}, PROVEN),
    ("postgresql", "(((a IS NULL) AND (n = 1)) OR (a IS NOT NULL))", {"a": MASKED, "n": one_of(Decimal(2))}, UNKNOWN),
    ("postgresql", "((a IS NULL) OR (NOT (n = 1)))", {"a": MASKED, "n": one_of(Decimal(1))}, UNKNOWN),
    ("postgresql", "(ends >= CURRENT_DATE)", {"ends": MASKED}, UNKNOWN),
    ("mysql", "`a` in ('x','y') and char_length(`b`) between 1 and 5", {"b": one_of("xxxx")}, PROVEN),
    ("mysql", "`a` in ('x','y') and char_length(`b`) between 1 and 5", {"b": one_of("xxxxxx")}, REFUTED),
    ("mysql", "json_valid(`j`)", {"j": one_of("{}")}, PROVEN),
    ("mysql", "json_valid(`j`)", {"j": one_of("{")}, REFUTED),
    ("sqlite", "\"A b\" GLOB '[0-9]' and [x] like 'a%'", {"A b": SHAPED}, PROVEN),
    ("sqlite", "(JSON_VALID(j) OR j IS NULL)", {"j": Values(frozenset({Keeps.NULL, Keeps.JSON}))}, PROVEN),
    ("sqlite", "(JSON_VALID(j) OR j IS NULL)", {"j": MASKED}, UNKNOWN),
    ("sqlite", "x not like '%@%'", {"x": one_of("a@b")}, REFUTED),
    ("sqlite", "lower(x) = x", {"x": one_of("abc")}, PROVEN),
    ("sqlite", "x = 1 or y = 2", {"x": one_of(Decimal(1))}, PROVEN),
    ("sqlite", "(x = 1 and y = 1) or (x = 2 and y = 2)", {"x": one_of(Decimal(1), Decimal(2))}, UNKNOWN),
    ("sqlite", "not (x between 3 and 5)", {"x": one_of(Decimal(6))}, PROVEN),
    ("sqlite", "something_else(x, y)", {"z": MASKED}, PROVEN),
    ("sqlite", "something_else(x, y)", {"y": MASKED}, UNKNOWN),
]


@pytest.mark.parametrize(("dialect", "text", "columns", "verdict"), CASES)
def test_a_condition_is_judged_by_what_the_masks_promise(
    dialect: str, text: str, columns: dict[str, Values], verdict: Verdict
) -> None:
    condition = parse_condition(text, dialect)
    assert condition is not None
    assert judge(condition, columns) is verdict


def test_text_that_is_no_condition_is_not_guessed_at() -> None:
    assert parse_condition("a ??? ((", "postgresql") is None
