"""A merge against a model in plain Python: rows join, or nothing changes and the refusal names the constraint that would break."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connectors import open_database
from connectors.database import Chunk, Marker, State
from connectors.errors import WriteError
from connectors.merging import Held, How, Incoming, Merge, Owning
from connectors.names import TableName

NODE = TableName("no de")
MARKER = Marker("run", "", State.LOADING, "", "", False, "")
TABLES = 'create table "no de" (id integer primary key, code text not null unique, boss integer references "no de" (id), note text)'
Rows = dict[int, tuple[str, int | None]]
"""Id -> code and boss."""


@st.composite
def nodes(draw: st.DrawFn) -> Rows:
    ids = draw(st.lists(st.integers(1, 8), unique=True, max_size=7))
    codes = draw(st.permutations("abcdefgh"))
    bosses = st.none() | st.integers(1, 9)
    return {id_: (code, draw(bosses)) for id_, code in zip(ids, codes, strict=False)}


@dataclass(frozen=True)
class File:
    path: Path

    def fill(self, rows: Rows) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute('delete from "no de"')
            connection.executemany(
                'insert into "no de" values (?, ?, ?, ?)', [(i, c, b, "kept") for i, (c, b) in rows.items()]
            )
            connection.commit()

    def rows(self) -> Rows:
        with closing(sqlite3.connect(self.path)) as connection:
            return {i: (c, b) for i, c, b in connection.execute('select id, code, boss from "no de"')}

    def notes(self) -> int:
        """Rows whose column that nobody writes is as it was."""
        with closing(sqlite3.connect(self.path)) as connection:
            return int(connection.execute("select count(*) from \"no de\" where note = 'kept'").fetchone()[0])

    def merge(self, incoming: Rows, how: How, held: tuple[Held, ...] = (), whole: Held | None = None) -> None:
        with open_database(f"sqlite:///{self.path}") as database, database.staging() as staging:  # type: ignore[attr-defined]
            schema = database.describe()
            table = schema.table(NODE)
            staging.claim(MARKER)
            staging.begin(schema, fresh=False)
            staging.write(table, Chunk(NODE, 0), [batch(incoming)])
            owning = (Owning(NODE, table.foreign_keys[0]),)
            part = Incoming(table, ("id", "code", "boss"), ("id",))
            try:
                staging.merge(Merge(how, schema, (part,), None, None, held, owning, whole))
            finally:
                staging.release()


def batch(rows: Rows) -> pa.RecordBatch:
    return pa.record_batch(
        {
            "id": pa.array(list(rows), pa.int64()),
            "code": pa.array([code for code, _ in rows.values()], pa.string()),
            "boss": pa.array([boss for _, boss in rows.values()], pa.int64()),
        }
    )


def orphans(rows: Rows) -> int:
    return sum(boss is not None and boss not in rows for _, boss in rows.values())


def breaks(before: Rows, after: Rows) -> bool:
    codes = [code for code, _ in after.values()]
    return len(set(codes)) < len(codes) or orphans(after) > orphans(before)


def under(rows: Rows, root: int) -> set[int]:
    """The root, and all whose bosses lead to it."""
    found = {root} & set(rows)
    while more := {i for i, (_, boss) in rows.items() if boss in found} - found:
        found |= more
    return found


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> File:
    made = File(tmp_path_factory.mktemp("merge") / "target.db")
    with closing(sqlite3.connect(made.path)) as connection:
        connection.execute(TABLES)
    return made


@settings(max_examples=60)
@given(there=nodes(), incoming=nodes(), how=st.sampled_from(How))
@example(there={1: ("a", None), 2: ("b", 1)}, incoming={1: ("b", 2), 2: ("a", None)}, how=How.UPSERT)
@example(there={1: ("a", None)}, incoming={2: ("a", 1)}, how=How.APPEND)
def test_rows_join_or_nothing_changes(file: File, there: Rows, incoming: Rows, how: How) -> None:
    file.fill(there)
    after = there | incoming if how is How.UPSERT else incoming | there
    if breaks(there, after):
        with pytest.raises(WriteError) as refused:
            file.merge(incoming, how)
        assert refused.value.constraint
        after = there
    else:
        file.merge(incoming, how)
    assert file.rows() == after
    assert file.notes() == len(there)


@settings(max_examples=40)
@given(there=nodes(), incoming=nodes(), root=st.integers(1, 8))
def test_a_reserved_row_and_all_under_it_stay_as_they_are(file: File, there: Rows, incoming: Rows, root: int) -> None:
    file.fill(there)
    reserved = under(there, root)
    # What is under a reserved row in the target, or would come under it, stays away.
    while more := {i for i, (_, boss) in incoming.items() if boss in reserved} - reserved if reserved else set():
        reserved |= more | {i for m in more for i in under(there, m)}
    after = there | {i: row for i, row in incoming.items() if i not in reserved}
    if breaks(there, after):
        with pytest.raises(WriteError):
            file.merge(incoming, How.UPSERT, (Held(NODE, ("id",), (str(root),)),))
        after = there
    else:
        file.merge(incoming, How.UPSERT, (Held(NODE, ("id",), (str(root),)),))
    assert file.rows() == after


@settings(max_examples=40)
@given(there=nodes(), version=nodes(), root=st.integers(1, 8))
def test_an_entity_becomes_what_it_was_or_nothing_changes(file: File, there: Rows, version: Rows, root: int) -> None:
    file.fill(there)
    gone = under(there, root) - set(version)
    after = {i: row for i, row in there.items() if i not in gone} | version
    whole = Held(NODE, ("id",), (str(root),))
    if breaks(there, after):
        with pytest.raises(WriteError):
            file.merge(version, How.UPSERT, whole=whole)
        after = there
    else:
        file.merge(version, How.UPSERT, whole=whole)
    assert file.rows() == after
