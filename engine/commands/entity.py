"""Reserve entities of a target, save them, and bring them back."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Annotated

import typer

from connectors.names import TableName, parse_table_name
from connectors.reservations import Reservation
from engine.commands import Verb
from engine.commands.session import Session
from engine.commands.status import UsageError
from engine.entities.entity import find
from engine.entities.reserve import moment_after
from engine.entities.reserve import release as release_entity
from engine.entities.reserve import reservations as all_reservations
from engine.entities.reserve import reserve as reserve_entity
from engine.entities.restore import restore as restore_entity
from engine.entities.versions import KEY, Version, Versions
from engine.entities.versions import snapshot as snapshot_entity
from engine.printing import plural, table
from engine.runs import masking_key

Target = Annotated[str, typer.Argument(help="A SQLAlchemy URL, or the name of a saved connection.")]
TableOption = Annotated[str, typer.Option("--table", help="The entity's root table, as `lookalike inspect` writes it.")]
KeyOption = Annotated[
    list[str], typer.Option("--key", help="The root row's key; a key of several columns is given column by column.")
]
Owner = Annotated[str | None, typer.Option("--owner", help="Whose it is; by default the login of this machine.")]


def reserve(
    session: Session,
    target: Target,
    table_name: TableOption,
    key: KeyOption,
    owner: Owner = None,
    span: Annotated[
        str | None, typer.Option("--for", metavar="7d", help="How long: 30m, 12h, 7d, 2w; 7d by default.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", help="Until when instead: 2026-12-24 or 2026-12-24T18:00.")
    ] = None,
) -> None:
    """Take an entity for a while: a refresh leaves it as it is, and others see whose it is."""
    if span is not None and until is not None:
        raise UsageError("give one of --for and --until")
    end = _moment(until) if until is not None else moment_after(span or "7d")
    with session.target(target) as database:
        taken = reserve_entity(database, session.workspace, _named(table_name), tuple(key), owner or _login(), end)
    said = f"{taken.table} {', '.join(taken.key)} is {taken.owner}'s until {taken.until}."
    session.screen.show(_reservation_json(taken), said)


def release(
    session: Session,
    target: Target,
    table_name: TableOption,
    key: KeyOption,
    owner: Owner = None,
    force: Annotated[bool, typer.Option("--force", help="Also where it is somebody else's.")] = False,
) -> None:
    """Give an entity back."""
    with session.target(target) as database:
        freed = release_entity(database, _named(table_name), tuple(key), owner or _login(), force=force)
    said = "Nobody had it." if freed is None else f"It was {freed.owner}'s, and is free."
    session.screen.show({"released": _reservation_json(freed) if freed is not None else None}, said)


def list_(
    session: Session,
    target: Target,
    table_name: Annotated[
        str | None, typer.Option("--table", help="With --key: the versions of this entity, too.")
    ] = None,
    key: Annotated[list[str] | None, typer.Option("--key", help="The root row's key.")] = None,
) -> None:
    """List who holds which entity, or one entity's versions."""
    if (table_name is None) != (not key):
        raise UsageError("give --table and --key together")
    with session.target(target) as database:
        held = all_reservations(database)
        versions: list[Version] = []
        if table_name is not None and key:
            entity = find(database, database.describe(), _named(table_name), tuple(key), gone=True)
            versions = list(Versions(session.workspace, masking_key(session.keystore, KEY), database, entity).all())
    rows = [(str(r.table), ", ".join(r.key), r.owner, r.until) for r in held]
    data = {"reservations": [_reservation_json(r) for r in held], "versions": [_version_json(v) for v in versions]}
    parts = [table(("table", "key", "owner", "until"), rows) if rows else "Nothing is reserved."]
    if versions:
        shown = [(v.number, v.made, sum(v.rows.values()), v.note) for v in versions]
        parts.append(table(("version", "saved", "rows", "note"), shown))
    session.screen.show(data, *parts)


def snapshot(
    session: Session,
    target: Target,
    table_name: TableOption,
    key: KeyOption,
    note: Annotated[str, typer.Option("--note", help="What this version is.")] = "",
) -> None:
    """Save an entity, its root row and all that it owns, sealed in the workspace."""
    with session.target(target) as database:
        sealing = masking_key(session.keystore, KEY)
        version = snapshot_entity(database, session.workspace, sealing, _named(table_name), tuple(key), note)
    rows = plural(sum(version.rows.values()), "row")
    session.screen.show(
        _version_json(version), f"Saved version {version.number}: {rows} in {plural(len(version.rows), 'table')}."
    )


def restore(
    session: Session,
    target: Target,
    table_name: TableOption,
    key: KeyOption,
    version: Annotated[
        int | None, typer.Option("--version", metavar="N", help="Which one; by default the last.")
    ] = None,
    owner: Owner = None,
) -> None:
    """Bring an entity back to a version, in one transaction."""
    with session.target(target) as database:
        sealing = masking_key(session.keystore, KEY)
        back, merged = restore_entity(
            database, session.workspace, sealing, _named(table_name), tuple(key), version, owner or _login()
        )
    rows = [(str(name), m.inserted, m.updated, m.deleted) for name, m in merged.items()]
    counts = {name: {"inserted": i, "updated": u, "deleted": d} for name, i, u, d in rows}
    session.screen.show(
        {"version": back.number, "tables": counts}, table(("table", "inserted", "updated", "deleted"), rows),
        f"It is as it was in version {back.number}.",
    )  # fmt: skip


def _named(text: str) -> TableName:
    try:
        return parse_table_name(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("--until is a day or a moment: 2026-12-24 or 2026-12-24T18:00") from None
    return moment.astimezone(UTC)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        raise UsageError("this login has no name: give --owner") from None


def _reservation_json(reservation: Reservation) -> dict[str, object]:
    return {
        "table": str(reservation.table), "key": list(reservation.key), "owner": reservation.owner,
        "since": reservation.since, "until": reservation.until,
    }  # fmt: skip


def _version_json(version: Version) -> dict[str, object]:
    return {"version": version.number, "note": version.note, "saved": version.made, "tables": dict(version.rows)}


VERBS: dict[str, Verb] = {
    "reserve": reserve, "release": release, "list": list_, "snapshot": snapshot, "restore": restore,
}  # fmt: skip
