"""Work in a process of its own beside the backend: its order goes in through a pipe, its answer comes out of one."""

from __future__ import annotations

import subprocess

from engine.jobs.control import Control
from engine.processes import own_module

PATIENCE = 0.1
"""Seconds between two looks at whether somebody still waits."""


def answer_of(module: str, order: bytes, control: Control) -> tuple[int, bytes]:
    """How the process ended, and what it said. Raises Cancelled, and then it is gone."""
    process = subprocess.Popen(
        own_module(module), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    content: bytes | None = order
    try:
        while True:
            try:
                said, _ = process.communicate(content, timeout=PATIENCE)
                return process.returncode, said
            except subprocess.TimeoutExpired:
                content = None
                control.check()
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
