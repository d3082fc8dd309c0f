"""Where the interpreter stood when a worker of the tests died: a line of its own would only say that it is gone."""

from __future__ import annotations

import faulthandler
import os
from pathlib import Path
from tempfile import gettempdir
from typing import TextIO

import pytest

MOST = 6000
"""Letters of a trace that are shown."""


def trace_of(run: str, worker: str) -> Path:
    """Where this worker writes its last trace."""
    return Path(gettempdir()) / f"lookalike-{run}-{worker}.trace"


class Traces:
    """A plugin of pytest: workers write where they stood when they die, and the run that hears of it shows that."""

    def __init__(self) -> None:
        self._file: TextIO | None = None

    @pytest.hookimpl(trylast=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        run, worker = os.environ.get("PYTEST_XDIST_TESTRUNUID"), os.environ.get("PYTEST_XDIST_WORKER")
        if run and worker:
            self._file = trace_of(run, worker).open("w")
            faulthandler.enable(self._file)

    def pytest_unconfigure(self) -> None:
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            Path(self._file.name).unlink()

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport) -> None:
        worker = report.node
        place = trace_of(worker.workerinput["testrunuid"], worker.gateway.id)
        try:
            trace = place.read_text(errors="replace")
            place.unlink()
        except OSError:
            trace = ""
        report.longrepr = f"{report.longrepr}\n{trace[:MOST] or 'It left no trace: it was killed, or ended itself.'}"
