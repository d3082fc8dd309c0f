"""One dialect's schema as another's DDL."""

from __future__ import annotations

from connectors.database import Script
from connectors.schema import Schema


def portable_ddl(schema: Schema, dialect: str) -> tuple[Schema, Script]:
    return schema, Script(())
