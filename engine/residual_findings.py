"""What the residual scan found in columns that no mask has changed, and how it is told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.names import TableName
from engine.column_domains import ColumnName
from engine.profiling.percent import percent
from engine.profiling.taxonomy import TAXONOMY

SOURCE, PERSONAL = "residual-source", "residual-personal"
FAULT, WARNING = "fault", "warning"


@dataclass(frozen=True, slots=True)
class Residual:
    """One column of the target that holds what it should not, or what somebody decided to keep."""

    table: TableName
    """As the plan calls it."""
    column: str
    code: str
    """`residual-source`: values of a masked column; `residual-personal`: values that are personal themselves."""
    severity: str
    """`fault`, or `warning` where a person has decided."""
    reason: str
    """What the plan says of the column."""
    source: ColumnName | None = None
    """The masked column whose values were found."""
    found: int = 0
    """Distinct values of it; or values that are personal."""
    expected: float = 0.0
    """By chance, at most."""
    entity: str | None = None
    probability: float | None = None

    def __str__(self) -> str:
        place = f"{self.table}.{self.column}"
        if self.source is not None:
            origin = f"{self.source[0]}.{self.source[1]}"
            return (
                f"{place}: {self.found} values of the masked column {origin} stand in it, "
                f"where chance explains {self.expected:.2g} ({self.reason}); "
                f"mask it too, or accept `{self.code} {place}` in the plan"
            )
        what, sure = TAXONOMY[self.entity or ""].words, percent(self.probability or 0.0)
        remedy = "; decide on it in the plan" if self.severity == FAULT else ""
        return f"{place}: looks like {what}, probability {sure} ({self.reason}){remedy}"

    def to_json(self) -> dict[str, Any]:
        return {
            "table": str(self.table),
            "column": self.column,
            "code": self.code,
            "from": f"{self.source[0]}.{self.source[1]}" if self.source is not None else None,
            "found": self.found,
            "expected": self.expected,
            "entity": self.entity,
            "probability": self.probability,
            "severity": self.severity,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Residuals:
    """The result of a residual scan."""

    findings: tuple[Residual, ...] = ()
    columns: int = 0
    """Looked at."""
    rows: int = 0
    """Looked at, over all tables."""
    left: tuple[str, ...] = ()
    """Columns that the time was not enough for, or that could not be read: `table.column`."""
    seconds: float = 0.0

    def of(self, severity: str) -> Iterator[Residual]:
        return (finding for finding in self.findings if finding.severity == severity)

    def to_json(self) -> dict[str, Any]:
        """How far the scan went."""
        return {"columns": self.columns, "rows": self.rows, "left": list(self.left), "seconds": self.seconds}
