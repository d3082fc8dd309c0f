"""An inferred foreign key, with what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.names import TableName


@dataclass(frozen=True, slots=True)
class InferredKey:
    table: TableName
    columns: tuple[str, ...]
    parent: TableName
    parent_columns: tuple[str, ...]
    probability: float
    evidence: tuple[str, ...]
    """Half sentences: "every one of 412 distinct values is a key of customer", "named after customer", "joined in view order_list"."""
    where: str | None = None
    """The rows that refer at all (a polymorphic key), as a condition of the source's SQL on the child."""
    orphans: int | None = None
    """Rows without a parent; None where only a sample was looked at."""

    def __str__(self) -> str:
        return f"{self.table} ({', '.join(self.columns)}) -> {self.parent} ({', '.join(self.parent_columns)})"
