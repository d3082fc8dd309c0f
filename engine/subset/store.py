"""The key store: which rows a subset selects, as tokens in DuckDB, spilling to a private folder that is gone with the store.

Of every table it keeps the selected rows, numbered as they come, each with the first reason it was reached for; and the numbers of
the rows that are owned. Whoever follows an edge remembers up to which number it has followed, so nothing is followed twice. What a
question to the source gives is staged and settled in one go: the work is linear in what comes in, not in how often one asks.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from threading import Lock

import duckdb
import pyarrow as pa

from engine.subset.tokens import TOKEN, Sealed

MEMORY = "256MB"
"""What DuckDB may keep in memory: beyond, it spills."""
READ_ROWS = 65_536
FOLDER = "keys-"
"""How the names of these folders begin."""


@dataclass(frozen=True, slots=True)
class Frontier:
    """Rows of one table that an edge has not been followed from: by their numbers, among the selected or the owned ones."""

    table: int
    start: int
    stop: int
    owned: bool = False
    bodies: bool = False

    @property
    def rows(self) -> int:
        return self.stop - self.start

    @property
    def sql(self) -> str:
        body = ", s.body" if self.bodies else ""
        if self.owned:
            found = f"SELECT s.token{body} FROM owned{self.table} o JOIN selected{self.table} s ON s.rowid = o.number"
            return f"{found} WHERE o.rowid >= {self.start} AND o.rowid < {self.stop}"
        return (
            f"SELECT s.token{body} FROM selected{self.table} s WHERE s.rowid >= {self.start} AND s.rowid < {self.stop}"
        )


@dataclass(frozen=True, slots=True)
class Arrival:
    """What becomes of staged rows."""

    table: int
    reason: int
    """Of the rows that are new."""
    owned: bool = False
    bodies: bool = False
    among: Frontier | None = None
    """Only what was reached from these rows."""
    limit: int | None = None
    """At most so many of each row that was left from, in the order of their ranks."""


@dataclass(frozen=True, slots=True)
class Settled:
    new: int
    owned: int
    """Rows that are owned now and were not before."""
    orphans: int
    """Staged pairs that reach nothing."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Why a row is selected: a number for the reason, the token of the row it was reached from, and its own body."""

    reason: int
    origin: pa.ChunkedArray
    body: pa.ChunkedArray | None


class RowStore:
    """Selected rows by table. One thread writes; any may read what is ordered. Raises OSError where disk or memory end."""

    def __init__(self, folder: Path, memory: str = MEMORY) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = Path(mkdtemp(prefix=FOLDER, dir=folder))  # mode 0700
        self._opening = Lock()
        self._rows: dict[int, int] = {}
        self._owned: dict[int, int] = {}
        try:
            self._db = _open(self._folder, memory)
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def close(self) -> None:
        """Delete everything."""
        self._db.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def create(self, table: int, bodies: bool) -> None:
        """Begin to keep rows of a table."""
        body = ", body BLOB" if bodies else ""
        self._run(f"CREATE TABLE selected{table}(token UUID, reason INTEGER, origin UUID{body})")
        self._run(f"CREATE TABLE owned{table}(number BIGINT)")
        self._rows[table] = self._owned[table] = 0

    def read(self, frontier: Frontier, rows: int = READ_ROWS) -> Iterator[Sealed]:
        """The rows of a frontier in parts of at most `rows`; the store may be written meanwhile."""
        with self._reader() as session:
            for batch in session.sql(frontier.sql).to_arrow_reader(rows):
                yield from _parts(batch, rows)

    @contextmanager
    def staging(self) -> Iterator[None]:
        """What is staged here and not settled, because of an error, is forgotten."""
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error, OSError):
                self.forget()
            raise

    def stage(
        self, reached: Sealed, origins: pa.Array | None = None, ranks: pa.Array | None = None, *, once: bool = False
    ) -> None:
        """Set rows aside for `settle`, each with the row that it was reached from and its rank among those reached from there.
        `once`: each row that is reached is enough, and what reaches nothing is left out."""
        rows = len(reached.tokens)
        columns = {
            "token": reached.tokens,
            "origin": origins
            if origins is not None
            else pa.ExtensionArray.from_storage(TOKEN, pa.nulls(rows, TOKEN.storage_type)),
            "rank": ranks if ranks is not None else pa.nulls(rows, pa.uint64()),
            "body": reached.bodies if reached.bodies is not None else pa.nulls(rows, pa.binary()),
        }
        self._db.register("batch", pa.table(columns))
        chosen = _ONCE if once else "SELECT token, origin, rank, body FROM batch"
        self._run(f"INSERT INTO staged {chosen}")
        self._db.unregister("batch")

    def settle(self, arrival: Arrival) -> Settled:
        """Select what is staged and not selected yet."""
        pairs, orphans = "staged", 0
        if arrival.among is not None:
            pairs = _sifted(arrival.among)
            orphans = self._number(f"SELECT count(*) FROM {pairs} WHERE token IS NULL")
        self._run(f"CREATE OR REPLACE TABLE reached AS {_reached(pairs, arrival.limit)}")
        upgraded = self._upgrade(arrival.table) if arrival.owned else 0
        new = self._insert(arrival)
        self.forget()
        return Settled(new, upgraded + new if arrival.owned else 0, orphans)

    def forget(self) -> None:
        """Drop what is staged."""
        self._run(_STAGED)
        self._run("DROP TABLE IF EXISTS reached")

    def reasons(self, table: int) -> dict[int, int]:
        """How many rows were reached for each reason first."""
        query = f"SELECT reason, count(*) FROM selected{table} GROUP BY reason ORDER BY reason"
        return dict(self._db.execute(query).fetchall())

    def unselected(self, name: str, table: int, among: Frontier | None) -> tuple[int, int]:
        """Keep the origins of those staged pairs whose row is not selected as a sorted list of that name; how many they are,
        and how many pairs reach nothing."""
        pairs = "staged" if among is None else _sifted(among)
        orphans = self._number(f"SELECT count(*) FROM {pairs} WHERE token IS NULL")
        # Where one parent of several is selected the key still leads somewhere.
        self._run(
            f"CREATE TABLE {name} AS SELECT p.origin AS token FROM {pairs} p LEFT JOIN selected{table} s ON s.token = p.token"
            " WHERE p.token IS NOT NULL GROUP BY p.origin HAVING count(s.token) = 0 ORDER BY 1"
        )
        self.forget()
        return self._number(f"SELECT count(*) FROM {name}"), orphans

    def provenance(self, table: int, token: pa.Array, bodies: bool) -> Provenance | None:
        """Why the row of this token is selected; None where it is not."""
        body = ", s.body" if bodies else ""
        self._db.register("batch", pa.table({"token": token}))
        query = f"SELECT s.reason, s.origin{body} FROM selected{table} s SEMI JOIN batch USING (token)"
        found = self._db.sql(query).to_arrow_table().combine_chunks()
        self._db.unregister("batch")
        if not found.num_rows:
            return None
        return Provenance(found.column(0)[0].as_py(), found.column(1), found.column(2) if bodies else None)

    def listed(self, name: str, tokens: pa.Array) -> list[int]:
        """The places of those tokens that are in the list of that name."""
        with self._reader() as session:
            session.register("batch", pa.table({"token": tokens, "place": range(len(tokens))}))
            # The list is sorted, and so are the rows of one question, more or less: most of it need not be read.
            bounds = f"{name}.token BETWEEN (SELECT min(token) FROM batch) AND (SELECT max(token) FROM batch)"
            query = f"SELECT place FROM batch SEMI JOIN (FROM {name} WHERE {bounds}) USING (token)"
            return [place for (place,) in session.execute(query).fetchall()]

    def order(self, table: int, bodies: bool) -> None:
        """Fix the order of the selected rows: by their tokens."""
        body = ", body" if bodies else ""
        self._run(f"CREATE OR REPLACE TABLE ordered{table} AS SELECT token{body} FROM selected{table} ORDER BY token")

    def digest(self, table: int) -> str:
        """The number of the ordered rows, and sums over their tokens that are hardly ever those of other rows."""
        sums = f"SELECT count(*), sum(hash(token)), bit_xor(hash(token)) FROM ordered{table}"
        with _room():
            return " ".join(map(str, self._db.execute(sums).fetchall()[0]))

    def ordered(self, table: int, start: int, stop: int, *, bodies: bool) -> Sealed:
        """The rows number `start` to `stop` of that order. May be asked from any thread."""
        body = ", body" if bodies else ""
        query = f"SELECT token{body} FROM ordered{table} WHERE rowid >= {start} AND rowid < {stop}"
        with self._reader() as session:
            found = session.sql(query).to_arrow_table().combine_chunks()
        return Sealed(found.column("token"), found.column("body") if bodies else None)

    def _upgrade(self, table: int) -> int:
        """Make those reached rows owned that are selected and not owned."""
        if self._owned[table] == self._rows[table]:
            return 0
        upgraded = self._number(
            f"INSERT INTO owned{table} SELECT s.rowid FROM selected{table} s SEMI JOIN reached USING (token)"
            f" ANTI JOIN owned{table} o ON o.number = s.rowid"
        )
        self._owned[table] += upgraded
        return upgraded

    def _insert(self, arrival: Arrival) -> int:
        """Select those reached rows that are not."""
        table, first, body = arrival.table, self._rows[arrival.table], ", body" if arrival.bodies else ""
        new = self._number(
            f"INSERT INTO selected{table} SELECT token, {arrival.reason}, origin{body}"
            f" FROM reached ANTI JOIN selected{table} USING (token)"
        )
        self._rows[table] += new
        if arrival.owned and new:
            self._run(f"INSERT INTO owned{table} FROM range({first}, {first + new})")
            self._owned[table] += new
        return new

    @contextmanager
    def _reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A session of its own, for any thread."""
        with _room():
            with self._opening:
                session = self._db.cursor()
            try:
                yield session
            finally:
                session.close()

    def _run(self, query: str) -> None:
        # A statement that makes or fills a table gives a count, and the session is in use until that is fetched.
        with _room():
            self._db.execute(query).fetchall()

    def _number(self, query: str) -> int:
        """The only number that a query gives, or how many rows it inserts."""
        with _room():
            ((number,),) = self._db.execute(query).fetchall()
        return int(number)


@contextmanager
def _room() -> Iterator[None]:
    """Say as the system would that disk or memory is used up."""
    try:
        yield
    except duckdb.OperationalError:
        raise OSError(errno.ENOSPC, "the folder of the run has no room for the keys of the subset") from None


_ONCE = "SELECT token, min(origin), NULL, any_value(body) FROM batch WHERE token IS NOT NULL GROUP BY token"
_STAGED = "CREATE OR REPLACE TABLE staged(token UUID, origin UUID, rank UBIGINT, body BLOB)"


def _open(folder: Path, memory: str) -> duckdb.DuckDBPyConnection:
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory,
        "temp_directory": str(folder),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        "arrow_lossless_conversion": "true",
        # Each further thread takes memory beside the limit: ten million rows then need a gigabyte, and hardly less time.
        "threads": 1,
    }
    database = duckdb.connect(":memory:", config=settings)
    database.execute(_STAGED)
    return database


def _sifted(among: Frontier) -> str:
    return f"(FROM staged SEMI JOIN ({among.sql}) f ON origin = f.token)"


def _reached(pairs: str, limit: int | None) -> str:
    """Each row that was reached once, with the least of the rows it was reached from: the same whatever order they came in."""
    if limit is not None:
        once = f"SELECT token, origin, any_value(rank) AS rank, any_value(body) AS body FROM {pairs} GROUP BY token, origin"
        pairs = f"({once} QUALIFY row_number() OVER (PARTITION BY origin ORDER BY any_value(rank), token) <= {limit})"
    return (
        f"SELECT token, min(origin) AS origin, any_value(body) AS body FROM {pairs} WHERE token IS NOT NULL"
        " GROUP BY token"
    )


def _parts(batch: pa.RecordBatch, rows: int) -> Iterator[Sealed]:
    for start in range(0, batch.num_rows, rows):
        part = batch.slice(start, rows)
        yield Sealed(part.column(0), part.column(1) if part.num_columns > 1 else None)
