"""Reserve an entity of a target for a while: it is kept beside our marker, and a refresh passes it over."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connectors.database import Database
from connectors.merging import Held, Owning
from connectors.names import TableName
from connectors.reservations import Reservation, Reserving
from connectors.schema import Schema
from connectors.sql import chunk_key
from engine.entities.entity import Entity, EntityError, find, owning_keys, refuse_not_ours
from engine.safety import Refused
from engine.workspace import Workspace

_SPAN = re.compile(r"(\d+)\s*(m|h|d|w)\Z")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Reserved(Refused):
    """Somebody else has the entity; `str()` says who and until when."""


def reserve(
    database: Database, workspace: Workspace, table: TableName, key: tuple[str, ...], owner: str, until: datetime
) -> Reservation:
    """Take the entity for its owner; one who has it already keeps it until then. Raises Reserved."""
    refuse_not_ours(database, workspace)
    now = datetime.now(UTC)
    if until <= now:
        raise EntityError("a reservation ends in the future", code="entity-until")
    entity = find(database, database.describe(), table, key)
    wanted = Reservation(table, key, entity.row, owner, stamp(now), stamp(until))
    with _reserving(database).reservations() as kept:
        standing = kept.reserve(wanted)
    if standing.owner != owner:
        raise _taken(entity, standing)
    return replace(standing, row=entity.row)


def release(
    database: Database, table: TableName, key: tuple[str, ...], owner: str, *, force: bool = False
) -> Reservation | None:
    """Give the entity back; None where nobody has it. Raises Reserved where another has it, unless by `force`."""
    entity = find(database, database.describe(), table, key)
    with _reserving(database).reservations() as kept:
        holder = kept.holder(table, entity.row, stamp(datetime.now(UTC)))
        if holder is None:
            return None
        if holder.owner != owner and not force:
            raise _taken(entity, holder)
        kept.release(replace(holder, row=entity.row))
    return holder


def reservations(database: Database) -> list[Reservation]:
    """All that hold now."""
    with _reserving(database).reservations() as kept:
        return kept.living(stamp(datetime.now(UTC)))


def refuse_held(database: Database, entity: Entity, owner: str) -> None:
    """Raise Reserved where somebody else has the entity."""
    with _reserving(database).reservations() as kept:
        holder = kept.holder(entity.table.name, entity.row, stamp(datetime.now(UTC)))
    if holder is not None and holder.owner != owner:
        raise _taken(entity, holder)


def held(database: Database, schema: Schema) -> tuple[tuple[Held, ...], tuple[Owning, ...]]:
    """What a refresh passes over: the reserved root rows, and the keys along which they own others."""
    living = [r for r in reservations(database) if r.table in schema.by_name]
    roots = dict.fromkeys(r.table for r in living)
    edges = dict.fromkeys(edge for root in roots for edge in owning_keys(schema, root))
    return tuple(Held(r.table, chunk_key(schema.table(r.table)), r.key) for r in living), tuple(edges)


def moment_after(span: str) -> datetime:
    """The end of a span from now: `30m`, `12h`, `7d`, `2w`. Raises EntityError."""
    found = _SPAN.match(span.strip())
    if found is None:
        raise EntityError("a span is a number and m, h, d or w: 30m, 12h, 7d, 2w", code="entity-span")
    return datetime.now(UTC) + timedelta(**{_UNITS[found[2]]: int(found[1])})


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _taken(entity: Entity, holder: Reservation) -> Reserved:
    return Reserved(
        f"{entity} is reserved by {holder.owner} until {holder.until}: ask them, or release it with --force",
        table=entity.table.name, code="entity-reserved",
    )  # fmt: skip


def _reserving(database: Database) -> Reserving:
    if not isinstance(database, Reserving):
        raise EntityError(f"entities of a {database.dialect} database cannot be reserved", code="entity-dialect")
    return database
