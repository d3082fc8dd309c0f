"""What every database must do, asked of each dialect that has a server here: describe, read, load, audit, and keep its word."""

import time
from collections import Counter
from dataclasses import replace

import pyarrow as pa
import pytest

from connectors import DIALECTS, open_database
from connectors.arrow import form_of
from connectors.database import Chunk, Derived, Form, Phase, Read, ReadColumn, State, Statement
from connectors.errors import DatabaseError, TargetError, WriteError
from connectors.names import TableName
from connectors.schema import Check, Kind, Unique
from tests.shop import HERE, MARKER, Plain, shop

NOTYET = {"mysql": "no server of version 8 installs here", "mssql": "no server here", "oracle": "no server here"}
every_dialect = pytest.mark.parametrize("new_database", HERE, indirect=True)


def copy(source_url: str, target_url: str, form: Form, rows: int = 2) -> None:
    """A fresh target by the database's own DDL (or the portable one), chunk by chunk."""
    with open_database(source_url) as source, open_database(target_url) as database:
        schema = source.describe()
        script = source.ddl(schema)
        if script is None:
            schema, script = database.portable_ddl(schema)
        with database.target() as target, source.snapshot() as snapshot:
            target.claim(MARKER)
            target.execute(script.phase(Phase.BEFORE))
            target.begin(schema, fresh=True)
            fill(snapshot, target, schema, form, rows)
            target.finish(schema, fresh=True)
            target.execute(script.phase(Phase.AFTER))
            target.set_state(State.COMPLETE)


def fill(snapshot, target, schema, form: Form, rows: int) -> None:
    for table in schema.tables:
        columns = tuple(ReadColumn(column.name, form) for column in table.stored)
        for chunk in snapshot.chunks(table.name, rows):
            target.write(table, chunk, snapshot.read(Read(table.name, columns, chunk=chunk)))


def read(snapshot, table: str, *names: str, form: Form = Form.ARROW, **options) -> list[tuple]:
    request = Read(TableName(table), tuple(ReadColumn(name, form) for name in names), **options)
    found = []
    for batch in snapshot.read(request):
        assert {form_of(field) for field in batch.schema} == {form}
        found += zip(*(column.to_pylist() for column in batch.columns), strict=True)
    return found


def test_every_dialect_is_tested_here_or_says_why_not():
    assert set(HERE) | set(NOTYET) == set(DIALECTS)


@every_dialect
def test_describe_says_the_same_of_the_same_tables(new_database):
    with open_database(shop(new_database()).url) as database:
        schema = database.describe()
    keys = {t.name.name: t.primary_key for t in schema.tables}
    assert keys == {
        "customer": ("id",), "odd name": ("group", "na-me"), "detail": ("id",), "loose": (), "vacant": ("id",),
        "hen": ("id",), "egg": ("id",),
    }  # fmt: skip
    links = {(t.name.name, k.columns, k.parent.name, k.parent_columns) for t in schema.tables for k in t.foreign_keys}
    assert links == {
        ("customer", ("boss",), "customer", ("id",)),
        ("odd name", ("customer",), "customer", ("id",)),
        ("detail", ("group", "na-me"), "odd name", ("group", "na-me")),
        ("hen", ("egg",), "egg", ("id",)),
        ("egg", ("hen",), "hen", ("id",)),
    }
    customer = schema.table(TableName("customer"))
    assert [(c.name, c.kind) for c in customer.columns] == [
        ("id", Kind.INTEGER), ("email", Kind.TEXT), ("Order", Kind.TEXT), ("born", Kind.DATE),
        ("seen", customer.column("seen").kind), ("rate", Kind.DECIMAL), ("photo", Kind.BINARY), ("boss", Kind.INTEGER),
    ]  # fmt: skip
    assert [c.name for c in customer.columns if not c.nullable] == ["id", "email"]
    assert (customer.column("email").length, customer.column("rate").precision, customer.column("rate").scale) == (
        80,
        8,
        2,
    )
    assert [u.columns for u in customer.uniques if not u.primary] == [("email",)]
    assert [c.columns for c in customer.checks] == [("rate",)]
    assert customer.column("id").identity


@every_dialect
@pytest.mark.parametrize(("form", "rows"), [(Form.WIRE, 2), (Form.ARROW, 2), (Form.ARROW, 1000)])
def test_what_is_read_and_written_is_equal(new_database, form, rows):
    """Cycles, composite keys, self references, empty tables and tables without a key, in whole or in many chunks."""
    source, target = shop(new_database()), Plain(new_database())
    copy(source.url, target.url, form, rows)
    with open_database(source.url) as database:
        for table in database.describe().tables:
            assert target.rows(table.name) == source.rows(table.name)


@every_dialect
def test_a_copy_is_described_as_its_source(new_database):
    source, target = shop(new_database()), Plain(new_database())
    copy(source.url, target.url, Form.WIRE)
    with open_database(source.url) as one, open_database(target.url) as other:
        before, after = one.describe(), other.describe()
    for table in before.tables:
        made = after.table(table.name)
        assert replace(made, estimated_rows=None) == replace(table, estimated_rows=None)


@every_dialect
def test_chunks_cover_a_table_without_overlap(new_database):
    """Integer, composite, text keys, in sizes that divide the rows and that do not."""
    source = shop(new_database(), "")
    rows = ", ".join(f"({n % 7}, '{chr(97 + n % 5)}{n}', null, null)" for n in range(50))
    source.run(
        f'insert into "odd name" values {rows};\n' + "insert into vacant values (-5, 'a'), (0, 'b'), (9, 'c');\n"
    )
    with open_database(source.url) as database, database.snapshot() as snapshot:
        for table, names in (
            ("odd name", ("group", "na-me")),
            ("vacant", ("id",)),
            ("detail", ("id",)),
            ("loose", ("word",)),
        ):
            whole = read(snapshot, table, *names)
            for size in (1, 7, 10, 50, 51):
                chunks = snapshot.chunks(TableName(table), size)
                parts = [read(snapshot, table, *names, chunk=chunk) for chunk in chunks]
                assert Counter(row for part in parts for row in part) == Counter(whole)
                assert [chunk.ordinal for chunk in chunks] == list(range(len(chunks)))
                assert table == "loose" or max(map(len, parts)) <= size


@every_dialect
def test_an_empty_table_is_one_empty_chunk(new_database):
    with open_database(shop(new_database()).url) as database, database.snapshot() as snapshot:
        assert snapshot.count(TableName("vacant")) == 0
        assert len(snapshot.chunks(TableName("vacant"), 10)) == 1
        assert read(snapshot, "vacant", "id", "word") == []


@every_dialect
def test_a_limit_is_kept(new_database):
    with open_database(shop(new_database()).url) as database, database.snapshot() as snapshot:
        assert len(read(snapshot, "odd name", "group", limit=2)) == 2


@every_dialect
def test_values_arrive_in_the_carrier_of_their_kind(new_database):
    with open_database(shop(new_database()).url) as database, database.snapshot() as snapshot:
        rows = sorted(read(snapshot, "customer", "id", "email", "Order", "born", "rate"))
    assert [tuple(map(str, row)) for row in rows] == [
        ("1", "ada@corp.example", "x'y", "1985-12-10", "12.50"),
        ("2", "b@corp.example", "None", "None", "None"),
        ("3", "tab\tand \\ slash", "", "0001-01-01", "0.00"),
    ]


@every_dialect
def test_a_column_of_an_ancestor_comes_along(new_database):
    """Two keys up, the first of them composite; NULL where a key on the way is NULL."""
    with open_database(shop(new_database()).url) as database, database.snapshot() as snapshot:
        schema = database.describe()
        path = (
            schema.table(TableName("detail")).foreign_keys[0],
            schema.table(TableName("odd name")).foreign_keys[0],
        )
        request = Read(TableName("detail"), (ReadColumn("id", Form.ARROW),), derived=(Derived("owner", path, "email"),))
        rows = [row for batch in snapshot.read(request) for row in batch.to_pylist()]
    assert {row["id"]: row["owner"] for row in rows} == {
        1: "ada@corp.example", 2: "b@corp.example", 3: None, 4: "tab\tand \\ slash",
    }  # fmt: skip


@every_dialect
@pytest.mark.parametrize("form", Form)
def test_batches_of_large_cells_stay_small(new_database, form):
    """10 MB cells among small ones: no batch holds more than one of them, and none is lost."""
    source = shop(new_database(), "")
    large = {"postgresql": "convert_to(repeat('x', 10000000), 'UTF8')", "mariadb": "repeat('x', 10000000)",
             "sqlite": "zeroblob(10000000)"}[source.dialect]  # fmt: skip
    for number in range(1, 7):
        photo = large if number % 2 else "null"
        source.run(f"insert into customer (id, email, photo) values ({number}, 'e{number}', {photo});\n")
    with open_database(source.url) as database, database.snapshot() as snapshot:
        request = Read(TableName("customer"), (ReadColumn("id", form), ReadColumn("photo", form)))
        sizes = [(batch.num_rows, batch.nbytes) for batch in snapshot.read(request)]
    assert sum(rows for rows, _ in sizes) == 6
    assert max(size for _, size in sizes) < 15_000_000
    assert sum(size for _, size in sizes) >= 30_000_000


@every_dialect
def test_a_target_is_claimed_by_one_run_and_remembers_its_chunks(new_database):
    plain = shop(new_database(), "")
    with open_database(plain.url) as database, database.target() as target:
        table = database.describe().table(TableName("vacant"))
        assert (target.marker(), target.occupied()) == (None, ())
        target.claim(MARKER)
        assert target.marker() == MARKER
        target.begin(database.describe(), fresh=False)
        first = target.write(table, Chunk(table.name, 0), [numbers(1, 2)])
        again = target.write(table, Chunk(table.name, 0), [numbers(1, 2)])
        assert ((first.rows, first.repeated), (again.rows, again.repeated)) == ((2, False), (2, True))
        with pytest.raises(TargetError):
            target.claim(replace(MARKER, run="run 2"))
    with open_database(plain.url) as database, database.target() as target:
        target.claim(MARKER)
        assert target.done() == {(TableName("vacant"), 0): 2}
        target.finish(database.describe(), fresh=False)
        target.set_state(State.COMPLETE)
        assert target.marker().state is State.COMPLETE
        assert target.occupied() == (TableName("vacant"),)
        assert len(database.describe().tables) == 7
        target.empty(database.describe().tables)
        target.release()
        assert (target.marker(), target.occupied()) == (None, ())


def numbers(*values: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array(values, pa.int64())], ["id"])


@every_dialect
def test_a_refused_row_takes_its_chunk_with_it_and_no_value_into_the_error(new_database):
    plain = shop(new_database())
    with open_database(plain.url) as database, database.target() as target:
        schema = database.describe()
        target.claim(MARKER)
        target.begin(schema, fresh=False)
        rows = pa.RecordBatch.from_pydict({"id": [50, 51], "email": ["secret one", "ada@corp.example"]})
        with pytest.raises(WriteError) as caught:
            target.write(schema.table(TableName("customer")), Chunk(TableName("customer"), 0), [rows])
        assert target.done() == {}
        target.finish(schema, fresh=False)
        target.release()
    assert plain.ask("select count(*) from customer") == [(3,)]
    assert caught.value.table == TableName("customer")
    told = str(caught.value) + repr(caught.value.__cause__ or "") + repr(caught.value.args)
    assert "secret" not in told
    assert "ada@" not in told


@every_dialect
def test_an_existing_target_is_filled_whatever_its_constraints(new_database):
    """NOT NULL cycles and self references into tables whose foreign keys are there."""
    source, target = shop(new_database()), shop(new_database(), "")
    with open_database(source.url) as one, open_database(target.url) as other:
        with other.target() as writer, one.snapshot() as snapshot:
            writer.claim(replace(MARKER, fresh=False))
            assert writer.begin(other.describe(), fresh=False)
            fill(snapshot, writer, one.describe(), Form.WIRE, 2)
            assert writer.finish(other.describe(), fresh=False) == []
            writer.set_state(State.COMPLETE)
        for table in one.describe().tables:
            assert target.rows(table.name) == source.rows(table.name)
            assert other.describe().table(table.name).foreign_keys == table.foreign_keys


@every_dialect
def test_the_next_number_stands_past_the_data(new_database):
    source, target = shop(new_database()), Plain(new_database())
    copy(source.url, target.url, Form.WIRE)
    target.run("insert into customer (email) values ('new');\n")
    assert target.ask("select id from customer where email = 'new'") == [(4,)]


@every_dialect
def test_orphans_of_the_source_are_counted_kept_and_no_obstacle(new_database):
    source, target = shop(new_database()), Plain(new_database())
    source.run(
        """insert into detail values (90, 77, 'gone', 1), (91, 77, null, 1);\nupdate customer set boss = 99 where id = 2;\n"""
    )
    copy(source.url, target.url, Form.WIRE)
    for plain in (source, target):
        with open_database(plain.url) as database, database.audit() as audit, database.snapshot() as snapshot:
            for table, expected in (("detail", 1), ("customer", 1), ("hen", 0)):
                described = database.describe().table(TableName(table))
                (key,) = described.foreign_keys
                assert audit.orphans(described.name, key) == snapshot.orphans(described.name, key) == expected


@every_dialect
def test_the_audit_counts_what_breaks_a_key_or_a_check(new_database):
    with open_database(shop(new_database()).url) as database, database.audit() as audit:
        assert audit.count(TableName("loose")) == 4
        assert audit.duplicates(TableName("loose"), Unique("u", ("word", "number"))) == 1
        assert audit.duplicates(TableName("odd name"), Unique("u", ("group", "na-me"))) == 0
        assert audit.failures(TableName("loose"), Check("c", "number > 1")) == 2


@every_dialect
def test_a_database_is_itself_and_no_other(new_database):
    one, two = shop(new_database()).url, shop(new_database()).url
    with open_database(one) as first, open_database(one) as again, open_database(two) as other:
        assert first.identity() == again.identity() != other.identity()
        with first.nonce_lock("n7"):
            assert again.sees_lock("n7")
            assert not again.sees_lock("n8")
            assert not other.sees_lock("n7")
        # A server lets go of a lock when it has noticed that its connection is gone.
        deadline = time.monotonic() + 20
        while again.sees_lock("n7"):
            assert time.monotonic() < deadline
            time.sleep(0.02)


@every_dialect
def test_the_printed_address_has_no_password(new_database):
    with open_database(new_database()) as database:
        assert "secret" not in database.url


@every_dialect
def test_a_drop_takes_our_tables_and_leaves_the_rest(new_database):
    source, target = shop(new_database()), Plain(new_database())
    copy(source.url, target.url, Form.WIRE)
    target.run("create table theirs (id integer);\n")
    with open_database(source.url) as one, open_database(target.url) as database, database.target() as writer:
        writer.drop(one.describe())
        writer.release()
        assert [table.name.name for table in database.describe().tables] == ["theirs"]


@pytest.mark.parametrize("new_database", ["postgresql", "mariadb"], indirect=True)
def test_whatever_is_asked_over_a_lost_connection_the_answer_is_an_error_of_ours(new_database):
    """The engine cleans up after its own errors only: a driver's would leave the target half full."""
    plain = shop(new_database(), "")
    with open_database(plain.url) as database, database.target() as target:
        schema = database.describe()
        vacant = schema.table(TableName("vacant"))
        view = Statement(Phase.AFTER, "view", "v", "create view v as select 1")
        target.claim(MARKER)
        plain.hang_up_on_all_others()
        for ask in (
            database.describe, database.identity, database.may_write, lambda: database.sees_lock("n"), lambda: database.ddl(schema),
            target.marker, target.occupied, lambda: target.claim(MARKER), lambda: target.set_state(State.INCOMPLETE),
            lambda: target.execute([view]), lambda: target.begin(schema, fresh=False), target.done,
            lambda: target.write(vacant, Chunk(vacant.name, 0), [numbers(1)]), lambda: target.finish(schema, fresh=False),
            lambda: target.empty(schema.tables), lambda: target.drop(schema), target.release,
        ):  # fmt: skip
            with pytest.raises(DatabaseError) as caught:
                ask()
            assert caught.value.__cause__ is None
            assert caught.value.__suppress_context__ or caught.value.__context__ is None
