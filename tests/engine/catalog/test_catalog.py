"""The catalog keeps runs and connections, and its chains cannot be changed unseen."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog import Catalog, CatalogError, SavedRun, open_catalog
from engine.catalog.chain import GENESIS, Entry, canonical, link, verify_entries
from engine.catalog.models import Base
from engine.roles import Role

RUN = SavedRun("r1", "p", "f" * 64, "sqlite:///s", "sqlite:///t", "loading", "2026-01-01T00:00:00+00:00")


@pytest.fixture
def catalog(tmp_path: Path):  # type: ignore[no-untyped-def]
    with open_catalog(tmp_path / "catalog.db") as opened:
        yield opened


def _chain(payloads: list[str]) -> list[Entry]:
    entries: list[Entry] = []
    for payload in payloads:
        previous = entries[-1].digest if entries else GENESIS
        entries.append(link("c", len(entries) + 1, "now", canonical({"p": payload}), previous))
    return entries


@given(st.lists(st.text(max_size=5), min_size=2, max_size=6), st.data())
def test_any_change_swap_gap_or_cut_of_a_chain_is_found(payloads, data) -> None:  # type: ignore[no-untyped-def]
    entries = _chain(payloads)
    head = (len(entries), entries[-1].digest)
    assert verify_entries("c", entries, head) is None
    place = data.draw(st.integers(0, len(entries) - 1))
    changed = [*entries[:place], replace(entries[place], payload='{"p":"other"}x'), *entries[place + 1 :]]
    relinked = link("c", place + 1, "now", canonical({"p": "forged!"}), entries[place].previous)
    forged = [*entries[:place], relinked, *entries[place + 1 :]]
    for damaged in (changed, forged, entries[:place] + entries[place + 1 :], entries[:-1]):
        assert verify_entries("c", damaged, head) is not None


def test_entries_follow_each_other_and_a_changed_row_is_named(catalog, tmp_path) -> None:  # type: ignore[no-untyped-def]
    for n in range(5):
        catalog.append("budget", {"n": n})
    assert [entry.ordinal for entry in catalog.entries("budget")] == [1, 2, 3, 4, 5]
    assert catalog.verify_chain("budget") is None
    assert catalog.verify_chain("never used") is None
    with sqlite3.connect(tmp_path / "catalog.db") as connection:
        connection.execute("update chain set payload = '{\"n\":7}' where ordinal = 3")
    assert "entry 3 was changed" in catalog.verify_chain("budget").reason
    with sqlite3.connect(tmp_path / "catalog.db") as connection:
        connection.execute("delete from chain where ordinal >= 3")
    assert "ends at entry 2" in catalog.verify_chain("budget").reason


def _append(path: Path, name: str) -> None:
    with open_catalog(path) as catalog:
        for n in range(10):
            catalog.append("shared", {"by": name, "n": n})


def test_processes_that_append_at_once_leave_one_whole_chain(tmp_path) -> None:  # type: ignore[no-untyped-def]
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append, args=(tmp_path / "c.db", f"w{n}")) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with open_catalog(tmp_path / "c.db") as catalog:
        assert len(catalog.entries("shared")) == 20
        assert catalog.verify_chain("shared") is None


def test_a_run_is_saved_again_with_its_end_and_both_words_are_chained(catalog) -> None:  # type: ignore[no-untyped-def]
    done = replace(RUN, state="complete", finished="2026-01-01T00:01:00+00:00", seconds=60.0, evidence="{}", digest="d")
    catalog.save_run(RUN)
    catalog.save_run(done)
    assert catalog.runs() == [done]
    assert len(catalog.entries("runs")) == 2
    with pytest.raises(CatalogError, match="no run"):
        catalog.run("r2")


def test_connections_are_kept_without_their_password(catalog) -> None:  # type: ignore[no-untyped-def]
    saved = catalog.save_connection("prod", "postgresql://reader@host/shop")
    assert catalog.connections() == [saved] == [catalog.connection("prod")]
    with pytest.raises(CatalogError, match="password"):
        catalog.save_connection("prod", "postgresql://reader:secret@host/shop")
    assert catalog.remove_connection("prod")
    assert not catalog.remove_connection("prod")
    with pytest.raises(CatalogError, match="no connection"):
        catalog.connection("prod")


def test_the_migrations_make_exactly_the_tables_of_the_models(tmp_path) -> None:  # type: ignore[no-untyped-def]
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    open_catalog(tmp_path / "100% c.db").close()
    pool = create_engine(f"sqlite:///{tmp_path}/100% c.db")
    with pool.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    pool.dispose()


def test_what_is_no_catalog_is_one_sentence(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "x.db").write_bytes(b"not a database, certainly not" * 100)
    with pytest.raises(CatalogError, match="cannot be opened"):
        open_catalog(tmp_path / "x.db")


def test_postgresql_serves_as_a_catalog_for_a_team(new_postgresql) -> None:  # type: ignore[no-untyped-def]
    url = new_postgresql()
    for _ in range(2):
        with open_catalog(url) as catalog:
            _use(catalog)


def _use(catalog: Catalog) -> None:
    catalog.save_run(RUN)
    catalog.append("budget", {"n": 1})
    assert catalog.runs() == [RUN]
    assert catalog.verify_chain("budget") is None


def test_connections_that_an_earlier_version_saved_have_no_role(tmp_path):  # type: ignore[no-untyped-def]
    file = tmp_path / "catalog.db"
    with open_catalog(file) as catalog:
        catalog.save_connection("prod", "postgresql://reader@db/clinic")
    with sqlite3.connect(file) as connection:
        # As the first migration left it.
        connection.execute("alter table connections drop column role")
        connection.execute("update alembic_version set version_num = 'c0001'")
    with open_catalog(file) as catalog:
        [saved] = catalog.connections()
        assert (saved.name, saved.url, saved.role) == ("prod", "postgresql://reader@db/clinic", Role.NONE)
        assert catalog.set_role("prod", Role.SOURCE).role is Role.SOURCE
    with open_catalog(file) as catalog:
        assert catalog.connection("prod").role is Role.SOURCE


@pytest.fixture
def open_folder():  # type: ignore[no-untyped-def]
    """A folder that another account may enter."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@contextlib.contextmanager
def _without_rights() -> Iterator[None]:
    """As an account that modes of files hold for."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_catalog_that_may_only_be_read_still_says_the_roles(open_folder):  # type: ignore[no-untyped-def]
    file = open_folder / "catalog.db"
    with open_catalog(file) as catalog:
        catalog.save_connection("prod", "postgresql://reader@db/clinic", Role.FORBIDDEN)
    file.chmod(0o444)
    with _without_rights(), open_catalog(file) as catalog:
        assert [saved.role for saved in catalog.connections()] == [Role.FORBIDDEN]
        with pytest.raises(CatalogError, match="cannot be used"):
            catalog.set_role("prod", Role.NONE)
