"""A change of a plan's text changes what stands at its path, and not one other byte; taken back, it leaves none."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.plan_document import Document, Edit, edited
from engine.plan_reading import PlanReading
from engine.plan_toml import read_plan
from engine.problems import PlanError
from engine.text_splices import difference, spliced, undone
from engine.toml_scan import parts, pieces
from engine.toml_text import inline_text, key_text

NAMES = st.one_of(
    st.sampled_from(["a", "Order", "select", "my table", 'q"uote', "dbo.Kunde", "0", "جدول" * 25, "x]y", "# no"]),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8),
)
VALUES = st.sampled_from([
    '{ mask = "email" }', "{ keep = 'no # person' }", '{undecided="?"}', '{ mask = "constant", value = "a }, { b" }',
    '{ mask = "number_bucket", edges = [\n  0, # from\n  18,\n] }',
    '{ mask = "date_text", of = { mask = "date_shift", max_days = 7 } }',
])  # fmt: skip
COMMENTS = st.sampled_from(["", " # seen", "   #  [tables.not.one]"])
BETWEEN = st.sampled_from(["", "\n", "# a remark\n", "\n\n# above\n"])


@st.composite
def tables(draw: st.DrawFn, name: str) -> str:
    """One table as people write them: sections, dotted keys, inline."""
    columns = draw(st.lists(st.tuples(NAMES, VALUES, COMMENTS), max_size=4, unique_by=lambda each: each[0]))
    way, key = draw(st.sampled_from(["section", "dotted", "inline"])), key_text(name)
    if way == "inline":
        # Before TOML 1.1 an inline table is one line.
        said = ", ".join(f"{key_text(c)} = {v}" for c, v, _ in columns if "\n" not in v)
        return (
            f'[tables.{key}]\ntreatment = "mask"\ncolumns = {{ {said} }}\n'
            if said
            else f'[tables.{key}]\ntreatment = "copy"\n'
        )
    columns = [each for each in columns if "\n" not in each[1]]
    if way == "dotted":
        lines = "".join(f"columns.{key_text(c)} = {v}{comment}\n" for c, v, comment in columns)
        return f'[tables.{key}]\n{lines}treatment = "mask"\n'
    lines = "".join(f"{draw(BETWEEN)}{key_text(c)} = {v}{comment}\n" for c, v, comment in columns)
    several = f'{draw(BETWEEN)}[[tables.{key}.rules]] # both\ncolumns = ["x", "y"]\nmask = "null"\n'
    text = f'[tables.{key}]\ntreatment = "mask"{draw(COMMENTS)}\n{draw(BETWEEN)}[tables.{key}.columns]\n{lines}'
    return text + (several if draw(st.booleans()) else "")


@st.composite
def plans(draw: st.DrawFn) -> str:
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    head = f'{draw(BETWEEN)}version = 1{draw(COMMENTS)}\nname = "x"\n{draw(BETWEEN)}'
    text = head + "".join(draw(tables(name)) + draw(BETWEEN) for name in names)
    return text.rstrip("\n") if draw(st.booleans()) else text


@st.composite
def changes(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(plans())
    there = list(tomllib.loads(text)["tables"])
    edits = []
    for _ in range(draw(st.integers(1, 4))):
        table = draw(st.sampled_from([*there, "new one"]))
        columns = list(tomllib.loads(text)["tables"].get(table, {}).get("columns", {}))
        column = draw(st.one_of(st.sampled_from(columns), NAMES) if columns else NAMES)
        edits.append(draw(st.sampled_from([
            Edit(("tables", table, "columns", column), '{ mask = "null" }'),
            Edit(("tables", table, "columns", column), None),
            Edit(("tables", table, "columns", column, "domain"), '"d"'),
            Edit(("tables", table, "treatment"), '"drop"'),
            Edit(("tables", table), None),
            Edit(("tables", table), 'treatment = "copy"\nreason = "r"\n'),
            Edit(("accept",), '["a", "b"]'),
            Edit(("subset",), 'seed = 3\nroots = [{ table = "a" }]\n\n[[subset.edges]]\nkey = "k"\nnever = true\n'),
            Edit(("subset",), None),
        ])))  # fmt: skip
    return text, edits


def wanted(data: dict[str, Any], edit: Edit) -> dict[str, Any]:
    """The same change on plain data."""
    data = copy.deepcopy(data)
    inner: Any = data
    for key in edit.path[:-1]:
        if edit.value is None and not isinstance(inner.get(key), dict):
            return data
        inner = inner.setdefault(key, {})
    if edit.value is None:
        inner.pop(edit.path[-1], None)
    else:
        try:
            inner[edit.path[-1]] = tomllib.loads(f"x = {edit.value}")["x"]
        except tomllib.TOMLDecodeError:
            said = tomllib.loads(edit.value)
            nested = said.pop("subset", {})
            inner[edit.path[-1]] = said | nested
    return data


def filled(data: Any) -> Any:
    """Without empty sections: whether their heading stands there says nothing."""
    if not isinstance(data, dict):
        return data
    kept = {key: filled(value) for key, value in data.items()}
    return {key: value for key, value in kept.items() if value != {}}


@settings(max_examples=120, deadline=None)
@given(changes())
def test_an_edit_says_what_was_asked_and_is_taken_back_to_the_byte(said):
    text, edits = said
    data = tomllib.loads(text)
    for edit in edits:
        data = wanted(data, edit)
    now, splices = edited(text, edits)
    assert filled(tomllib.loads(now)) == filled(data)
    assert spliced(text, splices) == now
    assert spliced(now, undone(splices)) == text


@settings(max_examples=80, deadline=None)
@given(plans(), st.data())
def test_lines_of_other_places_stay_byte_for_byte(text, data):
    named = [(t, c) for t, each in tomllib.loads(text)["tables"].items() for c in each.get("columns", {})]
    if not named:
        return
    table, column = data.draw(st.sampled_from(named))
    now, splices = edited(text, [Edit(("tables", table, "columns", column), '{ keep = "why" }')])
    assert len(splices) == 1
    before, after = text.split("\n"), now.split("\n")
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) <= 1


@settings(max_examples=60, deadline=None)
@given(plans())
def test_pieces_joined_are_the_text_and_hold_what_tomllib_reads(text):
    cut = pieces(text)
    assert "".join(piece.text for piece in cut) == text
    document = Document(cut)
    for name, table in tomllib.loads(text)["tables"].items():
        assert document.data(("tables", name)) == table


@settings(max_examples=60, deadline=None)
@given(st.text(), st.text(), st.text(), st.text())
def test_the_difference_of_two_texts_makes_one_of_the_other(head, out, put, tail):
    before, now = head + out + tail, head + put + tail
    splices = difference(before, now)
    assert spliced(before, splices) == now
    assert spliced(now, undone(splices)) == before


PLAN = """# Mine.
version = 1
name = "shop"
key = "default"
accept = ["a"]  # by me

# customers first
[tables.customer]
treatment = "mask"

[tables.customer.columns]
id = { keep = "a number" }
email = { mask = "email" }   # EMAIL, 0.99

[[tables.customer.rules]]
columns = ["street", "town"]
mask = "null"

# the rest
[tables."dbo.log"]
treatment = "drop"
"""


@pytest.mark.parametrize(
    ("edit", "before", "after"),
    [
        (Edit(("tables", "customer", "columns", "email"), '{ mask = "null" }'), '{ mask = "email" }   #', '{ mask = "null" }   #'),
        (Edit(("tables", "customer", "columns", "phone"), '{ mask = "phone" }'), "0.99\n", '0.99\nphone = { mask = "phone" }\n'),
        (Edit(("tables", "customer", "columns", "id"), None), 'id = { keep = "a number" }\n', ""),
        (Edit(("accept",), '["a", "b"]'), '["a"]', '["a", "b"]'),
        (Edit(("tables", "customer", "rules", "0", "columns"), '["town"]'), '["street", "town"]', '["town"]'),
        (Edit(("locale",), '"de_DE"'), "# by me\n", '# by me\nlocale = "de_DE"\n'),
        (Edit(("subset",), "seed = 3"), "# customers", "[subset]\nseed = 3\n\n# customers"),
    ],
)  # fmt: skip
def test_a_change_stands_where_a_person_would_have_written_it(edit, before, after):
    assert PLAN.count(before) == 1
    assert edited(PLAN, [edit])[0] == PLAN.replace(before, after)


def test_a_section_that_is_set_again_keeps_what_is_said_as_before():
    text = PLAN.replace(
        "# customers first", "[subset]\nseed = 3 # drawn by hand\n# two of them\nwhole = [ 'a' ]\n\n# customers first"
    )
    now, _ = edited(text, [Edit(("subset",), 'seed = 3\nwhole = ["a", "b"]\n')])
    assert 'seed = 3 # drawn by hand\n# two of them\nwhole = ["a", "b"]\n' in now


def test_a_path_through_a_plain_value_is_refused_and_named():
    with pytest.raises(ValueError, match="holds no keys"):
        edited(PLAN, [Edit(("name", "x"), "1")])


def test_a_text_that_is_no_toml_is_refused():
    with pytest.raises(tomllib.TOMLDecodeError):
        edited("a = ", [Edit(("a",), "1")])


def test_a_line_is_that_of_its_path_and_back():
    document = Document(pieces(PLAN))
    for path, said in ((("tables", "customer", "columns", "email"), "email ="), (("tables", "dbo.log"), '[tables."dbo.log"]'),
                       (("tables", "customer", "rules", "0", "mask"), 'mask = "null"'), (("key",), "key =")):  # fmt: skip
        line = document.line(path)
        assert line is not None
        assert PLAN.splitlines()[line - 1].startswith(said)
        assert document.path_at(line)[: len(path)] == path
    assert document.line(("tables", "nothing")) == 8


@settings(max_examples=40, deadline=None)
@given(changes())
def test_a_plan_that_is_read_by_its_changed_tables_alone_is_the_plan_that_is_read_whole(said):
    text, edits = said
    text = text.replace('name = "x"', 'name = "x"\nkey = "k"')
    reading, document = PlanReading(), Document(pieces(text))
    _same(reading, document, text)
    for edit in edits:
        document.change([edit])
        _same(reading, document, document.text)


@settings(max_examples=60, deadline=None)
@given(changes())
def test_steps_on_a_cut_text_give_the_same_cut_as_the_whole_text(said):
    text, edits = said
    now, splices = edited(text, edits)
    for before, steps, after in ((text, splices, now), (now, undone(splices), text)):
        made = Document(pieces(before)).spliced(steps)
        assert made.text == after
        assert made.pieces == pieces(after)


def _same(reading: PlanReading, document: Document, text: str) -> None:
    try:
        expected = read_plan(text)
    except PlanError as error:
        problems = error.problems
        with pytest.raises(PlanError) as raised:
            reading.read(document)
    else:
        assert reading.read(document) == expected
        return
    assert raised.value.problems == problems


def test_elements_of_a_value_are_found_behind_comments_and_brackets():
    value = '[ # one\n  { a = "]", b.c = [1, 2] }, # two\n  "x,y",\n]'
    assert [value[each.value : each.value_end] for each in parts(value)] == ['{ a = "]", b.c = [1, 2] }', '"x,y"']
    assert [each.keys for each in parts('{ a = "]", b.c = [1, 2] }')] == [("a",), ("b", "c")]
    assert parts("12") == []
    assert inline_text([1]) == "[1]"
