"""Unique keys of every shape: what is proven to hold for masked rows, and what is refused with the mask that would."""

from __future__ import annotations

import pytest

from connectors.schema import Check, Column, Index, Kind, Match, Schema, Unique
from engine.check import check
from engine.check_view import View
from engine.masking import make_masker
from engine.plan import Plan, Rule
from engine.problems import errors
from tests.engine.tables import column, integer, plan, rule, schema, table

LONG = column("c", length=60, nullable=False)


def keyed(definition: str, *columns: Column, dialect: str = "postgresql", where: str | None = None) -> Schema:
    """A table with one unique index, as the database prints it."""
    names = tuple(c.name for c in columns)
    key = Unique("u", names, expression=True, constraint=False, where=where)
    made = table("t", integer("id"), *columns, uniques=(key,), indexes=(Index("u", names, True, definition),))
    return schema(made, dialect=dialect)


def codes(described: Schema, **masks: str | Rule) -> set[str]:
    decided = {c.name: "keep" for c in described.tables[0].columns} | masks
    return {f"{problem.code} {problem.column}" for problem in errors(check(plan({"t": decided}), described))}


INDEX = "CREATE UNIQUE INDEX u ON public.t USING btree ({})"


@pytest.mark.parametrize(
    ("expression", "mask", "holds"),
    [
        ("lower((c)::text)", "pseudonym", True),
        ("lower((c)::text)", "token", True),
        ("lower((c)::text)", rule("c", "fpe", {"alphabet": "letters_digits"}), False),
        ("lower((c)::text)", rule("c", "fpe", {"alphabet": "lower_digits"}), True),
        ("lower((c)::text)", "first_name", False),
        ("btrim((c)::text)", "token", True),
        ("btrim((c)::text)", "pseudonym", False),
        ("lower(btrim((c)::text)) text_pattern_ops DESC NULLS LAST", "email", True),
        ("COALESCE(c, ''::text)", "pseudonym", True),
        ('"left"((c)::text, 20)', "token", True),
        ('"left"((c)::text, 10)', "token", False),
        ("substr((c)::text, 1, 16)", "token", True),
        ("substr((c)::text, 2, 30)", "token", False),
        ("md5((c)::text)", "pseudonym", True),
        ("unaccent(lower((c)::text))", "pseudonym", True),
        ("reverse(c)", "token", False),
        ("length(c)", "token", False),
        ("(c)::character varying(4)", "token", False),
        ("(('SO'::text || (c)::text))", "pseudonym", True),
        ("(('SO'::text || lower((c)::text)))", rule("c", "fpe", {"alphabet": "letters_digits"}), False),
        ("(('SO'::text || (c)::character varying(30)))", "token", False),
        ('c COLLATE "C"', "pseudonym", True),
        ('c COLLATE "de-x-icu"', "pseudonym", False),
        ('c COLLATE "de-x-icu"', "token", True),
    ],
)
def test_an_expression_keeps_apart_what_the_mask_keeps_apart_in_it(
    expression: str, mask: str | Rule, holds: bool
) -> None:
    assert (not codes(keyed(INDEX.format(expression), LONG), c=mask)) is holds


@pytest.mark.parametrize(("characters", "holds"), [(23, True), (8, False)])
def test_a_whole_number_behind_a_prefix_is_told_apart_by_its_digits(characters: int, holds: bool) -> None:
    expression = f"(('SO'::text || ((n)::character varying({characters}))::text))"
    assert (not codes(keyed(INDEX.format(expression), integer("n")), n="pseudonym")) is holds


def test_what_stands_for_null_may_not_be_made_of_another_value() -> None:
    nullable = column("c", length=60)
    assert codes(keyed(INDEX.format("COALESCE(c, ''::text)"), nullable), c="pseudonym") == set()
    assert codes(keyed(INDEX.format("COALESCE(c, 'none'::text)"), nullable), c="pseudonym") == {"unique-expression c"}
    assert codes(keyed(INDEX.format("COALESCE(c, 'none'::text)"), nullable), c="token") == set()
    number = integer("c")
    assert codes(keyed(INDEX.format("COALESCE(c, 0)"), number), c="pseudonym") == set()
    assert codes(keyed(INDEX.format("COALESCE(c, -1)"), number), c="pseudonym") == {"unique-expression c"}


@pytest.mark.parametrize(
    ("expression", "kind", "holds"),
    [
        ("date_trunc('day'::text, c)", Kind.TIMESTAMP, True),
        ("(c)::date", Kind.TIMESTAMP, True),
        ("date_trunc('hour'::text, c)", Kind.TIMESTAMP, False),
        ("date_trunc('month'::text, c)", Kind.TIMESTAMP, False),
        ("EXTRACT(year FROM c)", Kind.TIMESTAMP, False),
        ("date_trunc('day'::text, c)", Kind.TIMESTAMPTZ, False),
    ],
)
def test_days_of_timestamps_are_permuted_by_themselves(expression: str, kind: Kind, holds: bool) -> None:
    described = keyed(INDEX.format(expression), column("c", kind, native=kind.value))
    assert (not codes(described, c="pseudonym")) is holds


def test_texts_put_together_stay_apart_where_their_lengths_are_known() -> None:
    a, b = column("a", length=40, nullable=False), column("b", length=40, nullable=False)
    both = keyed(INDEX.format("((a)::text || (b)::text)"), a, b)
    assert codes(both, a="token", b="token") == set()
    assert codes(both, a="token") == set()
    assert codes(both, a="pseudonym", b="pseudonym") == {"unique-expression a"}
    assert codes(keyed(INDEX.format("f(a, b)"), a, b), a="token") == {"unique-expression a"}
    assert codes(keyed(INDEX.format("f(a, b)"), a, b)) == set()


def test_a_prefix_of_a_text_is_told_apart_by_a_token_that_fits_it() -> None:
    def prefixed(characters: int, length: int | None = 500) -> Schema:
        return keyed(f"BTREE (`c`({characters}))", column("c", length=length), dialect="mariadb")

    assert codes(prefixed(20), c="token") == set()
    assert codes(prefixed(10), c="token") == {"unique-expression c"}
    assert codes(prefixed(20), c="pseudonym") == {"unique-expression c"}
    assert codes(prefixed(255, 200), c="pseudonym") == set()
    raw = keyed("BTREE (`c`(16))", column("c", Kind.BINARY, length=500), dialect="mariadb")
    assert codes(raw, c="pseudonym") == set()
    assert codes(prefixed(10), c="null") == set()


@pytest.mark.parametrize(
    ("where", "masks", "refused"),
    [
        ("(gone IS NULL)", {"gone": "date_shift"}, False),
        ("((gone IS NULL) AND (n > 0))", {"gone": "date_shift", "n": "pseudonym"}, False),
        ("(n > 5)", {"n": "pseudonym"}, True),
        ("(state = 'open'::text)", {"state": "token"}, True),
        ("(state = 'open'::text)", {"state": "null"}, False),
        ("(state = 'open'::text)", {"state": rule("state", "constant", {"value": "shut"})}, False),
        ("(state <> ''::text)", {"n": "null"}, False),
        ("mystery(state)", {"state": "token"}, True),
    ],
)
def test_a_partial_key_may_not_cover_more_rows_than_before(
    where: str, masks: dict[str, str | Rule], refused: bool
) -> None:
    columns = (column("c", length=40), integer("n"), column("state", length=40), column("gone", Kind.DATE))
    made = table("t", integer("id"), *columns, uniques=(Unique("u", ("c",), where=where),))
    found = codes(schema(made), c="token", **masks)
    assert any(code.startswith("unique-partial") for code in found) is refused


def test_a_unique_generated_column_is_what_it_is_computed_from() -> None:
    def computed(formula: str, **facts: object) -> Schema:
        columns = (column("c", length=60), column("g", length=60, generated=formula, **facts))
        return schema(table("t", integer("id"), *columns, uniques=(Unique("u", ("g",)),)), dialect="mariadb")

    def refused(described: Schema, mask: str) -> set[str]:
        return {f"{p.code} {p.column}" for p in errors(check(plan({"t": {"id": "keep", "c": mask}}), described))}

    assert refused(computed("lower(`c`)"), "redact") == {"unique c"}
    assert refused(computed("lower(`c`)"), "pseudonym") == set()
    assert refused(computed("left(`c`,20)"), "pseudonym") == {"unique-expression c"}
    assert refused(computed("left(`c`,20)"), "token") == set()
    assert refused(computed("soundex(`c`)"), "token") == {"unique-expression c"}
    assert refused(computed("json_value(`c`,'$.a')"), "keep") == set()


def test_what_an_expression_sees_of_a_text_without_regard_to_case_is_not_told_apart_by_its_mask() -> None:
    caseless = column("c", length=60, folds=frozenset({Match.CASE}), native="citext")
    assert codes(keyed(INDEX.format("md5((c)::text)"), caseless), c="token") == {"unique-expression c"}
    assert codes(keyed(INDEX.format("lower((c)::text)"), caseless), c="token") == set()


def test_ranges_that_may_not_overlap_are_kept_or_refused() -> None:
    room, span = integer("room", nullable=False), column("span", Kind.OTHER, native="tstzrange", nullable=True)
    rule_ = Check("x", "EXCLUDE USING gist (room WITH =, span WITH &&) WHERE ((room > 0))", ("room", "span"))
    booked = schema(table("t", integer("id"), room, span, exclusions=(rule_,)))
    assert codes(booked, room="pseudonym") == set()
    assert codes(booked, room="number_noise") == {"unique room"}
    assert codes(booked, span="pseudonym") == {"unique-overlaps span"}
    assert codes(booked, span="null", room="number_noise") == set()
    periods = keyed("CREATE UNIQUE INDEX u ON public.t USING gist (room, span)", room, span)
    assert codes(periods, room="pseudonym") == set()
    assert codes(periods, span="pseudonym") == {"unique-overlaps span"}


def test_nulls_that_are_not_distinct_collide() -> None:
    for distinct, expected in ((True, set()), (False, {"unique c"})):
        key = Unique("u", ("c",), nulls_distinct=distinct)
        assert codes(schema(table("t", integer("id"), column("c"), uniques=(key,))), c="null") == expected


def test_columns_under_a_lower_case_index_are_masked_without_case() -> None:
    """Otherwise Ann and ANN, whom only the index takes for one, could become two texts that it takes for one with others."""
    described = keyed(INDEX.format("lower((c)::text)"), LONG)
    view = View(plan({"t": {"id": "keep", "c": "token"}}), described)
    assert {str(match) for match in view.subjects[described.tables[0].name, "c"].column.folds} == {"case"}


def test_every_refusal_names_what_to_do() -> None:
    kinds = [column("c", kind, native="hstore" if kind is Kind.OTHER else kind.value, enum=("a",)) for kind in Kind]
    for one in kinds:
        described = schema(table("t", integer("id"), one, uniques=(Unique("u", ("c",)),)))
        made: Plan = plan({"t": {"id": "keep", "c": rule("c", "constant", {"value": "1"})}})
        found = [problem for problem in errors(check(made, described)) if problem.code == "unique"]
        assert len(found) == 1
        assert found[0].remedy
        for word in found[0].remedy.replace(",", " ").replace(".", " ").replace("`", " ").split():
            if word in ("pseudonym", "token", "fpe", "email", "category"):
                assert one.kind in make_masker(word, {}).kinds
