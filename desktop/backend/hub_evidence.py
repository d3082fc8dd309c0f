"""What discovery found, in columns, and kept in the workspace: a project that is opened again shows its evidence without another look.

Names, counts and shares; never a cell value.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from connectors.names import TableName, parse_table_name
from desktop.models.columnar import Names, names
from desktop.models.hub_board import UNKNOWN, Coded, coded
from desktop.settings import window_folder
from engine.commands.discover_shown import evidence_words, findings_data
from engine.planning import Planned
from engine.profiling.taxonomy import TAXONOMY
from engine.workspace import Workspace, private_folder, write_private

VERSION = 1
_CODED = ("table", "column", "entity", "short")


@dataclass(frozen=True, eq=False)
class Evidence:
    """One look at a source."""

    source: str
    policy: str | None
    at: str
    """ISO 8601, UTC."""
    table: Coded
    column: Coded
    entity: Coded
    """In words, as a list says them; empty: nothing personal."""
    sure: NDArray[np.float32]
    short: Coded
    """The strongest half sentences."""
    full: Names
    """Of each column all that `discover --json` says, as JSON."""
    table_rows: NDArray[np.int64]
    """By the number of the table in its pool."""
    beside: Mapping[str, Any]
    """`not_examined`, `keys`, `quasi_identifiers`, as `discover --json` says them."""

    def __len__(self) -> int:
        return len(self.sure)

    @cached_property
    def tables(self) -> tuple[TableName, ...]:
        return tuple(map(parse_table_name, self.table.pool))

    def of(self, row: int) -> dict[str, Any]:
        """All that was found out about a column."""
        found: dict[str, Any] = json.loads(self.full[row])
        return found


def evidence_of(planned: Planned, source: str) -> Evidence:
    """What was found for this plan."""
    found = planned.findings
    data = findings_data(found)
    columns = data.pop("columns")
    tables = coded([each["table"] for each in columns])
    rows = {str(table.name): table.estimated_rows for table in planned.schema.tables}
    counted = (rows.get(name) for name in tables.pool)
    return Evidence(
        source,
        planned.plan.policy,
        datetime.now(UTC).isoformat(timespec="seconds"),
        tables,
        coded([each["column"] for each in columns]),
        coded([entity_said(each["entity"]) for each in columns]),
        np.array([finding.probability for finding in found.columns], np.float32),
        coded([evidence_words(finding) for finding in found.columns]),
        names(json.dumps(each) for each in columns),
        np.array([UNKNOWN if count is None else count for count in counted], np.int64),
        data,
    )


def entity_said(name: str | None) -> str:
    """As a list says it: `E-mail address`; empty for none."""
    if name is None:
        return ""
    words = TAXONOMY[name].words if name in TAXONOMY else name.replace("_", " ")
    for article in ("a person's ", "an ", "a ", "the "):
        words = words.removeprefix(article)
    return words[:1].upper() + words[1:]


def personal_of(evidence: Evidence) -> Mapping[TableName, Mapping[str, str]]:
    """Its personal columns, for whoever marks them in a schema."""
    personal = np.flatnonzero(evidence.entity.codes != evidence.entity.code(""))
    tables, columns, kinds = (
        each.codes[personal].tolist() for each in (evidence.table, evidence.column, evidence.entity)
    )
    column_names, kind_names = tuple(evidence.column.pool), tuple(evidence.entity.pool)
    found: dict[int, dict[str, str]] = {}
    for table, column, kind in zip(tables, columns, kinds, strict=True):
        found.setdefault(table, {})[column_names[column]] = kind_names[kind]
    return {evidence.tables[table]: of for table, of in found.items()}


# Kept in the workspace.


def evidence_path(workspace: Workspace, plan: str) -> Path:
    """Where the evidence of a plan lies. Raises OSError."""
    folder = private_folder(window_folder(workspace.folder) / "findings")
    return folder / f"{sha256(str(Path(plan).absolute()).encode()).hexdigest()[:24]}.npz"


def save_evidence(path: Path, evidence: Evidence) -> None:
    """Raises OSError."""
    head = {"version": VERSION, "source": evidence.source, "policy": evidence.policy, "at": evidence.at}
    arrays: dict[str, Any] = {
        "sure": evidence.sure,
        "table_rows": evidence.table_rows,
        **_names_arrays("full", evidence.full),
    }
    for name in _CODED:
        column: Coded = getattr(evidence, name)
        arrays |= {f"{name}_codes": column.codes, **_names_arrays(name, column.pool)}
    texts = names([json.dumps(head), json.dumps(dict(evidence.beside))])
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, **arrays, **_names_arrays("head", texts))
    write_private(path, content.getvalue())


def load_evidence(path: Path) -> Evidence | None:
    """What was kept; None where nothing was, or it cannot be read any more: it is only a convenience, and discovery finds it again."""
    try:
        with np.load(path, allow_pickle=False) as there:
            return _evidence(there)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _evidence(there: Mapping[str, NDArray[Any]]) -> Evidence:
    head, beside = (json.loads(text) for text in _names("head", there))
    if head["version"] != VERSION:
        raise ValueError("kept by another version")
    table, column, entity, short = (Coded(there[f"{name}_codes"], _names(name, there)) for name in _CODED)
    return Evidence(
        head["source"], head["policy"], head["at"], table, column, entity, there["sure"], short,
        _names("full", there), there["table_rows"], beside,
    )  # fmt: skip


def _names_arrays(name: str, texts: Names) -> dict[str, NDArray[Any]]:
    return {f"{name}_content": np.frombuffer(texts.content, np.uint8), f"{name}_ends": texts.ends}


def _names(name: str, there: Mapping[str, NDArray[Any]]) -> Names:
    return Names(there[f"{name}_content"].tobytes(), there[f"{name}_ends"])


def of_table(beside: Iterable[Mapping[str, Any]], table: str) -> list[Mapping[str, Any]]:
    """What is said of this table."""
    return [each for each in beside if each["table"] == table]
