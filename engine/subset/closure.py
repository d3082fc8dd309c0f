"""The rows of a subset as the least fixpoint over its foreign keys: parents always, children where the plan or ownership says so.

Row by row and edge by edge, so the shape of the schema does not matter: self references, several cycles in one component and diamonds
are rows that are selected already. Each edge remembers how far it has followed the rows of its table, and takes all that are new at
once. What is kept of a row, and where, is said in `engine/subset/store.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from connectors.database import Snapshot
from connectors.names import TableName
from connectors.rows import FROM, TO, Follow, Rows
from connectors.schema import Schema
from engine.jobs.control import Control, Progress, Report
from engine.keys import MaskingKey
from engine.prf import encrypt_blocks
from engine.subset.ahead import PATIENCE, is_narrow, run_ahead, tokens_of
from engine.subset.asking import ASKED_AT_ONCE, Question, question
from engine.subset.edges import EffectiveEdge
from engine.subset.kept import KeptSelection
from engine.subset.nulls import find_nulls
from engine.subset.selection import Selection
from engine.subset.steps import Member, Step, schedule, steps
from engine.subset.store import MEMORY, Arrival, Frontier, RowStore, Settled
from engine.subset.tokens import Sealed, Tokens, token_octets
from engine.subset.why import WHOLE, Link, chain


class Closure:
    """A selection that grows. Not for use from several threads; closing it deletes all that it keeps."""

    def __init__(
        self,
        schema: Schema,
        edges: Sequence[EffectiveEdge],
        snapshot: Snapshot,
        key: MaskingKey,
        folder: Path,
        *,
        seed: int = 0,
        progress: Report = lambda _: None,
        control: Control | None = None,
        memory: str = MEMORY,
    ) -> None:
        self.schema, self.edges, self._snapshot, self._key, self._seed = schema, edges, snapshot, key, seed
        self._progress, self._control = progress, control or Control()
        self.members: dict[TableName, Member] = {}
        self.reasons: list[str] = []
        self._sizes = snapshot.sizes(sorted({name for edge in edges for name in (edge.child, edge.parent)}))
        self.store = RowStore(folder, memory)
        try:
            for edge in edges:
                self.member(edge.child), self.member(edge.parent)
            self.steps = list(steps(edges, self.members))
            self._groups = schedule(self.steps)
        except BaseException:
            self.store.close()
            raise

    def __enter__(self) -> Closure:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Delete all that is kept."""
        self.store.close()

    def member(self, table: TableName) -> Member:
        """What is known of a table."""
        if table not in self.members:
            member = Member(table, len(self.members), Tokens(table, self._snapshot.row_ids(table), self._key))
            self.store.create(member.number, member.tokens.bodies)
            self.members[table] = member
        return self.members[table]

    def add(self, table: TableName, ids: pa.Table | Iterable[pa.RecordBatch], *, owned: bool, reason: str) -> int:
        """Select rows for their own sake and say how many were not selected yet. Ids may repeat; a stream of them is one round."""
        member = self.member(table)
        with self.store.staging():
            for batch in ids.to_batches(ASKED_AT_ONCE) if isinstance(ids, pa.Table) else ids:
                self._control.check()
                if batch.num_rows:
                    self.store.stage(member.tokens.seal(batch))
            settled = self._settle(Arrival(member.number, self._direct(reason), owned, member.tokens.bodies), member)
        return 0 if member.whole else settled.new

    def add_whole(self, table: TableName) -> None:
        """Select every row of a table."""
        self.member(table).whole = True

    def grow(self) -> None:
        """Bring all that the selected rows ask for."""
        while any(step.waiting for step in self.steps):
            for group in self._groups:
                self._rest(group)

    def counts(self) -> Mapping[TableName, int]:
        """How many rows of each table are selected; tables that nothing has reached may be left out."""
        return {
            name: self._snapshot.count(name) if member.whole else member.rows for name, member in self.members.items()
        }

    def chain(self, table: TableName, ids: pa.Table) -> list[Link]:
        """How the row of this id came to be selected: the links from it to a row that was selected for its own sake. Empty where
        it is not selected."""
        return chain(self, table, ids)

    def finish(self) -> Selection:
        """The selection as it stands, closed over every edge, in an order that is the same whenever the same rows are selected."""
        self.grow()
        nulls = find_nulls(self)
        for member in self.members.values():
            if not member.whole:
                self.store.order(member.number, member.tokens.bodies)
        return KeptSelection(self, nulls)

    def name_rows(self, member: Member) -> None:
        """Give every row of a whole table its own name in the store."""
        member.whole = False
        self.add(member.name, self._snapshot.rows(Rows(member.name)), owned=False, reason=WHOLE)
        for step in self.steps:
            if step.source is member and step.swept and not step.by_owned:
                step.followed = member.rows
        self.grow()

    def pairs(self, step: Step, frontier: Frontier, asked: Question) -> Iterator[pa.RecordBatch]:
        """What the source says of a step: pairs of ids. Where it is asked for every row, they must be sifted by the frontier."""
        if asked.every:
            where = step.edge.where if step.down else None
            yield from self._follow(Follow(step.edge.child, step.edge.key, step.down, None, where))
            return
        for part in self.store.read(frontier, asked.rows):
            yield from self.reached(step, part)

    def reached(self, step: Step, rows: Sealed) -> Iterator[pa.RecordBatch]:
        """The pairs of a step from these rows."""
        where = step.edge.where if step.down else None
        yield from self._follow(Follow(step.edge.child, step.edge.key, step.down, step.source.tokens.open(rows), where))

    def question(self, step: Step, frontier: Frontier) -> Question:
        """How the step's pairs are asked for."""
        if step.sweeping:
            return Question(True, ASKED_AT_ONCE)
        return question(step.edge, step.down, frontier.rows, self.schema, step.source.tokens.ids, self._sizes)

    def _follow(self, follow: Follow) -> Iterator[pa.RecordBatch]:
        for batch in self._snapshot.follow(follow):
            self._control.check()
            if batch.num_rows:
                yield batch

    def _rest(self, group: Sequence[Step]) -> None:
        """Follow these steps until none of them waits."""
        rounds = 0
        while waiting := [step for step in group if step.waiting]:
            rounds = rounds + 1 if is_narrow(group) else 0
            if rounds > PATIENCE:
                self._run_ahead(group)
                rounds = 0
                continue
            for step in waiting:
                self._take(step)

    def _run_ahead(self, group: Sequence[Step]) -> None:
        trails = run_ahead(self, group)
        for trail in trails:
            with self.store.staging():
                if trail.reached:
                    self.store.stage(trail.sealed(), tokens_of(trail.origins))
                self._settle(_arrival(trail.step, None), trail.step.target)
        ended = not any(trail.frontier for trail in trails)
        for trail in trails:
            step = trail.step
            # Where the end was not, what came behind the first level is asked for once more, all of it in one question.
            step.followed = (step.source.owned if step.by_owned else step.source.rows) if ended else trail.stop
            step.orphans += trail.dangling(ended)

    def _take(self, step: Step) -> None:
        """Follow one edge from all rows that it has not been followed from."""
        frontier, sweeping = step.frontier(), step.sweeping
        asked = self.question(step, frontier)
        sift = asked.every and not sweeping
        orphans = 0
        with self.store.staging():
            for batch in self.pairs(step, frontier, asked):
                orphaned = batch.column(TO.format(0)).is_null()
                orphans += 0 if sift else orphaned.true_count
                # Every row of a whole table is selected: only those that find no parent there are of interest.
                self._stage(step, batch.filter(orphaned) if step.target.whole and not step.down else batch, sift=sift)
            settled = self._settle(_arrival(step, frontier if sift else None), step.target)
        step.followed, step.swept = frontier.stop, step.swept or sweeping
        step.orphans += orphans + settled.orphans

    def _stage(self, step: Step, batch: pa.RecordBatch, *, sift: bool) -> None:
        if not batch.num_rows:
            return
        reached = step.target.tokens.seal(batch, TO)
        origins = step.source.tokens.seal(batch, FROM).tokens
        limited = step.down and step.edge.limit is not None
        ranks = self._ranks(step.edge, reached.tokens) if limited else None
        # Many children share a parent, which is staged once; not where each pair is needed to sift or to choose.
        self.store.stage(reached, origins, ranks, once=not sift and not limited)

    def _settle(self, arrival: Arrival, member: Member) -> Settled:
        settled = self.store.settle(arrival)
        member.rows += settled.new
        member.owned += settled.owned
        total = sum(each.rows for each in self.members.values())
        self._progress(Progress("select", member.name, member.rows, total_rows=total))
        return settled

    def _direct(self, reason: str) -> int:
        """The number under which the store notes a reason of rows that no edge brought."""
        if reason not in self.reasons:
            self.reasons.append(reason)
        return -1 - self.reasons.index(reason)

    def _ranks(self, edge: EffectiveEdge, tokens: pa.Array) -> pa.Array:
        """Who goes first where children are limited: for each seed and edge another order, that follows from the row alone."""
        key = self._key.derive(f"subset/{edge.child}.{edge.key.name}/rank/{self._seed}")
        words = encrypt_blocks(key, token_octets(tokens)).view(">u8").astype(np.uint64)
        return pa.array(words.reshape(-1, 2)[:, 0])


def _arrival(step: Step, among: Frontier | None) -> Arrival:
    limit = step.edge.limit if step.down else None
    return Arrival(step.target.number, step.reason, step.down, step.target.tokens.bodies, among, limit)
