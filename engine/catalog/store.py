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

REVISION = "c0001"
"""The newest migration: a catalog that says so is not touched by Alembic, whose import takes its time."""


class CatalogError(Exception):
    """The catalog cannot be opened, or has nothing of that name; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class SavedConnection:
    name: str
    url: str
    """Without its password."""
    added: str


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
            raise CatalogError(f"the catalog cannot be used: {error.orig}") from None

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

    def save_connection(self, name: str, url: str) -> SavedConnection:
        """Save an address under a name, replacing an older one. Raises CatalogError when it carries a password."""
        if make_url(url).password:
            raise CatalogError("a saved connection holds no password; that goes to the keystore")
        saved = SavedConnection(name, url, now())
        with self._session() as session:
            session.merge(ConnectionRow(name=saved.name, url=saved.url, added=saved.added))
        return saved

    def connection(self, name: str) -> SavedConnection:
        with self._session() as session:
            row = session.get(ConnectionRow, name)
            if row is None:
                raise CatalogError(f"there is no connection named {name!r}; `lookalike connect list` shows them")
            return SavedConnection(row.name, row.url, row.added)

    def connections(self) -> list[SavedConnection]:
        with self._session() as session:
            rows = session.scalars(select(ConnectionRow).order_by(ConnectionRow.name))
            return [SavedConnection(row.name, row.url, row.added) for row in rows]

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
        raise CatalogError(f"the catalog {place} cannot be opened ({type(error).__name__})") from None
    return Catalog(pool)


def _pool(url: URL) -> Engine:
    if url.get_backend_name() != "sqlite":
        if url.get_backend_name() == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return create_engine(url, hide_parameters=True)
    if url.database:
        path = Path(url.database)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    pool = create_engine(url, hide_parameters=True, connect_args={"timeout": 30})
    # pysqlite begins late and only before DML; BEGIN IMMEDIATE takes the write lock first, so two writers never deadlock.
    event.listen(pool, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    event.listen(pool, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return pool


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


def _saved_run(row: RunRow) -> SavedRun:
    return SavedRun(**{name: getattr(row, name) for name in SavedRun.__slots__})
