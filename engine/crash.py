"""What a mistake of ours leaves behind: its kind and our own lines. The words of an exception or a warning may quote a cell."""

from __future__ import annotations

import sys
import threading
import traceback
import warnings
from pathlib import Path

OURS = ("connectors", "engine", "desktop")


def crash_report(error: BaseException) -> str:
    """What went wrong inside, without a value of anybody's data: the error's type and the lines of our own files."""
    frames = [
        f"  {Path(*Path(frame.filename).parts[-3:])}:{frame.lineno} in {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
        if any(part in OURS for part in Path(frame.filename).parts[-4:])
    ]
    return "\n".join([
        f"This is a mistake of ours, not of yours: {type(error).__name__}. Please report these lines (they hold no data):",
        *frames, "",
    ])  # fmt: skip


def keep_values_out_of_log() -> None:
    """For a process whose stderr is a file: from now on neither a library's warning nor an exception's own words reach it."""
    warnings.simplefilter("ignore")
    sys.excepthook = lambda _, error, __: _log(error)
    threading.excepthook = lambda thrown: _log(thrown.exc_value)


def _log(error: BaseException | None) -> None:
    if error is not None:
        print(crash_report(error), file=sys.stderr)
