"""Databases of other countries and trades with invented values: nothing is fitted on them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from connectors import open_database
from tests.bench.discovery.evidence import Evidence, evidence
from tests.bench.discovery.invented import (
    bank_br,
    clinic_de,
    crm_saas,
    housing_nl,
    insurer_it,
    school_us,
    shop_fr,
    telecom,
)
from tests.bench.discovery.invented.make import Invented, build
from tests.bench.discovery.labels import Label

SCHEMAS: dict[str, Sequence[Invented]] = {
    "german clinic": clinic_de.TABLES,
    "french shop": shop_fr.TABLES,
    "brazilian bank": bank_br.TABLES,
    "us school": school_us.TABLES,
    "telecom": telecom.TABLES,
}
"""What goes wrong here was told to those who write detectors, in general words."""

FRESH: dict[str, Sequence[Invented]] = {
    "dutch housing": housing_nl.TABLES,
    "italian insurer": insurer_it.TABLES,
    "sales tool": crm_saas.TABLES,
}
"""Written when the detectors were done: nobody who writes them had seen what goes wrong here when it was measured."""


def invented(schemas: Mapping[str, Sequence[Invented]]) -> Iterator[Evidence]:
    """Facts and clues of every column of these schemas."""
    with tempfile.TemporaryDirectory() as work:
        for name, tables in schemas.items():
            path = Path(work) / f"{name}.sqlite"
            build(path, tables)
            labels = [
                Label(name, table.name, column.name, column.entity, column.doubtful, "")
                for table in tables
                for column in table.columns
            ]
            with open_database(f"sqlite:///{path}") as source:
                yield from evidence(source, labels)
