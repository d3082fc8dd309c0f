"""Roots: the ids of the rows that a person asks for by a condition, by keys, as a sample, or by several of these at once."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import pyarrow as pa

from connectors.database import Snapshot
from connectors.names import TableName
from connectors.rows import RowIds, Rows
from connectors.schema import Table
from connectors.sql import chunk_key
from engine.keys import MaskingKey
from engine.problems import PlanError, Problem, Severity
from engine.subset.sampling import KeyedOrder, Part, distinct, in_order
from engine.subset.spec import Key, Roots

KEYS_AT_ONCE = 500
"""Keys in one question to the source."""
IDS_AT_ONCE = 20_000
_SHOWN = 10
"""Most lines that a message names."""
_Numbered = tuple[int, Key]
"""A key with its line in the file, or its place in the plan."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One entry of `subset.roots` put to one moment of the source."""

    entry: Roots
    table: Table
    snapshot: Snapshot
    key: MaskingKey
    seed: int
    base: Path | None = None
    """Where a relative `keys_file` lies; None: in the current folder."""

    def ids(self, *, ordered: bool = False) -> Iterator[pa.Table]:
        """The ids of the rows it means, in parts; `ordered` (and of a sample, always): in the order of the sample.

        Raises PlanError for keys that cannot be read or that no row has, ReadError for a condition that the source refuses."""
        names = self.snapshot.row_ids(self.table.name)
        request = Rows(self.table.name, where=self.entry.where)
        among = self._by_keys(names)
        if not ordered and self.entry.percent is None and self.entry.rows is None:
            yield from (pa.Table.from_batches([batch]) for batch in self._scan(request, among) if batch.num_rows)
            return
        order = KeyedOrder(self.key, self.seed, self.table.name, len(names.types))
        keyed = replace(request, columns=chunk_key(self.table))
        part = Part(self.entry.percent, self.entry.rows)
        yield from in_order(lambda: self._scan(keyed, among), order, len(names.types), part, unique=names.unique)

    def _scan(self, request: Rows, among: pa.Table | None) -> Iterator[pa.RecordBatch]:
        if among is None:
            yield from self.snapshot.rows(request)
            return
        for start in range(0, among.num_rows, IDS_AT_ONCE):
            yield from self.snapshot.rows(replace(request, among=among.slice(start, IDS_AT_ONCE)))

    def _by_keys(self, names: RowIds) -> pa.Table | None:
        """The rows that have one of the keys, each once; None where the entry names no keys."""
        if not self.entry.keys and self.entry.keys_file is None:
            return None
        columns = chunk_key(self.table)
        if not columns:
            raise _no_key(self.table.name)
        found, missing, asked = [names.schema().empty_table()], [], 0
        for keys in self._key_batches(len(columns)):
            asked += len(keys)
            found.append(self._with_keys(columns, keys))
            if found[-1].num_rows < len(keys):
                missing += list(self._missing(columns, keys))
        if missing:
            raise _not_found(self.entry, missing, asked)
        return distinct(pa.concat_tables(found))

    def _key_batches(self, parts: int) -> Iterator[list[_Numbered]]:
        given: Iterable[_Numbered] = enumerate(self.entry.keys, 1)
        if self.entry.keys_file is not None:
            given = read_keys(self.entry, (self.base or Path()) / self.entry.keys_file, parts)
        given = iter(given)
        while batch := list(islice(given, KEYS_AT_ONCE)):
            yield [(number, key) for key, number in {key: number for number, key in reversed(batch)}.items()]

    def _with_keys(self, columns: tuple[str, ...], keys: list[_Numbered]) -> pa.Table:
        request = Rows(self.table.name, key_columns=columns, keys=tuple(key for _, key in keys))
        schema = self.snapshot.row_ids(self.table.name).schema()
        return distinct(pa.Table.from_batches(list(self.snapshot.rows(request)), schema))

    def _missing(self, columns: tuple[str, ...], keys: list[_Numbered]) -> Iterator[int]:
        """The numbers of the keys that no row has. Only the source knows which spellings are equal, so it is asked by halves."""
        waiting = [keys]
        while waiting:
            part = waiting.pop()
            rows = self._with_keys(columns, part).num_rows
            if not rows:
                yield from (number for number, _ in part)
            elif rows < len(part):
                waiting += [part[len(part) // 2 :], part[: len(part) // 2]]


def read_keys(entry: Roots, path: Path, parts: int) -> Iterator[_Numbered]:
    """The keys of a CSV file without a header, each with its line; blank lines are passed over. Raises PlanError."""
    number, empty = 0, True
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            for line in lines:
                number = lines.line_num
                if line and len(line) != parts:
                    raise _file_problem(
                        entry, f"line {number} has {len(line)} value{'s' * (len(line) > 1)}, and the key has {parts}"
                    )
                if line:
                    empty = False
                    yield number, tuple(line)
    except OSError as error:
        reason = f"The keys file {entry.keys_file} cannot be read: {(error.strerror or 'no such file').lower()}."
        remedy = "Correct keys_file: a relative path begins at the plan's folder."
        raise _problem("roots-keys-file", entry.table, reason, remedy) from None
    except UnicodeDecodeError:
        raise _file_problem(entry, "is not UTF-8 text") from None
    except csv.Error:
        raise _file_problem(entry, f"is not CSV in line {number + 1}") from None
    if empty:
        raise _file_problem(entry, "holds no key")


def _problem(code: str, table: TableName, reason: str, remedy: str) -> PlanError:
    return PlanError([Problem(code, Severity.ERROR, reason, remedy, table)])


def _no_key(table: TableName) -> PlanError:
    reason = "Roots are asked for by their keys, and the table has no primary key and no unique key without NULLs."
    return _problem("roots-keys", table, reason, "Say which rows by a condition (where).")


def _file_problem(entry: Roots, what: str) -> PlanError:
    remedy = "Write one key a line as CSV in UTF-8, without a header, values with a comma or a quote in double quotes."
    return _problem("roots-keys-file", entry.table, f"The keys file {entry.keys_file} {what}.", remedy)


def _not_found(entry: Roots, missing: list[int], asked: int) -> PlanError:
    shown = ", ".join(str(number) for number in sorted(missing)[:_SHOWN])
    more = f" and {len(missing) - _SHOWN:,} more" if len(missing) > _SHOWN else ""
    place = ("line" if entry.keys_file else "number") + ("s" if len(missing) > 1 else "")
    which = f"{len(missing):,} of the {asked:,} keys" if asked > 1 else "the key"
    where = f"in {entry.keys_file}" if entry.keys_file else "of the roots"
    reason = f"No row of the table has {which} {where}: {place} {shown}{more}."
    return _problem(
        "roots-keys", entry.table, reason, "Correct or remove them; they are the key's values, in its order."
    )
