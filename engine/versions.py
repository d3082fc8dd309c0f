"""Which versions did the work, and which schema they worked on: part of the evidence."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from connectors.schema import Schema


@cache
def versions() -> Mapping[str, str]:
    """Of Lookalike, Python and the libraries whose output reaches a target."""
    found = {"python": platform.python_version(), "lookalike": "source tree"}
    return found | _installed("lookalike", "pyarrow", "numpy", "cryptography", "pillow", "bcrypt", "faker", "mimesis")


@cache
def measuring_versions() -> Mapping[str, str]:
    """Those, and of the libraries that a target is measured with."""
    return {**versions(), **_installed("scipy", "scikit-learn", "duckdb", "rfc8785", "jinja2")}


def _installed(*names: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in names:
        with suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


VERSION = versions()["lookalike"]


def schema_fingerprint(schema: Schema) -> str:
    """SHA-256 of what the source was; estimates, which change with every row, aside."""
    fields = asdict(schema)
    for table in fields["tables"]:
        table["estimated_rows"] = None
    text = json.dumps(fields, sort_keys=True, default=lambda value: sorted(map(str, value)))
    return hashlib.sha256(text.encode()).hexdigest()
