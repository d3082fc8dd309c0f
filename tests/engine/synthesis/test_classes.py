"""Classes of tables, on random schemas: whatever the graph of keys, an entity is a tree told by rows alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from connectors.schema import ForeignKey, Kind, Schema, Table, Unique
from engine.plan import TablePlan, Treatment
from engine.privacy.spec import Owner, PrivacySpec
from engine.problems import PlanError
from engine.propose_synthesis import owned_tables
from engine.synthesis.classes import Classes, structure_of
from engine.synthesis.structure import Goes, Owned
from tests.engine.tables import column, integer, plan, primary, refers, rule, schema, table

UNIT = TableName("t0")
MADE = TablePlan(Treatment.SYNTHESIZE)
TREATMENTS = (
    MADE,
    TablePlan(Treatment.PUBLIC, (), "signed"),
    TablePlan(Treatment.EMPTY),
    TablePlan(Treatment.COPY, (), "x"),
)


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    """Up to seven tables with keys of one or two columns to any table: cycles, self references, parallel keys, keys to a column that
    is not primary, tables without a key."""
    count = draw(st.integers(1, 7))
    composite = [draw(st.booleans()) for _ in range(count)]
    tables = []
    for number in range(count):
        columns = [integer("id", nullable=False), integer("tenant", nullable=False), column("code")]
        keys = []
        for place in range(draw(st.integers(0, 3))):
            parent = draw(st.integers(0, count - 1))
            own, theirs = (f"r{place}a",), draw(st.sampled_from([("id",), ("code",)]))
            if composite[parent]:
                own, theirs = (
                    draw(st.sampled_from([(f"r{place}a", f"r{place}b"), ("tenant", f"r{place}b")])),
                    ("tenant", "id"),
                )
            nullable = draw(st.booleans())
            columns += [integer(name, nullable=nullable) for name in own if name != "tenant"]
            keys.append(ForeignKey(f"k{place}", own, TableName(f"t{parent}"), theirs))
        key = ("tenant", "id") if composite[number] else ("id",)
        uniques = (primary(*key),) if number == 0 or draw(st.booleans()) else ()
        tables.append(Table(TableName(f"t{number}"), tuple(columns), (*uniques, Unique("u", ("code",))), tuple(keys)))
    return Schema("postgresql", "public", tuple(draw(st.permutations(tables))))


@st.composite
def decided(draw: st.DrawFn) -> tuple[Schema, dict[TableName, TablePlan], PrivacySpec]:
    described = draw(schemas())
    owned = owned_tables(described, UNIT)
    # Mostly what a sound plan says, so that many plans have a structure.
    inside = st.sampled_from((MADE,) * 8 + TREATMENTS)
    treatments = {
        name: draw(inside if name in owned else st.sampled_from(TREATMENTS[1:])) for name in described.by_name
    }
    treatments |= {UNIT: MADE}
    owners = [
        Owner(each.name, draw(st.sampled_from(keys)).columns)
        for each in described.tables
        if (keys := [key for key in each.foreign_keys if key.parent in owned and key.parent != each.name])
        and each.name != UNIT
        and treatments[each.name] is MADE
        and draw(st.sampled_from((True, True, True, False)))
    ]
    return described, treatments, PrivacySpec("p", UNIT, 1.0, 1e-6, owners=tuple(owners))


@given(decided())
@settings(max_examples=200, deadline=None)
def test_each_synthesised_table_has_one_path_to_the_root_or_all_problems_are_told(
    case: tuple[Schema, dict[TableName, TablePlan], PrivacySpec],
) -> None:
    described, treatments, spec = case
    made = plan({}, privacy=spec)
    made = replace(made, tables=treatments)
    if problems := tuple(Classes(made, described).problems()):
        event("refused")
        with pytest.raises(PlanError) as refused:
            structure_of(made, described)
        assert refused.value.problems == problems
        return
    event(f"{sum(each is MADE for each in treatments.values())} synthesised")
    structure = structure_of(made, described)
    assert {owned.table for owned in structure.tables} == {name for name, each in treatments.items() if each is MADE}
    assert structure.tables[0].table == UNIT
    for place, owned in enumerate(structure.tables):
        _sound(described, treatments, structure.tables, place, owned)
    # Nothing outside refers to what is synthetic, so no real row hangs on a person who is not there.
    for each in described.tables:
        if treatments[each.name].treatment in (Treatment.COPY, Treatment.PUBLIC):
            assert not any(treatments[key.parent] is MADE for key in each.foreign_keys)


def _sound(
    described: Schema, treatments: dict[TableName, TablePlan], tables: tuple[Owned, ...], place: int, owned: Owned
) -> None:
    if owned.parent is None:
        assert place == 0
        assert owned.owner is None
    else:
        assert owned.owner is not None
        assert owned.parent < place
        assert tables[owned.parent].table == owned.owner.parent
        assert owned.owner in described.table(owned.table).foreign_keys
    for link in owned.links:
        assert link.key != owned.owner
        parent = treatments[link.key.parent]
        assert (link.goes is Goes.PUBLIC) == (parent.treatment is Treatment.PUBLIC)
        assert (link.goes in (Goes.INSIDE, Goes.PARTNER)) == (parent is MADE)


@given(schemas())
@settings(max_examples=100, deadline=None)
def test_what_the_proposal_takes_for_owned_is_inside_the_unit_or_asked_about(described: Schema) -> None:
    owned = owned_tables(described, UNIT)
    treatments = {name: MADE if name in owned else TablePlan(Treatment.COPY, (), "x") for name in described.by_name}
    made = replace(plan({}, privacy=PrivacySpec("p", UNIT, 1.0, 1e-6)), tables=treatments)
    codes = {each.code for each in Classes(made, described).problems()}
    assert codes <= {"several-owners"}


def _structure(
    *tables: Table, unit: str = "person", owners: tuple[Owner, ...] = (), **treatments: TablePlan
) -> dict[str, Owned]:
    described = schema(*tables)
    spec = PrivacySpec("p", TableName(unit), 1.0, 1e-6, owners=owners)
    made = plan({each.name.name: treatments.get(each.name.name, MADE) for each in tables}, privacy=spec)
    return {owned.table.name: owned for owned in structure_of(made, described).tables}


PERSON = table("person", integer("id"))


def test_a_line_of_an_order_whose_key_holds_the_persons_belongs_to_the_order_alone() -> None:
    order = table(
        "order", integer("person"), integer("no"), key=("person", "no"), foreign_keys=(refers("person", "person"),)
    )
    line = table(
        "line", integer("person"), integer("no"), integer("line"), key=("person", "no", "line"),
        foreign_keys=(refers("person", "person"), refers(("person", "no"), "order", ("person", "no"))),
    )  # fmt: skip
    found = _structure(PERSON, order, line)
    assert found["line"].owner is not None
    assert found["line"].owner.parent.name == "order"
    assert found["line"].links == ()


def test_a_row_of_which_a_parent_has_one_needs_no_bound() -> None:
    patient = table("patient", integer("id"), foreign_keys=(refers("id", "person"),))
    assert _structure(PERSON, patient)["patient"].most == 1


def test_keys_go_where_the_schema_says() -> None:
    boss = table(
        "person",
        integer("id"),
        integer("boss"),
        integer("home"),
        foreign_keys=(refers("boss", "person"), refers("home", "home")),
    )
    home = table("home", integer("id"), integer("person"), foreign_keys=(refers("person", "person"),))
    note = table(
        "note", integer("id"), integer("person"), integer("answers"), integer("home"), integer("town"), integer("clerk"),
        foreign_keys=(
            refers("person", "person"), refers("answers", "note"), refers("home", "home"), refers("town", "town"),
            refers("clerk", "clerk"),
        ),
    )  # fmt: skip
    loan = table(
        "loan", integer("id"), integer("a"), integer("b"), foreign_keys=(refers("a", "person"), refers("b", "person"))
    )
    town, clerk = table("town", integer("id")), table("clerk", integer("id"))
    owners = (Owner(TableName("loan"), ("a",)), Owner(TableName("note"), ("person",)))
    found = _structure(
        boss, home, note, loan, town, clerk, owners=owners,
        town=TablePlan(Treatment.PUBLIC, (), "x"), clerk=TablePlan(Treatment.COPY, (), "x"),
    )  # fmt: skip
    goes = {(name, *link.key.columns): link.goes for name, owned in found.items() for link in owned.links}
    assert goes == {
        ("person", "boss"): Goes.PARTNER,
        ("person", "home"): Goes.INSIDE,
        ("note", "answers"): Goes.INSIDE,
        ("note", "home"): Goes.INSIDE,
        ("note", "town"): Goes.PUBLIC,
        ("note", "clerk"): Goes.OUTSIDE,
        ("loan", "b"): Goes.PARTNER,
    }


@pytest.mark.parametrize(
    ("names", "order"),
    [
        (("birth_date", "at"), "at"),
        (("seen?", "at"), "at"),
        (("updated_at", "paid_on?"), "paid_on?"),
        (("last_update",), "last_update"),
        (("geburtsdatum",), None),
        (("a", "b"), "a"),
    ],
)
def test_siblings_stand_by_the_first_time_that_is_no_birth_and_rather_never_null(
    names: tuple[str, ...], order: str | None
) -> None:
    times = [column(name, Kind.TIMESTAMP, nullable=name.endswith("?")) for name in names]
    visit = table("visit", integer("id"), integer("person"), *times, foreign_keys=(refers("person", "person"),))
    assert _structure(PERSON, visit)["visit"].order == order


def test_a_mask_or_a_key_is_no_time() -> None:
    visit = table(
        "visit", integer("id"), integer("person"), column("at", Kind.DATE), foreign_keys=(refers("person", "person"),)
    )
    masked = TablePlan(Treatment.SYNTHESIZE, (rule("at", "null"),))
    assert _structure(PERSON, visit, visit=masked)["visit"].order is None
