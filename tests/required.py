"""What a run of the tests must have: with `LOOKALIKE_REQUIRE=all` a server that is missing is a failure, and no reason to skip."""

from __future__ import annotations

import contextlib
import os
from typing import TypeVar

import pytest

from tests import servers

Server = TypeVar("Server")


def server_here(server: contextlib.AbstractContextManager[Server], stack: contextlib.ExitStack) -> Server:
    """The server, until the stack closes; skips or fails the test that asks for it where it is not here."""
    try:
        return stack.enter_context(server)
    except servers.Missing as missing:
        if os.environ.get("LOOKALIKE_REQUIRE") == "all":
            pytest.fail(f"LOOKALIKE_REQUIRE=all, and a server is missing: {missing}")
        pytest.skip(str(missing))
