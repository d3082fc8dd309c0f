"""Keys that nobody declares are found, and sequences that only look like them are not."""

from __future__ import annotations

import tempfile
import uuid
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.names import TableName
from tests.engine.profiling.keys.databases import inferred, said, write

NOUNS = ["invoice", "product", "warehouse", "contract", "vehicle", "machine", "ticket", "project"]
MEASURES = ["quantity", "priority", "rating", "line_no", "duration", "stock"]


@st.composite
def planted(draw: st.DrawFn) -> tuple[str, dict[str, list[tuple[object, ...]]], set[str]]:
    """Tables of numbered rows that refer to each other, with columns of small numbers beside; the keys that are there."""
    nouns = draw(st.lists(st.sampled_from(NOUNS), min_size=2, max_size=5, unique=True))
    style = draw(st.sampled_from(["{}_id", "id_{}", "{}Id", "fk_{}"]))
    plural = draw(st.booleans())
    names = [noun + "s" if plural else noun for noun in nouns]
    sizes = [draw(st.integers(8, 120)) for _ in nouns]
    ids = [list(range(1, size + 1)) if draw(st.booleans()) else [str(uuid.UUID(int=place * 7919 + 2**90 * k)) for k in range(size)]
           for place, size in enumerate(sizes)]  # fmt: skip
    script, rows, keys = [], {}, set()
    for place, name in enumerate(names):
        parents = draw(st.lists(st.integers(0, place - 1), unique=True, max_size=2)) if place else []
        measure = draw(st.sampled_from(MEASURES))
        columns = [style.format(nouns[parent]) for parent in parents]
        types = ["INTEGER" if isinstance(ids[parent][0], int) else "TEXT" for parent in parents]
        own = "INTEGER" if isinstance(ids[place][0], int) else "TEXT"
        referring = "".join(f', "{column}" {kind}' for column, kind in zip(columns, types, strict=True))
        script.append(f'CREATE TABLE "{name}" (id {own} PRIMARY KEY, "{measure}" INTEGER{referring});')
        random = draw(st.randoms(use_true_random=False))
        rows[name] = [
            (own_id, random.randint(1, 5), *(random.choice(ids[parent]) for parent in parents)) for own_id in ids[place]
        ]
        keys |= {f"{name} ({column}) -> {names[parent]} (id)" for column, parent in zip(columns, parents, strict=True)}
    return "\n".join(script), rows, keys


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(planted())
def test_every_planted_key_is_found_and_no_sequence_of_small_numbers_is_taken_for_one(database) -> None:  # type: ignore[no-untyped-def]
    script, rows, keys = database
    with tempfile.TemporaryDirectory() as folder:
        found = inferred(write(Path(folder) / "planted.db", script, rows))
    assert said(found) == keys


def test_a_key_to_a_large_table_is_looked_up_and_never_read_whole(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = """
        CREATE TABLE customer (code TEXT PRIMARY KEY, name TEXT);
        CREATE TABLE visit (id INTEGER PRIMARY KEY, customer TEXT);
    """
    customers = [(f"K{number * 37:08}", "x") for number in range(60_000)]
    visits = [(number, customers[number * 53 % 60_000][0]) for number in range(3_000)]
    url = write(tmp_path / "large.db", script, {"customer": customers, "visit": visits})
    found = inferred(url, rows=500)
    assert said(found) == {"visit (customer) -> customer (code)"}
    assert found[0][0].orphans == 0


def test_a_row_refers_to_another_of_its_own_table(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = "CREATE TABLE employee (employee_id INTEGER PRIMARY KEY, name TEXT, reports_to INTEGER, age INTEGER);"
    rows = [(number, "x", (number // 3) or None, 20 + number) for number in range(1, 60)]
    found = inferred(write(tmp_path / "self.db", script, {"employee": rows}))
    assert said(found) == {"employee (reports_to) -> employee (employee_id)"}


def test_a_key_of_two_columns_is_found_beside_those_of_one(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = """
        CREATE TABLE orders (order_id INTEGER PRIMARY KEY, remark TEXT);
        CREATE TABLE order_line (order_id INTEGER, line_no INTEGER, product TEXT, PRIMARY KEY (order_id, line_no));
        CREATE TABLE shipment (shipment_id INTEGER PRIMARY KEY, order_id INTEGER, line_no INTEGER);
    """
    lines = [(order, line, "x") for order in range(1000, 1080) for line in range(1, order % 4 + 2)]
    ships = [(number, *lines[number * 7 % len(lines)][:2]) for number in range(1, 90)]
    rows = {"orders": [(order, "x") for order in range(1000, 1080)], "order_line": lines, "shipment": ships}
    assert said(inferred(write(tmp_path / "composite.db", script, rows))) == {
        "order_line (order_id) -> orders (order_id)",
        "shipment (order_id) -> orders (order_id)",
        "shipment (order_id, line_no) -> order_line (order_id, line_no)",
    }


def test_of_two_tables_with_the_same_keys_the_extension_refers_to_the_other(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = """
        CREATE TABLE product (product_id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE product_text (product_id INTEGER PRIMARY KEY, body TEXT);
        CREATE TABLE sale (sale_id INTEGER PRIMARY KEY, product_id INTEGER);
    """
    numbers = [(number, "x") for number in range(1, 50)]
    rows = {"product": numbers, "product_text": numbers, "sale": [(n, n * 11 % 49 + 1) for n in range(1, 200)]}
    assert said(inferred(write(tmp_path / "one.db", script, rows))) == {
        "product_text (product_id) -> product (product_id)",
        "sale (product_id) -> product (product_id)",
    }


def test_tables_without_any_declared_key_are_referred_to(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = "CREATE TABLE kunde (kunden_nr INTEGER, ort TEXT); CREATE TABLE auftrag (auftrag_nr INTEGER, kunden_nr INTEGER);"
    rows = {"kunde": [(n, "x") for n in range(500, 560)], "auftrag": [(n, 500 + n * 7 % 60) for n in range(1, 200)]}
    found = inferred(write(tmp_path / "bare.db", script, rows))
    assert said(found) == {"auftrag (kunden_nr) -> kunde (kunden_nr)"}
    assert any("does not keep" in words for words in found[0][0].evidence)


def test_a_declared_key_is_not_proposed_again(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = """
        CREATE TABLE a (a_id INTEGER PRIMARY KEY, name TEXT);
        CREATE TABLE b (b_id INTEGER PRIMARY KEY, a_id INTEGER REFERENCES a (a_id));
    """
    rows = {"a": [(n, "x") for n in range(1, 30)], "b": [(n, n % 29 + 1) for n in range(1, 99)]}
    assert not said(inferred(write(tmp_path / "declared.db", script, rows)))


def test_rows_without_a_parent_are_counted_and_said(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = "CREATE TABLE shop (shop_id INTEGER PRIMARY KEY, n TEXT); CREATE TABLE sale (id INTEGER PRIMARY KEY, shop_id INTEGER);"
    rows = {
        "shop": [(n, "x") for n in range(1, 60)],
        "sale": [(n, 900 if n % 50 == 0 else n % 59 + 1) for n in range(1, 501)],
    }
    ((key,), _) = inferred(write(tmp_path / "orphans.db", script, rows))
    assert key.orphans == 10
    assert "10 of 500 rows have no parent" in key.evidence


def test_empty_tables_are_joined_by_their_names_alone_and_that_is_said(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = """
        CREATE TABLE customer (customer_id INTEGER PRIMARY KEY);
        CREATE TABLE note (note_id INTEGER PRIMARY KEY, customer_id INTEGER);
    """
    ((key,), _) = inferred(write(tmp_path / "empty.db", script, {}))
    assert str(key) == "note (customer_id) -> customer (customer_id)"
    assert key.orphans in (0, None)
    assert any("name alone" in words for words in key.evidence)


def test_without_time_large_tables_are_named_as_not_examined(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = """
        CREATE TABLE customer (id INTEGER PRIMARY KEY, n TEXT);
        CREATE TABLE visit (nr INTEGER PRIMARY KEY, customer_id INTEGER);
    """
    rows = {
        "customer": [(n * 3, "x") for n in range(1, 2000)],
        "visit": [(n, n % 1900 * 3 + 3) for n in range(1, 2000)],
    }
    url = write(tmp_path / "late.db", script, rows)
    keys, missed = inferred(url, rows=100, seconds=-1.0)
    assert (TableName("customer"), "budget") in [(each.table, each.code) for each in missed]
    assert [key.orphans for key in keys] in ([], [None])


def test_no_value_is_in_the_evidence(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = """
        CREATE TABLE patient (id TEXT PRIMARY KEY, n TEXT);
        CREATE TABLE visit (id INTEGER PRIMARY KEY, patient TEXT, kind TEXT);
    """
    patients = [(f"secret-{n * 977}", "x") for n in range(40)]
    rows = {"patient": patients, "visit": [(n, patients[n % 40][0], "secret-kind") for n in range(200)]}
    statements = ["SELECT * FROM visit v JOIN patient p ON p.id = v.patient WHERE p.id = 'secret-977'"]
    keys, missed = inferred(write(tmp_path / "secret.db", script, rows), statements)
    assert keys
    assert "secret" not in repr(keys) + repr(missed)


STRANGERS = """
    CREATE TABLE title (id INTEGER PRIMARY KEY, words TEXT);
    CREATE TABLE cast_info (nr INTEGER PRIMARY KEY, movie_id INTEGER {0});
    CREATE TABLE keyword (nr INTEGER PRIMARY KEY, movie_id INTEGER);
"""
STRANGE = {
    "title": [(number, "x") for number in range(1, 80)],
    "cast_info": [(number, number * 7 % 79 + 1) for number in range(1, 300)],
    "keyword": [(number, number * 11 % 79 + 1) for number in range(1, 200)],
}


def test_a_join_says_what_no_name_does_and_speaks_for_columns_of_the_same_name(tmp_path) -> None:  # type: ignore[no-untyped-def]
    url = write(tmp_path / "joined.db", STRANGERS.format(""), STRANGE)
    assert not said(inferred(url))
    found = inferred(url, ["SELECT words FROM title t, cast_info c WHERE c.movie_id = t.id AND t.words = 'y'"])
    assert said(found) == {"cast_info (movie_id) -> title (id)", "keyword (movie_id) -> title (id)"}
    assert any("joined in a logged statement" in words for key in found[0] for words in key.evidence)


def test_a_declared_key_speaks_for_columns_of_the_same_name(tmp_path) -> None:  # type: ignore[no-untyped-def]
    url = write(tmp_path / "like.db", STRANGERS.format("REFERENCES title (id)"), STRANGE)
    assert said(inferred(url)) == {"keyword (movie_id) -> title (id)"}


def test_a_zero_where_others_write_null_is_no_orphan(tmp_path) -> None:  # type: ignore[no-untyped-def]
    script = "CREATE TABLE post (id INTEGER PRIMARY KEY, post_parent INTEGER, n INTEGER);"
    rows = {"post": [(number, number // 3 if number % 2 else 0, number % 5) for number in range(1, 200)]}
    ((key,), _) = inferred(write(tmp_path / "zero.db", script, rows))
    assert (str(key), key.orphans) == ("post (post_parent) -> post (id)", 0)
