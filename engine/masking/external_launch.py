"""Becomes the external command, after giving up what it must not have. Run as a script of its own, before any thread exists."""

from __future__ import annotations

import ctypes
import os
import resource
import sys

NEW_USER, NEW_NET, NEW_IPC = 0x10000000, 0x40000000, 0x08000000
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
PROBE = "--probe"


def leave_network() -> bool:
    """Go where there is no network but a loopback that is down. False where the system does not allow it without root."""
    if not sys.platform.startswith("linux"):
        return False
    failed: int = ctypes.CDLL(None).unshare(NEW_USER | NEW_NET | NEW_IPC)
    return failed == 0


def limit(memory: int, seconds: int) -> None:
    """No core dump, no byte into any file, few descriptors, so much memory and so much CPU time."""
    for what, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    if sys.argv[1] == PROBE:
        sys.exit(not leave_network())
    leave_network()
    limit(int(sys.argv[1]), int(sys.argv[2]))
    os.execve(sys.argv[3], sys.argv[3:], ENVIRONMENT)
