"""Read both sides: of each table the rows of sampled people, streamed once; the target first, so that source rows find their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.database import Derived, Form, Read, ReadColumn, Snapshot
from connectors.names import TableName
from connectors.schema import Column, ForeignKey
from engine.assessment.columns import Compared, brought
from engine.assessment.comparison import Owns
from engine.assessment.matching import KeyMask
from engine.assessment.sampling import Chooser, Shares, below
from engine.assessment.view import NOBODY, Made, Places
from engine.jobs.control import Control, Progress
from engine.keys import DomainKey, MaskingKey
from engine.masking.base import MaskError
from engine.plan import Plan, selects
from engine.privacy.holdout import BATCH_BYTES, entity_tags, held_out, unit_batches
from engine.privacy.linking import KeyIndex
from engine.privacy.reading import sortable

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Asked:
    """One table to read."""

    compared: Compared
    made: Made
    owns: Owns | None
    """Whose its rows are; None for a root and for what is nobody's."""
    shares: Shares
    """Of its root, or its own."""
    mask: KeyMask | None
    """How source rows find their own in the target; None: they do not."""

    @property
    def name(self) -> TableName:
        return self.compared.table.name

    @property
    def key(self) -> ForeignKey | None:
        return self.owns.key if self.owns is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """The rows of one table that were read of one side."""

    rows: pa.Table
    """With the columns of keys."""
    match: Places | None = None
    """Of a source row: the place of its own row among the target's, NOBODY where that is not there."""
    apart: Flags | None = None
    """Of a source row: it had no part in the making of the target."""

    def take(self, places: npt.NDArray[np.int64]) -> Part:
        return Part(
            self.rows.take(pa.array(places)),
            None if self.match is None else self.match[places],
            None if self.apart is None else self.apart[places],
        )


@dataclass
class Reader:
    """Reads one side's tables, owners before what they own."""

    snapshot: Snapshot
    key: MaskingKey
    seed: int
    tables: Mapping[TableName, Compared]
    control: Control
    progress: Callable[[Progress], None]
    parts: dict[TableName, Part] = field(default_factory=dict)
    lost: dict[tuple[TableName, str], int] = field(default_factory=dict)
    """Values that do not fit the type in which both sides are held."""
    _read: int = 0

    def _batches(
        self, table: TableName, columns: Sequence[str], derived: Sequence[Derived] = ()
    ) -> Iterator[pa.RecordBatch]:
        asked = tuple(ReadColumn(name, Form.ARROW) for name in columns)
        yield from self.snapshot.read(Read(table, asked, tuple(derived), batch_bytes=BATCH_BYTES))

    def _seen(self, name: TableName, batch: pa.RecordBatch) -> None:
        self.control.check()
        self._read += batch.num_rows
        self.progress(Progress("read", name, total_rows=self._read))

    def _brought(self, compared: Compared, batch: pa.RecordBatch, names: Mapping[str, str]) -> pa.RecordBatch:
        """The compared columns of a batch, under the source's names."""
        arrays = []
        for name, there in names.items():
            values, lost = brought(batch.column(there), compared, name)
            if lost:
                self.lost[compared.table.name, name] = self.lost.get((compared.table.name, name), 0) + lost
            arrays.append(values)
        return pa.RecordBatch.from_arrays(arrays, schema=_schema(compared))

    def _owners(self, asked: Asked) -> KeyIndex | None:
        """The rows of the owning table by the key that owns."""
        if asked.key is None:
            return None
        return self._parents(self.parts[asked.key.parent].rows, asked.key)

    def places(self, children: pa.Table, parents: pa.Table, foreign: ForeignKey) -> Places:
        """The place of each child's parent among these parents."""
        index = self._parents(parents, foreign)
        return index.places([children.column(name).combine_chunks() for name in foreign.columns])

    def _parents(self, parents: pa.Table, foreign: ForeignKey) -> KeyIndex:
        above = self.tables[foreign.parent].table
        columns = [above.column(name) for name in foreign.parent_columns]
        return KeyIndex(self._links, [parents.column(column.name).combine_chunks() for column in columns], columns)

    def _chooser(self, asked: Asked) -> Chooser:
        keyed = asked.compared.primary if asked.mask is not None or asked.made is Made.SYNTHETIC else ()
        return Chooser(self.key.domain(f"lookalike assessment {self.seed}"), asked.name, keyed)

    @property
    def _links(self) -> DomainKey:
        return self.key.domain("lookalike assessment links")


class TargetReader(Reader):
    def read(self, asked: Asked) -> None:
        """Take in one table."""
        compared, kept = asked.compared, []
        owners, chooser = self._owners(asked), self._chooser(asked)
        for batch in self._batches(compared.target.name, tuple(compared.columns.values())):
            self._seen(asked.name, batch)
            rows = self._brought(compared, batch, compared.columns)
            kept.append(rows.filter(pa.array(self._chosen(asked, rows, owners, chooser))))
        self.parts[asked.name] = Part(_together(compared, kept))

    def _chosen(self, asked: Asked, rows: pa.RecordBatch, owners: KeyIndex | None, chooser: Chooser) -> Flags:
        if owners is None:
            keyed = asked.mask is not None or asked.made is Made.SYNTHETIC
            hashes, _ = chooser.hashes(_columns(rows, asked.compared.primary) if keyed else [], rows.num_rows)
            return below(hashes, asked.shares.target)
        return _owned(asked, rows, owners, asked.shares.target >= 1.0)[1]

    def index(self, asked: Asked) -> KeyIndex:
        """The rows of a table by their primary key."""
        primary = asked.compared.primary
        values = [self.parts[asked.name].rows.column(column.name).combine_chunks() for column in primary]
        return KeyIndex(self._links, values, primary)


@dataclass
class SourceReader(Reader):
    target: TargetReader = field(kw_only=True)
    plan: Plan = field(kw_only=True)
    failed: set[TableName] = field(default_factory=set)
    """Tables of which a key could not be masked."""

    def read(self, asked: Asked) -> None:
        """Take in one table, in the order of its primary key."""
        compared, mask = asked.compared, asked.mask
        owners, chooser = self._owners(asked), self._chooser(asked)
        own = self.target.index(asked) if mask is not None else None
        kept: list[pa.RecordBatch] = []
        matches: list[Places] = [np.zeros(0, np.int64)]
        sides: list[Flags] = [np.zeros(0, bool)]
        for batch in self._source(asked):
            self._seen(asked.name, batch)
            masked = self._masked(asked, batch)
            match = own.places(masked) if own is not None and masked else np.full(batch.num_rows, NOBODY)
            rows = self._brought(compared, batch, {name: name for name in compared.columns})
            if owners is not None:
                owner, chosen = _owned(asked, rows, owners, min(asked.shares.known, asked.shares.control) >= 1.0)
                apart = self._apart(asked, owner)
                if masked and selects(self.plan):
                    # What a subset left of those whom it took had no part in the target, and is nobody's control either.
                    chosen &= apart | (match != NOBODY)
            else:
                chosen, apart = self._chosen(asked, rows, chooser, masked, match)
            kept.append(rows.filter(pa.array(chosen)))
            matches.append(match[chosen])
            sides.append(apart[chosen])
        part = Part(
            _together(compared, kept), np.concatenate(matches) if mask is not None else None, np.concatenate(sides)
        )
        part = part.take(_in_order(part.rows, compared.table.primary_key))
        if asked.made is Made.SYNTHETIC and asked.owns is None:
            part = part.take(self._once(asked, part.rows))
        self.parts[asked.name] = part

    def _once(self, asked: Asked, rows: pa.Table) -> npt.NDArray[np.int64]:
        """The first row of each key: entries of a subset may mean the same rows."""
        primary = asked.compared.primary
        if not primary:
            return np.arange(rows.num_rows)
        tags, _ = entity_tags(self.key, [rows.column(column.name).combine_chunks() for column in primary], primary)
        # As structured values, so that both words count.
        _, first = np.unique(np.ascontiguousarray(tags).view([("", tags.dtype)] * 2), return_index=True)
        return np.sort(first)

    def _source(self, asked: Asked) -> Iterator[pa.RecordBatch]:
        names = set(asked.compared.columns) | (asked.mask.reads if asked.mask is not None else set())
        if asked.made is Made.SYNTHETIC and asked.owns is None:
            return unit_batches(self.snapshot, self.plan, asked.compared.table, sorted(names), self.control)
        derived = asked.mask.derived if asked.mask is not None else ()
        own = sorted(names - {each.alias for each in derived})
        return self._batches(asked.name, own, derived)

    def _masked(self, asked: Asked, batch: pa.RecordBatch) -> list[pa.Array]:
        """The target's primary keys of these rows; empty where they are not known."""
        if asked.mask is None or asked.name in self.failed:
            return []
        try:
            return asked.mask.masked(batch)
        except MaskError:
            self.failed.add(asked.name)
            return []

    def _apart(self, asked: Asked, owner: Places) -> Flags:
        assert asked.key is not None
        above = self.parts[asked.key.parent].apart
        assert above is not None
        return np.append(above, False)[owner]

    def _chosen(
        self, asked: Asked, rows: pa.RecordBatch, chooser: Chooser, masked: Sequence[pa.Array], match: Places
    ) -> tuple[Flags, Flags]:
        """Which rows are sampled, and which had no part in the target."""
        shares, primary = asked.shares, asked.compared.primary
        if asked.made is Made.SYNTHETIC and primary and self.plan.privacy is not None:
            hashes, complete = chooser.hashes(_columns(rows, primary), rows.num_rows)
            tags, _ = entity_tags(self.key, _columns(rows, primary), primary)
            apart = held_out(tags, self.plan.privacy.holdout)
        elif masked:
            hashes, complete = chooser.hashes(masked, rows.num_rows)
            apart = match == NOBODY
        else:
            hashes, complete = chooser.hashes([], rows.num_rows)
            apart = np.zeros(rows.num_rows, bool)
        return complete & np.where(apart, below(hashes, shares.control), below(hashes, shares.known)), apart


def _owned(asked: Asked, rows: pa.RecordBatch, owners: KeyIndex, everybody: bool) -> tuple[Places, Flags]:
    """Whose each row is, and which are kept: those of sampled people, and nobody's where everybody is sampled."""
    assert asked.key is not None
    owner = owners.places([rows.column(name) for name in asked.key.columns])
    return owner, (owner != NOBODY) | everybody


def _columns(rows: pa.RecordBatch, columns: Sequence[Column]) -> list[pa.Array]:
    return [rows.column(column.name) for column in columns]


def _schema(compared: Compared) -> pa.Schema:
    return pa.schema([pa.field(name, compared.type(name)) for name in compared.columns])


def _together(compared: Compared, batches: Sequence[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(batches, _schema(compared)).combine_chunks()


def _in_order(rows: pa.Table, names: Sequence[str]) -> npt.NDArray[np.int64]:
    if not names or not set(names) <= set(rows.column_names):
        return np.arange(rows.num_rows)
    keys = pa.table([sortable(rows.column(name)) for name in names], [str(place) for place in range(len(names))])
    order = pc.sort_indices(keys, [(name, "ascending") for name in keys.column_names])
    return np.asarray(order.to_numpy(), np.int64)
