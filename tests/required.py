"""What a run of the tests must have: with `LOOKALIKE_REQUIRE=all` a server or Qt that is missing is a failure, no reason to skip."""

from __future__ import annotations

import contextlib
import os
from typing import NoReturn, TypeVar

import pytest

from tests import servers

Server = TypeVar("Server")


def server_here(server: contextlib.AbstractContextManager[Server], stack: contextlib.ExitStack) -> Server:
    """The server, until the stack closes; skips or fails the test that asks for it where it is not here."""
    try:
        return stack.enter_context(server)
    except servers.Missing as missing:
        _missing(f"a server is missing: {missing}")


def qt_here() -> None:
    """Go on where Qt is installed; else skip or fail the test."""
    try:
        import PySide6.QtWidgets  # noqa: F401
    except ImportError:
        _missing("Qt is missing: install lookalike[desktop] and the system's libraries for it")


def _missing(what: str) -> NoReturn:
    if os.environ.get("LOOKALIKE_REQUIRE") == "all":
        pytest.fail(f"LOOKALIKE_REQUIRE=all, and {what}")
    pytest.skip(what)
