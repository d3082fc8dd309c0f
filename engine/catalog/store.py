"""Open the catalog and ask it: a SQLite file in the workspace, or a PostgreSQL database for a team, by the same code."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, delete, event, inspect, select, text, union
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from engine.catalog import chain as chains
from engine.catalog.models import ChainHeadRow, ChainRow, ConnectionRow, RunRow
from engine.jobs.events import now
from engine.roles import Role

REVISION = "c0002"
"""The newest migration: a catalog that says so is not touched by Alembic, whose import takes its time."""


class CatalogError(Exception):
    """The catalog cannot be opened, or has nothing of that name; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class SavedConnection:
    name: str
    url: str
    """Without its password."""
    added: str
    role: Role = Role.NONE


@dataclass(frozen=True, slots=True)
class SavedRun:
    id: str
    plan: str
    plan_fingerprint: str
    source: str
    target: str
    state: str
    started: str
    finished: str | None = None
    seconds: float | None = None
    evidence: str | None = None
    digest: str | None = None


class Catalog:
    """An open catalog. Every call is one transaction; writers wait for each other."""

    def __init__(self, pool: Engine) -> None:
        self._pool = pool

    def __enter__(self) -> Catalog:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._pool.dispose()

    @contextmanager
    def _session(self) -> Iterator[Session]:
        try:
            with Session(self._pool) as session, session.begin():
                yield session
        except OperationalError as error:
            # A full disk, a file that is gone or held by others; the driver's words name neither row nor value.
            raise CatalogError(f"the catalog cannot be used: {error.orig}. Try it again") from None

    def save_run(self, run: SavedRun) -> None:
        """Enter a run, or what has become of it; every word on it is also an entry of the chain `runs`."""
        fields = {name: getattr(run, name) for name in SavedRun.__slots__}
        with self._session() as session:
            session.merge(RunRow(**fields))
            _append(session, "runs", {name: value for name, value in fields.items() if name != "evidence"})

    def run(self, run_id: str) -> SavedRun:
        with self._session() as session:
            row = session.get(RunRow, run_id)
            if row is None:
                raise CatalogError(f"there is no run {run_id} in this workspace")
            return _saved_run(row)

    def runs(self) -> list[SavedRun]:
        """Newest first."""
        with self._session() as session:
            rows = session.scalars(select(RunRow).order_by(RunRow.started.desc(), RunRow.id.desc()))
            return [_saved_run(row) for row in rows]

    def save_connection(self, name: str, url: str, role: Role | None = None) -> SavedConnection:
        """Save an address under a name, replacing an older one; `role` None: that of the older one. Raises CatalogError when it
        carries a password."""
        if make_url(url).password:
            raise CatalogError("a saved connection holds no password; that goes to the keystore")
        with self._session() as session:
            older = session.get(ConnectionRow, name)
            kept = Role(older.role) if older is not None else Role.NONE
            saved = SavedConnection(name, url, now(), kept if role is None else role)
            session.merge(ConnectionRow(name=saved.name, url=saved.url, added=saved.added, role=saved.role.value))
        return saved

    def set_role(self, name: str, role: Role) -> SavedConnection:
        """Say what a saved connection may be used for. Raises CatalogError where there is none of that name."""
        with self._session() as session:
            row = _connection_row(session, name)
            row.role = role.value
            return _saved_connection(row)

    def connection(self, name: str) -> SavedConnection:
        with self._session() as session:
            return _saved_connection(_connection_row(session, name))

    def connections(self) -> list[SavedConnection]:
        with self._session() as session:
            rows = session.scalars(select(ConnectionRow).order_by(ConnectionRow.name))
            return [_saved_connection(row) for row in rows]

    def remove_connection(self, name: str) -> bool:
        """Forget it; False when there was none."""
        with self._session() as session:
            removed = session.execute(
                delete(ConnectionRow).where(ConnectionRow.name == name).returning(ConnectionRow.name)
            )
            return removed.first() is not None

    def append(self, chain: str, payload: Mapping[str, Any]) -> chains.Entry:
        """Add an entry to a chain; whole or not at all, one after the other."""
        with self._session() as session:
            return _append(session, chain, payload)

    def entries(self, chain: str) -> list[chains.Entry]:
        with self._session() as session:
            return list(_entries(session, chain))

    def chain_names(self, prefix: str) -> list[str]:
        """The names of all chains that begin so, and of those whose head alone is left."""
        with self._session() as session:
            named = union(select(ChainHeadRow.chain), select(ChainRow.chain))
            return sorted(name for name in session.scalars(named) if name.startswith(prefix))

    def verify_chain(self, chain: str) -> chains.Fault | None:
        """The first fault of a chain, or None when it is whole."""
        with self._session() as session:
            head = session.get(ChainHeadRow, chain)
            return chains.verify_entries(
                chain, _entries(session, chain), (head.ordinal, head.digest) if head is not None else None
            )


def open_catalog(where: Path | str) -> Catalog:
    """Open a catalog file, or the catalog at a URL, and bring it to the newest shape. Raises CatalogError."""
    url = make_url(where) if isinstance(where, str) and "://" in where else URL.create("sqlite", database=str(where))
    try:
        pool = _pool(url)
        _migrate(pool)
    except (SQLAlchemyError, OSError) as error:
        place = url.render_as_string(hide_password=True)
        raise CatalogError(f"the catalog {place} cannot be opened ({type(error).__name__}): {_remedy(error)}") from None
    return Catalog(pool)


def _remedy(error: SQLAlchemyError | OSError) -> str:
    if isinstance(error, OperationalError | OSError):
        return "see that no other program holds it, that its place can be written and that the disk is not full"
    return (
        "it is damaged, or no catalog. Take it from a backup; or move it away, and a new one is made without the saved "
        "connections and the record of runs"
    )


def _pool(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        if url.get_backend_name() == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return create_engine(url, hide_parameters=True)
    if url.database:
        path = Path(url.database)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError:
            if not os.access(path, os.R_OK):
                raise
            return _reading_pool(path)
    pool = create_engine(url, hide_parameters=True, connect_args={"timeout": 30})
    # pysqlite begins late and only before DML; BEGIN IMMEDIATE takes the write lock first, so two writers never deadlock.
    event.listen(pool, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(pool, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return pool


def _reading_pool(path: Path) -> Engine:
    """Of a catalog that this account may only read: roles hold there as well."""
    url = URL.create("sqlite", database=path.absolute().as_uri(), query={"mode": "ro", "uri": "true"})
    return create_engine(url, hide_parameters=True)


def _migrate(pool: Engine) -> None:
    with pool.begin() as connection:
        if pool.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('lookalike catalog'))"))
        if not _is_newest(connection):
            _upgrade(connection)


def _is_newest(connection: Connection) -> bool:
    known = inspect(connection).has_table("alembic_version")
    return known and connection.scalar(text("SELECT version_num FROM alembic_version")) == REVISION


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _append(session: Session, chain: str, payload: Mapping[str, Any]) -> chains.Entry:
    head = _locked_head(session, chain)
    entry = chains.link(chain, head.ordinal + 1, now(), chains.canonical(payload), head.digest)
    session.add(ChainRow(**{name: getattr(entry, name) for name in chains.Entry.__slots__}))
    head.ordinal, head.digest = entry.ordinal, entry.digest
    session.flush()
    return entry


def _locked_head(session: Session, chain: str) -> ChainHeadRow:
    """The chain's head, locked until the transaction ends; a first entry makes it, whoever comes first."""
    statement = select(ChainHeadRow).where(ChainHeadRow.chain == chain).with_for_update()
    head = session.scalars(statement).one_or_none()
    if head is not None:
        return head
    try:
        with session.begin_nested():
            session.add(ChainHeadRow(chain=chain, ordinal=0, digest=chains.GENESIS))
    except IntegrityError:
        session.expire_all()
    return session.scalars(statement).one()


def _entries(session: Session, chain: str) -> Iterator[chains.Entry]:
    statement = select(ChainRow).where(ChainRow.chain == chain).order_by(ChainRow.ordinal)
    for row in session.scalars(statement):
        yield chains.Entry(**{name: getattr(row, name) for name in chains.Entry.__slots__})


def _connection_row(session: Session, name: str) -> ConnectionRow:
    row = session.get(ConnectionRow, name)
    if row is None:
        raise CatalogError(f"there is no connection named {name!r}; `lookalike connect list` shows them")
    return row


def _saved_connection(row: ConnectionRow) -> SavedConnection:
    return SavedConnection(row.name, row.url, row.added, Role(row.role))


def _saved_run(row: RunRow) -> SavedRun:
    return SavedRun(**{name: getattr(row, name) for name in SavedRun.__slots__})
