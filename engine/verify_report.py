"""What `verify` found, table by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.names import TableName
from engine.plan import Treatment
from engine.residual_findings import FAULT, WARNING, Residuals
from engine.verify_overlap import Exposure


@dataclass(frozen=True, slots=True)
class TableReport:
    name: TableName
    treatment: str
    rows_source: int | None
    """None where nobody knows: the table was neither read nor recorded."""
    rows_target: int
    orphans_source: Mapping[str, int] = field(default_factory=dict)
    """By foreign key."""
    orphans_target: Mapping[str, int] = field(default_factory=dict)
    duplicates: int = 0
    checks_failed: int = 0
    exposures: Mapping[str, Exposure] = field(default_factory=dict)
    """By masked column."""
    kept: Mapping[str, bool] = field(default_factory=dict)
    """By kept column: is its content the source's?"""
    notes: tuple[str, ...] = ()
    """What could not be checked, and why."""
    at_least: int | None = None
    """Where the rows joined others: so many were in the target then. None: exactly those of the source are."""
    missing: bool = False
    """The target has no such table."""

    @property
    def leaks(self) -> dict[str, int]:
        return {column: exposure.excess for column, exposure in self.exposures.items() if exposure.excess}

    def faults(self) -> list[str]:
        """One sentence for each thing that is wrong."""
        found = [f"{self.name}: the target has no such table"] if self.missing else []
        if self.at_least is not None and self.rows_target < self.at_least:
            found.append(
                f"{self.name}: {self.at_least} rows were written or there and {self.rows_target} are in the target"
            )
        if self.at_least is None and self.rows_source is not None and self.rows_source != self.rows_target:
            verb = "made" if self.treatment == Treatment.SYNTHESIZE else "read"
            found.append(f"{self.name}: {self.rows_source} rows were {verb} and {self.rows_target} are in the target")
        for key, count in self.orphans_target.items():
            if (more := count - self.orphans_source.get(key, 0)) > 0:
                found.append(f"{self.name}: {more} rows lost their parent under the foreign key {key}")
        if self.duplicates:
            found.append(f"{self.name}: {self.duplicates} surplus rows under a unique key")
        if self.checks_failed:
            found.append(f"{self.name}: {self.checks_failed} rows fail a CHECK")
        found += [
            f"{self.name}.{name}: the content is not the source's, and the plan keeps it"
            for name, equal in self.kept.items()
            if not equal
        ]
        found += [
            f"{self.name}.{name}: {excess} values of the source are in the target beyond chance"
            for name, excess in self.leaks.items()
        ]
        return found

    def to_json(self) -> dict[str, Any]:
        return {
            "treatment": self.treatment,
            "rows_source": self.rows_source,
            "rows_target": self.rows_target,
            "foreign_keys_checked": len(self.orphans_target),
            "orphans_source": sum(self.orphans_source.values()),
            "orphans_target": sum(self.orphans_target.values()),
            "duplicates": self.duplicates,
            "checks_failed": self.checks_failed,
            "leaks": self.leaks,
            "overlap": {c: {"found": e.found, "expected": e.expected} for c, e in self.exposures.items()},
            "kept_columns": {column: {"equal": equal} for column, equal in self.kept.items()},
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True)
class VerifyReport:
    run: str | None
    compared_with: str
    """`record of the run` or `the source as it is now`."""
    tables: tuple[TableReport, ...]
    seconds: float
    other_faults: tuple[str, ...] = ()
    """Of the target as a whole."""
    residuals: Residuals = field(default_factory=Residuals)

    @property
    def ok(self) -> bool:
        return not self.faults()

    def faults(self) -> list[str]:
        of_tables = (fault for table in self.tables for fault in table.faults())
        return [*self.other_faults, *of_tables, *map(str, self.residuals.of(FAULT))]

    @property
    def sentence(self) -> str:
        """What came of it, in one line."""
        tables = f"{len(self.tables):,} table{'' if len(self.tables) == 1 else 's'}"
        faults = self.faults()
        if faults:
            more = f" (and {len(faults) - 1:,} more)" if len(faults) > 1 else ""
            return f"{tables} counted, and not as they should be: {faults[0]}{more}."
        orphans = sum(sum(table.orphans_target.values()) for table in self.tables)
        told = "no orphan" if not orphans else f"{orphans:,} orphans, as in the source"
        asked = f", {self.unchecked:,} questions without an answer" if self.unchecked else ""
        return f"{tables} counted, {told}, no fault{asked}."

    def warnings(self) -> list[str]:
        """One sentence for each thing that somebody has decided and that is worth knowing."""
        return [str(finding) for finding in self.residuals.of(WARNING)]

    @property
    def unchecked(self) -> int:
        """How many questions the target's database could not answer."""
        return sum(len(table.notes) for table in self.tables)

    def to_json(self) -> dict[str, Any]:
        """The shape of `verify --json`."""
        return {
            "ok": self.ok,
            "run": self.run,
            "compared_with": self.compared_with,
            "tables": {str(table.name): table.to_json() for table in self.tables},
            "faults": self.faults(),
            "warnings": self.warnings(),
            "residual": [finding.to_json() for finding in self.residuals.findings],
            "residual_scan": self.residuals.to_json(),
            "unchecked": self.unchecked,
            "seconds": self.seconds,
        }
