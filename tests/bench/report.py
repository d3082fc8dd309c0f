"""How a measurement is written down: what, when, where, by which command."""

from __future__ import annotations

import datetime
import json
import os
import platform
from pathlib import Path


def machine() -> str:
    """Processor, cores and memory, as far as the system says."""
    model = platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        model = next(
            (line.split(":", 1)[1].strip() for line in info.read_text().splitlines() if "model name" in line), model
        )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"


def write_result(path: Path, command: str, measured: dict[str, object]) -> None:
    """One JSON file with date, machine, command and what was measured."""
    head = {"date": datetime.date.today().isoformat(), "machine": machine(), "command": command}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(head | measured, indent=1) + "\n")
