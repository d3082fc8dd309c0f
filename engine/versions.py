"""Which versions did the work, and which schema they worked on: part of the evidence."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from connectors.schema import Schema


@cache
def versions() -> Mapping[str, str]:
    """Of Lookalike, Python and the libraries whose output reaches a target."""
    found = {"python": platform.python_version()}
    for name in ("lookalike", "pyarrow", "numpy", "cryptography", "pillow", "bcrypt", "faker", "mimesis"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found |= {name: "source tree"} if name == "lookalike" else {}
    return found


VERSION = versions()["lookalike"]


def schema_fingerprint(schema: Schema) -> str:
    """SHA-256 of what the source was; estimates, which change with every row, aside."""
    fields = asdict(schema)
    for table in fields["tables"]:
        table["estimated_rows"] = None
    text = json.dumps(fields, sort_keys=True, default=lambda value: sorted(map(str, value)))
    return hashlib.sha256(text.encode()).hexdigest()
